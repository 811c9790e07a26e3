using Metron.Dataplane.Flows;
using Metron.Dataplane.Programs;
using Metron.NetworkFunctions.Runtime;

namespace Metron.Dataplane.Workers;

/// <summary>What a worker does between bursts: commands, ageing of flow entries and of the functions' state. Bounded work at each call.</summary>
/// <param name="flows">The worker's flows.</param>
/// <param name="processor">Runs the snapshot.</param>
internal sealed class WorkerHousekeeping(FlowDirectory flows, BurstProcessor processor)
{
    /// <summary>Timers that a function may look at in one call.</summary>
    private const int TimersPerCall = 256;

    /// <summary>Every function is asked to age its state once in so many milliseconds.</summary>
    private const int FunctionPeriodMilliseconds = 50;

    private readonly List<WorkerFunction> _functions = [];
    private long _lastRun = -1;
    private int _nextFunction;

    /// <summary>Whether a millisecond has passed since the last run.</summary>
    public bool IsDue(long now) => now != _lastRun;

    /// <summary>Ages some flow entries and some functions' state.</summary>
    /// <param name="now">Worker's milliseconds.</param>
    public void Run(long now)
    {
        var elapsed = _lastRun < 0 ? 1 : Math.Min(now - _lastRun, FunctionPeriodMilliseconds);
        _lastRun = now;
        flows.Age((int)(flows.EntriesToLookAtPerSecond * elapsed / 1000) + 1);
        var calls = Math.Min(_functions.Count, (_functions.Count * elapsed / FunctionPeriodMilliseconds) + 1);
        for (; calls > 0; calls--)
        {
            _nextFunction = _nextFunction + 1 < _functions.Count ? _nextFunction + 1 : 0;
            var function = _functions[_nextFunction];
            if (!function.IsSuperseded)
            {
                flows.SetCaller(function.Lineage);
                function.Instance.Age(now, flows, TimersPerCall);
            }
        }

        flows.SetCaller(-1);
    }

    /// <summary>Carries out a command, or a part of it.</summary>
    /// <param name="command">The command; the same one is given again until it is done.</param>
    /// <param name="purgeBudget">Most flow entries to look at.</param>
    /// <returns>Whether it is done.</returns>
    public bool Carry(WorkerCommand command, int purgeBudget)
    {
        if (command.Snapshot is { } snapshot && processor.Snapshot != snapshot)
        {
            SwitchTo(snapshot, command.Added);
        }

        foreach (var function in command.ToReport)
        {
            var report = new FunctionReport();
            flows.SetCaller(function.Lineage);
            function.Instance.Report(flows, report);
            command.Reports.Add(report);
        }

        flows.SetCaller(-1);
        if (command.Retired is { } retired)
        {
            if (!flows.Purge(retired.Number, purgeBudget))
            {
                return false;
            }

            processor.Exits.RemoveProgram(retired.Number);
            processor.Segments.RemoveProgram(retired.Number);
            GiveBackState(retired);
            Forget(retired);
        }

        return true;
    }

    private void SwitchTo(WorkerSnapshot snapshot, WorkerProgram? added)
    {
        if (added is not null)
        {
            flows.AddProgram(added);
            foreach (var function in added.Functions)
            {
                if (function.Predecessor is { } predecessor)
                {
                    function.Instance.Adopt(predecessor.Instance);
                    predecessor.IsSuperseded = true;
                }
            }
        }

        _functions.Clear();
        foreach (var program in snapshot.Programs)
        {
            _functions.AddRange(program.Functions);
        }

        processor.Snapshot = snapshot;
    }

    private void Forget(WorkerProgram retired)
    {
        foreach (var function in _functions)
        {
            if (function.Predecessor is { } predecessor && retired.Functions.Contains(predecessor))
            {
                function.Predecessor = null;
            }
        }
    }

    /// <summary>When a revision goes before the one whose state it took over, that one takes it back and ages it again.</summary>
    private static void GiveBackState(WorkerProgram retired)
    {
        foreach (var function in retired.Functions)
        {
            if (function.Predecessor is { } predecessor)
            {
                predecessor.Instance.Adopt(function.Instance);
                predecessor.IsSuperseded = false;
            }
        }
    }
}

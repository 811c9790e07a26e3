using Metron.Dataplane.Flows;
using Metron.Dataplane.Programs;
using Metron.Dataplane.Workers;
using Metron.NetworkFunctions.Runtime;

namespace Metron.Dataplane.Groups;

/// <summary>
/// A flow group: flow tables, exits, segments, and function instances of its own for every program. The unit of ownership: one worker at a time
/// touches it, and moving it to another worker hands over this one reference, and copies nothing.
/// </summary>
internal sealed unsafe class FlowGroup : IDisposable
{
    /// <summary>Timers that a function may look at in one call.</summary>
    private const int TimersPerCall = 256;

    /// <summary>Every function is asked to age its state once in so many milliseconds.</summary>
    private const int FunctionPeriodMilliseconds = 50;

    private readonly List<WorkerFunction> _functions = [];
    private readonly List<WorkerProgram> _programs = [];
    private long _lastAgeing = -1;
    private int _nextFunction;
    private Published _published;

    /// <param name="number">Its number.</param>
    /// <param name="view">What the fast path reads of it.</param>
    /// <param name="capacity">Most flow entries for each IP version.</param>
    /// <param name="idleMilliseconds">How long a flow entry is kept without packets.</param>
    /// <param name="seed">Seed of the hash functions.</param>
    /// <param name="usesHugePages">Whether its tables are to lie in huge pages.</param>
    public FlowGroup(int number, GroupView* view, int capacity, uint idleMilliseconds, HashSeed seed, bool usesHugePages)
    {
        Number = number;
        View = view;
        Flows = new FlowDirectory(capacity, idleMilliseconds, seed, view, usesHugePages);
        Exits = new FlowExits(number, usesHugePages);
        view->Exits = Exits.Start;
        view->Number = number;
    }

    public int Number { get; }

    /// <summary>What the fast path reads of it. Packets, and who owns it, may be read by any thread.</summary>
    public GroupView* View { get; }

    public FlowDirectory Flows { get; }

    public FlowExits Exits { get; }

    public Segments Segments { get; } = new();

    /// <summary>Who owns the group, or may take it; see <see cref="GroupView.Owner"/>.</summary>
    public int Owner => Volatile.Read(ref View->Owner);

    /// <summary>Makes a worker the first owner, before it has begun.</summary>
    public void BeginWith(WorkerContext worker) => (Flows.Owner, View->Owner) = (worker, worker.Index);

    /// <summary>Takes the group for a worker that it was handed over to. Called by that worker's thread.</summary>
    /// <returns>False when it was not, or is not any more.</returns>
    public bool TryTake(WorkerContext worker)
    {
        if (!TryReplaceOwner(worker.Index | GroupView.HandedOver, worker.Index))
        {
            return false;
        }

        Flows.Owner = worker;
        return true;
    }

    /// <summary>Gives the group to another worker, which may take it from now on; the one that calls has no part in it any more.</summary>
    public void HandOver(int worker) => Volatile.Write(ref View->Owner, worker | GroupView.HandedOver);

    /// <summary>Takes the group back from a worker that it was handed over to. Called by the control thread.</summary>
    /// <returns>False when that worker has taken it.</returns>
    public bool TryTakeBack(int worker) => TryReplaceOwner(worker | GroupView.HandedOver, GroupView.HeldByControl);

    /// <summary>Takes the group from a dead worker. Called by the control thread.</summary>
    /// <param name="dead">Index of the worker.</param>
    /// <param name="counters">Its counters.</param>
    public void TakeFromDead(int dead, WorkerCounters* counters)
    {
        if (TryReplaceOwner(dead, GroupView.HeldByControl))
        {
            Withdraw(counters);
        }
        else
        {
            TryTakeBack(dead);
        }
    }

    /// <summary>Ages some flow entries and some functions' state.</summary>
    /// <param name="now">Worker's milliseconds.</param>
    public void Age(long now)
    {
        var elapsed = _lastAgeing < 0 ? 1 : Math.Min(now - _lastAgeing, FunctionPeriodMilliseconds);
        _lastAgeing = now;
        Flows.Age((int)(Flows.EntriesToLookAtPerSecond * elapsed / 1000) + 1);
        var calls = Math.Min(_functions.Count, (_functions.Count * elapsed / FunctionPeriodMilliseconds) + 1);
        for (; calls > 0; calls--)
        {
            _nextFunction = _nextFunction + 1 < _functions.Count ? _nextFunction + 1 : 0;
            var function = _functions[_nextFunction];
            if (!function.IsSuperseded)
            {
                Flows.SetCaller(function.Lineage);
                function.Instance.Age(now, Flows, TimersPerCall);
            }
        }

        Flows.SetCaller(-1);
    }

    /// <summary>Begins to run a program; its functions take over the state of their predecessors.</summary>
    public void Begin(WorkerProgram added)
    {
        Flows.AddProgram(added);
        foreach (var function in added.Functions)
        {
            if (function.Predecessor is { } predecessor)
            {
                function.Instance.Adopt(predecessor.Instance);
                predecessor.IsSuperseded = true;
            }
        }

        _programs.Add(added);
        ListFunctions();
    }

    /// <summary>No packet comes to a program any more: its functions are not aged from now on.</summary>
    public void Retire(WorkerProgram retired)
    {
        if (_programs.Remove(retired))
        {
            ListFunctions();
        }
    }

    /// <summary>Drops what is left of a program that was retired, some of it at each call.</summary>
    /// <param name="retired">The program.</param>
    /// <param name="budget">Most flow entries to look at.</param>
    /// <returns>Whether nothing is left.</returns>
    public bool TryForget(WorkerProgram retired, int budget)
    {
        if (!Flows.Purge(retired.Number, budget))
        {
            return false;
        }

        Exits.RemoveProgram(retired.Number);
        Segments.RemoveProgram(retired.Number);
        GiveBackState(retired);
        foreach (var function in _functions)
        {
            if (function.Predecessor is { } predecessor && retired.Functions.Contains(predecessor))
            {
                function.Predecessor = null;
            }
        }

        return true;
    }

    /// <summary>Asks a function of the group for its report.</summary>
    public FunctionReport Report(WorkerFunction function)
    {
        var report = new FunctionReport();
        Flows.SetCaller(function.Lineage);
        function.Instance.Report(Flows, report);
        Flows.SetCaller(-1);
        return report;
    }

    /// <summary>Brings the owner's counters of flow entries up to date.</summary>
    public void Publish(WorkerCounters* counters)
    {
        var now = new Published((ulong)Flows.Count, (ulong)Flows.Bytes, Flows.Created, Flows.Expired, Flows.Evicted);
        counters->FlowEntries += now.Entries - _published.Entries;
        counters->FlowBytes += now.Bytes - _published.Bytes;
        counters->FlowsCreated += now.Created - _published.Created;
        counters->FlowsExpired += now.Expired - _published.Expired;
        counters->FlowsEvicted += now.Evicted - _published.Evicted;
        _published = now;
    }

    /// <summary>Takes the group's flow entries out of the counters of a worker that owns it no more. What happened to them before stays counted there.</summary>
    public void Withdraw(WorkerCounters* counters)
    {
        Publish(counters);
        counters->FlowEntries -= _published.Entries;
        counters->FlowBytes -= _published.Bytes;
        _published = _published with { Entries = 0, Bytes = 0 };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Flows.Dispose();
        Exits.Dispose();
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

    private bool TryReplaceOwner(int from, int to) =>
        Volatile.Read(ref View->Owner) == from && Interlocked.CompareExchange(ref View->Owner, to, from) == from;

    private void ListFunctions()
    {
        _functions.Clear();
        _programs.ForEach(program => _functions.AddRange(program.Functions));
    }

    private readonly record struct Published(ulong Entries, ulong Bytes, ulong Created, ulong Expired, ulong Evicted);
}

using Metron.Dataplane.Flows;
using Metron.Dataplane.Groups;
using Metron.Dataplane.Programs;
using Metron.Dataplane.Tags;
using Metron.Dataplane.Workers;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.Dataplane.Stepping;

/// <summary>
/// The workers of a server whose turns the caller takes, one packet at a time, on its own thread and with its own clock: the same loop, fast path
/// and slow path as in production, over memory instead of a NIC. Deterministic. Not thread-safe.
/// </summary>
public sealed unsafe partial class SteppedDataplane : IDisposable
{
    private const long NanosecondsPerMillisecond = 1_000_000;
    private const long StepNanoseconds = 50 * NanosecondsPerMillisecond; // functions age their state as often
    private const int StepsPerGap = 64;
    private const int FlowsPerStep = 64;

    private readonly FlowGroups _groups;
    private readonly ProgramRegistry _registry;
    private readonly StepTime _time = new();
    private readonly WireTags _tags = new();
    private readonly Worker<TagPort<MemoryPort>, StepClock>[] _workers;
    private readonly MemoryWire[] _wires;
    private readonly ulong[][] _drops;
    private readonly List<ulong>[] _exits;

    /// <param name="options">As for <see cref="Dataplane"/>; cores and sleeping do not matter. Every worker has its private flow group.</param>
    /// <param name="startNanoseconds">Time to begin with, not negative.</param>
    public SteppedDataplane(DataplaneOptions options, long startNanoseconds = 0)
    {
        _time.Nanoseconds = startNanoseconds;
        ArgumentOutOfRangeException.ThrowIfNotEqual(options.FlowGroups, 0, nameof(options));
        _groups = new FlowGroups(options, new HashSeed(11, 13, 17));
        _registry = new ProgramRegistry(options, _groups);
        _wires = [.. options.Workers.Select(_ => new MemoryWire())];
        _applianceWires = [.. options.Workers.Select(worker => worker.Appliances.SelectMany(_ => new[] { new MemoryWire(), new MemoryWire() }).ToArray())];
        _workers = [.. _wires.Select((wire, index) => new Worker<TagPort<MemoryPort>, StepClock>(
            index,
            options,
            _groups,
            new TagPort<MemoryPort>(new MemoryPort(wire), _tags),
            new StepClock(_time),
            [.. _applianceWires[index].Select(end => new TagPort<MemoryPort>(new MemoryPort(end), null))]))];
        _drops = [.. _workers.Select(_ => new ulong[WorkerCounters.Reasons])];
        _exits = [.. _workers.Select(_ => new List<ulong>())];
    }

    /// <summary>The time that workers see.</summary>
    public long Nanoseconds => _time.Nanoseconds;

    /// <summary>Deploys a program.</summary>
    /// <exception cref="ProgramRejectedException">It cannot be deployed; nothing was changed.</exception>
    public void Deploy(ResidualProgram program)
    {
        var added = _registry.Add(_tags.Localize(program));
        for (var index = 0; index < _workers.Length; index++)
        {
            Carry(index, new WorkerCommand { Snapshot = _registry.BuildSnapshot(index), Added = added[index] is { } mine ? [mine] : [] });
        }
    }

    /// <summary>Lets time pass; meanwhile the workers age flows and state. Time never goes back: an earlier time changes nothing.</summary>
    public void AdvanceTo(long nanoseconds)
    {
        var gap = nanoseconds - _time.Nanoseconds;
        if (gap <= 0)
        {
            return;
        }

        var flows = 0UL;
        foreach (var worker in _workers)
        {
            flows = Math.Max(flows, worker.Counters->FlowEntries);
        }

        var start = _time.Nanoseconds;
        var steps = Math.Clamp(gap / StepNanoseconds, 1, StepsPerGap + ((long)flows / FlowsPerStep));
        for (var step = 1L; step <= steps; step++)
        {
            _time.Nanoseconds = step == steps ? nanoseconds : start + (gap / steps * step);
            foreach (var worker in _workers)
            {
                worker.Poll();
            }
        }
    }

    /// <summary>Gives a frame to a worker, and takes what becomes of it.</summary>
    /// <param name="worker">Index of the worker.</param>
    /// <param name="frame">The frame with its tag, without FCS, at most 65,535 bytes.</param>
    public SteppedPacket Process(int worker, ReadOnlySpan<byte> frame)
    {
        _wires[worker].Inject(frame);
        return Step(worker);
    }

    /// <summary>Lets a worker take a turn, and looks what it did.</summary>
    private SteppedPacket Step(int worker)
    {
        var (subject, wire) = (_workers[worker], _wires[worker]);
        var slow = subject.Counters->SlowPathPackets;
        var retagged = subject.Counters->RetaggedPackets;
        Array.ForEach(_applianceWires[worker], end => end.Sent = null);
        wire.Copies.Clear();
        subject.Poll();
        var classId = ClassOf(worker);
        var given = GivenBy(worker);
        return new SteppedPacket(wire.Sent, wire.Sent is null && given is null ? ReasonOf(worker) : DropReason.None, classId)
        {
            Given = given,
            WasSlow = subject.Counters->SlowPathPackets != slow,
            WasRetagged = subject.Counters->RetaggedPackets != retagged,
            Copies = wire.Copies.Count == 0 ? [] : [.. wire.Copies],
        };
    }

    /// <summary>Asks the functions of a program on a worker for their reports, in the order of the program.</summary>
    public IReadOnlyList<FunctionReport> Report(string chain, long revision, int worker)
    {
        var program = _registry.Find(chain, revision) is { } compiled ? _registry.Find(compiled, worker) : null;
        var command = new WorkerCommand { ToReport = [.. (program?.Functions ?? []).Select(function => (worker, function))] };
        Carry(worker, command);
        return command.Reports;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registry.Dispose();
        Array.ForEach(_workers, worker => worker.Dispose());
        _groups.Dispose();
        Array.ForEach(_wires, wire => wire.Dispose());
        Array.ForEach(_applianceWires, wires => Array.ForEach(wires, wire => wire.Dispose()));
    }

    private void Carry(int worker, WorkerCommand command)
    {
        _workers[worker].Post(command);
        while (!command.IsDone)
        {
            _workers[worker].Poll();
        }
    }

    /// <summary>The reason whose counter has moved.</summary>
    private DropReason ReasonOf(int worker)
    {
        var seen = _drops[worker];
        var found = DropReason.None;
        for (var reason = 0; reason < seen.Length; reason++)
        {
            var count = _workers[worker].Counters->Drops[reason];
            found = count != seen[reason] ? (DropReason)reason : found;
            seen[reason] = count;
        }

        return found;
    }

    /// <summary>Id of the class whose counter has moved; 0 for none.</summary>
    private int ClassOf(int worker)
    {
        var seen = _exits[worker];
        var exits = _groups[worker].Exits;
        var found = 0;
        for (var number = 0; number < exits.HighWater; number++)
        {
            var exit = exits.Start[number];
            if (number == seen.Count)
            {
                seen.Add(0);
            }

            if (exit.Packets != seen[number])
            {
                found = exit.Continuation == 0 ? IdOf(exit.Program, exit.Class, worker) : found;
                seen[number] = exit.Packets;
            }
        }

        return found;
    }

    private int IdOf(int program, int index, int worker) =>
        index < 0 ? 0
        : _registry.Programs
            .Where(compiled => _registry.Find(compiled, worker)?.Number == program)
            .Select(compiled => compiled.Program.Classes[index].Id)
            .FirstOrDefault();
}

/// <summary>What a worker did with a frame.</summary>
/// <param name="Frame">What it sent; null when it dropped it.</param>
/// <param name="Reason">Why it dropped it.</param>
/// <param name="ClassId">Traffic class that it counted; 0 for none.</param>
public readonly record struct SteppedPacket(byte[]? Frame, DropReason Reason, int ClassId)
{
    /// <summary>What it gave to a closed program; null for nothing.</summary>
    public GivenFrame? Given { get; init; }

    /// <summary>Copies of it that it sent besides, in order.</summary>
    public IReadOnlyList<byte[]> Copies { get; init; } = [];

    /// <summary>Whether functions were asked; otherwise a flow entry decided.</summary>
    public bool WasSlow { get; init; }

    /// <summary>Whether it was sent back for another worker, about whose flow it is.</summary>
    public bool WasRetagged { get; init; }
}

using Metron.Dataplane.Appliances;
using Metron.NetworkFunctions.Chains;

namespace Metron.Dataplane.Programs;

/// <summary>
/// What the control thread has planned for one worker: which programs run there, under which numbers, and what their tags are. Builds the
/// worker's snapshots. Belongs to whoever holds the dataplane's gate, but for <see cref="Find"/> and <see cref="Functions"/>.
/// </summary>
/// <param name="worker">Index of the worker.</param>
/// <param name="options">How the worker is run.</param>
internal sealed class WorkerPlan(int worker, WorkerOptions options) : IDisposable
{
    private volatile Placement[] _placements = [];
    private readonly List<Placement> _released = [];
    private readonly HashSet<(TagKind Kind, uint Tag)> _undeployed = [];
    private readonly NumberPool _programNumbers = new(WorkerSnapshot.LastSlot);
    private readonly NumberPool _slotNumbers = new(WorkerSnapshot.FirstSegment - 1);

    /// <summary>Puts a program on the worker, if any of its tags is for it.</summary>
    /// <param name="compiled">The program.</param>
    /// <param name="makeFunctions">Makes the function instances.</param>
    /// <returns>The program on the worker; null when the worker only learns which tags are others'.</returns>
    public WorkerProgram? Add(CompiledProgram compiled, Func<WorkerProgram?, WorkerFunction[]> makeFunctions)
    {
        WorkerProgram? program = null;
        var slots = new List<(ushort Number, IngressSlot Slot)>();
        var tags = compiled.Program.IngressTags.Where(tag => tag.Worker == worker).ToList();
        if (tags.Count > 0)
        {
            var functions = makeFunctions(Newest(compiled.Program.Chain));
            program = new WorkerProgram(_programNumbers.Take(), worker, compiled, functions);
            foreach (var tag in tags)
            {
                var owners = IngressSlot.OwnersOf(compiled.Program, tag);
                slots.Add((_slotNumbers.Take(), new IngressSlot(tag, program, owners, isTagged: true)));
                if (tag.Value == options.UntaggedIngress)
                {
                    slots.Add((_slotNumbers.Take(), new IngressSlot(tag, program, owners, isTagged: false)));
                }
            }
        }

        _undeployed.ExceptWith(compiled.Program.IngressTags.Select(tag => (compiled.Program.TagKind, tag.Value)));
        _placements = [.. _placements, new Placement(compiled, program, slots)];
        return program;
    }

    /// <summary>Takes a program off the plan. Its numbers stay taken until <see cref="Release"/>.</summary>
    public WorkerProgram? Remove(CompiledProgram compiled)
    {
        var placement = _placements.Single(placement => placement.Compiled == compiled);
        _placements = [.. _placements.Where(other => other != placement)];
        _undeployed.UnionWith(compiled.Program.IngressTags.Select(tag => (compiled.Program.TagKind, tag.Value)));
        _released.Add(placement);
        return placement.Program;
    }

    /// <summary>The worker has let go of the program that was removed last: its numbers may be used again.</summary>
    public void Release()
    {
        foreach (var placement in _released)
        {
            foreach (var (number, _) in placement.Slots)
            {
                _slotNumbers.Return(number);
            }

            if (placement.Program is { } program)
            {
                _programNumbers.Return(program.Number);
                program.Dispose();
            }
        }

        _released.Clear();
    }

    /// <summary>The program on this worker; null when it has none of its tags.</summary>
    public WorkerProgram? Find(CompiledProgram compiled) =>
        Array.Find(_placements, placement => placement.Compiled == compiled)?.Program;

    /// <summary>The functions of all programs on this worker.</summary>
    public IReadOnlyList<WorkerFunction> Functions =>
        [.. _placements.Where(placement => placement.Program is not null).SelectMany(placement => placement.Program!.Functions)];

    /// <summary>What the worker shall run.</summary>
    public WorkerSnapshot BuildSnapshot()
    {
        var vlan = new Dictionary<uint, ushort>();
        var mac = new Dictionary<uint, ushort>();
        var slots = new IngressSlot?[_slotNumbers.HighWater + 1];
        var untagged = WorkerSnapshot.UnknownSlot;
        foreach (var (kind, tag) in _undeployed)
        {
            (kind == TagKind.Vlan ? vlan : mac)[tag] = WorkerSnapshot.UndeployedSlot;
        }

        var routes = new ApplianceRoutes(options.Appliances.Count * 2);
        foreach (var placement in _placements)
        {
            ApplianceEnd.AddRoutes(routes, options.Appliances, worker, placement.Compiled.Program);
            var map = placement.Compiled.Program.TagKind == TagKind.Vlan ? vlan : mac;
            foreach (var tag in placement.Compiled.Program.IngressTags)
            {
                map[tag.Value] = WorkerSnapshot.OtherWorkerSlot;
            }

            foreach (var (number, slot) in placement.Slots)
            {
                slots[number] = slot;
                if (slot.IsTagged)
                {
                    map[slot.Tag.Value] = number;
                }
                else
                {
                    untagged = number;
                }
            }
        }

        var programs = _placements.Where(placement => placement.Program is not null).Select(placement => placement.Program!);
        return new WorkerSnapshot(vlan, mac, untagged, slots, [.. programs]) { Appliances = routes };
    }

    /// <summary>Frees the programs' counters; the worker has ended.</summary>
    public void Dispose()
    {
        _released.AddRange(_placements);
        _placements = [];
        Release();
    }

    private WorkerProgram? Newest(string chain) => _placements
        .Where(placement => placement.Program is not null && placement.Compiled.Program.Chain == chain)
        .MaxBy(placement => placement.Compiled.Program.Revision)?.Program;

    private sealed record Placement(
        CompiledProgram Compiled, WorkerProgram? Program, IReadOnlyList<(ushort Number, IngressSlot Slot)> Slots);
}

/// <summary>Gives out numbers from 1 on, the smallest free one first.</summary>
/// <param name="last">Largest number.</param>
internal sealed class NumberPool(ushort last)
{
    private readonly SortedSet<ushort> _free = [];

    /// <summary>Largest number ever given out.</summary>
    public ushort HighWater { get; private set; }

    /// <summary>Takes a number.</summary>
    /// <exception cref="ProgramRejectedException">All are taken.</exception>
    public ushort Take()
    {
        if (_free.Count > 0)
        {
            var number = _free.Min;
            _free.Remove(number);
            return number;
        }

        return HighWater < last ? ++HighWater : throw new ProgramRejectedException("the worker has no room for more ingress tags");
    }

    /// <summary>Gives a number back.</summary>
    public void Return(ushort number) => _free.Add(number);
}

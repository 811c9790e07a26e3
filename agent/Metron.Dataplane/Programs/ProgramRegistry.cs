using Metron.Dataplane.Appliances;
using Metron.Dataplane.Groups;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Hashing;

namespace Metron.Dataplane.Programs;

/// <summary>
/// The programs that are deployed and their places in the flow groups: decides what workers shall run, and leaves it to the caller to tell them.
/// Changed by one thread at a time; <see cref="Programs"/>, <see cref="Find(CompiledProgram, int)"/> and <see cref="FunctionsOf"/> may be called by any.
/// </summary>
internal sealed class ProgramRegistry : IDisposable
{
    private readonly DataplaneOptions _options;
    private readonly FlowGroups _groups;
    private readonly HashDispatch? _dispatch;
    private readonly NumberPool _programNumbers = new(ushort.MaxValue);
    private readonly NumberPool _slotNumbers = new(WorkerSnapshot.FirstSegment - 1);
    private readonly HashSet<(TagKind Kind, uint Tag)> _undeployed = [];
    private readonly List<ProgramPlacement> _released = [];
    private volatile ProgramPlacement[] _placements = [];
    private int _lineages;

    public ProgramRegistry(DataplaneOptions options, FlowGroups groups)
    {
        _options = options;
        _groups = groups;
        _dispatch = options.Hash is { } hash && !groups.ArePrivate ? new HashDispatch(hash, groups.Count) : null;
    }

    /// <summary>The programs in the order of their deployment.</summary>
    public IReadOnlyList<CompiledProgram> Programs => Array.ConvertAll(_placements, placement => placement.Compiled);

    /// <summary>A program that is deployed; null for none.</summary>
    public CompiledProgram? Find(string chain, long revision) => Array.Find(
        _placements, placement => placement.Compiled.Program.Chain == chain && placement.Compiled.Program.Revision == revision)?.Compiled;

    /// <summary>A program in a flow group; null when none of its tags leads there.</summary>
    public WorkerProgram? Find(CompiledProgram compiled, int group) =>
        Array.Find(_placements, placement => placement.Compiled == compiled)?.Programs[group];

    /// <summary>The functions of all programs in a flow group.</summary>
    public IReadOnlyList<WorkerFunction> FunctionsOf(int group) =>
        [.. _placements.Where(placement => placement.Programs[group] is not null).SelectMany(placement => placement.Programs[group]!.Functions)];

    /// <summary>Adds a program, to all flow groups that its tags lead to or to none.</summary>
    /// <returns>The program in each group; null in those that none of its tags leads to.</returns>
    /// <exception cref="ProgramRejectedException">It cannot be deployed; nothing was changed.</exception>
    public WorkerProgram?[] Add(ResidualProgram program)
    {
        var compiled = new CompiledProgram(program, _groups.Count, _dispatch);
        CheckTags(program);
        if (!_groups.ArePrivate && ApplianceEnd.Of(program).Any())
        {
            throw new ProgramRejectedException($"chain '{program.Chain}' passes a closed program, which flow groups that move cannot");
        }

        ApplianceEnd.Check(program, _options.Workers, _placements.Select(other => other.Compiled.Program));
        var placement = new ProgramPlacement(compiled, _programNumbers.Take(), new WorkerProgram?[_groups.Count], []);
        var slots = new List<TagSlots>();
        try
        {
            MakePrograms(placement);
            foreach (var tag in program.IngressTags)
            {
                slots.Add(MakeSlots(placement, tag, isTagged: true));
                if (IsUntagged(tag))
                {
                    slots.Add(MakeSlots(placement, tag, isTagged: false));
                }
            }
        }
        catch (Exception exception)
        {
            _released.Add(placement with { Slots = slots });
            Release();
            throw exception as ProgramRejectedException
                ?? new ProgramRejectedException($"chain '{program.Chain}' cannot be run: {exception.Message}", exception);
        }

        _undeployed.ExceptWith(program.IngressTags.Select(tag => (program.TagKind, tag.Value)));
        _placements = [.. _placements, placement with { Slots = slots }];
        return placement.Programs;
    }

    /// <summary>Takes a program off. Its numbers stay taken until <see cref="Release"/>.</summary>
    /// <returns>The program in each group; null in those that none of its tags led to.</returns>
    public WorkerProgram?[] Remove(CompiledProgram compiled)
    {
        var placement = _placements.Single(placement => placement.Compiled == compiled);
        _placements = [.. _placements.Where(other => other != placement)];
        _undeployed.UnionWith(compiled.Program.IngressTags.Select(tag => (compiled.Program.TagKind, tag.Value)));
        _released.Add(placement);
        return placement.Programs;
    }

    /// <summary>All workers have let go of what was removed: its numbers may be used again.</summary>
    public void Release()
    {
        foreach (var placement in _released)
        {
            foreach (var tag in placement.Slots)
            {
                _slotNumbers.Return(tag.First, tag.Slots.Count);
            }

            _programNumbers.Return(placement.Number);
            Array.ForEach(placement.Programs, program => program?.Dispose());
        }

        _released.Clear();
    }

    /// <summary>What a worker shall run.</summary>
    /// <param name="worker">Index of the worker.</param>
    public WorkerSnapshot BuildSnapshot(int worker)
    {
        var vlan = new Dictionary<uint, uint>();
        var mac = new Dictionary<uint, uint>();
        var slots = new IngressSlot?[_slotNumbers.HighWater + 1];
        uint untagged = WorkerSnapshot.UnknownSlot;
        foreach (var (kind, tag) in _undeployed)
        {
            (kind == TagKind.Vlan ? vlan : mac)[tag] = WorkerSnapshot.UndeployedSlot;
        }

        var options = _options.Workers[worker];
        var routes = new ApplianceRoutes(options.Appliances.Count * 2);
        foreach (var placement in _placements)
        {
            ApplianceEnd.AddRoutes(routes, options.Appliances, worker, placement.Compiled.Program);
            var map = placement.Compiled.Program.TagKind == TagKind.Vlan ? vlan : mac;
            foreach (var tag in placement.Slots)
            {
                for (var i = 0; i < tag.Slots.Count; i++)
                {
                    slots[tag.First + i] = tag.Slots[i];
                }

                if (tag.IsTagged)
                {
                    map[tag.Tag.Value] = tag.Place;
                }
                else if (IsUntagged(tag.Tag, worker))
                {
                    untagged = tag.Place;
                }
            }
        }

        var readsNext = _placements.Any(placement => placement.Programs.Any(program => program is { ReadsNext: true }));
        return new WorkerSnapshot(vlan, mac, untagged, slots, readsNext) { Appliances = routes };
    }

    /// <summary>Frees what the programs hold; the workers have ended.</summary>
    public void Dispose()
    {
        _released.AddRange(_placements);
        _placements = [];
        Release();
    }

    private void CheckTags(ResidualProgram program)
    {
        var values = program.IngressTags.Select(tag => tag.Value).ToHashSet();
        foreach (var other in _placements.Select(placement => placement.Compiled.Program).Where(other => other.TagKind == program.TagKind))
        {
            if (other.IngressTags.FirstOrDefault(tag => values.Contains(tag.Value)) is { } taken)
            {
                throw new ProgramRejectedException(
                    $"ingress tag {taken.Value} is taken by chain '{other.Chain}' revision {other.Revision}");
            }
        }
    }

    /// <summary>Whether any worker takes untagged frames to carry the tag.</summary>
    private bool IsUntagged(IngressTag tag) => Enumerable.Range(0, _options.Workers.Count).Any(worker => IsUntagged(tag, worker));

    private bool IsUntagged(IngressTag tag, int worker) =>
        tag.Value == _options.Workers[worker].UntaggedIngress && (!_groups.ArePrivate || tag.Worker == worker);

    private TagSlots MakeSlots(ProgramPlacement placement, IngressTag tag, bool isTagged)
    {
        var owners = IngressSlot.OwnersOf(placement.Compiled.Program, tag);
        var slots = GroupsOf(tag).Select(group => new IngressSlot(tag, placement.Programs[group]!, owners, isTagged)
        {
            Dispatch = tag.Worker == IngressTag.AnyGroup ? _dispatch : null,
        }).ToArray();
        return new TagSlots(_slotNumbers.Take(slots.Length), slots);
    }

    private IEnumerable<int> GroupsOf(IngressTag tag) =>
        tag.Worker == IngressTag.AnyGroup ? Enumerable.Range(0, _groups.Count) : [tag.Worker];

    private void MakePrograms(ProgramPlacement placement)
    {
        var groups = placement.Compiled.Program.IngressTags.SelectMany(GroupsOf).Distinct().Order().ToList();
        foreach (var group in groups)
        {
            var functions = MakeFunctions(placement.Compiled, Newest(placement.Compiled.Program.Chain, group), groups.Count);
            placement.Programs[group] = new WorkerProgram(placement.Number, group, placement.Compiled, functions);
        }
    }

    private WorkerProgram? Newest(string chain, int group) => _placements
        .Where(placement => placement.Programs[group] is not null && placement.Compiled.Program.Chain == chain)
        .MaxBy(placement => placement.Compiled.Program.Revision)?.Programs[group];

    private WorkerFunction[] MakeFunctions(CompiledProgram compiled, WorkerProgram? previous, int groups)
    {
        var functions = new List<WorkerFunction>();
        foreach (var configuration in compiled.Program.Functions)
        {
            var instance = _options.CreateFunction(configuration);
            instance.Share(groups);
            var predecessor = previous?.Functions.FirstOrDefault(
                other => other.Instance.Name == instance.Name && other.Instance.GetType() == instance.GetType());
            functions.Add(new WorkerFunction(instance, predecessor?.Lineage ?? ++_lineages) { Predecessor = predecessor });
        }

        return [.. functions];
    }
}

using Metron.NetworkFunctions.Chains;

namespace Metron.Orchestration;

/// <summary>Gives out tags.</summary>
internal interface ITagSource
{
    /// <summary>A tag; false when all are taken.</summary>
    bool TryTakeTag(out uint tag);
}

/// <summary>Gives out tags and positions of a switch that no held plan uses, the lowest first.</summary>
internal sealed class NumberAllocator : ITagSource
{
    private readonly HashSet<uint> _tags;
    private readonly HashSet<uint> _positions;
    private readonly uint _lastTag;
    private uint _nextTag;
    private uint _nextPosition = 1;

    public NumberAllocator(TagKind kind, IReadOnlyList<ChainPlan> held)
    {
        _tags = [.. held.SelectMany(plan => plan.IngressTags.Select(tag => tag.Value).Concat(plan.EgressTags.Select(tag => tag.Value)))];
        _positions = [.. held.SelectMany(plan => plan.Positions.Select(position => position.Number))];
        (_nextTag, _lastTag) = (TagRange.Of(kind).First, TagRange.Of(kind).Last);
    }

    /// <summary>How many of a kind's tags some plans have between them; a plan that keeps another's tags shares them.</summary>
    public static int Taken(IEnumerable<ChainPlan> held) =>
        held.SelectMany(plan => plan.IngressTags.Select(tag => tag.Value).Concat(plan.EgressTags.Select(tag => tag.Value))).Distinct().Count();

    /// <summary>A tag; false when all are taken.</summary>
    public bool TryTakeTag(out uint tag)
    {
        while (_nextTag <= _lastTag && _tags.Contains(_nextTag))
        {
            _nextTag++;
        }

        tag = _nextTag++;
        return tag <= _lastTag;
    }

    /// <summary>A position.</summary>
    public uint TakePosition()
    {
        while (_positions.Contains(_nextPosition))
        {
            _nextPosition++;
        }

        return _nextPosition++;
    }
}

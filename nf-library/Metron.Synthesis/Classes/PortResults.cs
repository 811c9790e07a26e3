namespace Metron.Synthesis;

/// <summary>Which packets of a region get which outcome at a port.</summary>
internal sealed class PortResults(RegionAlgebra algebra)
{
    /// <summary>Packets by outcome; a packet is in several when state decides.</summary>
    public SortedDictionary<int, Region> Outcomes { get; } = [];

    /// <summary>Outcomes that headers alone give to some packets.</summary>
    public HashSet<int> DecidedByHeaders { get; } = [];

    /// <summary>Outcomes that state may give to some packets, instead of others.</summary>
    public HashSet<int> DecidedByState { get; } = [];

    /// <summary>Packets dropped without an outcome, by reason.</summary>
    public SortedDictionary<string, Region> Drops { get; } = new(StringComparer.Ordinal);

    public void Evaluate(IReadOnlyList<StageTable> stages, Region region)
    {
        foreach (var stage in stages)
        {
            region = Evaluate(stage, region);
            if (region.IsEmpty)
            {
                return;
            }
        }
    }

    /// <summary>Distributes a region, and returns what is for the next table.</summary>
    private Region Evaluate(StageTable stage, Region region)
    {
        // What is left of a region behind so many entries is too much to describe, so they are not taken away from it.
        var isCoarse = !stage.IsDisjoint && stage.Entries.Count > algebra.MostExactEntries;
        region = isCoarse ? region with { IsExact = false } : region;
        var next = new Region(HeaderSpace.Empty, region.IsExact);
        if (algebra.IsTooLong(stage))
        {
            AssignAll(stage, region with { IsExact = false }, ref next);
            return next;
        }

        var remaining = region;
        foreach (var entry in stage.Entries)
        {
            if (remaining.IsEmpty)
            {
                return next;
            }

            var match = algebra.SpaceOf(entry);
            var hit = algebra.Intersect(remaining, match);
            if (hit.IsEmpty)
            {
                continue;
            }

            Assign(entry.Result, hit, ref next);
            if (!stage.IsDisjoint && (!isCoarse || entry.Match.IsAny))
            {
                remaining = algebra.Subtract(remaining, match);
            }
        }

        if (!stage.IsDisjoint && !remaining.IsEmpty)
        {
            Assign(stage.Default, remaining, ref next);
        }

        return next;
    }

    /// <summary>Everything that a table may say, to all packets.</summary>
    private void AssignAll(StageTable stage, Region region, ref Region next)
    {
        var said = new HashSet<StageResult>(ReferenceEqualityComparer.Instance);
        foreach (var entry in stage.Entries)
        {
            if (said.Add(entry.Result))
            {
                Assign(entry.Result, region, ref next);
            }
        }

        if (said.Add(stage.Default))
        {
            Assign(stage.Default, region, ref next);
        }
    }

    private void Assign(StageResult result, Region region, ref Region next)
    {
        if (result.IsNext)
        {
            next = algebra.Union(next, region);
        }
        else if (result.DropReason is { } reason)
        {
            Drops[reason] = Drops.TryGetValue(reason, out var dropped) ? algebra.Union(dropped, region) : region;
        }

        foreach (var outcome in result.Outcomes)
        {
            (result.Outcomes.Count == 1 ? DecidedByHeaders : DecidedByState).Add(outcome);
            Outcomes[outcome] = Outcomes.TryGetValue(outcome, out var packets) ? algebra.Union(packets, region) : region;
        }
    }
}

namespace Metron.Synthesis;

/// <summary>The packets that may be at a point of the walk: exactly these, or (when not exact) at most these.</summary>
internal sealed record Region(HeaderSpace Space, bool IsExact)
{
    public bool IsEmpty => Space.IsEmpty;
}

/// <summary>Operations on regions within limits: beyond them, regions get too large, never too small.</summary>
internal sealed class RegionAlgebra(SynthesisLimits limits)
{
    private readonly Dictionary<StageEntry, HeaderSpace> _spaces = new(ReferenceEqualityComparer.Instance);
    private long _operations;

    /// <summary>Whether a table is too long to be walked.</summary>
    public bool IsTooLong(StageTable stage) => !stage.IsDisjoint && stage.Entries.Count > limits.MaximumEntries;

    /// <summary>Longest table whose entries are taken away from regions one by one.</summary>
    public int MostExactEntries => limits.MaximumCubes * 4;

    /// <summary>Whether the limit of operations is used up.</summary>
    public bool IsExhausted => _operations > limits.MaximumOperations;

    /// <summary>The packets that an entry matches; the walk comes to the same entry by many ways.</summary>
    public HeaderSpace SpaceOf(StageEntry entry)
    {
        if (!_spaces.TryGetValue(entry, out var space))
        {
            _spaces[entry] = space = entry.Match.ToSpace();
        }

        return space;
    }

    public Region Intersect(Region region, HeaderSpace space)
    {
        _operations += (long)region.Space.Cubes.Count * space.Cubes.Count;
        return IsExhausted ? region with { IsExact = false } : Bound(region with { Space = region.Space.Intersect(space) });
    }

    public Region Subtract(Region region, HeaderSpace space)
    {
        _operations += (long)region.Space.Cubes.Count * space.Cubes.Count * 4;
        if (IsExhausted)
        {
            return region with { IsExact = false };
        }

        if (!region.Space.Overlaps(space))
        {
            return region;
        }

        List<HeaderCube> rest = [];
        foreach (var cube in region.Space.Cubes)
        {
            AddRest(rest, cube, space);
            if (rest.Count > limits.MaximumCubes)
            {
                return region with { IsExact = false };
            }
        }

        return region with { Space = new HeaderSpace(rest) };
    }

    /// <summary>Adds what is left of a cube without a space; most cubes do not meet it.</summary>
    private static void AddRest(List<HeaderCube> rest, HeaderCube cube, HeaderSpace space)
    {
        foreach (var other in space.Cubes)
        {
            if (cube.Overlaps(other))
            {
                rest.AddRange(new HeaderSpace([cube]).Subtract(space).Cubes);
                return;
            }
        }

        rest.Add(cube);
    }

    public Region Union(Region left, Region right) => Bound(new Region(left.Space.Union(right.Space), left.IsExact && right.IsExact));

    /// <summary>The packets after a rewrite.</summary>
    public Region Rewrite(Region region, IReadOnlyList<HeaderRewrite> rewrites)
    {
        if (rewrites.Count == 0)
        {
            return region;
        }

        _operations += (long)region.Space.Cubes.Count * rewrites.Count;
        List<HeaderCube> image = [];
        foreach (var cube in region.Space.Cubes)
        {
            foreach (var rewrite in rewrites.Where(rewrite => rewrite.IpVersion == 6 == cube.IsV6))
            {
                var start = rewrite.NewIpVersion switch { null => cube, 6 => HeaderCube.AllV6, _ => HeaderCube.AllV4 };
                image.Add(rewrite.Fields.Aggregate(start, (written, field) => written.With(field.Field, field.Values)));
            }
        }

        return Bound(region with { Space = new HeaderSpace(image) });
    }

    private Region Bound(Region region) =>
        region.Space.Cubes.Count > limits.MaximumCubes ? new Region(region.Space.Hull(), false) : region;
}

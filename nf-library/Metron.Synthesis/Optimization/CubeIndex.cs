namespace Metron.Synthesis;

/// <summary>
/// Finds those of many cubes of one IP version that overlap or cover another. For each of the five fields that tell rules apart, the cubes
/// are ranked by their first and by their last value. A query intersects up to ten bit sets, which is one machine word for every 64 cubes each,
/// so that 10,000 queries of 10,000 cubes take milliseconds. Not thread-safe.
/// </summary>
internal sealed class CubeIndex : ICubeFinder
{
    private static readonly HeaderField[] Fields =
        [HeaderField.Destination, HeaderField.Source, HeaderField.DestinationPort, HeaderField.SourcePort, HeaderField.Protocol];

    private readonly List<(HeaderField Field, CubeRanking ByFirst, CubeRanking ByLast)> _rankings = [];
    private readonly BitSet _all;
    private readonly BitSet _found;
    private readonly BitSet _scratch;

    public CubeIndex(IReadOnlyList<HeaderCube> cubes)
    {
        (_all, _found, _scratch) = (new BitSet(cubes.Count), new BitSet(cubes.Count), new BitSet(cubes.Count));
        for (var i = 0; i < cubes.Count; i++)
        {
            _all.Add(i);
        }

        foreach (var field in Fields)
        {
            // By last values downwards: what ends at a value or behind it has a key that is not greater than the value's.
            var byFirst = new CubeRanking([.. cubes.Select(cube => cube[field].First)]);
            var byLast = new CubeRanking([.. cubes.Select(cube => ~cube[field].Last)]);
            if (!byFirst.IsConstant || !byLast.IsConstant)
            {
                _rankings.Add((field, byFirst, byLast));
            }
        }
    }

    /// <inheritdoc/>
    public BitSet Overlapping(HeaderCube cube)
    {
        _found.CopyFrom(_all);
        foreach (var (field, byFirst, byLast) in _rankings)
        {
            byFirst.KeepUpTo(cube[field].Last, _found, _scratch);
            byLast.KeepUpTo(~cube[field].First, _found, _scratch);
        }

        return _found;
    }

    /// <inheritdoc/>
    public BitSet Covering(HeaderCube cube)
    {
        _found.CopyFrom(_all);
        foreach (var (field, byFirst, byLast) in _rankings)
        {
            byFirst.KeepUpTo(cube[field].First, _found, _scratch);
            byLast.KeepUpTo(~cube[field].Last, _found, _scratch);
        }

        return _found;
    }

    /// <inheritdoc/>
    public BitSet Containing(in HeaderPoint point)
    {
        _found.CopyFrom(_all);
        foreach (var (field, byFirst, byLast) in _rankings)
        {
            byFirst.KeepUpTo(point[field], _found, _scratch);
            byLast.KeepUpTo(~point[field], _found, _scratch);
        }

        return _found;
    }
}

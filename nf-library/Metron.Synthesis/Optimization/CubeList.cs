namespace Metron.Synthesis;

/// <summary>The cubes of a list of rules of one IP version, numbered in the order of the rules, with an index over them.</summary>
internal sealed class CubeList
{
    private readonly HeaderCube[] _cubes;
    private readonly List<int> _ruleOf = [];
    private readonly int[] _starts;
    private readonly IReadOnlyList<ListedRule> _rules;
    private readonly ICubeFinder _finder;

    /// <summary>Lists cubes.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="isV6">Which of their cubes.</param>
    /// <param name="isForMany">Whether most rules will be looked into, so that an index pays.</param>
    public CubeList(IReadOnlyList<ListedRule> rules, bool isV6, bool isForMany)
    {
        _rules = rules;
        _starts = new int[rules.Count + 1];
        List<HeaderCube> all = new(rules.Count);
        for (var rule = 0; rule < rules.Count; rule++)
        {
            _starts[rule] = all.Count;
            var cubes = rules[rule].Packets.Cubes;
            for (var i = 0; i < cubes.Count; i++)
            {
                if (cubes[i].IsV6 == isV6)
                {
                    all.Add(cubes[i]);
                    _ruleOf.Add(rule);
                }
            }
        }

        _starts[^1] = all.Count;
        _cubes = [.. all];
        _finder = isForMany ? new CubeIndex(_cubes) : new CubeScan(_cubes, isV6);
    }

    /// <summary>The cubes of a rule.</summary>
    public ArraySegment<HeaderCube> Of(int rule) => new(_cubes, _starts[rule], _starts[rule + 1] - _starts[rule]);

    /// <summary>The first rule before another one that has a cube which covers all of this one; -1 when there is none.</summary>
    public int FirstCovering(HeaderCube cube, int before, int sides)
    {
        var candidates = _finder.Covering(cube);
        for (var i = candidates.Next(0); i >= 0 && i < _starts[before]; i = candidates.Next(i + 1))
        {
            if ((_rules[_ruleOf[i]].Sides & sides) != 0 && _cubes[i].Covers(cube))
            {
                return _ruleOf[i];
            }
        }

        return -1;
    }

    /// <summary>The first rule before and the first one behind another rule that match a packet of it; -1 for none.</summary>
    /// <returns>When there is one before, the one behind is not looked for.</returns>
    public (int Before, int Behind) Around(in HeaderPoint point, int rule, int sides)
    {
        var candidates = _finder.Containing(point);
        for (var i = candidates.Next(0); i >= 0; i = candidates.Next(i + 1))
        {
            if (_ruleOf[i] != rule && (_rules[_ruleOf[i]].Sides & sides) != 0 && _cubes[i].Contains(point))
            {
                return _ruleOf[i] < rule ? (_ruleOf[i], -1) : (-1, _ruleOf[i]);
            }
        }

        return (-1, -1);
    }

    /// <summary>The cubes of the rules from <paramref name="from"/> to before <paramref name="to"/> that overlap a cube, in order. No other query meanwhile.</summary>
    public IEnumerable<(HeaderCube Cube, int Rule)> Overlapping(HeaderCube cube, int from, int to, int sides)
    {
        var candidates = _finder.Overlapping(cube);
        for (var i = candidates.Next(_starts[from]); i >= 0 && i < _starts[to]; i = candidates.Next(i + 1))
        {
            if ((_rules[_ruleOf[i]].Sides & sides) != 0 && _cubes[i].Overlaps(cube))
            {
                yield return (_cubes[i], _ruleOf[i]);
            }
        }
    }
}

namespace Metron.Synthesis;

/// <summary>The cubes of a list of rules of one IP version, numbered in the order of the rules, with an index over them.</summary>
internal sealed class CubeList
{
    private readonly List<HeaderCube> _cubes = [];
    private readonly List<int> _ruleOf = [];
    private readonly int[] _starts;
    private readonly IReadOnlyList<ListedRule> _rules;
    private readonly CubeIndex _index;

    public CubeList(IReadOnlyList<ListedRule> rules, bool isV6)
    {
        _rules = rules;
        _starts = new int[rules.Count + 1];
        for (var rule = 0; rule < rules.Count; rule++)
        {
            _starts[rule] = _cubes.Count;
            foreach (var cube in rules[rule].Packets.Cubes.Where(cube => cube.IsV6 == isV6))
            {
                _cubes.Add(cube);
                _ruleOf.Add(rule);
            }
        }

        _starts[^1] = _cubes.Count;
        _index = new CubeIndex(_cubes);
    }

    /// <summary>The cubes of a rule.</summary>
    public IEnumerable<HeaderCube> Of(int rule) => _cubes.Skip(_starts[rule]).Take(_starts[rule + 1] - _starts[rule]);

    /// <summary>The first rule before another one that has a cube which covers all of this one; -1 when there is none.</summary>
    public int FirstCovering(HeaderCube cube, int before, int sides)
    {
        var candidates = _index.Covering(cube);
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
        var candidates = _index.Containing(point);
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
        var candidates = _index.Overlapping(cube);
        for (var i = candidates.Next(_starts[from]); i >= 0 && i < _starts[to]; i = candidates.Next(i + 1))
        {
            if ((_rules[_ruleOf[i]].Sides & sides) != 0 && _cubes[i].Overlaps(cube))
            {
                yield return (_cubes[i], _ruleOf[i]);
            }
        }
    }
}

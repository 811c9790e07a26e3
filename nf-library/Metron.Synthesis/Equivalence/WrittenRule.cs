using System.Numerics;

namespace Metron.Synthesis;

/// <summary>A rule as written: consecutive cubes of one origin.</summary>
internal sealed class WrittenRule(int index, int result)
{
    private BigInteger? _size;

    public int Index { get; } = index;

    public int Result { get; } = result;

    public List<HeaderCube> Cubes { get; } = [];

    /// <summary>Whether compiled rules were found that make it up.</summary>
    public bool IsAligned { get; set; }

    public bool Covers(HeaderCube cube)
    {
        foreach (var own in Cubes)
        {
            if (own.Covers(cube))
            {
                return true;
            }
        }

        return false;
    }

    public bool Overlaps(WrittenRule other)
    {
        foreach (var own in Cubes)
        {
            foreach (var cube in other.Cubes)
            {
                if (own.Overlaps(cube))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>The size of all its packets.</summary>
    public BigInteger Size(PacketMeasure measure)
    {
        if (_size is not { } size)
        {
            List<HeaderCube> disjoint = [];
            foreach (var cube in Cubes)
            {
                List<HeaderCube> rest = [cube];
                foreach (var taken in disjoint.Where(cube.Overlaps))
                {
                    rest = [.. rest.SelectMany(part => part.Subtract(taken))];
                }

                disjoint.AddRange(rest);
            }

            _size = size = disjoint.Aggregate(BigInteger.Zero, (sum, cube) => sum + measure.Of(cube));
        }

        return size;
    }

    /// <summary>The rules of a table, the default (all packets) last.</summary>
    public static List<WrittenRule> Read(Classifier table)
    {
        List<WrittenRule> rules = [];
        var origin = int.MinValue;
        foreach (var rule in table.Rules)
        {
            if (rules.Count == 0 || rule.Origin != origin || rule.Result != rules[^1].Result)
            {
                rules.Add(new WrittenRule(rules.Count, rule.Result));
                origin = rule.Origin;
            }

            rules[^1].Cubes.Add(rule.Packets);
        }

        var last = new WrittenRule(rules.Count, table.Default);
        last.Cubes.AddRange([HeaderCube.AllV4, HeaderCube.AllV6, HeaderCube.AllOther]);
        rules.Add(last);
        return rules;
    }
}

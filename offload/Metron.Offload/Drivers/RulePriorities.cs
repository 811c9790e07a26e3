using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>
/// Priorities of rules whose order is given: a rule's is 1 above the highest among the rules behind it that may match the same packets and do
/// something else. So the order of independent rules has no influence, and a rule that comes or goes changes only those that depend on it.
/// </summary>
internal static class RulePriorities
{
    /// <summary>Depths of rules, from 1.</summary>
    public static int[] Depths(IReadOnlyList<ComposedRule> rules)
    {
        var depths = new int[rules.Count];
        var effects = new Dictionary<EquatableArray<Instruction>, int>();
        var effect = new int[rules.Count];
        for (var i = 0; i < rules.Count; i++)
        {
            if (!effects.TryGetValue(rules[i].Instructions, out effect[i]))
            {
                effects[rules[i].Instructions] = effect[i] = effects.Count;
            }
        }

        for (var i = rules.Count - 1; i >= 0; i--)
        {
            var depth = 0;
            var cube = rules[i].Cube;
            for (var j = i + 1; j < rules.Count; j++)
            {
                if (depths[j] > depth && effect[j] != effect[i] && cube.Overlaps(rules[j].Cube))
                {
                    depth = depths[j];
                }
            }

            depths[i] = depth + 1;
        }

        return depths;
    }
}

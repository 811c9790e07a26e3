namespace Metron.Offload;

/// <summary>
/// A table of rules for lookups by tuple space search: the rules that compare the same bits are one dictionary, and the dictionaries are asked
/// in the order of their highest priority, until none can win any more.
/// </summary>
internal sealed class ModelTable
{
    private readonly List<Tuple> _tuples = [];

    public ModelTable(IEnumerable<ModelRule> rules)
    {
        foreach (var group in rules.GroupBy(rule => rule.Mask))
        {
            var tuple = new Tuple(group.Key, group.Max(rule => rule.Priority));
            foreach (var rule in group)
            {
                if (!tuple.Rules.TryGetValue(rule.Value, out var other) || rule.Priority > other.Priority)
                {
                    tuple.Rules[rule.Value] = rule;
                }
            }

            _tuples.Add(tuple);
        }

        _tuples.Sort((left, right) => right.Priority.CompareTo(left.Priority));
    }

    /// <summary>The rule of highest priority that matches; null for none.</summary>
    public ModelRule? Find(in SwitchKey key)
    {
        ModelRule? best = null;
        foreach (var tuple in _tuples)
        {
            if (best is not null && best.Priority >= tuple.Priority)
            {
                break;
            }

            if (tuple.Rules.TryGetValue(key.Under(tuple.Mask), out var rule) && (best is null || rule.Priority > best.Priority))
            {
                best = rule;
            }
        }

        return best;
    }

    private sealed record Tuple(SwitchKey Mask, int Priority)
    {
        public Dictionary<SwitchKey, ModelRule> Rules { get; } = [];
    }
}

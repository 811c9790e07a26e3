namespace Metron.Synthesis;

/// <summary>A rule of a classifier: packets of one cube get a result.</summary>
/// <param name="Packets">Which packets.</param>
/// <param name="Rank">Rules of a lower rank are asked first. Where rules share a rank, which one is asked first is open.</param>
/// <param name="Result">Any number from 0: what becomes of the packets; or <see cref="Classifier.Continue"/>.</param>
/// <param name="Origin">Number of the rule that this was read from; a rule that is no single cube gives several in a row.</param>
public sealed record ClassifierRule(HeaderCube Packets, int Rank, int Result, int Origin);

/// <summary>A table of rules: the first that matches decides, otherwise the default.</summary>
public sealed class Classifier
{
    private Classifier(ClassifierRule[] rules, int defaultResult)
    {
        (Rules, Default) = (rules, defaultResult);
        IsLast = defaultResult >= 0 && Array.TrueForAll(rules, rule => rule.Result >= 0);
    }

    /// <summary>The rules by rank, those of the same rank in the order in which they were given.</summary>
    public IReadOnlyList<ClassifierRule> Rules { get; }

    /// <summary>For packets that no rule matches.</summary>
    public int Default { get; }

    /// <summary>Whether it leaves nothing to a further table.</summary>
    public bool IsLast { get; }

    /// <summary>A table of these rules.</summary>
    public static Classifier Of(IEnumerable<ClassifierRule> rules, int defaultResult) => new([.. rules.OrderBy(rule => rule.Rank)], defaultResult);

    /// <summary>The result "another table of the pipeline decides"; it must be a later one.</summary>
    public static int Continue(int table) => ~table;

    /// <summary>Everything that the table may say of a packet: more than one result only where rules of a rank contradict each other.</summary>
    public IReadOnlyList<int> Evaluate(in HeaderPoint point)
    {
        List<int> results = [];
        var rank = int.MaxValue;
        foreach (var rule in Rules)
        {
            if (rule.Rank > rank)
            {
                break;
            }

            if (rule.Packets.Contains(point))
            {
                rank = rule.Rank;
                if (!results.Contains(rule.Result))
                {
                    results.Add(rule.Result);
                }
            }
        }

        return results.Count == 0 ? [Default] : results;
    }
}

/// <summary>Tables one behind the other; packets begin in the first.</summary>
/// <param name="Tables">At least one.</param>
public sealed record ClassifierPipeline(IReadOnlyList<Classifier> Tables)
{
    /// <summary>A single table.</summary>
    public static ClassifierPipeline Of(Classifier table) => new([table]);

    /// <summary>Everything that may become of a packet; no <see cref="Classifier.Continue"/> among the results.</summary>
    public IReadOnlyList<int> Evaluate(in HeaderPoint point)
    {
        SortedSet<int> results = [];
        Follow(0, point, results);
        return [.. results];
    }

    private void Follow(int table, in HeaderPoint point, SortedSet<int> results)
    {
        foreach (var result in Tables[table].Evaluate(point))
        {
            if (result >= 0)
            {
                results.Add(result);
            }
            else
            {
                Follow(~result, point, results);
            }
        }
    }
}

/// <summary>Which results of a compiled form are right for a result as written.</summary>
/// <param name="Agrees">Whether a compiled result (second) is right for a written one (first).</param>
/// <param name="AcceptsAnything">Whether every compiled result is right for a written one.</param>
public sealed record ResultRelation(Func<int, int, bool> Agrees, Func<int, bool> AcceptsAnything)
{
    /// <summary>Results must be the same.</summary>
    public static ResultRelation Same { get; } = new((written, compiled) => written == compiled, _ => false);
}

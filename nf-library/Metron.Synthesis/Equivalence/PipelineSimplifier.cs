namespace Metron.Synthesis;

/// <summary>Leaves out of a pipeline what cannot matter to the packets of a universe, so that two pipelines compare table by table.</summary>
public static class PipelineSimplifier
{
    /// <summary>
    /// The pipeline without rules behind one that takes everything and without tables (but the first) that say the same to everything; tables
    /// are numbered in the order in which the rules of the first ones name them. It says the same of every packet.
    /// </summary>
    public static ClassifierPipeline Simplify(ClassifierPipeline pipeline, HeaderSpace universe)
    {
        var tables = pipeline.Tables.Select(table => CutBehindAll(table, universe)).ToList();
        Dictionary<int, int> numbers = [];
        Number(0);
        return new ClassifierPipeline([.. numbers.OrderBy(pair => pair.Value).Select(pair => Renumber(tables[pair.Key]))]);

        int Resolve(int result)
        {
            while (result < 0 && tables[~result].Rules.All(rule => rule.Result == tables[~result].Default))
            {
                result = tables[~result].Default;
            }

            return result;
        }

        void Number(int table)
        {
            if (numbers.TryAdd(table, numbers.Count))
            {
                foreach (var result in tables[table].Rules.Select(rule => rule.Result).Append(tables[table].Default).Distinct().Select(Resolve))
                {
                    if (result < 0)
                    {
                        Number(~result);
                    }
                }
            }
        }

        Classifier Renumber(Classifier table)
        {
            int New(int result) => Resolve(result) is var resolved && resolved < 0 ? Classifier.Continue(numbers[~resolved]) : resolved;
            return Classifier.Of(table.Rules.Select(rule => rule with { Result = New(rule.Result) }), New(table.Default));
        }
    }

    private static Classifier CutBehindAll(Classifier table, HeaderSpace universe)
    {
        var rules = table.Rules;
        for (var start = 0; start < rules.Count;)
        {
            var end = start + 1;
            while (end < rules.Count && rules[end].Origin == rules[start].Origin && rules[end].Rank == rules[start].Rank && rules[end].Result == rules[start].Result)
            {
                end++;
            }

            if (IsAlone(rules, start, end) && universe.Cubes.All(part => Enumerable.Range(start, end - start).Any(at => rules[at].Packets.Covers(part))))
            {
                return Classifier.Of(rules.Take(start), rules[start].Result);
            }

            start = end;
        }

        return table;
    }

    /// <summary>Whether no other rule has the rank of these.</summary>
    private static bool IsAlone(IReadOnlyList<ClassifierRule> rules, int start, int end) =>
        (start == 0 || rules[start - 1].Rank != rules[start].Rank) && (end == rules.Count || rules[end].Rank != rules[start].Rank);
}

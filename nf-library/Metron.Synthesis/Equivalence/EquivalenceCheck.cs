namespace Metron.Synthesis;

/// <summary>How a comparison ended.</summary>
public enum EquivalenceVerdict
{
    /// <summary>Equal for every packet.</summary>
    Equal,

    /// <summary>Too much to compute; equal for as many packets as were tried.</summary>
    EqualForSamples,

    /// <summary>There is a packet that is treated differently.</summary>
    Different,
}

/// <summary>The end of a comparison.</summary>
/// <param name="Verdict">How it ended.</param>
/// <param name="Samples">Packets tried, where there is no proof.</param>
/// <param name="Difference">A packet that is treated differently, if there is one.</param>
public sealed record EquivalenceResult(EquivalenceVerdict Verdict, int Samples = 0, HeaderPoint? Difference = null)
{
    public static EquivalenceResult Equal { get; } = new(EquivalenceVerdict.Equal);
}

/// <summary>Compares rules as written with rules as compiled, for all packets of a universe.</summary>
public static class EquivalenceCheck
{
    private const int FewestSamples = 100;

    /// <summary>Compares: rule by rule first, then by cutting up the packets, and by samples where the budget ends before.</summary>
    /// <param name="written">As written; no two rules of a table share a rank.</param>
    /// <param name="compiled">As compiled.</param>
    /// <param name="universe">Packets that can come, as disjoint cubes.</param>
    /// <param name="relation">Which results are right.</param>
    /// <param name="work">Budget.</param>
    public static EquivalenceResult Run(
        ClassifierPipeline written, ClassifierPipeline compiled, HeaderSpace universe, ResultRelation relation, EquivalenceWork work)
    {
        if (TableByTable(written, compiled, universe, relation, work, out var suspect))
        {
            return EquivalenceResult.Equal;
        }

        if (suspect is { } packet && !IsRight(written, compiled, relation, packet))
        {
            return new EquivalenceResult(EquivalenceVerdict.Different, 0, packet);
        }

        var comparison = new BoxComparison(written, compiled, universe, relation, work);
        return Compare(comparison, universe.Cubes) switch
        {
            BoxResult.Same => EquivalenceResult.Equal,
            BoxResult.Different => new EquivalenceResult(EquivalenceVerdict.Different, 0, comparison.Difference),
            _ => Sample(written, compiled, universe, relation, work),
        };
    }

    /// <summary>Whether whatever the compiled form says of a packet is right for whatever the written one says.</summary>
    public static bool IsRight(ClassifierPipeline written, ClassifierPipeline compiled, ResultRelation relation, in HeaderPoint packet)
    {
        var results = compiled.Evaluate(packet);
        return written.Evaluate(packet).All(wanted => relation.AcceptsAnything(wanted) || results.All(result => relation.Agrees(wanted, result)));
    }

    /// <summary>Proves each table equal to its counterpart, where both sides have as many. That is more than is asked for, but fast.</summary>
    private static bool TableByTable(
        ClassifierPipeline written, ClassifierPipeline compiled, HeaderSpace universe, ResultRelation relation, EquivalenceWork work, out HeaderPoint? suspect)
    {
        suspect = null;
        if (written.Tables.Count != compiled.Tables.Count)
        {
            return false;
        }

        var direct = new ResultRelation(
            (wanted, result) => wanted < 0 ? wanted == result : relation.AcceptsAnything(wanted) || (result >= 0 && relation.Agrees(wanted, result)),
            wanted => wanted >= 0 && relation.AcceptsAnything(wanted));
        for (var table = 0; table < written.Tables.Count; table++)
        {
            var (left, right) = (written.Tables[table], compiled.Tables[table]);
            if (RuleAlignment.Run(left, right, direct.Agrees, universe, work) is not { } leftOver)
            {
                return false;
            }

            // Results that continue are compared as numbers here: the tables are taken each by itself.
            var comparison = new BoxComparison(AsResults(left), AsResults(right), universe, AsResults(direct), work);
            var parts = leftOver.SelectMany(cube => universe.Cubes.Select(cube.Intersect)).OfType<HeaderCube>();
            var result = Compare(comparison, parts);
            if (result != BoxResult.Same)
            {
                suspect = result == BoxResult.Different ? comparison.Difference : null;
                return false;
            }
        }

        return true;
    }

    private static BoxResult Compare(BoxComparison comparison, IEnumerable<HeaderCube> cubes)
    {
        foreach (var cube in cubes)
        {
            var result = comparison.Run(cube);
            if (result != BoxResult.Same)
            {
                return result;
            }
        }

        return BoxResult.Same;
    }

    // Even numbers for results, odd ones for tables.
    private static int Number(int result) => result >= 0 ? result << 1 : (~result << 1) | 1;

    private static int Original(int number) => (number & 1) == 0 ? number >> 1 : ~(number >> 1);

    private static ClassifierPipeline AsResults(Classifier table) => ClassifierPipeline.Of(Classifier.Of(
        table.Rules.Select(rule => rule with { Result = Number(rule.Result) }), Number(table.Default)));

    private static ResultRelation AsResults(ResultRelation direct) => new(
        (wanted, result) => direct.Agrees(Original(wanted), Original(result)), wanted => direct.AcceptsAnything(Original(wanted)));

    private static EquivalenceResult Sample(
        ClassifierPipeline written, ClassifierPipeline compiled, HeaderSpace universe, ResultRelation relation, EquivalenceWork work)
    {
        var random = new Random(work.Budget.Seed);
        HeaderCube[] rules = [.. written.Tables.Concat(compiled.Tables).SelectMany(table => table.Rules).Select(rule => rule.Packets)];
        var samples = 0;
        while (samples < work.Budget.MaximumSamples && (samples < FewestSamples || !work.IsOver))
        {
            var part = universe.Cubes[random.Next(universe.Cubes.Count)];
            var cube = rules.Length == 0 ? part : rules[random.Next(rules.Length)].Intersect(part) ?? part;
            var packet = cube.Sample(random);
            samples++;
            if (!IsRight(written, compiled, relation, packet))
            {
                return new EquivalenceResult(EquivalenceVerdict.Different, samples, packet);
            }
        }

        return new EquivalenceResult(EquivalenceVerdict.EqualForSamples, samples);
    }
}

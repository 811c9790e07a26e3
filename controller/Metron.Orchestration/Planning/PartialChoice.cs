using Metron.Offload;

namespace Metron.Orchestration;

/// <summary>A rule that the switch may drop packets by although its function stays on the server.</summary>
/// <param name="Endpoint">For packets that entered here.</param>
/// <param name="Candidate">The rule, with what it needs.</param>
/// <param name="Rate">Packets per second that it drops; null when nobody knows.</param>
internal sealed record PartialChoice(int Endpoint, PartialCandidate Candidate, double? Rate)
{
    /// <summary>
    /// Rules that fit and drop much: by packets for each rule that the switch needs, or by packets alone, whichever drops more. The first is right where
    /// many small rules fit, the second where one large one outweighs them.
    /// </summary>
    public static List<PartialChoice> Best(IReadOnlyList<PartialChoice> choices, Func<IReadOnlyList<PartialChoice>, bool> fits)
    {
        var byRate = ByRate(choices);
        var first = Fill([], byRate, fits);
        var byDensity = Order(choices, choice => choice.Rate / choice.Candidate.Cost);
        if (byDensity.SequenceEqual(byRate))
        {
            return first;
        }

        var second = Fill([], byDensity, fits);
        return Sum(second) > Sum(first) ? second : first;
    }

    /// <summary>So often a rule that does not fit is passed over for others behind it.</summary>
    public const int MostPassedOver = 8;

    /// <summary>Choices, and what fits besides, those that drop most first.</summary>
    public static List<PartialChoice> Complete(
        IReadOnlyList<PartialChoice> start, IReadOnlyList<PartialChoice> choices, Func<IReadOnlyList<PartialChoice>, bool> fits) =>
        Fill(start, ByRate(choices), fits);

    /// <summary>Packets per second that choices drop, where they are known.</summary>
    public static double Sum(IEnumerable<PartialChoice> choices) => choices.Sum(choice => choice.Rate ?? 0);

    private static List<PartialChoice> ByRate(IReadOnlyList<PartialChoice> choices) => Order(choices, choice => choice.Rate);

    /// <summary>Those that are known to drop something, the largest first; then those that nobody knows; then those that drop nothing.</summary>
    private static List<PartialChoice> Order(IReadOnlyList<PartialChoice> choices, Func<PartialChoice, double?> valueOf) =>
    [
        .. choices.OrderByDescending(choice => choice.Rate is { } rate ? (rate > 0 ? 2 : 0) : 1)
            .ThenByDescending(choice => valueOf(choice) ?? 0)
            .ThenBy(choice => choice.Candidate.Rule)
            .ThenBy(choice => choice.Endpoint),
    ];

    /// <summary>Adds what fits, in order; what does not fit is passed over.</summary>
    private static List<PartialChoice> Fill(
        IReadOnlyList<PartialChoice> start, IReadOnlyList<PartialChoice> ordered, Func<IReadOnlyList<PartialChoice>, bool> fits)
    {
        List<PartialChoice> chosen = [.. start];
        List<PartialChoice> rest = [.. ordered.Except(start)];
        for (var passedOver = 0; rest.Count > 0 && passedOver < MostPassedOver; passedOver++)
        {
            var count = MostThatFit(chosen, rest, fits);
            chosen.AddRange(rest.Take(count));
            rest.RemoveRange(0, Math.Min(rest.Count, count + 1));
        }

        return chosen;
    }

    /// <summary>How many of the first choices fit besides others: more never fit where fewer do not.</summary>
    private static int MostThatFit(List<PartialChoice> besides, List<PartialChoice> ordered, Func<IReadOnlyList<PartialChoice>, bool> fits)
    {
        bool Fits(int count) => fits([.. besides, .. ordered.Take(count)]);

        // The whole first: often all of what is left fits. Then the first alone: often none does.
        if (Fits(ordered.Count))
        {
            return ordered.Count;
        }

        if (ordered.Count == 1 || !Fits(1))
        {
            return 0;
        }

        var (fitting, tooMany) = (1, ordered.Count);
        while (fitting + 1 < tooMany)
        {
            var middle = (fitting + tooMany) / 2;
            (fitting, tooMany) = Fits(middle) ? (middle, tooMany) : (fitting, middle);
        }

        return fitting;
    }
}

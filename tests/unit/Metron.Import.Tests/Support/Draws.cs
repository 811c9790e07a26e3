using CsCheck;

namespace Metron.Import.Tests.Support;

/// <summary>
/// Random decisions that CsCheck makes, so that it can look for fewer and smaller ones when they lead to a failure: the choices that stand first in
/// the tests' lists, and in the end none at all.
/// </summary>
internal sealed class Draws(int[] numbers) : Random(0)
{
    private int _next;

    /// <summary>Runs a property with many decisions, each time others.</summary>
    /// <param name="most">Most decisions that are random; all behind them are the first choice.</param>
    /// <param name="property">Fails by throwing.</param>
    /// <param name="times">How often; CsCheck's own number when not given.</param>
    public static void Sample(int most, Action<Random> property, int times = -1) => Gen.Int[0, 1_000_000].Array[0, most].Sample(
        numbers => property(new Draws(numbers)),
        iter: times,
        print: numbers => $"{numbers.Length} decisions");

    /// <summary>Whether nothing was imported only for the number of rules that it would take: an answer that is right for some decisions.</summary>
    public static bool IsTooLarge(IReadOnlyList<ImportMessage> problems) =>
        problems.Count > 0 && problems.All(problem => problem.Message.Contains("it takes more than", StringComparison.Ordinal));

    public override int Next() => _next < numbers.Length ? numbers[_next++] : 0;

    public override int Next(int maxValue) => Next() % Math.Max(maxValue, 1);

    public override int Next(int minValue, int maxValue) => minValue + Next(maxValue - minValue);
}

namespace Metron.Bench;

/// <summary>A figure over all rounds of a case.</summary>
internal sealed record Result(
    string Suite, string Case, string Contender, string Metric, string Unit, double Median, double Min, double Max, int Rounds)
{
    /// <summary>Summarises one figure per round.</summary>
    public static Result Of(string suite, string caseName, string contender, string metric, string unit, IReadOnlyList<double> rounds)
    {
        var sorted = rounds.Order().ToList();
        var middle = sorted.Count / 2;
        var median = sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Result(suite, caseName, contender, metric, unit, median, sorted[0], sorted[^1], sorted.Count);
    }
}

namespace Metron.Bench;

/// <summary>A suite that draws more than bars.</summary>
internal interface IPlots
{
    /// <summary>Draws.</summary>
    /// <param name="directory">Where to; it exists.</param>
    /// <param name="results">Results of all suites.</param>
    void Plot(string directory, IReadOnlyList<Result> results);
}

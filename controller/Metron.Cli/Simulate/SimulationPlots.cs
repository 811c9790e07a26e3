using Metron.Balancing.Simulation;

namespace Metron.Cli.Simulate;

/// <summary>Plots of what happened over time.</summary>
internal static class SimulationPlots
{
    /// <summary>Writes imbalance and cores over time, as SVG.</summary>
    /// <param name="directory">Where to; made when it is not there.</param>
    /// <param name="prefix">What the names of the files begin with.</param>
    /// <param name="results">One for each policy.</param>
    public static void Write(string directory, string prefix, IReadOnlyList<SimulationResult> results)
    {
        Directory.CreateDirectory(directory);
        Save("imbalance", LinePlot.Draw(
            "Imbalance of the cores in use over time", "virtual time (s)", "(highest − lowest) / lowest load (%)", Over(results, sample => sample.ImbalancePercent), logarithmic: true));
        var offered = new PlotLine("offered load", Points(results[0], sample => sample.OfferedCores));
        Save("cores", LinePlot.Draw(
            "Cores in use over time", "virtual time (s)", "cores", [.. Over(results, sample => sample.Cores), offered], logarithmic: false));

        void Save(string name, string svg) => File.WriteAllText(Path.Combine(directory, $"{prefix}-{name}.svg"), svg);
    }

    private static List<PlotLine> Over(IReadOnlyList<SimulationResult> results, Func<SimulationSample, double> value) =>
        [.. results.Select(result => new PlotLine(result.Policy, Points(result, value)))];

    private static List<(double X, double Y)> Points(SimulationResult result, Func<SimulationSample, double> value) =>
        [.. result.Samples.Where(sample => sample.IsMeasured).Select(sample => (sample.Seconds, value(sample)))];
}

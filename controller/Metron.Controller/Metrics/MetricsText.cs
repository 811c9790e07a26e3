using System.Globalization;
using System.Text;

namespace Metron.Controller.Metrics;

/// <summary>
/// Writes metrics in the text format that Prometheus and its relatives read (version 0.0.4,
/// https://prometheus.io/docs/instrumenting/exposition_formats/): families one after the other, each with what it means, its type, and its samples.
/// </summary>
internal sealed class MetricsText
{
    /// <summary>Content type of the format.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    /// <summary>Adds a family that only grows while the process it counts lives; its name ends in "_total".</summary>
    public void Counter(string name, string help, IEnumerable<Sample> samples) => Family(name, "counter", help, samples);

    /// <summary>Adds a family that may go up and down.</summary>
    public void Gauge(string name, string help, IEnumerable<Sample> samples) => Family(name, "gauge", help, samples);

    /// <summary>Adds a family of quantiles over a while; each sample has the label "quantile".</summary>
    public void Summary(string name, string help, IEnumerable<Sample> samples) => Family(name, "summary", help, samples);

    /// <summary>Adds a family of which some samples only grow and some do not.</summary>
    public void Untyped(string name, string help, IEnumerable<Sample> samples) => Family(name, "untyped", help, samples);

    /// <summary>All families so far; each line ends with a line feed.</summary>
    public override string ToString() => _text.ToString();

    /// <summary>Families without samples are left out. A sample whose labels were there before in its family is left out too: readers refuse duplicates.</summary>
    private void Family(string name, string type, string help, IEnumerable<Sample> samples)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var sample in samples)
        {
            var labels = Labels(sample.Labels);
            if (!seen.Add(labels))
            {
                continue;
            }

            if (seen.Count == 1)
            {
                _text.Append("# HELP ").Append(name).Append(' ').Append(help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
                _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
            }

            _text.Append(name).Append(labels).Append(' ').Append(Number(sample.Value)).Append('\n');
        }
    }

    private static string Labels(IReadOnlyList<(string Name, string Value)> labels) => labels.Count == 0
        ? string.Empty
        : $"{{{string.Join(',', labels.Select(label => $"{label.Name}=\"{Escape(label.Value)}\""))}}}";

    private static string Escape(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);
}

/// <summary>A value of a family. 64-bit counters above 2^53 lose their last digits, as in everything that reads the format.</summary>
/// <param name="Value">The value.</param>
/// <param name="Labels">What it is of; label names are letters, digits and underscores.</param>
internal readonly record struct Sample(double Value, params IReadOnlyList<(string Name, string Value)> Labels);

using System.Globalization;
using System.Security;
using System.Text;

namespace Metron.Bench;

/// <summary>Draws one SVG per suite and metric: a bar per case and contender, with a line from minimum to maximum.</summary>
internal static class PlotReport
{
    private const int BarHeight = 18;
    private const int LabelWidth = 260;
    private const int PlotWidth = 520;
    private const int Margin = 40;

    public static void Write(string directory, IReadOnlyList<Result> results)
    {
        Directory.CreateDirectory(directory);
        foreach (var plot in results.GroupBy(result => (result.Suite, result.Metric, result.Unit)))
        {
            File.WriteAllText(Path.Combine(directory, $"{plot.Key.Suite}-{plot.Key.Metric}.svg"), Draw($"{plot.Key.Suite}: {plot.Key.Metric} ({plot.Key.Unit})", [.. plot]));
        }
    }

    private static string Draw(string title, IReadOnlyList<Result> bars)
    {
        var scale = PlotWidth / Math.Max(bars.Max(bar => bar.Max), double.Epsilon);
        var height = Margin + (bars.Count * BarHeight) + 12;
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{LabelWidth + PlotWidth + 90}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">");
        svg.AppendLine("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"10\" y=\"22\" font-size=\"15\">{SecurityElement.Escape(title)}</text>");
        for (var i = 0; i < bars.Count; i++)
        {
            var bar = bars[i];
            var top = Margin + (i * BarHeight);
            var colour = bar.Contender == "metron" ? "#2563a8" : "#9aa5b1";
            svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{LabelWidth - 8}\" y=\"{top + 12}\" text-anchor=\"end\">{SecurityElement.Escape($"{bar.Case} {bar.Contender}")}</text>");
            svg.AppendLine(CultureInfo.InvariantCulture, $"<rect x=\"{LabelWidth}\" y=\"{top + 2}\" width=\"{bar.Median * scale:0.0}\" height=\"{BarHeight - 5}\" fill=\"{colour}\"/>");
            svg.AppendLine(CultureInfo.InvariantCulture, $"<line x1=\"{LabelWidth + (bar.Min * scale):0.0}\" x2=\"{LabelWidth + (bar.Max * scale):0.0}\" y1=\"{top + 8.5}\" y2=\"{top + 8.5}\" stroke=\"black\"/>");
            svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{LabelWidth + (bar.Max * scale) + 6:0.0}\" y=\"{top + 12}\">{bar.Median:0.##}</text>");
        }

        return svg.AppendLine("</svg>").ToString();
    }
}

using System.Globalization;
using System.Security;
using System.Text;

namespace Metron.Cli.Simulate;

/// <summary>A line of a plot.</summary>
/// <param name="Name">Its name; the same names have the same colours in all plots.</param>
/// <param name="Points">Its points, x ascending.</param>
internal sealed record PlotLine(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Draws lines over two axes as SVG.</summary>
internal static class LinePlot
{
    private const int Left = 70;
    private const int Top = 40;
    private const int Width = 640;
    private const int Height = 320;
    private static readonly string[] s_colours = ["#2563a8", "#d1495b", "#66a182", "#edae49", "#8d6a9f", "#7a7a7a", "#00798c"];
    private static readonly int[] s_steps = [1, 2, 5, 10];
    private static readonly string[] s_names = ["metron", "rss", "rsspp-2019", "metron-2018", "spray", "shared-queue"];

    /// <summary>Draws.</summary>
    /// <param name="title">Above the plot.</param>
    /// <param name="x">Name and unit of the horizontal axis.</param>
    /// <param name="y">Name and unit of the vertical axis.</param>
    /// <param name="lines">The lines.</param>
    /// <param name="logarithmic">Whether the vertical axis is; values below its lowest mark are drawn there.</param>
    public static string Draw(string title, string x, string y, IReadOnlyList<PlotLine> lines, bool logarithmic)
    {
        var points = lines.SelectMany(line => line.Points).ToList();
        var across = Axis(points.Select(point => point.X), logarithmic: false);
        var up = Axis(points.Select(point => point.Y), logarithmic);
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Left + Width + 150}\" height=\"{Top + Height + 60}\" font-family=\"sans-serif\" font-size=\"12\">");
        svg.AppendLine("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"22\" font-size=\"15\">{SecurityElement.Escape(title)}</text>");
        foreach (var mark in up.Marks)
        {
            var at = Top + Height - (up.Place(mark) * Height);
            svg.AppendLine(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Left + Width}\" y1=\"{at:0.0}\" y2=\"{at:0.0}\" stroke=\"#dddddd\"/>");
            svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6}\" y=\"{at + 4:0.0}\" text-anchor=\"end\">{mark:0.######}</text>");
        }

        foreach (var mark in across.Marks)
        {
            var at = Left + (across.Place(mark) * Width);
            svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{at:0.0}\" y=\"{Top + Height + 18}\" text-anchor=\"middle\">{mark:0.######}</text>");
        }

        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Left + (Width / 2)}\" y=\"{Top + Height + 40}\" text-anchor=\"middle\">{SecurityElement.Escape(x)}</text>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"16\" y=\"{Top + (Height / 2)}\" text-anchor=\"middle\" transform=\"rotate(-90 16 {Top + (Height / 2)})\">{SecurityElement.Escape(y)}</text>");
        for (var i = 0; i < lines.Count; i++)
        {
            DrawLine(svg, lines[i], i, across, up);
        }

        return svg.AppendLine("</svg>").ToString();
    }

    private static void DrawLine(StringBuilder svg, PlotLine line, int index, PlotAxis across, PlotAxis up)
    {
        var known = Array.IndexOf(s_names, line.Name);
        var colour = s_colours[(known >= 0 ? known : index) % s_colours.Length];
        svg.Append("<polyline fill=\"none\" stroke-width=\"1.6\" stroke=\"").Append(colour).Append("\" points=\"");
        foreach (var (x, y) in line.Points)
        {
            svg.Append(CultureInfo.InvariantCulture, $"{Left + (across.Place(x) * Width):0.0},{Top + Height - (up.Place(y) * Height):0.0} ");
        }

        svg.AppendLine("\"/>");
        var at = Top + 10 + (index * 18);
        svg.AppendLine(CultureInfo.InvariantCulture, $"<line x1=\"{Left + Width + 12}\" x2=\"{Left + Width + 32}\" y1=\"{at}\" y2=\"{at}\" stroke-width=\"3\" stroke=\"{colour}\"/>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Left + Width + 38}\" y=\"{at + 4}\">{SecurityElement.Escape(line.Name)}</text>");
    }

    private static PlotAxis Axis(IEnumerable<double> values, bool logarithmic)
    {
        var all = values.Where(value => !logarithmic || value > 0).DefaultIfEmpty(1).ToList();
        if (logarithmic)
        {
            var first = (int)Math.Floor(Math.Log10(all.Min()));
            var last = Math.Max(first + 1, (int)Math.Ceiling(Math.Log10(all.Max())));
            return new PlotAxis([.. Enumerable.Range(first, last - first + 1).Select(power => Math.Pow(10, power))], true);
        }

        // From 0, in steps of 1, 2 or 5 times a power of ten.
        var most = Math.Max(all.Max(), double.Epsilon * 1e300);
        var power10 = Math.Pow(10, Math.Floor(Math.Log10(most / 4)));
        var step = power10 * s_steps.First(factor => most / (factor * power10) <= 8);
        return new PlotAxis([.. Enumerable.Range(0, (int)Math.Ceiling(most / step) + 1).Select(mark => Math.Round(mark * step, 12))], false);
    }

    private sealed record PlotAxis(IReadOnlyList<double> Marks, bool Logarithmic)
    {
        /// <summary>Where a value is, from 0 to 1.</summary>
        public double Place(double value) => Logarithmic
            ? (Math.Log10(Math.Max(value, Marks[0])) - Math.Log10(Marks[0])) / (Math.Log10(Marks[^1]) - Math.Log10(Marks[0]))
            : (value - Marks[0]) / (Marks[^1] - Marks[0]);
    }
}

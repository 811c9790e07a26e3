using System.Globalization;
using System.Text;

namespace Metron.SwitchProbe;

/// <summary>Words that all forms of the report share.</summary>
internal static class ReportWords
{
    /// <summary>A verdict as people read it.</summary>
    public static string Of(Verdict verdict) => verdict switch
    {
        Verdict.Works => "works",
        Verdict.WorkAround => "work-around",
        Verdict.Missing => "missing",
        _ => "not known",
    };

    /// <summary>The whole in one sentence.</summary>
    public static string Summary(ProbeReport report)
    {
        var worst = report.Identity is null ? "The switch cannot be used: it could not be spoken with."
            : report.Count(Verdict.Missing) > 0 ? "The switch can be used with restrictions."
            : report.Count(Verdict.WorkAround) > 0 ? "The switch can be used; Metron works round what it lacks."
            : "The switch can do everything that Metron needs.";
        return $"{worst} {report.Count(Verdict.Works)} works, {report.Count(Verdict.WorkAround)} work-around, "
            + $"{report.Count(Verdict.Missing)} missing, {report.Count(Verdict.Unknown)} not known";
    }

    /// <summary>A time in UTC.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>What a switch said, without anything that could steer a terminal or a page.</summary>
    public static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            plain.Append(char.IsControl(letter) || char.GetUnicodeCategory(letter) is UnicodeCategory.Format or UnicodeCategory.Surrogate ? '?' : letter);
        }

        return plain.ToString();
    }
}

using System.Text;
using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>The report as text.</summary>
public static class ReportText
{
    private const int FeatureWidth = 40;
    private const int VerdictWidth = 13;
    private const int MostDetails = 8;

    /// <summary>The report as lines that end in a line feed.</summary>
    public static string Of(ProbeReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var text = new StringBuilder();
        Line(text, $"Switch at {report.Address}, checked {ReportWords.Time(report.Started)}");
        if (report.Identity is { } identity)
        {
            Line(text, $"Datapath {identity.DatapathId:x16}, {(identity.Description.Length == 0 ? "says nothing of itself" : identity.Description)}");
            Line(text, $"Says it has {identity.TableCount} tables; ports: {(identity.Ports.IsEmpty ? "none" : string.Join(", ", identity.Ports))}");
        }

        Line(text, "");
        Line(text, ReportWords.Summary(report));
        Line(text, "");
        foreach (var finding in report.Findings)
        {
            Line(text, $"{ReportWords.Of(finding.Verdict).PadRight(VerdictWidth)}{finding.Feature.PadRight(FeatureWidth)} {finding.Observed}");
            if (finding.Consequence.Length > 0)
            {
                Line(text, $"{"",VerdictWidth}{"",FeatureWidth} → {finding.Consequence}");
            }

            AppendDetails(text, finding);
        }

        AppendProfile(text, report);
        return text.ToString();
    }

    private static void AppendDetails(StringBuilder text, Finding finding)
    {
        if (finding.Id == "capacity" || (finding.Verdict == Verdict.Works && finding.Id is not ("rate" or "restored")))
        {
            return;
        }

        foreach (var detail in finding.Details.Take(MostDetails))
        {
            Line(text, $"{"",VerdictWidth}  {detail}");
        }

        if (finding.Details.Count > MostDetails)
        {
            Line(text, $"{"",VerdictWidth}  and {finding.Details.Count - MostDetails} more; all are in the JSON and HTML reports");
        }
    }

    private static void AppendProfile(StringBuilder text, ProbeReport report)
    {
        if (report.Profile is { } profile)
        {
            Line(text, "");
            Line(text, $"Profile {profile.Name}: versions {string.Join(", ", profile.Versions.Select(version => version.ToDotted()))}; "
                + $"{(profile.Tables.IsEmpty ? "tables as in Open vSwitch" : $"{profile.Tables.Count} tables with restrictions")}; "
                + $"barrier per {profile.RulesPerBarrier} rules, {profile.RulesInFlight} on the way");
        }
    }

    private static void Line(StringBuilder text, string line) => text.Append(ReportWords.Plain(line).TrimEnd()).Append('\n');
}

using System.Net;
using System.Text;
using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>The report as one HTML file that refers to nothing outside it and has no scripts.</summary>
public static class ReportHtml
{
    private const string Style = """
        :root { color-scheme: light dark; --ok: #1a7f37; --round: #9a6700; --bad: #cf222e; --none: #6e7781; --line: #d0d7de; --soft: #f6f8fa; }
        @media (prefers-color-scheme: dark) { :root { --ok: #3fb950; --round: #d29922; --bad: #f85149; --none: #8b949e; --line: #30363d; --soft: #161b22; } }
        body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
        .sub { color: var(--none); margin: 0; } .summary { font-size: 1.1rem; margin: 1rem 0; }
        table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
        th { background: var(--soft); font-weight: 600; }
        .verdict { font-weight: 600; white-space: nowrap; } .works { color: var(--ok); } .workAround { color: var(--round); } .missing { color: var(--bad); } .unknown { color: var(--none); }
        details { margin-top: .3rem; } summary { cursor: pointer; color: var(--none); } ul { margin: .3rem 0; padding-left: 1.2rem; }
        .scroll { overflow-x: auto; } .grid td, .grid th { padding: .15rem .35rem; text-align: center; white-space: nowrap; font-size: .85rem; } .grid th:first-child { text-align: left; position: sticky; left: 0; }
        pre { background: var(--soft); padding: 1rem; overflow-x: auto; } code { font-family: ui-monospace, monospace; }
        """;

    /// <summary>The page.</summary>
    public static string Of(ProbeReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var page = new StringBuilder();
        var name = report.Identity is { } identity ? $"{identity.DatapathId:x16}" : report.Address;
        page.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n")
            .Append($"<title>Switch {Text(name)}</title>\n<style>\n{Style}\n</style>\n</head>\n<body>\n")
            .Append($"<h1>Switch {Text(name)}</h1>\n<p class=\"sub\">{Text(report.Identity?.Description ?? "")}</p>\n")
            .Append($"<p class=\"sub\">at {Text(report.Address)}, checked {ReportWords.Time(report.Started)}</p>\n")
            .Append($"<p class=\"summary\">{Text(ReportWords.Summary(report))}</p>\n");
        AppendFindings(page, report);
        AppendGrid(page, "Match fields by table", report.Tables, FieldRows(report.Tables));
        AppendGrid(page, "Actions by table", report.Tables, ActionRows(report.Tables));
        AppendProfile(page, report);
        return page.Append("</body>\n</html>\n").ToString();
    }

    private static void AppendFindings(StringBuilder page, ProbeReport report)
    {
        page.Append("<table>\n<tr><th>Feature</th><th>Verdict</th><th>Seen</th><th>What it means</th></tr>\n");
        foreach (var finding in report.Findings)
        {
            page.Append($"<tr id=\"{Text(finding.Id)}\"><td>{Text(finding.Feature)}</td>")
                .Append($"<td class=\"verdict {Class(finding.Verdict)}\">{ReportWords.Of(finding.Verdict)}</td><td>{Text(finding.Observed)}");
            if (!finding.Details.IsEmpty)
            {
                page.Append($"<details><summary>{finding.Details.Count} details</summary><ul>");
                foreach (var detail in finding.Details)
                {
                    page.Append($"<li>{Text(detail)}</li>");
                }

                page.Append("</ul></details>");
            }

            page.Append($"</td><td>{Text(finding.Consequence)}</td></tr>\n");
        }

        page.Append("</table>\n");
    }

    private static IEnumerable<(string Name, IEnumerable<Cell> Cells)> FieldRows(EquatableArray<TableFacts> tables) =>
        tables.IsEmpty ? [] : tables[0].Fields.Select((field, i) => (field.Field.Name, tables.Select(table => table.Fields[i]).Select(cell =>
            cell.Masks is { } masks ? new Cell(masks.ToString().ToLowerInvariant(), Verdict.Works, cell.Said) : new Cell("–", Verdict.Missing, cell.Said))));

    private static IEnumerable<(string Name, IEnumerable<Cell> Cells)> ActionRows(EquatableArray<TableFacts> tables) =>
        tables.IsEmpty ? [] : tables[0].Attempts.Select((attempt, i) => (attempt.Name, tables.Select(table => table.Attempts[i]).Select(cell =>
            cell.Works ? new Cell("✓", Verdict.Works, "") : new Cell("–", Verdict.Missing, cell.Said))));

    private static void AppendGrid(
        StringBuilder page, string title, EquatableArray<TableFacts> tables, IEnumerable<(string Name, IEnumerable<Cell> Cells)> rows)
    {
        if (tables.IsEmpty)
        {
            return;
        }

        page.Append($"<h2>{title}</h2>\n<div class=\"scroll\"><table class=\"grid\">\n<tr><th></th>");
        foreach (var table in tables)
        {
            page.Append($"<th>{table.Number}</th>");
        }

        page.Append("</tr>\n");
        foreach (var (name, cells) in rows)
        {
            page.Append($"<tr><th>{Text(name)}</th>");
            foreach (var cell in cells)
            {
                page.Append($"<td class=\"{Class(cell.Verdict)}\"{(cell.Said.Length == 0 ? "" : $" title=\"{Text(cell.Said)}\"")}>{cell.Shown}</td>");
            }

            page.Append("</tr>\n");
        }

        page.Append("</table></div>\n");
    }

    private static void AppendProfile(StringBuilder page, ProbeReport report)
    {
        if (report.Profile is { } profile)
        {
            page.Append($"<h2>Profile</h2>\n<p>What drivers work by; the file that <code>--profile-out</code> writes.</p>\n<pre><code>{Text(Offload.SwitchProfileJson.Write(profile), lines: true)}</code></pre>\n");
        }
    }

    private static string Class(Verdict verdict) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(verdict.ToString());

    private static string Text(string text, bool lines = false) => WebUtility.HtmlEncode(lines ? text : ReportWords.Plain(text));

    private readonly record struct Cell(string Shown, Verdict Verdict, string Said);
}

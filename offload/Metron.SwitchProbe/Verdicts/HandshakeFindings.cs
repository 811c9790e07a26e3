using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>How the switch can be greeted.</summary>
internal static class HandshakeFindings
{
    /// <summary>The findings.</summary>
    public static IEnumerable<Finding> Of(ProbeFacts facts)
    {
        var works = facts.Greetings.Where(greeting => greeting.Version is not null).ToList();
        var details = facts.Greetings.Select(greeting =>
            $"{greeting.Attempt}: {(greeting.Version is { } version ? $"spoke {version.ToDotted()}" : "failed")}{(greeting.Said.Length == 0 ? "" : $" ({greeting.Said})")}").ToEquatableArray();
        yield return Versions(works, details);
        if (works.Count == 0)
        {
            yield break;
        }

        var bitmap = works.Any(greeting => greeting.HasBitmap);
        var said = facts.Greetings.FirstOrDefault(greeting => greeting.HasBitmap && greeting.Version is null)?.Said ?? "";
        yield return Judgement.Plain(
            "handshake.bitmap", "HELLO with version bitmap", bitmap ? "" : said, "accepted", Verdict.WorkAround, "greeted by the bare HELLO of OpenFlow 1.3.0");
        var odd = works.Where(greeting => greeting.Said.Length > 0).Select(greeting => greeting.Said).Distinct().ToList();
        yield return Judgement.Plain(
            "handshake.form", "HELLO as the standard has it", string.Join("; ", odd), "nothing odd", Verdict.WorkAround, "Metron goes on all the same; the maker should know");
    }

    private static Finding Versions(List<Greeting> works, EquatableArray<string> details)
    {
        const string id = "handshake.versions";
        const string feature = "OpenFlow versions";
        var versions = works.Select(greeting => greeting.Version!.Value).Distinct().Order().ToList();
        var list = string.Join(", ", versions.Select(version => version.ToDotted()));
        return versions.Count == 0 ? new Finding(id, feature, Verdict.Missing, "none could be spoken", "no chain can use this switch", details)
            : versions[^1] < OpenFlowVersion.OpenFlow13
                ? new Finding(id, feature, Verdict.WorkAround, $"only {list}", "one table without goto, groups, meters and bundles; IPv6 stays on servers", details)
                : new Finding(id, feature, Verdict.Works, list, "", details);
    }
}

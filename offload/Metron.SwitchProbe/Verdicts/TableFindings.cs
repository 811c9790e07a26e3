using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>What the tables take.</summary>
internal static class TableFindings
{
    private static readonly (string Id, string Feature, OxmType[] Fields, MaskSupport Wanted, MaskSupport Least, string Consequence)[] _matches =
    [
        ("match.port", "Match: ingress port", [Oxm.InPort], MaskSupport.Exact, MaskSupport.Exact, "endpoints cannot be told apart: no chain can use this switch"),
        ("match.vlan", "Match: VLAN", [Oxm.VlanId], MaskSupport.Exact, MaskSupport.Exact, "no VLAN endpoints and no VLAN tags; tags are MAC addresses"),
        ("match.mac", "Match: MAC addresses", [Oxm.EthernetDestination, Oxm.EthernetSource], MaskSupport.Exact, MaskSupport.Exact, "no MAC tags; tags are VLANs"),
        ("match.protocol", "Match: IP version and protocol", [Oxm.EthernetType, Oxm.IpProtocol], MaskSupport.Exact, MaskSupport.Exact, "classification stays on servers"),
        ("match.ipv4", "Match: IPv4 prefixes", [Oxm.Ipv4Source, Oxm.Ipv4Destination], MaskSupport.Prefix, MaskSupport.Exact, "functions that look at IPv4 networks stay on servers"),
        ("match.ipv6", "Match: IPv6 prefixes", [Oxm.Ipv6Source, Oxm.Ipv6Destination], MaskSupport.Prefix, MaskSupport.Exact, "functions that look at IPv6 networks stay on servers"),
        ("match.ports", "Match: TCP and UDP ports under masks", [Oxm.TcpSource, Oxm.TcpDestination, Oxm.UdpSource, Oxm.UdpDestination], MaskSupport.Any, MaskSupport.Exact, "functions that look at ports stay on servers, and one worker serves an endpoint unless tags differ"),
        ("match.sctp", "Match: SCTP ports under masks", [Oxm.SctpSource, Oxm.SctpDestination], MaskSupport.Any, MaskSupport.Exact, "rules for SCTP ports stay on servers"),
        ("match.icmp", "Match: ICMP types and codes", [Oxm.Icmpv4Type, Oxm.Icmpv4Code, Oxm.Icmpv6Type, Oxm.Icmpv6Code], MaskSupport.Exact, MaskSupport.Exact, "rules for ICMP stay on servers"),
        ("match.tcpFlags", "Match: TCP flags", [Oxm.TcpFlags], MaskSupport.Any, MaskSupport.Exact, "rules for TCP flags stay on servers"),
        ("match.fragments", "Match: fragments", [Oxm.IpFragment], MaskSupport.Any, MaskSupport.Any, "rules for fragments stay on servers"),
        ("match.dscp", "Match: DSCP", [Oxm.IpDscp], MaskSupport.Exact, MaskSupport.Exact, "no DSCP tags"),
        ("match.mpls", "Match: MPLS label", [Oxm.MplsLabel], MaskSupport.Exact, MaskSupport.Exact, "no MPLS tags"),
    ];

    /// <summary>The findings.</summary>
    public static IEnumerable<Finding> Of(ProbeFacts facts, ProbeOptions options)
    {
        if (facts.Tables is not { } tables)
        {
            return [Judgement.NotReached(facts, StepName.Tables, "tables.pipeline", "Tables")];
        }

        return tables.IsEmpty
            ? [new Finding("tables.pipeline", "Tables", Verdict.Missing, "no table takes any rule that was tried", "no chain can use this switch")]
            : [Pipeline(tables, options), Metadata(tables), Shape(tables), .. _matches.Select(match => Match(tables, match)), .. Actions(tables)];
    }

    private static Finding Pipeline(EquatableArray<TableFacts> tables, ProbeOptions options)
    {
        const string feature = "Tables and the ways between them";
        var ways = tables.Sum(table => table.Next.Count);
        var all = tables.Count * (tables.Count - 1) / 2;
        var wanted = Math.Min(options.Tables, TableLayout.Steering + 1);
        var observed = $"{Count(tables.Count, "table")}, {ways} of {Count(all, "way")} forward";
        var details = tables.Select(table => $"table {table.Number}: goes to {(table.Next.IsEmpty ? "none" : string.Join(", ", table.Next))}; kept from traffic by {table.Guard}").ToEquatableArray();
        return tables.Count >= wanted && ways == all && all > 0
            ? new Finding("tables.pipeline", feature, Verdict.Works, observed, "", details)
            : new Finding("tables.pipeline", feature, Verdict.WorkAround, observed, "the stages of a chain are composed into the tables there are: more rules, and functions that do not fit stay on servers", details);
    }

    private static Finding Metadata(EquatableArray<TableFacts> tables) => ProfileWriting.WorksMetadata(tables)
        ? new Finding("tables.metadata", "Metadata", Verdict.Works, "written, and matched behind", "")
        : new Finding("tables.metadata", "Metadata", Verdict.WorkAround, "cannot be carried from table to table", "the stages of a chain are composed into one table: more rules");

    private static Finding Shape(EquatableArray<TableFacts> tables)
    {
        var same = tables.Where(table => table.SameFieldsOnly).Select(table => $"{table.Number}").ToList();
        return Judgement.Plain(
            "tables.shape",
            "Rules of different shape in a table",
            same.Count == 0 ? "" : $"refused beside each other in table {string.Join(", ", same)}",
            "accepted beside each other",
            Verdict.WorkAround,
            "such a table only takes stages whose rules look at the same fields");
    }

    private static Finding Match(
        EquatableArray<TableFacts> tables, (string Id, string Feature, OxmType[] Fields, MaskSupport Wanted, MaskSupport Least, string Consequence) match)
    {
        var details = tables.SelectMany(table => match.Fields.Select(field => (table, field: table.Field(field)!)))
            .Where(pair => pair.field.Said.Length > 0)
            .Select(pair => $"table {pair.table.Number}, {pair.field.Field.Name}: {pair.field.Said}").ToEquatableArray();
        var full = tables.Where(table => match.Fields.All(field => table.Matches(field, match.Wanted))).ToList();
        var some = tables.Where(table => match.Fields.All(field => table.Matches(field, match.Least))).ToList();
        if (full.Count == tables.Count)
        {
            return new Finding(match.Id, match.Feature, Verdict.Works, $"in all {Count(tables.Count, "table")}", "");
        }

        var best = tables.SelectMany(table => match.Fields.Where(field => table.Matches(field, match.Least)).Select(field => field.Name)).Distinct().ToList();
        return full.Count > 0
            ? new Finding(match.Id, match.Feature, Verdict.WorkAround, $"in {full.Count} of {Count(tables.Count, "table")}: {Numbers(full)}", "stages that need it are put there", details)
            : some.Count > 0
                ? new Finding(match.Id, match.Feature, Verdict.WorkAround, $"without the masks that are wanted, in table {Numbers(some)}", "ranges and networks become more rules, up to a budget; beyond it they stay on servers", details)
                : new Finding(match.Id, match.Feature, Verdict.Missing, best.Count == 0 ? "in no table" : $"only {string.Join(", ", best)}", match.Consequence, details);
    }

    private static IEnumerable<Finding> Actions(EquatableArray<TableFacts> tables)
    {
        yield return Action(tables, "action.output", "Output", ["output"], Verdict.Missing, "no chain can use this switch");
        var mac = Has(tables, "set_field:eth_dst", "set_field:eth_src");
        var vlan = Has(tables, "push_vlan", "pop_vlan");
        yield return Action(
            tables, "action.vlan", "VLAN tags: push, pop, write", ["push_vlan", "pop_vlan", "set_field:vlan_vid"],
            mac ? Verdict.WorkAround : Verdict.Missing, mac ? "tags are MAC addresses; endpoints have no VLAN" : "no tag can be written: chains can use no server");
        yield return Action(
            tables, "action.mac", "MAC tags: write addresses", ["set_field:eth_dst", "set_field:eth_src"],
            vlan ? Verdict.WorkAround : Verdict.Missing, vlan ? "tags are VLANs" : "no tag can be written: chains can use no server");
        yield return Action(tables, "action.mpls", "MPLS tags: push, pop, write", ["push_mpls", "pop_mpls", "set_field:mpls_label"], Verdict.WorkAround, "no MPLS tags; another kind is taken");
        yield return Action(tables, "action.dscp", "DSCP tags: write", ["set_field:ip_dscp"], Verdict.WorkAround, "no DSCP tags; another kind is taken");
    }

    private static Finding Action(EquatableArray<TableFacts> tables, string id, string feature, string[] names, Verdict otherwise, string consequence)
    {
        var able = tables.Where(table => names.All(name => table.Attempts.Any(attempt => attempt.Name == name && attempt.Works))).ToList();
        var details = tables.SelectMany(table => table.Attempts.Where(attempt => names.Contains(attempt.Name) && !attempt.Works)
            .Select(attempt => $"table {table.Number}, {attempt.Name}: {attempt.Said}")).ToEquatableArray();
        return able.Count == tables.Count ? new Finding(id, feature, Verdict.Works, $"in all {Count(tables.Count, "table")}", "")
            : able.Count > 0 ? new Finding(id, feature, Verdict.WorkAround, $"in {able.Count} of {Count(tables.Count, "table")}: {Numbers(able)}", "done in these tables", details)
            : new Finding(id, feature, otherwise, details.IsEmpty ? "in no table" : details[0], consequence, details);
    }

    private static bool Has(EquatableArray<TableFacts> tables, params string[] names) =>
        tables.Any(table => names.All(name => table.Attempts.Any(attempt => attempt.Name == name && attempt.Works)));

    private static string Numbers(List<TableFacts> tables) => string.Join(", ", tables.Select(table => table.Number));

    private static string Count(int number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";
}

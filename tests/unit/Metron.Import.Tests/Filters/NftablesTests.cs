using Metron.Import.Filters;
using Metron.Import.Nftables;
using Metron.Import.Syntax;
using Metron.Import.Tests.Support;

namespace Metron.Import.Tests.Filters;

public class NftablesTests
{
    private static readonly FilterImportOptions Options = new() { Inside = "eth1", Outside = "eth0" };

    /// <summary>Printed by nft 1.0.6.</summary>
    private static string Ruleset => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Files", "ruleset.json"));

    [Fact]
    public void What_nft_prints_is_imported_with_sets_maps_concatenations_and_flags()
    {
        var result = NftablesImporter.Import(new SourceText("r", Ruleset), Options);
        Assert.Empty(result.Problems);
        var firewall = result.Value!;
        Assert.True(firewall.Stateful);
        Assert.Equal(
            ["10.66.0.0/16", "192.0.2.5/32", "198.51.100.1/32", "198.51.100.2/31", "198.51.100.4/30", "198.51.100.8/31"],
            firewall.Rules.Where(rule => rule.Name.StartsWith("blocked", StringComparison.Ordinal)).Select(rule => rule.Match.Source!.Value.Value.ToString()));
        Assert.Contains(firewall.Rules, rule => rule is { Allow: true, FromPort: 0, Match.DestinationPort.Value: { First: 8000, Last: 8010 } });
    }

    [Theory]
    [InlineData("""[{"limit": {"rate": 10, "per": "second"}}, {"accept": null}]""", "'limit'")]
    [InlineData("""[{"match": {"op": "==", "left": {"payload": {"protocol": "ip6", "field": "nexthdr"}}, "right": 6}}, {"accept": null}]""", "nexthdr")]
    [InlineData("""[{"match": {"op": "==", "left": {"meta": {"key": "mark"}}, "right": 6}}, {"accept": null}]""", "'meta mark'")]
    [InlineData("""[{"match": {"op": "==", "left": {"payload": {"protocol": "th", "field": "dport"}}, "right": 53}}, {"accept": null}]""", "l4proto")]
    [InlineData("""[{"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": "@gone"}}, {"accept": null}]""", "'gone'")]
    [InlineData("""[{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 70000}}, {"accept": null}]""", "not a value")]
    [InlineData("""[{"jump": {"target": "nowhere"}}]""", "nowhere declared")]
    [InlineData("""[{"queue": {"num": 1}}]""", "'queue'")]
    [InlineData("""[{"xt": null}]""", "iptables-save")]
    [InlineData("""[{"accept": null}, {"drop": null}]""", "behind its verdict")]
    [InlineData("""["accept"]""", "a string")]
    [InlineData("""17""", "no statements")]
    public void What_cannot_be_expressed_is_refused_with_line_and_rule(string statements, string says)
    {
        var text = """{"nftables": [{"table": {"family": "inet", "name": "f", "handle": 1}},""" + "\n"
            + """{"chain": {"family": "inet", "table": "f", "name": "fwd", "handle": 1, "type": "filter", "hook": "forward", "prio": 0, "policy": "drop"}},""" + "\n"
            + """{"rule": {"family": "inet", "table": "f", "chain": "fwd", "handle": 7, "expr": """ + statements + "}}]}";
        var problem = Assert.Single(NftablesImporter.Import(new SourceText("r", text), Options).Problems);
        Assert.Equal(3, problem.Line);
        Assert.Contains(says, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("{\"nftables\": [", 1)]
    [InlineData("{\"nftables\":\n[{]}", 2)]
    [InlineData("[1, 2]", 1)]
    [InlineData("flush ruleset\ntable inet filter {", 1)]
    public void What_is_no_JSON_of_nft_is_refused(string text, int line) =>
        Assert.Equal(line, Assert.Single(NftablesImporter.Import(new SourceText("r", text), Options).Problems).Line);

    [Fact]
    public void Damaged_files_never_crash() =>
        Fuzz.Texts(Ruleset, 300, damaged => NftablesImporter.Import(new SourceText("f", damaged), Options));
}

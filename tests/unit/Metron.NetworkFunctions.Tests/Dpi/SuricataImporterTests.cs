using Metron.NetworkFunctions.Dpi;
using Metron.NetworkFunctions.Dpi.Suricata;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.Dpi.InspectedTraffic;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Dpi;

public class SuricataImporterTests
{
    private static readonly Dictionary<string, string> Variables = new()
    {
        ["HOME_NET"] = "[10.0.0.0/8,fd00::/8]",
        ["EXTERNAL_NET"] = "!$HOME_NET",
        ["HTTP_PORTS"] = "[80,8080:8081]",
    };

    [Fact]
    public void A_usual_rule_is_read_whole()
    {
        var rule = Import(
            """alert tcp $HOME_NET any -> any 80 (msg:"A, B\; C"; flow:established,to_server; content:"GET |2f|evil"; nocase; fast_pattern; classtype:x; sid:2001; rev:3;)""");

        Assert.Equal(("sid-2001", @"A, B\; C", true, false), (rule.Name, rule.Description, rule.Alerts, rule.Denies));
        Assert.Equal(DpiDirection.ToServer, rule.Direction);
        Assert.Equal(new DpiPattern("GET |2f|evil", IsRegex: false) { IgnoresCase = true }, Assert.Single(rule.Patterns));
        Assert.Equal(
            ["10.0.0.0/8", "fd00::/8"], rule.Matches.Select(match => match.Source!.Value.Value.ToString()));
        Assert.All(rule.Matches, match => Assert.Equal((IpProtocol.Tcp, new PortRange(80, 80)), (match.Protocol!.Value.Value, match.DestinationPort!.Value.Value)));
    }

    [Fact]
    public void Lists_ranges_and_both_directions_are_spread_over_matches()
    {
        var rule = Import("""drop udp any 1024: <> [192.0.2.1,198.51.100.0/24] $HTTP_PORTS (content:"x"; sid:1;)""");

        Assert.True(rule.Denies);
        Assert.Equal(8, rule.Matches.Count);
        Assert.Contains(
            new PacketMatch
            {
                Protocol = new(IpProtocol.Udp),
                Source = new(IpPrefix.Parse("198.51.100.0/24")),
                SourcePort = new(new PortRange(8080, 8081)),
                DestinationPort = new(new PortRange(1024, 65535)),
            },
            rule.Matches);
    }

    [Fact]
    public void A_rule_for_everything_has_no_matches() =>
        Assert.Empty(Import("""alert ip any any -> any any (content:"x"; sid:1;)""").Matches);

    [Theory]
    [InlineData("content:\"a\"; content:\"b\"; distance:2;", "axxb axb", true)]
    [InlineData("content:\"a\"; content:\"b\"; distance:2;", "baxb", false)]
    [InlineData("content:\"a\"; content:\"bc\"; within:3;", "axbc", true)]
    [InlineData("content:\"a\"; content:\"bc\"; within:3;", "axxbc", false)]
    [InlineData("content:\"a\"; content:\"bc\"; distance:1; within:3;", "axxbc", true)]
    [InlineData("content:\"a\"; content:\"bc\"; distance:1; within:3;", "abc", false)]
    [InlineData("content:\"a\"; content:\"B\"; nocase; distance:0;", "b a\nb", true)]
    [InlineData("content:\"A\"; content:\"B\"; nocase; distance:0;", "a b", false)]
    [InlineData("content:\"a\"; content:\"b\";", "b a", true)]
    [InlineData("content:\"a.\"; content:\"b\"; distance:0;", "axb", false)]
    [InlineData("content:\"id=\"; pcre:\"/^\\d{3}/R\";", "id=123", true)]
    [InlineData("content:\"id=\"; pcre:\"/^\\d{3}/R\";", "id=x123", false)]
    [InlineData("content:\"id=\"; pcre:\"/\\d{3}/R\";", "id=x123", true)]
    [InlineData("pcre:\"/EVIL\\/x/i\";", "evil/x", true)]
    [InlineData("pcre:\"/a.b/\";", "a\nb", false)]
    [InlineData("pcre:\"/a.b/s\";", "a\nb", true)]
    [InlineData("content:\"a|3b|\\;\\\"\";", "a;;\"", true)]
    public void Contents_are_found_where_Suricata_finds_them(string options, string payload, bool isFound)
    {
        var worker = Worker(Import($"drop udp any any -> any any ({options} sid:1;)"));
        Assert.Equal(isFound ? DropReason.ContentDenied : DropReason.None, worker.Carry(Udp(Client, 1, Server, 1), Inside, payload));
    }

    [Fact]
    public void Offset_and_depth_of_datagrams_are_kept() => Assert.Equal(
        new DpiPattern("abc", IsRegex: false) { Offset = 4, Depth = 10 },
        Assert.Single(Import("""alert udp any any -> any 53 (content:"abc"; offset:4; depth:10; sid:1;)""").Patterns));

    [Theory]
    [InlineData("nonsense", "is no rule: expected 'action protocol source port -> destination port (options)'")]
    [InlineData("alert tcp any -> any 80 (content:\"x\"; sid:1;)", "has 6 words before its options; expected 7")]
    [InlineData("pass tcp any any -> any 80 (content:\"x\"; sid:1;)", "action 'pass' cannot be expressed; alert and drop can")]
    [InlineData("alert http any any -> any any (content:\"x\"; sid:1;)", "protocol 'http' cannot be expressed; ip, tcp, udp and icmp can")]
    [InlineData("alert tcp $DMZ any -> any any (content:\"x\"; sid:1;)", "variable $DMZ is not given")]
    [InlineData("alert tcp $EXTERNAL_NET any -> any any (content:\"x\"; sid:1;)", "'![10.0.0.0/8,fd00::/8]' negates parts of a list, which cannot be expressed")]
    [InlineData("alert tcp 10.0.0.0/33 any -> any any (content:\"x\"; sid:1;)", "'10.0.0.0/33' is not an address or prefix")]
    [InlineData("alert tcp any any -> any 99999 (content:\"x\"; sid:1;)", "'99999' is not a port or range of ports")]
    [InlineData("alert ip any any -> any 80 (content:\"x\"; sid:1;)", "names ports of a protocol that has none")]
    [InlineData("alert tcp 10.0.0.1 any -> fd00::1 any (content:\"x\"; sid:1;)", "its addresses are of different IP versions: no packet has both")]
    [InlineData("alert tcp any any -> any any (content:\"x\";)", "has no sid")]
    [InlineData("alert tcp any any -> any any (sid:1;)", "looks for no content and no pcre")]
    [InlineData("alert tcp any any -> any any (content:!\"x\"; sid:1;)", "a negated content cannot be expressed")]
    [InlineData("alert tcp any any -> any any (content:\"x\"; http_uri; sid:1;)", "option 'http_uri' cannot be expressed")]
    [InlineData("alert tcp any any -> any any (content:\"x\"; byte_test:1,>,2,0; sid:1;)", "option 'byte_test' cannot be expressed")]
    [InlineData("alert tcp any any -> any any (content:\"x\"; depth:5; sid:1;)", "offset and depth count from the beginning of each TCP segment, which cannot be expressed")]
    [InlineData("alert udp any any -> any any (content:\"xyz\"; depth:2; sid:1;)", "depth 2 is less than the 3 bytes of the content")]
    [InlineData("alert udp any any -> any any (content:\"x\"; content:\"y\"; distance:-2; sid:1;)", "'distance:-2' cannot be expressed; a number 0-65535 can")]
    [InlineData("alert udp any any -> any any (nocase; content:\"y\"; sid:1;)", "'nocase' follows no content")]
    [InlineData("alert udp any any -> any any (content:\"x|4\"; sid:1;)", "content \"x|4\" has an opening | without a closing one at offset 1")]
    [InlineData("alert udp any any -> any any (content:\"x; sid:1;)", "has a quote that is not closed")]
    [InlineData("alert udp any any -> any any (content:\"x\"; sid:1)", "option 'sid:1' does not end with a semicolon")]
    [InlineData("alert udp any any -> any any (pcre:\"/x/U\"; sid:1;)", "flag 'U' of pcre cannot be expressed")]
    [InlineData("alert udp any any -> any any (pcre:\"/(a)\\1/\"; sid:1;)", "'(a)\\1' cannot be looked for: Back-references are unsupported")]
    [InlineData("alert tcp any any -> any any (flow:stateless; content:\"x\"; sid:1;)", "'flow:stateless' cannot be expressed")]
    public void What_cannot_be_expressed_is_refused_with_the_reason(string rule, string reason)
    {
        var import = SuricataImporter.Import($"# rules\n\n{rule}\n", Variables);

        Assert.Empty(import.Rules);
        Assert.Equal(new SuricataRefusal(3, reason), Assert.Single(import.Refusals));
    }

    [Fact]
    public void The_rules_that_can_be_expressed_are_there_beside_those_that_cannot()
    {
        var import = SuricataImporter.Import(
            """
            alert udp any any -> any 53 (content:"a"; sid:1;)
            alert udp any any -> any 53 \
              (content:"b"; sid:2;)
            alert udp any any -> any 53 (content:"c"; sid:1;)
            alert udp any any -> any 53 (content:"d"; gid:3; sid:1;)
            """);

        Assert.Equal(["sid-1", "sid-2", "gid-3-sid-1"], import.Rules.Select(rule => rule.Name));
        Assert.Equal(new SuricataRefusal(4, "the sid is that of line 1 already"), Assert.Single(import.Refusals));
    }

    private static DpiRule Import(string rule)
    {
        var import = SuricataImporter.Import(rule, Variables);
        Assert.Empty(import.Refusals);
        return Assert.Single(import.Rules);
    }
}

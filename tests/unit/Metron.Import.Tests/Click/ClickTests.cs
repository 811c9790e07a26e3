using Metron.Import.Click;
using Metron.Import.Syntax;
using Metron.Import.Tests.Routes;
using Metron.Import.Tests.Support;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Router;

namespace Metron.Import.Tests.Click;

public class ClickTests
{
    private static readonly ClickImportOptions Options = new() { Routes = RouteImportTests.Options };

    private const string Realistic = """
        // An edge router.
        require(package "metron");
        AddressInfo(dmz 192.0.2.0/24, www 192.0.2.1);
        /* interfaces */
        in :: FromDevice(eth0);
        lan, wan :: Queue(1024);
        fw :: IPFilter(
            deny src net 10.66.0.0/16,   // spoofed
            allow dst host www && tcp && dst port www or https,
            allow icmp type echo, drop syn && !ack && dst dmz,
            allow tcp opt ack, 1 udp,
            deny all);
        rt :: RadixIPLookup(10.0.0.0/8 203.0.113.2 0, 172.16.0.0/12 203.0.113.4 0,
            192.168.0.0/16 2, 0.0.0.0/0 203.0.113.1 1);
        nat :: IPRewriter(pattern 198.51.100.1 1024-65535# - - 0 1, drop, TCP_TIMEOUT 3600);
        in -> Strip(14) -> CheckIPHeader -> fw;
        fw[0] -> rt; fw[1] -> Discard;
        rt[0] -> DecIPTTL -> lan -> ToDevice(eth1);
        rt[1] -> DecIPTTL -> [0]nat; rt[2] -> Discard;
        nat[0] -> wan -> ToDevice(eth2);
        FromDevice(eth2) -> [1]nat[1] -> rt;
        """;

    [Fact]
    public void Functions_come_in_the_order_in_which_packets_meet_them()
    {
        var result = ClickImporter.Import(new SourceText("router.click", Realistic), Options);
        Assert.Empty(result.Problems);
        Assert.Equal(["fw", "rt", "nat"], result.Value!.Select(function => function.Name));
        var firewall = Assert.IsType<FirewallConfiguration>(result.Value![0]);
        Assert.True(Packet("198.51.100.5", "192.0.2.1", 6, 443, TcpFlags.Syn).IsAllowedBy(firewall));
        Assert.False(Packet("198.51.100.5", "192.0.2.1", 6, 22, TcpFlags.Syn).IsAllowedBy(firewall));
        Assert.True(Packet("198.51.100.5", "192.0.2.1", 6, 22, TcpFlags.Acknowledgement).IsAllowedBy(firewall));
        Assert.False(Packet("198.51.100.5", "192.0.2.1", 17, 53, TcpFlags.None).IsAllowedBy(firewall));
        var router = Assert.IsType<RouterConfiguration>(result.Value[1]);
        Assert.Null(RouteImportTests.Find(router, "192.168.1.1"));
        Assert.Equal(0, RouteImportTests.Find(router, "10.1.1.1")?.Port);
        Assert.Equal(1, RouteImportTests.Find(router, "8.8.8.8")?.Port);
        var napt = Assert.IsType<NaptConfiguration>(result.Value[2]);
        Assert.Equal(new PortRange(1024, 65535), napt.OutsidePorts);
    }

    [Fact]
    public void A_classifier_whose_other_outputs_are_discarded_is_a_firewall()
    {
        var result = ClickImporter.Import(new SourceText("c", "c :: IPClassifier(tcp dst port 80, udp, -); FromDevice(a) -> c; c[0] -> q :: Queue -> ToDevice(b); c[1] -> Discard; c[2] -> [0]q;"), Options);
        var firewall = Assert.IsType<FirewallConfiguration>(Assert.Single(result.Value!));
        Assert.True(Packet("10.0.0.1", "10.0.0.2", 6, 80, TcpFlags.Syn).IsAllowedBy(firewall));
        Assert.False(Packet("10.0.0.1", "10.0.0.2", 17, 80, TcpFlags.None).IsAllowedBy(firewall));
        Assert.True(Packet("10.0.0.1", "10.0.0.2", 47, 0, TcpFlags.None).IsAllowedBy(firewall));
    }

    [Theory]
    [InlineData("IPFilter(allow ip ttl > 5);", "'ttl'")]
    [InlineData("IPFilter(allow ip[9:1] == 6);", "'['")]
    [InlineData("IPFilter(allow echo);", "ambiguous")]
    [InlineData("IPFilter(allow 80);", "incomplete")]
    [InlineData("IPFilter(allow (tcp);", "parenthesis")]
    [InlineData("IPFilter(allow (tcp && );", "parenthesis")]
    [InlineData("IPFilter(allow tcp &&);", "lacks a term")]
    [InlineData("IPFilter(perhaps tcp);", "'perhaps'")]
    [InlineData("f :: IPFilter(allow tcp); FromDevice(a) -> f; f[0] -> Queue -> ToDevice(b); f[1] -> Queue -> ToDevice(c);", "different elements")]
    [InlineData("FromDevice(a) -> DecIPTTL -> Queue -> ToDevice(b); IPFilter(allow all);", "DecIPTTL")]
    [InlineData("IPRewriter(pattern 198.51.100.1 1024-65535 10.0.0.1 80 0 1);", "destination")]
    [InlineData("IPRewriter(pattern - - - - 0 1);", "source")]
    [InlineData("IPRewriter(pattern 198.51.100.1 1024-65535 - - 0 1, keep 0 1);", "'keep 0 1'")]
    [InlineData("FromDevice(a) -> SetTCPChecksum -> ToDevice(b);", "'SetTCPChecksum'")]
    [InlineData("elementclass X { input -> output }", "'elementclass'")]
    [InlineData("StaticIPLookup(10.0.0.0/8 203.0.113.1 0);", "leads to 'lan'")]
    [InlineData("StaticIPLookup(10.0.0.0/8 0);", "directly connected")]
    [InlineData("StaticIPLookup(10.0.0.0/8 203.0.113.1 9);", "output 9")]
    [InlineData("a -> /* no end", "comment")]
    [InlineData("a :: Queue; a :: Queue;", "second time")]
    public void What_cannot_be_expressed_is_refused_with_its_line(string text, string says)
    {
        var problems = ClickImporter.Import(new SourceText("c", "// a file\n\n" + text), Options).Problems;
        Assert.Contains(problems, problem => problem.Line == 3 && problem.Message.Contains(says, StringComparison.Ordinal));
    }

    [Fact]
    public void Patterns_match_what_their_words_say() => Draws.Sample(400, random =>
    {
        List<(bool Allow, Func<TestPacket, bool> Matches)> filters = [];
        List<string> arguments = [];
        for (var i = 0; i < 8; i++)
        {
            var (text, matches) = Expression(random, 3);
            filters.Add((random.Next(2) == 0, matches));
            arguments.Add($"{(filters[^1].Allow ? "allow" : "deny")} {text}");
        }

        var source = $"IPFilter({string.Join(",\n  ", arguments)});";
        var result = ClickImporter.Import(new SourceText("c", source), Options);
        if (Draws.IsTooLarge(result.Problems))
        {
            return;
        }

        Assert.Empty(result.Problems);
        var firewall = (FirewallConfiguration)result.Value![0];
        var packets = new Random(1);
        for (var i = 0; i < 500; i++)
        {
            var packet = PacketWorld.Draw(packets, onlyV4: true);
            Assert.True(filters.FirstOrDefault(filter => filter.Matches(packet)).Allow == packet.IsAllowedBy(firewall), $"{packet} by\n{source}");
        }
    });

    [Fact]
    public void Damaged_files_never_crash() =>
        Fuzz.Texts(Realistic, 500, text => ClickImporter.Import(new SourceText("f", text), Options));

    private static (string Text, Func<TestPacket, bool> Matches) Expression(Random random, int depth)
    {
        if (depth == 0 || random.Next(3) == 0)
        {
            return Primitive(random);
        }

        var (left, leftMatches) = Expression(random, depth - 1);
        var (right, rightMatches) = Expression(random, depth - 1);
        return random.Next(5) switch
        {
            0 => ($"({left} or {right})", packet => leftMatches(packet) || rightMatches(packet)),
            1 => ($"({left}) ({right})", packet => leftMatches(packet) && rightMatches(packet)),
            2 => ($"({left} && {right})", packet => leftMatches(packet) && rightMatches(packet)),
            3 => ($"not ({left})", packet => !leftMatches(packet)),
            _ => ($"({left} ? {right} : not ({left}))", packet => !leftMatches(packet) || rightMatches(packet)),
        };
    }

    private static (string Text, Func<TestPacket, bool> Matches) Primitive(Random random)
    {
        var prefix = IpPrefix.Parse(PacketWorld.Pick(random, ["10.0.0.0/8", "10.0.0.0/24", "192.0.2.128/25"]));
        var port = PacketWorld.Pick(random, PacketWorld.Ports);
        return random.Next(11) switch
        {
            0 => ($"src net {prefix}", packet => prefix.Contains(packet.Source)),
            1 => ($"dst {prefix}", packet => prefix.Contains(packet.Destination)),
            2 => ("host 10.0.0.1", packet => packet.Source.Value == 0x0a000001 || packet.Destination.Value == 0x0a000001),
            3 => ("src and dst net 10.0.0.0 mask 255.0.0.0", packet => packet.Source.Value >> 24 == 10 && packet.Destination.Value >> 24 == 10),
            4 => ($"dst tcp port > {port}", packet => packet.Protocol == 6 && packet.DestinationPort > port),
            5 => ($"(port {port} or 80)", packet => packet.Protocol is 6 or 17 && (packet.SourcePort == port || packet.DestinationPort == port || packet.SourcePort == 80 || packet.DestinationPort == 80)),
            6 => ($"src udp port != {port}", packet => packet.Protocol == 17 && packet.SourcePort != port),
            7 => ("syn ack", packet => packet.Protocol == 6 && packet.Flags.HasFlag(TcpFlags.Syn | TcpFlags.Acknowledgement)),
            8 => ("icmp type != echo", packet => packet.Protocol == 1 && packet.IcmpType != 8),
            9 => ($"dst port <= {port}", packet => packet.Protocol is 6 or 17 && packet.DestinationPort <= port),
            _ => ("ip proto 47", packet => packet.Protocol == 47),
        };
    }

    private static TestPacket Packet(string source, string destination, byte protocol, ushort port, TcpFlags flags) =>
        new(IpAddress.Parse(source), IpAddress.Parse(destination), protocol, protocol is 6 or 17 ? (ushort)40000 : (ushort)0, port, flags, 0, 0, 0);
}

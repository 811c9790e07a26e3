using System.Text;
using Metron.Import.Cisco;
using Metron.Import.Syntax;
using Metron.Import.Tests.Support;
using Metron.NetworkFunctions.Firewall;

namespace Metron.Import.Tests.Filters;

public class CiscoTests
{
    private const string Realistic = """
        !
        ip access-list extended EDGE-IN
         remark anti-spoofing
         10 deny   ip 10.0.0.0 0.255.255.255 any log
         20 deny   ip 192.168.0.0 0.0.255.255 any
         remark replies
         30 permit tcp any any established
         remark services
         40 permit tcp any host 192.0.2.1 eq www 443
         50 permit udp any eq domain 192.0.2.0 0.0.0.255 gt 1023
         60 permit icmp any any echo-reply
         70 permit icmp any any 3 4
         80 permit tcp any host 192.0.2.130 range 8000 8010
         90 permit gre host 203.0.113.77 host 192.0.2.1
         100 permit udp any any neq 53
        access-list 101 remark out
        access-list 101 permit tcp 10.0.0.0 0.0.0.255 any
        access-list 101 deny   ip any any
        !
        ipv6 access-list EDGE6
         sequence 10 permit tcp 2001:DB8::/32 any eq 22
         permit icmp any any packet-too-big
        """;

    [Fact]
    public void Access_lists_become_rules_in_order_with_remarks_as_names()
    {
        var options = new CiscoImportOptions { FromOutside = ["EDGE-IN", "EDGE6"], FromInside = ["101"] };
        var result = CiscoImporter.Import(new SourceText("c", Realistic), options);
        Assert.Empty(result.Problems);
        var firewall = result.Value!;
        Assert.False(firewall.Stateful);
        Assert.Contains(firewall.Rules, rule => rule.Name == "anti-spoofing" && !rule.Allow && rule.FromPort == 1);
        Assert.True(Packet("203.0.113.77", "192.0.2.1", IpProtocol.Tcp, 80, TcpFlags.Syn, 1).IsAllowedBy(firewall));
        Assert.False(Packet("203.0.113.77", "192.0.2.1", IpProtocol.Tcp, 22, TcpFlags.Syn, 1).IsAllowedBy(firewall));
        Assert.True(Packet("203.0.113.77", "192.0.2.1", IpProtocol.Tcp, 22, TcpFlags.Acknowledgement, 1).IsAllowedBy(firewall));
        Assert.False(Packet("10.0.0.1", "192.0.2.1", IpProtocol.Tcp, 80, TcpFlags.Syn, 1).IsAllowedBy(firewall));
        Assert.True(Packet("10.0.0.1", "192.0.2.1", IpProtocol.Tcp, 22, TcpFlags.Syn, 0).IsAllowedBy(firewall));
        Assert.False(Packet("10.0.0.1", "192.0.2.1", IpProtocol.Udp, 53, TcpFlags.None, 0).IsAllowedBy(firewall));
        Assert.True(Packet("2001:db8::1", "fd00::1", IpProtocol.Tcp, 22, TcpFlags.Syn, 1).IsAllowedBy(firewall));
    }

    [Fact]
    public void What_show_access_lists_prints_is_read_too()
    {
        const string Shown = """
            Extended IP access list EDGE
                10 permit tcp any host 192.0.2.1 eq 80 (12 matches)
                20 deny udp any any (3 matches)
            IPv6 access list SIX
                permit tcp any any eq 22 (5 matches) sequence 10
                deny ipv6 any any sequence 20
            """;
        var result = CiscoImporter.Import(new SourceText("c", Shown), new CiscoImportOptions { FromInside = ["EDGE", "SIX"], FromOutside = ["EDGE", "SIX"] });
        Assert.Empty(result.Problems);
        Assert.Contains(result.Value!.Rules, rule => rule is { Allow: true, FromPort: null, Match.IpVersion: 6 });
    }

    [Fact]
    public void Entries_go_by_their_sequence_numbers()
    {
        var firewall = Import("20 deny ip any any", "10 permit tcp any any").Value!;
        Assert.True(firewall.Rules[0].Allow);
    }

    [Fact]
    public void A_list_of_several_hundred_entries_decides_like_its_entries()
    {
        var random = new Random(77);
        var (text, entries) = Draw(random, 400);
        var result = CiscoImporter.Import(new SourceText("c", text), new CiscoImportOptions { FromInside = ["BIG"], FromOutside = ["BIG"] });
        Assert.Empty(result.Problems);
        for (var i = 0; i < 3000; i++)
        {
            var packet = PacketWorld.Draw(random, onlyV4: true);
            var decided = entries.FirstOrDefault(entry => entry.Matches(packet));
            Assert.Equal(decided.Permit, packet.IsAllowedBy(result.Value!));
        }
    }

    [Theory]
    [InlineData("permit tcp any any time-range WORK", "'time-range'")]
    [InlineData("permit tcp object-group SRV any", "object groups")]
    [InlineData("permit tcp any", "cut off")]
    [InlineData("permit tcp any any eq nosuch", "'eq'")]
    [InlineData("permit ip any any eq 80", "none of tcp")]
    [InlineData("permit tcp 10.0.0.0 any", "wildcard")]
    [InlineData("permit ip 10.0.0.0 170.170.170.170 any", "gaps")]
    [InlineData("permit tcp any any range 90 80", "'range'")]
    [InlineData("permit nosuch any any", "'nosuch'")]
    [InlineData("evaluate MIRROR", "cannot be imported")]
    [InlineData("permt tcp any any", "no line")]
    [InlineData("permit tcp any any dscp ef", "'dscp'")]
    public void What_cannot_be_expressed_is_refused_with_its_line(string entry, string says)
    {
        var problem = Assert.Single(Import(entry).Problems);
        Assert.Equal(2, problem.Line);
        Assert.True(problem.Column > 0);
        Assert.Contains(says, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Which_packets_a_list_is_for_must_be_said() =>
        Assert.Contains("--from-inside", Assert.Single(CiscoImporter.Import(new SourceText("c", Realistic), new CiscoImportOptions()).Problems).Message, StringComparison.Ordinal);

    [Fact]
    public void Damaged_files_never_crash() => Fuzz.Texts(
        Realistic, 400, text => CiscoImporter.Import(new SourceText("f", text), new CiscoImportOptions { FromOutside = ["EDGE-IN", "EDGE6"], FromInside = ["101"] }));

    private static ImportResult<FirewallConfiguration> Import(params string[] entries) => CiscoImporter.Import(
        new SourceText("c", "ip access-list extended A\n" + string.Join('\n', entries.Select(entry => " " + entry)) + "\n"),
        new CiscoImportOptions { FromInside = ["A"], FromOutside = ["A"] });

    private static TestPacket Packet(string source, string destination, byte protocol, ushort port, TcpFlags flags, int from) =>
        new(IpAddress.Parse(source), IpAddress.Parse(destination), protocol, 40000, port, flags, 0, 0, from);

    private static (string Text, List<(bool Permit, Func<TestPacket, bool> Matches)> Entries) Draw(Random random, int count)
    {
        (string Text, Func<IpAddress, bool> Has)[] addresses =
        [
            ("any", _ => true),
            ("host 10.0.0.1", address => address.Value == 0x0a000001),
            ("10.0.0.0 0.255.255.255", address => address.Value >> 24 == 10),
            ("192.0.2.128 0.0.0.127", address => address.Value >> 7 == 0xc0000280 >> 7),
            ("10.0.0.1 0.1.1.0", address => (address.Value & 0xfffefeff) == 0x0a000001), // a mask with a gap
        ];
        var text = new StringBuilder("ip access-list extended BIG\n");
        List<(bool, Func<TestPacket, bool>)> entries = [];
        for (var i = 0; i < count; i++)
        {
            var (permit, source, destination) = (random.Next(2) == 0, PacketWorld.Pick(random, addresses), PacketWorld.Pick(random, addresses));
            var port = PacketWorld.Pick(random, PacketWorld.Ports);
            (string Protocol, string End, Func<TestPacket, bool> Has) what = random.Next(7) switch
            {
                0 => ("tcp", $"eq {port}", packet => packet.Protocol == 6 && packet.DestinationPort == port),
                1 => ("udp", $"neq {port}", packet => packet.Protocol == 17 && packet.DestinationPort != port),
                2 => ("tcp", "established", packet => packet.Protocol == 6 && (packet.Flags & (TcpFlags.Acknowledgement | TcpFlags.Reset)) != 0),
                3 => ("icmp", "echo", packet => packet is { Protocol: 1, IcmpType: 8 }),
                4 => ("gre", string.Empty, packet => packet.Protocol == 47),
                5 => ("tcp", $"range {Math.Min((ushort)80, port)} {Math.Max((ushort)80, port)} syn", packet => packet.Protocol == 6 && packet.DestinationPort >= Math.Min((ushort)80, port)
                    && packet.DestinationPort <= Math.Max((ushort)80, port) && (packet.Flags & TcpFlags.Syn) != 0),
                _ => ("tcp", "match-all +syn -ack", packet => packet.Protocol == 6 && (packet.Flags & (TcpFlags.Syn | TcpFlags.Acknowledgement)) == TcpFlags.Syn),
            };
            text.Append(random.Next(5) == 0 ? $" remark number {i}\n" : string.Empty);
            text.Append($" {(permit ? "permit" : "deny")}  {what.Protocol} {source.Text} {destination.Text} {what.End}{(random.Next(9) == 0 ? " log" : string.Empty)}\n");
            entries.Add((permit, packet => source.Has(packet.Source) && destination.Has(packet.Destination) && what.Has(packet)));
        }

        return (text.ToString(), entries);
    }
}

using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Firewall;

public class FirewallFunctionTests
{
    private static readonly PacketMatch Web = new()
    {
        Protocol = new(IpProtocol.Tcp),
        DestinationPort = new(new PortRange(80, 80)),
    };

    [Theory]
    [InlineData("10.0.0.1", "198.51.100.1")]
    [InlineData("fd00::1", "2001:db8::1")]
    public void The_first_rule_that_matches_decides(string client, string server)
    {
        var worker = Stateless(
            Allow(Web with { Source = new(IpPrefix.Parse(client)) }),
            Deny(Web),
            Allow(PacketMatch.Any));

        worker.Pass(Tcp(client, 1000, server, 80, Ack), Inside);
        Assert.Equal(new Verdict(DropReason.None, Outside, FirewallFunction.AllowOutcome, true), worker.Verdict);
        Assert.Equal(DropReason.Denied, worker.Drop(Tcp(server, 1000, client, 80, Ack), Inside));
        worker.Pass(Tcp(server, 1000, client, 443, Ack), Outside);
        Assert.Equal(Inside, worker.Verdict.Port);
    }

    [Fact]
    public void What_no_rule_matches_is_denied_unless_the_default_allows()
    {
        Assert.Equal(DropReason.Denied, Stateless().Drop(Udp("10.0.0.1", 1, "10.0.0.2", 2), Inside));
        new TestWorker(Function(new FirewallConfiguration("fw") { AllowByDefault = true })).Pass(Udp("10.0.0.1", 1, "10.0.0.2", 2), Inside);
    }

    [Fact]
    public void A_rule_for_one_side_does_not_match_packets_from_the_other()
    {
        var worker = Stateless(new FirewallRule("out", PacketMatch.Any, true, Inside));

        worker.Pass(Udp("10.0.0.1", 1, "10.0.0.2", 2), Inside);
        Assert.Equal(DropReason.Denied, worker.Drop(Udp("10.0.0.2", 2, "10.0.0.1", 1), Outside));
    }

    [Fact]
    public void A_negated_prefix_matches_other_addresses_of_its_version_only()
    {
        var worker = Stateless(Allow(new PacketMatch { Source = new(IpPrefix.Parse("10.0.0.0/8"), true) }));

        worker.Pass(Udp("11.0.0.1", 1, "10.0.0.2", 2), Inside);
        Assert.Equal(DropReason.Denied, worker.Drop(Udp("10.1.0.1", 1, "10.0.0.2", 2), Inside));
        Assert.Equal(DropReason.Denied, worker.Drop(Udp("2001:db8::1", 1, "2001:db8::2", 2), Inside));
    }

    [Fact]
    public void An_icmp_rule_matches_type_and_code()
    {
        var worker = Stateless(Allow(new PacketMatch { Protocol = new(IpProtocol.Icmp), IcmpType = 8, IcmpCode = 0 }));

        worker.Pass(Ping("10.0.0.1", "10.0.0.2", 7), Inside);
        Assert.Equal(DropReason.Denied, worker.Drop(Pong("10.0.0.1", "10.0.0.2", 7), Inside));
        Assert.Equal(DropReason.Denied, worker.Drop(Ping("10.0.0.1", "10.0.0.2", 7) with { IcmpCode = 1 }, Inside));
    }

    [Fact]
    public void A_rule_about_tcp_flags_is_asked_for_every_packet_whose_flags_matter()
    {
        var noSynFromOutside = new PacketMatch { Protocol = new(IpProtocol.Tcp), TcpFlagsSet = TcpFlags.Syn, TcpFlagsClear = Ack };
        var worker = Stateless(new FirewallRule("", noSynFromOutside, false, Outside), Allow(PacketMatch.Any));

        Assert.Equal(DropReason.Denied, worker.Drop(Tcp("192.0.2.1", 1, "10.0.0.1", 2, Syn), Outside));
        worker.Pass(Tcp("192.0.2.1", 1, "10.0.0.1", 2, SynAck), Outside);
        Assert.False(worker.Verdict.Cacheable);
        worker.Pass(Tcp("192.0.2.1", 1, "10.0.0.1", 2, Ack), Outside);
        Assert.True(worker.Verdict.Cacheable); // no packet without SYN can match the rule
        Assert.Equal(DropReason.Denied, worker.Drop(Tcp("192.0.2.1", 1, "10.0.0.1", 2, Syn), Outside));
    }

    [Fact]
    public void A_rule_about_flags_that_any_segment_may_have_is_never_cached()
    {
        var worker = Stateless(Allow(new PacketMatch { Protocol = new(IpProtocol.Tcp), TcpFlagsSet = TcpFlags.Push }));

        worker.Pass(Tcp("10.0.0.1", 1, "10.0.0.2", 2, Ack | TcpFlags.Push), Inside);
        Assert.Equal(DropReason.Denied, worker.Drop(Tcp("10.0.0.1", 1, "10.0.0.2", 2, Ack), Inside));
    }

    [Fact]
    public void Fragments_are_dropped_unless_the_firewall_passes_them_matched_with_ports_0()
    {
        var fragment = Packet("10.0.0.1", "10.0.0.2", IpProtocol.Udp) with { IsFragment = true };
        var ports = new PacketMatch { Protocol = new(IpProtocol.Udp), DestinationPort = new(new PortRange(1, 65535)) };
        var passing = new FirewallConfiguration("fw") { PassFragments = true, Rules = [Deny(ports), Allow(PacketMatch.Any)] };

        Assert.Equal(DropReason.Fragment, Stateless(Allow(PacketMatch.Any)).Drop(fragment, Inside));
        Assert.Equal(DropReason.Fragment, Stateful(Allow(PacketMatch.Any)).Drop(fragment, Inside));
        var worker = new TestWorker(Function(passing));
        worker.Pass(fragment, Inside);
        Assert.False(worker.Verdict.Cacheable);
    }

    [Fact]
    public void Without_state_icmp_errors_are_matched_like_other_packets()
    {
        var error = Unreachable("198.51.100.1", "10.0.0.1");
        var about = Udp("10.0.0.1", 1, "198.51.100.1", 2);

        Stateless().SendErrorExpecting(DropReason.Denied, error, about, Outside);
        Stateless(Allow(new PacketMatch { Protocol = new(IpProtocol.Icmp), IcmpType = 3 }))
            .SendErrorExpecting(DropReason.None, error, about, Outside);
    }

    [Fact]
    public void Decisions_are_reported_by_the_names_of_their_rules()
    {
        var worker = Stateless(new FirewallRule("web", Web, true, null), Deny(new PacketMatch { Protocol = new(IpProtocol.Udp) }));

        worker.Pass(Tcp("10.0.0.1", 1, "10.0.0.2", 80, Ack), Inside);
        worker.Drop(Udp("10.0.0.1", 1, "10.0.0.2", 80), Inside);
        worker.Drop(Ping("10.0.0.1", "10.0.0.2", 1), Inside);

        Assert.Equal(1, worker.Counter("rule.web"));
        Assert.Equal(1, worker.Counter("rule.1"));
        Assert.Equal(1, worker.Counter("rule.default"));
        Assert.Equal(2, worker.Counter("drop.denied"));
    }

    internal static FirewallRule Allow(PacketMatch match) => new("", match, true, null);

    internal static FirewallRule Deny(PacketMatch match) => new("", match, false, null);

    internal static NetworkFunction Function(FirewallConfiguration configuration) =>
        NetworkFunctionFactory.Create(configuration, WorkerResources.Default);

    internal static TestWorker Stateful(params FirewallRule[] rules) =>
        new(Function(new FirewallConfiguration("fw") { Rules = rules, Stateful = true }));

    private static TestWorker Stateless(params FirewallRule[] rules) => new(Function(new FirewallConfiguration("fw") { Rules = rules }));
}

using Metron.NetworkFunctions.Dpi;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.Dpi.InspectedTraffic;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Dpi;

/// <summary>Datagrams, and which packets rules speak of.</summary>
public class DpiFunctionTests
{
    private static readonly PacketMatch Dns = new()
    {
        Protocol = new(IpProtocol.Udp),
        DestinationPort = new(new PortRange(53, 53)),
    };

    [Theory]
    [InlineData("10.0.0.1", "198.51.100.1")]
    [InlineData("fd00::1", "2001:db8::1")]
    public void A_datagram_is_looked_at_by_itself_and_its_flow_is_denied(string client, string server)
    {
        var worker = Worker(Deny("forbidden"));
        var query = Udp(client, 1000, server, 53);

        Assert.Equal(DropReason.None, worker.Carry(query, Inside, "forb"));
        Assert.Equal(DropReason.None, worker.Carry(query, Inside, "idden"));
        Assert.Equal(DropReason.ContentDenied, worker.Carry(query, Inside, "xxforbiddenxx"));
        Assert.Equal(DropReason.ContentDenied, worker.Carry(query.Reply(), Outside, "answer"));
        Assert.Equal(DropReason.None, worker.Carry(Udp(client, 1001, server, 53), Inside, "other flow"));
    }

    [Fact]
    public void A_datagram_that_has_all_patterns_of_a_rule_matches_and_two_that_share_them_do_not()
    {
        var worker = Worker(new DpiRule("both", [Content("abc"), Content("xyz")]) { Denies = true });
        var query = Udp(Client, 1000, Server, 53);

        Assert.Equal(DropReason.None, worker.Carry(query, Inside, "abc"));
        Assert.Equal(DropReason.None, worker.Carry(query, Inside, "xyz"));
        Assert.Equal(DropReason.ContentDenied, worker.Carry(query, Inside, "xyz abc"));
    }

    [Fact]
    public void Ping_is_inspected_too_and_told_by_its_identifier()
    {
        var worker = Worker(Deny("forbidden"));

        Assert.Equal(DropReason.None, worker.Carry(Ping(Client, Server, 7), Inside, "allowed"));
        Assert.Equal(DropReason.None, worker.Carry(Pong(Server, Client, 7), Outside, "allowed"));
        Assert.Equal(DropReason.ContentDenied, worker.Carry(Pong(Server, Client, 7), Outside, "forbidden"));
        Assert.Equal(DropReason.ContentDenied, worker.Carry(Ping(Client, Server, 7), Inside, "allowed"));
        Assert.Equal(DropReason.None, worker.Carry(Ping(Client, Server, 8), Inside, "allowed"));
    }

    [Fact]
    public void A_flow_of_which_no_rule_speaks_is_never_asked_about_again()
    {
        var worker = Worker(Deny("forbidden") with { Matches = [Dns] });

        Assert.Equal(DropReason.None, worker.Carry(Udp(Client, 1000, Server, 80), Inside, "forbidden"));
        Assert.Equal(Verdict.Forward(Outside, DpiDeclaration.Clear), worker.Verdict);
        Assert.Equal(DropReason.None, worker.Carry(Tcp(Client, 1000, Server, 53, Ack), Inside, "forbidden"));
        Assert.True(worker.Verdict.Cacheable);
        Assert.Equal(0, worker.Counter("flows"));
        Assert.Equal(DropReason.ContentDenied, worker.Carry(Udp(Client, 1000, Server, 53), Inside, "forbidden"));
    }

    [Fact]
    public void Any_of_the_matches_of_a_rule_will_do()
    {
        var worker = Worker(Deny("forbidden") with { Matches = [Dns, Dns with { DestinationPort = new(new PortRange(5353, 5353)) }] });

        Assert.Equal(DropReason.ContentDenied, worker.Carry(Udp(Client, 1, Server, 5353), Inside, "forbidden"));
        Assert.Equal(DropReason.ContentDenied, worker.Carry(Udp(Client, 1, Server, 53), Inside, "forbidden"));
        Assert.Equal(DropReason.None, worker.Carry(Udp(Client, 1, Server, 54), Inside, "forbidden"));
    }

    [Fact]
    public void A_rule_for_one_side_leaves_the_other_alone()
    {
        var worker = Worker(Deny("forbidden") with { FromPort = Outside });
        var query = Udp(Client, 1000, Server, 53);

        Assert.Equal(DropReason.None, worker.Carry(query, Inside, "forbidden"));
        Assert.True(worker.Verdict.Cacheable);
        Assert.Equal(DropReason.ContentDenied, worker.Carry(query.Reply(), Outside, "forbidden"));
    }

    [Theory]
    [InlineData(Inside)]
    [InlineData(Outside)]
    public void A_rule_for_one_direction_goes_by_who_opened_the_flow(int opener)
    {
        var worker = Worker(Deny("forbidden") with { Direction = DpiDirection.ToClient });
        var query = Udp(Client, 1000, Server, 53);

        Assert.Equal(DropReason.None, worker.Carry(query, opener, "forbidden"));
        Assert.Equal(DropReason.ContentDenied, worker.Carry(query.Reply(), 1 - opener, "forbidden"));
    }

    [Fact]
    public void Offset_and_depth_bound_where_a_content_lies()
    {
        var worker = Worker(new DpiRule("", [Content("abc") with { Offset = 2, Depth = 5 }]) { Denies = true });

        Assert.Equal(DropReason.None, worker.Carry(Udp(Client, 1, Server, 1), Inside, "xabcxxxx"));
        Assert.Equal(DropReason.None, worker.Carry(Udp(Client, 2, Server, 1), Inside, "xxxxxabc"));
        Assert.Equal(DropReason.ContentDenied, worker.Carry(Udp(Client, 3, Server, 1), Inside, "xxabcxxx"));
        Assert.Equal(DropReason.ContentDenied, worker.Carry(Udp(Client, 4, Server, 1), Inside, "xxxxabcx"));
        Assert.Equal(2, worker.Counter("rule.0"));
    }

    [Fact]
    public void Flags_of_patterns_reach_the_engine()
    {
        var worker = Worker(
            new DpiRule("nocase", [Content("Secret") with { IgnoresCase = true }]),
            new DpiRule("dotall", [Regex("a.b") with { DotMatchesNewline = true }]),
            new DpiRule("multiline", [Regex("^c") with { IsMultiline = true }]),
            new DpiRule("plain", [Regex("^c")]));
        worker.Carry(Udp(Client, 1, Server, 1), Inside, "sECRET a\nb\nc");
        Assert.Equal((1, 1, 1, 0), (worker.Counter("rule.nocase"), worker.Counter("rule.dotall"), worker.Counter("rule.multiline"), worker.Counter("rule.plain")));
    }

    [Fact]
    public void A_direction_of_datagrams_is_cleared_after_enough_bytes()
    {
        var worker = Worker(With(Deny("forbidden")) with { InspectedBytes = 20 });
        var query = Udp(Client, 1000, Server, 53);

        worker.Carry(query, Inside, "0123456789");
        Assert.False(worker.Verdict.Cacheable);
        worker.Carry(query, Inside, "0123456789");
        Assert.True(worker.Verdict.Cacheable);
        Assert.Equal(DropReason.None, worker.Carry(query, Inside, "forbidden"));
        Assert.Equal(DropReason.ContentDenied, worker.Carry(query.Reply(), Outside, "forbidden"));
    }

    [Theory]
    [InlineData(false, DropReason.None)]
    [InlineData(true, DropReason.Uninspected)]
    public void What_cannot_be_inspected_is_left_to_the_policy(bool failsClosed, DropReason expected)
    {
        var worker = Worker(With(Deny("forbidden")) with { FailsClosed = failsClosed }, new WorkerResources { MaximumConnections = 1 });
        Assert.Equal(expected, worker.Drop(Udp(Client, 1, Server, 1) with { IsFragment = true }, Inside));
        worker.Carry(Udp(Client, 1, Server, 1), Inside, "first");
        Assert.Equal(expected, worker.Carry(Udp(Client, 2, Server, 1), Inside, "second"));
        var cut = Packet(Udp(Client, 1, Server, 1), [1]);
        cut.IsPayloadCut = true;
        worker.Send(cut, Inside);
        Assert.Equal(expected, worker.Verdict.Reason);
        Assert.Equal(
            (1, 1, 1),
            (worker.Counter("uninspected.fragments"), worker.Counter("uninspected.flowsFull"), worker.Counter("uninspected.splitFrames")));
    }

    [Fact]
    public void Icmp_that_belongs_to_no_flow_is_inspected_packet_by_packet()
    {
        var worker = Worker(Deny("forbidden"));
        var message = Packet(Client, Server, IpProtocol.Icmp) with { IcmpKind = IcmpKind.Other, IcmpType = 9 };

        Assert.Equal(DropReason.ContentDenied, worker.Carry(message, Inside, "forbidden"));
        Assert.Equal(DropReason.None, worker.Carry(message, Inside, "allowed"));
        worker.SendErrorExpecting(DropReason.None, Unreachable(Server, Client), Udp(Client, 1, Server, 1), Outside);
    }

    [Fact]
    public void Only_the_latest_matches_are_kept_newest_first()
    {
        var worker = Worker(Alert("abc"), new DpiRule("silent", [Content("abc")]) { Alerts = false });
        for (var port = 1; port <= 100; port++)
        {
            worker.Carry(Udp(Client, port, Server, 1), Inside, "abc");
        }

        var matches = worker.Report().Matches;
        Assert.Equal(32, matches.Count);
        Assert.Equal(100, matches[0].SourcePort);
        Assert.Equal(69, matches[^1].SourcePort);
        Assert.Equal(100, worker.Counter("rule.silent"));
    }

    [Fact]
    public void A_wrong_pattern_is_named_by_its_rule()
    {
        var exception = Assert.Throws<ArgumentException>(() => Worker(Deny("x"), new DpiRule("broken", [Regex("a(b")])));
        Assert.Equal("rule.broken: Missing close parenthesis for group started at index 1", exception.Message);
    }
}

using Metron.Packets;
using static Metron.NetworkFunctions.Tests.Napt.NaptFunctionTests;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Napt;

public class NaptIcmpErrorTests
{
    public static TheoryData<string, string, string, string> Hosts => new()
    {
        { "10.0.0.1", "203.0.113.5", "198.51.100.1", "192.0.2.77" },
        { "fd00::1", "2001:db8:5::5", "2001:db8::1", "2001:db8:77::7" },
    };

    [Theory]
    [MemberData(nameof(Hosts))]
    public void An_error_from_outside_reaches_the_sender_and_shows_what_it_sent(string inside, string peer, string outside, string router)
    {
        var worker = Translator(outside);
        var packet = Tcp(inside, 1000, peer, 80, Syn);
        var sent = worker.Pass(packet, Inside);

        var (outer, embedded) = worker.SendErrorExpecting(DropReason.None, Unreachable(router, outside), sent, Outside);

        Assert.Equal(Inside, worker.Verdict.Port);
        Assert.Equal((IpAddress.Parse(router), IpAddress.Parse(inside)), (outer.Source, outer.Destination));
        Assert.Equal((packet.Source, packet.SourcePort), (embedded.Source, embedded.SourcePort));
        Assert.Equal((packet.Destination, packet.DestinationPort), (embedded.Destination, embedded.DestinationPort));
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void An_error_about_a_ping_gets_the_sender_s_identifier(string inside, string peer, string outside, string router)
    {
        var worker = Translator(outside);
        worker.Pass(Ping(inside.Contains(':') ? "fd00::2" : "10.0.0.2", peer, 5000), Inside);
        var sent = worker.Pass(Ping(inside, peer, 5000), Inside);
        Assert.NotEqual(5000, sent.SourcePort);

        var (_, embedded) = worker.SendErrorExpecting(DropReason.None, Unreachable(router, outside), sent, Outside);

        Assert.Equal(IpAddress.Parse(inside), embedded.Source);
        Assert.Equal((5000, 5000), (embedded.SourcePort, embedded.DestinationPort));
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void An_error_from_inside_comes_from_the_outside_address_whoever_inside_reports_it(
        string inside, string peer, string outside, string router)
    {
        var worker = Translator(outside);
        var sent = worker.Pass(Udp(inside, 1000, peer, 53), Inside);
        var received = worker.Pass(sent.Reply(), Outside);

        var (outer, embedded) = worker.SendErrorExpecting(DropReason.None, Unreachable(router, peer), received, Inside);

        Assert.Equal(Outside, worker.Verdict.Port);
        Assert.Equal((IpAddress.Parse(outside), IpAddress.Parse(peer)), (outer.Source, outer.Destination));
        Assert.Equal((IpAddress.Parse(outside), sent.SourcePort), (embedded.Destination, embedded.DestinationPort));
        Assert.Equal((IpAddress.Parse(peer), (ushort)53), (embedded.Source, embedded.SourcePort));
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void An_error_about_no_binding_or_to_somebody_else_is_dropped(string inside, string peer, string outside, string router)
    {
        var worker = Translator(outside);
        var sent = worker.Pass(Udp(inside, 1000, peer, 53), Inside);

        worker.SendErrorExpecting(
            DropReason.IcmpErrorUnrelated, Unreachable(router, outside), sent with { SourcePort = 9 }, Outside);
        worker.SendErrorExpecting(DropReason.IcmpErrorUnrelated, Unreachable(router, peer), sent, Outside);
        worker.SendErrorExpecting(DropReason.IcmpErrorUnrelated, Unreachable(inside, peer), Udp(peer, 53, inside, 1001), Inside);
    }

    [Fact]
    public void An_error_neither_refreshes_nor_ends_a_binding()
    {
        var worker = Translator("198.51.100.1");
        var sent = worker.Pass(Udp("10.0.0.1", 1000, "203.0.113.5", 53), Inside);
        worker.Wait(TimeSpan.FromSeconds(299));
        worker.SendErrorExpecting(DropReason.None, Unreachable("192.0.2.77", "198.51.100.1"), sent, Outside);
        worker.Pass(sent.Reply(), Outside);

        worker.Wait(TimeSpan.FromSeconds(2));
        Assert.Equal(0, worker.Counter("bindings"));
    }

    [Fact]
    public void An_error_of_a_version_that_is_not_translated_is_dropped() =>
        Translator("198.51.100.1").SendErrorExpecting(
            DropReason.UnsupportedProtocol, Unreachable("2001:db8::5", "2001:db8::1"), Udp("2001:db8::1", 1, "2001:db8::6", 2), Outside);
}

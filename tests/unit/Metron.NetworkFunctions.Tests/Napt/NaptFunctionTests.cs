using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Napt;

public class NaptFunctionTests
{
    private static readonly NaptConfiguration One = new("nat") { Pool = [Range("198.51.100.1")] };
    private static readonly NaptConfiguration Nat66 = new("nat") { Pool6 = [Range("2001:db8::1")] };

    public static TheoryData<string, string, string> Hosts => new()
    {
        { "10.0.0.1", "203.0.113.5", "198.51.100.1" },
        { "fd00::1", "2001:db8:5::5", "2001:db8::1" },
    };

    [Theory]
    [MemberData(nameof(Hosts))]
    public void A_packet_leaves_with_an_outside_endpoint_and_its_reply_finds_back(string inside, string peer, string outside)
    {
        var worker = Translator(outside);

        var sent = worker.Pass(Udp(inside, 5000, peer, 53), Inside);
        Assert.Equal(Verdict.Forward(Outside, NaptFunction.TranslateOutcome), worker.Verdict);
        Assert.Equal(IpAddress.Parse(outside), sent.Source);
        Assert.Equal((IpAddress.Parse(peer), (ushort)53), (sent.Destination, sent.DestinationPort));

        var received = worker.Pass(sent.Reply(), Outside);
        Assert.Equal(Verdict.Forward(Inside, NaptFunction.TranslateOutcome), worker.Verdict);
        Assert.Equal((IpAddress.Parse(inside), (ushort)5000), (received.Destination, received.DestinationPort));
        Assert.Equal(IpAddress.Parse(peer), received.Source);
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void A_ping_leaves_with_another_identifier_where_needed_and_its_reply_gets_its_own_back(
        string inside, string peer, string outside)
    {
        var worker = Translator(outside);
        var other = inside.Contains(':') ? "fd00::2" : "10.0.0.2";
        var first = worker.Pass(Ping(inside, peer, 5000), Inside);
        var second = worker.Pass(Ping(other, peer, 5000), Inside);

        Assert.NotEqual(first.SourcePort, second.SourcePort);
        Assert.Equal(second.SourcePort, second.DestinationPort);
        var reply = worker.Pass(second.Reply(), Outside);
        Assert.Equal((IpAddress.Parse(other), (ushort)5000, (ushort)5000), (reply.Destination, reply.SourcePort, reply.DestinationPort));
    }

    [Fact]
    public void An_inside_endpoint_keeps_its_outside_endpoint_for_all_peers_and_any_peer_may_answer()
    {
        var worker = Translator("198.51.100.1");
        var first = worker.Pass(Udp("10.0.0.1", 5000, "203.0.113.5", 53), Inside);
        var second = worker.Pass(Udp("10.0.0.1", 5000, "203.0.113.6", 99), Inside);

        Assert.Equal((first.Source, first.SourcePort), (second.Source, second.SourcePort));
        var stranger = worker.Pass(Udp("192.0.2.99", 1, "198.51.100.1", first.SourcePort), Outside);
        Assert.Equal((IpAddress.Parse("10.0.0.1"), (ushort)5000), (stranger.Destination, stranger.DestinationPort));
        Assert.Equal(1, worker.Counter("bindings"));
    }

    [Fact]
    public void Unsolicited_packets_from_outside_are_dropped()
    {
        var worker = Translator("198.51.100.1");

        Assert.Equal(DropReason.NoBinding, worker.Drop(Udp("203.0.113.5", 53, "198.51.100.1", 5000), Outside));
        var sent = worker.Pass(Udp("10.0.0.1", 5000, "203.0.113.5", 53), Inside);
        Assert.Equal(DropReason.NoBinding, worker.Drop(Tcp("203.0.113.5", 53, "198.51.100.1", sent.SourcePort, Syn), Outside));
        Assert.Equal(DropReason.NoBinding, worker.Drop(Udp("203.0.113.5", 53, "198.51.100.2", sent.SourcePort), Outside));
        Assert.Equal(DropReason.NoBinding, worker.Drop(Pong("203.0.113.5", "198.51.100.1", 7), Outside));
    }

    [Fact]
    public void Neither_a_reset_nor_a_ping_reply_makes_a_binding()
    {
        var worker = Translator("198.51.100.1");

        Assert.Equal(DropReason.NoBinding, worker.Drop(Tcp("10.0.0.1", 1, "203.0.113.5", 2, Rst), Inside));
        Assert.Equal(DropReason.NoBinding, worker.Drop(Pong("10.0.0.1", "203.0.113.5", 2), Inside));
    }

    [Fact]
    public void A_host_uses_one_outside_address_for_everything_and_every_worker_chooses_the_same()
    {
        var configuration = new NaptConfiguration("nat") { Pool = [Range("198.51.100.0", "198.51.100.255")] };
        var used = new HashSet<IpAddress>();
        for (var host = 1; host <= 100; host++)
        {
            var inside = $"10.0.0.{host}";
            var left = new TestWorker(Function(configuration));
            var right = new TestWorker(NetworkFunctionFactory.Create(configuration, new WorkerResources { HashSeed = 99 }));
            var address = left.Pass(Udp(inside, 1, "203.0.113.5", 53), Inside).Source;

            Assert.Equal(address, left.Pass(Tcp(inside, 2, "203.0.113.6", 80, Syn), Inside).Source);
            Assert.Equal(address, left.Pass(Ping(inside, "203.0.113.7", 3), Inside).Source);
            Assert.Equal(address, right.Pass(Udp(inside, 4, "203.0.113.8", 53), Inside).Source);
            used.Add(address);
        }

        Assert.InRange(used.Count, 70, 100); // spread over the pool
    }

    [Theory]
    [InlineData(0b0000, 1)]
    [InlineData(0b0110, 7)]
    [InlineData(0b1111_1110, 255)]
    public void The_outside_port_keeps_the_bits_that_steer_replies_and_the_parity(ushort mask, ushort kept)
    {
        var worker = new TestWorker(Function(One)) { SteeringMask = mask };
        for (var port = 1; port <= 600; port++)
        {
            var sent = worker.Pass(Udp($"10.0.{port % 4}.{port % 7}", port, "203.0.113.5", 53), Inside);
            Assert.Equal(port & kept, sent.SourcePort & kept);
            Assert.InRange(sent.SourcePort, 1024, 65535);
        }
    }

    [Fact]
    public void Parity_is_given_up_before_a_packet_is_dropped_but_steering_is_not()
    {
        var worker = new TestWorker(Function(One with { OutsidePorts = new(2048, 2063) })) { SteeringMask = 0b110 };
        var ports = new HashSet<ushort>();
        for (var host = 1; host <= 4; host++)
        {
            ports.Add(worker.Pass(Udp($"10.0.0.{host}", 4, "203.0.113.5", 53), Inside).SourcePort); // binary 100
        }

        Assert.Equal(new HashSet<ushort> { 2052, 2053, 2060, 2061 }, ports);
        Assert.Equal(DropReason.PortsExhausted, worker.Drop(Udp("10.0.0.5", 4, "203.0.113.5", 53), Inside));
        worker.Pass(Udp("10.0.0.5", 2, "203.0.113.5", 53), Inside); // binary 010
    }

    [Fact]
    public void Napt_reuses_a_port_only_after_its_timeout()
    {
        var worker = new TestWorker(Function(One with { OutsidePorts = new(2000, 2000) }));
        worker.Pass(Udp("10.0.0.1", 5, "203.0.113.5", 53), Inside);

        Assert.Equal(DropReason.PortsExhausted, worker.Drop(Udp("10.0.0.2", 5, "203.0.113.5", 53), Inside));
        worker.Pass(Tcp("10.0.0.2", 5, "203.0.113.5", 53, Syn), Inside); // another protocol has its own ports
        worker.Wait(TimeSpan.FromSeconds(299));
        Assert.Equal(DropReason.PortsExhausted, worker.Drop(Udp("10.0.0.2", 5, "203.0.113.5", 53), Inside));
        worker.Wait(TimeSpan.FromSeconds(2));
        worker.Pass(Udp("10.0.0.2", 5, "203.0.113.5", 53), Inside);
        Assert.Equal(IpAddress.Parse("10.0.0.2"), worker.Pass(Udp("203.0.113.5", 53, "198.51.100.1", 2000), Outside).Destination);
    }

    [Fact]
    public void Packets_from_inside_keep_a_binding_and_packets_from_outside_do_not()
    {
        var worker = Translator("198.51.100.1");
        var sent = worker.Pass(Udp("10.0.0.1", 5000, "203.0.113.5", 53), Inside);
        for (var minute = 0; minute < 20; minute++)
        {
            worker.Wait(TimeSpan.FromMinutes(1));
            worker.Pass(Udp("10.0.0.1", 5000, "203.0.113.5", 53), Inside);
        }

        for (var minute = 0; minute < 4; minute++)
        {
            worker.Wait(TimeSpan.FromMinutes(1));
            worker.Pass(sent.Reply(), Outside);
        }

        worker.Wait(TimeSpan.FromSeconds(62));
        Assert.Equal(DropReason.NoBinding, worker.Drop(sent.Reply(), Outside));
        Assert.Equal(0, worker.FlowCount);
    }

    [Fact]
    public void A_packet_from_inside_to_an_outside_address_is_dropped()
    {
        Assert.Equal(DropReason.Hairpin, Translator("198.51.100.1").Drop(Udp("10.0.0.1", 1, "198.51.100.1", 2000), Inside));
        Assert.Equal(DropReason.Hairpin, new TestWorker(Function(Nat66)).Drop(Udp("fd00::1", 1, "2001:db8::1", 2000), Inside));
    }

    [Fact]
    public void What_cannot_be_translated_is_dropped()
    {
        var worker = Translator("198.51.100.1");

        Assert.Equal(DropReason.UnsupportedProtocol, worker.Drop(Packet("10.0.0.1", "203.0.113.5", IpProtocol.Gre), Inside));
        Assert.Equal(DropReason.UnsupportedProtocol, worker.Drop(Udp("fd00::1", 1, "2001:db8::9", 2), Inside));
        Assert.Equal(DropReason.UnsupportedProtocol, new TestWorker(Function(Nat66)).Drop(Udp("10.0.0.1", 1, "203.0.113.5", 2), Inside));
        Assert.Equal(
            DropReason.Fragment, worker.Drop(Packet("10.0.0.1", "203.0.113.5", IpProtocol.Udp) with { IsFragment = true }, Inside));
        var timestampOther = Packet("10.0.0.1", "203.0.113.5", IpProtocol.Icmp) with { IcmpKind = IcmpKind.Other, IcmpType = 9 };
        Assert.Equal(DropReason.UnsupportedProtocol, worker.Drop(timestampOther, Inside));
    }

    [Fact]
    public void A_full_table_refuses_new_bindings()
    {
        var worker = new TestWorker(NetworkFunctionFactory.Create(One, new WorkerResources { MaximumConnections = 1 }));
        worker.Pass(Udp("10.0.0.1", 1, "203.0.113.5", 2), Inside);

        Assert.Equal(DropReason.TableFull, worker.Drop(Udp("10.0.0.1", 2, "203.0.113.5", 2), Inside));
        Assert.Equal(1, worker.Counter("drop.tableFull"));
    }

    [Fact]
    public void A_full_table_gives_up_the_oldest_binding_of_a_TCP_connection_that_is_not_established()
    {
        var worker = new TestWorker(NetworkFunctionFactory.Create(One, new WorkerResources { MaximumConnections = 2 }));
        worker.Pass(Tcp("10.0.0.1", 2001, "203.0.113.5", 80, TcpFlags.Syn), Inside);
        worker.Pass(Tcp("10.0.0.1", 2003, "203.0.113.5", 80, TcpFlags.Syn), Inside);
        worker.Pass(Tcp("10.0.0.1", 2005, "203.0.113.5", 80, TcpFlags.Syn), Inside);

        Assert.Equal((1, 2), (worker.Counter("bindingsEvicted"), worker.Counter("bindings")));
        var answer = Tcp("203.0.113.5", 80, "198.51.100.1", 2001, TcpFlags.Syn | TcpFlags.Acknowledgement);
        Assert.Equal(DropReason.NoBinding, worker.Drop(answer, Outside));
        worker.Pass(answer with { DestinationPort = 2003 }, Outside);
    }

    internal static AddressRange Range(string address) => Range(address, address);

    internal static AddressRange Range(string first, string last) => new(IpAddress.Parse(first), IpAddress.Parse(last));

    internal static NetworkFunction Function(NaptConfiguration configuration) =>
        NetworkFunctionFactory.Create(configuration, WorkerResources.Default);

    internal static TestWorker Translator(string outside) =>
        new(Function(outside.Contains(':') ? Nat66 with { Pool6 = [Range(outside)] } : One with { Pool = [Range(outside)] }));
}

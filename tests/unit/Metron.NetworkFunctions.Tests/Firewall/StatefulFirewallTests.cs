using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.Firewall.FirewallFunctionTests;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Firewall;

public class StatefulFirewallTests
{
    private static readonly FirewallRule FromInside = new("out", PacketMatch.Any, true, Inside);

    public static TheoryData<string, string> Hosts => new()
    {
        { "10.0.0.1", "198.51.100.1" },
        { "fd00::1", "2001:db8::1" },
    };

    [Theory]
    [MemberData(nameof(Hosts))]
    public void Replies_to_an_allowed_connection_are_let_in(string client, string server)
    {
        var worker = Stateful(FromInside);
        var request = Udp(client, 1000, server, 53);

        Assert.Equal(DropReason.Denied, worker.Drop(request.Reply(), Outside));
        worker.Pass(request, Inside);
        worker.Pass(request.Reply(), Outside);
        Assert.True(worker.Verdict.Cacheable);
        Assert.Equal(DropReason.Denied, worker.Drop(request.Reply() with { SourcePort = 54 }, Outside));
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void A_tcp_connection_is_cached_once_both_ends_agreed(string client, string server)
    {
        var worker = Stateful(FromInside);

        Open(worker, client, server);

        worker.Pass(Tcp(client, 1000, server, 80, Ack), Inside);
        worker.Pass(Tcp(server, 80, client, 1000, Ack), Outside);
        worker.Pass(Tcp(server, 80, client, 1000, Ack), Outside);
        Assert.Equal(4, worker.Asked); // SYN, SYN-ACK, and the first plain packet of each direction
        Assert.Equal(1, worker.Counter("connections"));
    }

    [Fact]
    public void A_tcp_packet_of_no_connection_is_dropped_as_such_although_the_rules_allow_it()
    {
        var worker = Stateful(Allow(PacketMatch.Any));

        Assert.Equal(DropReason.NoConnection, worker.Drop(Tcp("10.0.0.1", 1, "10.0.0.2", 2, Ack), Inside));
        Assert.Equal(DropReason.NoConnection, worker.Drop(Tcp("10.0.0.1", 1, "10.0.0.2", 2, SynAck), Inside));
        Assert.Equal(DropReason.NoConnection, worker.Drop(Tcp("10.0.0.1", 1, "10.0.0.2", 2, Rst), Inside));
        Assert.Equal(DropReason.NoConnection, worker.Drop(Pong("10.0.0.1", "10.0.0.2", 2), Inside));
    }

    [Fact]
    public void A_connection_that_the_outside_may_open_is_answered_from_inside()
    {
        var worker = Stateful(new FirewallRule("in", new PacketMatch { Protocol = new(IpProtocol.Tcp) }, true, Outside));

        worker.Pass(Tcp("192.0.2.1", 1000, "10.0.0.1", 22, Syn), Outside);
        worker.Pass(Tcp("10.0.0.1", 22, "192.0.2.1", 1000, SynAck), Inside);
        worker.Pass(Tcp("192.0.2.1", 1000, "10.0.0.1", 22, Ack), Outside);
        Assert.Equal(DropReason.Denied, worker.Drop(Tcp("10.0.0.1", 1000, "192.0.2.1", 22, Syn), Inside));
    }

    [Fact]
    public void Pings_of_both_sides_with_the_same_identifier_are_different_connections()
    {
        var worker = Stateful(FromInside);

        worker.Pass(Ping("10.0.0.1", "192.0.2.1", 7), Inside);
        worker.Pass(Pong("192.0.2.1", "10.0.0.1", 7), Outside);
        Assert.Equal(DropReason.Denied, worker.Drop(Ping("192.0.2.1", "10.0.0.1", 7), Outside));
        Assert.Equal(DropReason.NoConnection, worker.Drop(Pong("10.0.0.1", "192.0.2.1", 7), Inside));
    }

    [Fact]
    public void Icmp_messages_that_are_neither_query_nor_error_are_decided_by_rules_alone()
    {
        var worker = Stateful(FromInside);
        var advertisement = Packet("fe80::1", "ff02::1", IpProtocol.IcmpV6) with { IcmpKind = IcmpKind.Other, IcmpType = 134 };

        worker.Pass(advertisement, Inside);
        Assert.Equal(DropReason.Denied, worker.Drop(advertisement, Outside));
        Assert.Equal(0, worker.Counter("connections"));
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void An_icmp_error_about_a_connection_passes_from_either_side_and_any_other_is_dropped(string client, string server)
    {
        var worker = Stateful(FromInside);
        var request = Udp(client, 1000, server, 53);
        worker.Pass(request, Inside);
        var router = server.Contains(':') ? "2001:db8:99::1" : "203.0.113.1";

        worker.SendErrorExpecting(DropReason.None, Unreachable(router, client), request, Outside);
        Assert.Equal(Inside, worker.Verdict.Port);
        worker.SendErrorExpecting(DropReason.None, Unreachable(client, server), request.Reply(), Inside);
        Assert.Equal(Outside, worker.Verdict.Port);
        worker.SendErrorExpecting(
            DropReason.IcmpErrorUnrelated, Unreachable(router, client), request with { SourcePort = 1001 }, Outside);
        worker.SendErrorExpecting(DropReason.IcmpErrorUnrelated, Unreachable(router, router), request, Outside);
        worker.SendErrorExpecting(DropReason.IcmpErrorUnrelated, Unreachable(router, client), request, Inside);
    }

    [Fact]
    public void An_icmp_error_about_a_ping_passes()
    {
        var worker = Stateful(FromInside);
        worker.Pass(Ping("10.0.0.1", "192.0.2.1", 7), Inside);

        worker.SendErrorExpecting(
            DropReason.None, Unreachable("203.0.113.1", "10.0.0.1"), Ping("10.0.0.1", "192.0.2.1", 7), Outside);
        worker.SendErrorExpecting(
            DropReason.IcmpErrorUnrelated, Unreachable("203.0.113.1", "10.0.0.1"), Pong("10.0.0.1", "192.0.2.1", 7), Outside);
    }

    [Fact]
    public void An_idle_connection_is_forgotten_after_the_time_of_its_state()
    {
        var worker = Stateful(FromInside);
        worker.Pass(Udp("10.0.0.1", 1, "192.0.2.1", 2), Inside);
        worker.Pass(Ping("10.0.0.1", "192.0.2.1", 2), Inside);
        worker.Pass(Tcp("10.0.0.1", 3, "192.0.2.1", 4, Syn), Inside);
        Open(worker, "10.0.0.1", "192.0.2.1");

        worker.Wait(TimeSpan.FromSeconds(59));
        Assert.Equal(4, worker.Counter("connections"));
        worker.Wait(TimeSpan.FromSeconds(2)); // ICMP: 60 s
        Assert.Equal(3, worker.Counter("connections"));
        worker.Wait(TimeSpan.FromSeconds(180)); // TCP being opened: 240 s
        Assert.Equal(2, worker.Counter("connections"));
        worker.Wait(TimeSpan.FromSeconds(60)); // UDP: 300 s
        Assert.Equal(1, worker.Counter("connections"));
        worker.Wait(TimeSpan.FromSeconds(7138));
        Assert.Equal(1, worker.Counter("connections"));
        worker.Wait(TimeSpan.FromSeconds(3)); // TCP established: 7,440 s
        Assert.Equal(0, worker.Counter("connections"));
        Assert.Equal(4, worker.Counter("connectionsExpired"));
        Assert.Equal(0, worker.FlowCount);
    }

    [Fact]
    public void Packets_that_only_the_flow_entry_sees_keep_a_connection_alive()
    {
        var worker = Stateful(FromInside);
        worker.Pass(Udp("10.0.0.1", 1, "192.0.2.1", 2), Inside);
        for (var minute = 0; minute < 30; minute++)
        {
            worker.Wait(TimeSpan.FromMinutes(1));
            worker.Pass(Udp("10.0.0.1", 1, "192.0.2.1", 2), Inside);
        }

        Assert.Equal(1, worker.Asked);
        worker.EvictFlows();
        worker.Wait(TimeSpan.FromSeconds(299));
        worker.Pass(Udp("192.0.2.1", 2, "10.0.0.1", 1), Outside);
        worker.Wait(TimeSpan.FromSeconds(301));
        Assert.Equal(DropReason.Denied, worker.Drop(Udp("192.0.2.1", 2, "10.0.0.1", 1), Outside));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_closed_connection_is_forgotten_soon_and_may_be_opened_again(bool byReset)
    {
        var worker = Stateful(FromInside);
        Open(worker, "10.0.0.1", "192.0.2.1");
        worker.Pass(Tcp("10.0.0.1", 1000, "192.0.2.1", 80, byReset ? Rst : FinAck), Inside);
        if (!byReset)
        {
            worker.Pass(Tcp("192.0.2.1", 80, "10.0.0.1", 1000, FinAck), Outside);
            worker.Pass(Tcp("10.0.0.1", 1000, "192.0.2.1", 80, Ack), Inside);
        }

        Open(worker, "10.0.0.1", "192.0.2.1");
        worker.Pass(Tcp("10.0.0.1", 1000, "192.0.2.1", 80, Rst), Inside);
        worker.Wait(TimeSpan.FromSeconds(241));
        Assert.Equal(0, worker.Counter("connections"));
    }

    [Fact]
    public void A_half_closed_connection_keeps_the_long_idle_time()
    {
        var worker = Stateful(FromInside);
        Open(worker, "10.0.0.1", "192.0.2.1");
        worker.Pass(Tcp("10.0.0.1", 1000, "192.0.2.1", 80, FinAck), Inside);

        worker.Wait(TimeSpan.FromSeconds(7000));
        worker.Pass(Tcp("192.0.2.1", 80, "10.0.0.1", 1000, Ack), Outside);
    }

    [Fact]
    public void A_full_table_gives_up_the_oldest_connection_that_is_not_established_for_a_new_one()
    {
        var worker = Small(2);
        worker.Pass(Tcp("10.0.0.1", 1, "192.0.2.1", 80, Syn), Inside);
        worker.Pass(Tcp("10.0.0.1", 2, "192.0.2.1", 80, Syn), Inside);
        worker.Pass(Tcp("10.0.0.1", 3, "192.0.2.1", 80, Syn), Inside);

        Assert.Equal(1, worker.Counter("connectionsEvicted"));
        Assert.Equal(DropReason.NoConnection, worker.Drop(Tcp("192.0.2.1", 80, "10.0.0.1", 1, SynAck), Outside));
        worker.Pass(Tcp("192.0.2.1", 80, "10.0.0.1", 2, SynAck), Outside);
        worker.Pass(Tcp("192.0.2.1", 80, "10.0.0.1", 3, SynAck), Outside);
    }

    [Fact]
    public void A_full_table_gives_up_connections_that_are_over()
    {
        var worker = Small(1);
        worker.Pass(Tcp("10.0.0.1", 1, "192.0.2.1", 80, Syn), Inside);
        worker.Pass(Tcp("192.0.2.1", 80, "10.0.0.1", 1, SynAck), Outside);
        worker.Pass(Tcp("10.0.0.1", 1, "192.0.2.1", 80, Ack), Inside);
        Assert.Equal(DropReason.TableFull, worker.Drop(Tcp("10.0.0.1", 2, "192.0.2.1", 80, Syn), Inside));

        worker.Pass(Tcp("192.0.2.1", 80, "10.0.0.1", 1, TcpFlags.Reset), Outside);
        worker.EvictFlows();
        worker.Pass(Tcp("10.0.0.1", 2, "192.0.2.1", 80, Syn), Inside);
        Assert.Equal(1, worker.Counter("connectionsEvicted"));
    }

    [Fact]
    public void A_full_table_of_connections_in_use_refuses_new_ones()
    {
        var worker = Small(1);
        worker.Pass(Udp("10.0.0.1", 1, "192.0.2.1", 80), Inside);

        Assert.Equal(DropReason.TableFull, worker.Drop(Udp("10.0.0.1", 2, "192.0.2.1", 80), Inside));
        Assert.Equal(1, worker.Counter("drop.tableFull"));
        worker.Wait(TimeSpan.FromSeconds(301));
        worker.Pass(Udp("10.0.0.1", 2, "192.0.2.1", 80), Inside);
    }

    [Fact]
    public void Connections_survive_an_update_when_the_new_rules_allow_them()
    {
        var worker = Stateful(FromInside);
        Open(worker, "10.0.0.1", "192.0.2.1");
        worker.Pass(Udp("10.0.0.1", 1, "192.0.2.1", 2), Inside);

        worker.Update(Function(new FirewallConfiguration("fw")
        {
            Stateful = true,
            Rules = [new FirewallRule("tcp", new PacketMatch { Protocol = new(IpProtocol.Tcp) }, true, Inside)],
        }));

        worker.Pass(Tcp("192.0.2.1", 80, "10.0.0.1", 1000, Ack), Outside);
        Assert.Equal(DropReason.Denied, worker.Drop(Udp("192.0.2.1", 2, "10.0.0.1", 1), Outside));
        Assert.Equal(DropReason.Denied, worker.Drop(Udp("10.0.0.1", 1, "192.0.2.1", 2), Inside));
        worker.Wait(TimeSpan.FromSeconds(1));
        Assert.Equal(1, worker.Counter("connections"));
        Assert.Equal(2, worker.FlowCount); // TCP under the old tag and the new one; the denied connection took its entry along
    }

    private static void Open(TestWorker worker, string client, string server)
    {
        worker.Pass(Tcp(client, 1000, server, 80, Syn), Inside);
        worker.Pass(Tcp(server, 80, client, 1000, SynAck), Outside);
        worker.Pass(Tcp(client, 1000, server, 80, Ack), Inside);
    }

    private static TestWorker Small(int maximum) => new(new FirewallFunction(
        new FirewallConfiguration("fw") { Stateful = true, Rules = [FromInside] },
        WorkerResources.Default with { MaximumConnections = maximum }));
}

using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.LoadBalancer;

public class LoadBalancerFunctionTests
{
    private const string Vip = "198.51.100.10";
    private const string Vip6 = "2001:db8::10";

    internal static readonly LoadBalancerConfiguration Web = new("lb")
    {
        Services =
        [
            Service("web", Vip, IpProtocol.Tcp, 80, Backend("10.0.0.1"), Backend("10.0.0.2"), Backend("10.0.0.3")),
            Service("dns", Vip, IpProtocol.Udp, 53, Backend("10.0.0.1") with { Port = 53 }, Backend("10.0.0.2") with { Port = 53 }),
            Service("web6", Vip6, IpProtocol.Tcp, 80, Backend("fd00::1"), Backend("fd00::2")),
        ],
    };

    [Theory]
    [InlineData("192.0.2.1", Vip, IpProtocol.Tcp, 80, 1)]
    [InlineData("192.0.2.1", Vip, IpProtocol.Udp, 53, 2)]
    [InlineData("2001:db8:9::1", Vip6, IpProtocol.Tcp, 80, 3)]
    public void A_packet_to_a_service_goes_to_a_backend_and_its_reply_comes_from_the_service(
        string client, string vip, byte protocol, int port, int outcome)
    {
        var worker = Balancer(Web);
        var request = protocol == IpProtocol.Tcp ? Tcp(client, 4000, vip, port, Syn) : Udp(client, 4000, vip, port);

        var sent = worker.Pass(request, Inside);
        Assert.Equal((Outside, outcome), (worker.Verdict.Port, worker.Verdict.Outcome));
        Assert.Contains(sent.Destination, Web.Services[outcome - 1].Backends.Select(backend => backend.Address));
        Assert.Equal((request.Source, request.SourcePort), (sent.Source, sent.SourcePort));

        var reply = worker.Pass(protocol == IpProtocol.Tcp ? sent.Reply(SynAck) : sent.Reply(), Outside);
        Assert.Equal((Inside, outcome), (worker.Verdict.Port, worker.Verdict.Outcome));
        Assert.Equal((IpAddress.Parse(vip), (ushort)port), (reply.Source, reply.SourcePort));
        Assert.Equal((request.Source, request.SourcePort), (reply.Destination, reply.DestinationPort));
    }

    [Fact]
    public void Other_traffic_passes_unchanged_in_both_directions()
    {
        var worker = Balancer(Web);
        foreach (var (packet, port) in new[]
        {
            (Tcp("192.0.2.1", 4000, Vip, 443, Syn), Inside),
            (Udp("192.0.2.1", 4000, Vip, 80), Inside),
            (Tcp("192.0.2.1", 4000, "203.0.113.1", 80, Ack), Inside),
            (Ping("192.0.2.1", Vip, 1), Inside),
            (Tcp("10.0.0.1", 22, "192.0.2.1", 4000, Ack), Outside),
        })
        {
            Assert.Equal(packet, worker.Pass(packet, port));
            Assert.Equal(Verdict.Forward(1 - port, LoadBalancerFunction.PassOutcome), worker.Verdict);
        }
    }

    [Fact]
    public void A_connection_stays_with_its_backend_and_is_cached_once_established()
    {
        var worker = Balancer(Web);
        var syn = Tcp("192.0.2.1", 4000, Vip, 80, Syn);
        var sent = worker.Pass(syn, Inside);
        worker.Pass(sent.Reply(SynAck), Outside);
        for (var packet = 0; packet < 5; packet++)
        {
            Assert.Equal(sent.Destination, worker.Pass(syn.With(Ack), Inside).Destination);
        }

        Assert.Equal(3, worker.Asked);
        Assert.Equal(1, worker.Counter("connections"));
    }

    [Fact]
    public void Established_connections_are_remembered_for_2_hours_and_4_minutes_others_for_the_affinity_time()
    {
        var worker = Balancer(Web with { Affinity = TimeSpan.FromSeconds(100) });
        Open(worker, 4000);
        worker.Pass(Tcp("192.0.2.1", 4001, Vip, 80, Syn), Inside);
        worker.Pass(Udp("192.0.2.1", 4000, Vip, 53), Inside);

        worker.Wait(TimeSpan.FromSeconds(99));
        Assert.Equal(3, worker.Counter("connections"));
        worker.Wait(TimeSpan.FromSeconds(2));
        Assert.Equal(1, worker.Counter("connections"));
        worker.Wait(TimeSpan.FromSeconds(7338));
        Assert.Equal(1, worker.Counter("connections"));
        worker.Wait(TimeSpan.FromSeconds(2));
        Assert.Equal(0, worker.Counter("connections"));
    }

    [Fact]
    public void Replies_keep_a_connection_remembered()
    {
        var worker = Balancer(Web);
        var sent = worker.Pass(Udp("192.0.2.1", 4000, Vip, 53), Inside);
        for (var minute = 0; minute < 20; minute++)
        {
            worker.Wait(TimeSpan.FromMinutes(1));
            worker.Pass(sent.Reply(), Outside);
        }

        Assert.Equal(1, worker.Counter("connections"));
    }

    [Fact]
    public void A_drained_backend_keeps_its_connections_and_gets_no_new_ones()
    {
        var worker = Balancer(Web);
        var before = Enumerable.Range(1, 200).Select(port => Open(worker, port).Destination).ToArray();
        var drained = IpAddress.Parse("10.0.0.1");
        Assert.Contains(drained, before);

        worker.Update(Function(Web with { Services = [Weighted(Web.Services[0], 0, 1, 1), .. Web.Services.Skip(1)] }));

        for (var port = 1; port <= 200; port++)
        {
            Assert.Equal(before[port - 1], worker.Pass(Tcp("192.0.2.1", port, Vip, 80, Ack), Inside).Destination);
            Assert.NotEqual(drained, worker.Pass(Tcp("192.0.2.2", port, Vip, 80, Syn), Inside).Destination);
        }
    }

    [Fact]
    public void Connections_of_a_backend_that_is_removed_go_to_another_one_and_the_others_stay()
    {
        var worker = Balancer(Web);
        var before = Enumerable.Range(1, 200).Select(port => Open(worker, port).Destination).ToArray();
        var removed = IpAddress.Parse("10.0.0.1");
        var service = Web.Services[0];

        worker.Update(Function(Web with { Services = [service with { Backends = [.. service.Backends.Skip(1)] }] }));

        for (var port = 1; port <= 200; port++)
        {
            var now = worker.Pass(Tcp("192.0.2.1", port, Vip, 80, Ack), Inside).Destination;
            Assert.True(before[port - 1] == removed ? now != removed : now == before[port - 1]);
        }

        var late = Tcp("10.0.0.1", 8080, "192.0.2.1", 1, Ack);
        Assert.Equal(late, worker.Pass(late, Outside)); // no backend any more: not ours
    }

    [Fact]
    public void A_service_without_backend_that_takes_connections_drops_them()
    {
        var worker = Balancer(Web with { Services = [Weighted(Web.Services[0], 0, 0, 0)] });
        Assert.Equal(DropReason.NoBackend, worker.Drop(Tcp("192.0.2.1", 4000, Vip, 80, Syn), Inside));
    }

    [Fact]
    public void Fragments_to_a_service_or_from_a_backend_are_dropped_and_others_pass()
    {
        var worker = Balancer(Web);
        Assert.Equal(DropReason.Fragment, worker.Drop(Packet("192.0.2.1", Vip, IpProtocol.Tcp) with { IsFragment = true }, Inside));
        Assert.Equal(DropReason.Fragment, worker.Drop(Packet("10.0.0.1", "192.0.2.1", IpProtocol.Tcp) with { IsFragment = true }, Outside));
        worker.Pass(Packet("192.0.2.1", "203.0.113.1", IpProtocol.Tcp) with { IsFragment = true }, Inside);
        Assert.False(worker.Verdict.Cacheable);
    }

    [Fact]
    public void When_the_table_is_full_the_hash_alone_keeps_choosing()
    {
        var worker = new TestWorker(NetworkFunctionFactory.Create(Web, new WorkerResources { MaximumConnections = 0 }));
        var roomy = Balancer(Web);
        for (var port = 1; port <= 50; port++)
        {
            var sent = worker.Pass(Tcp("192.0.2.1", port, Vip, 80, Syn), Inside);
            Assert.Equal(sent.Destination, worker.Pass(Tcp("192.0.2.1", port, Vip, 80, Ack), Inside).Destination);
            Assert.Equal(sent.Destination, roomy.Pass(Tcp("192.0.2.1", port, Vip, 80, Syn), Inside).Destination);
            Assert.Equal(IpAddress.Parse(Vip), worker.Pass(sent.Reply(SynAck), Outside).Source);
        }

        Assert.Equal(100, worker.Counter("statelessPackets"));
    }

    [Fact]
    public void A_backend_of_two_services_answers_each_client_as_the_service_it_asked()
    {
        var worker = Balancer(Shared);
        var first = worker.Pass(Tcp("192.0.2.1", 4000, Vip, 80, Syn), Inside);
        var second = worker.Pass(Tcp("192.0.2.1", 4001, Vip, 81, Syn), Inside);
        Assert.Equal(first.Destination, second.Destination);

        Assert.Equal(80, worker.Pass(first.Reply(SynAck), Outside).SourcePort);
        Assert.Equal(81, worker.Pass(second.Reply(SynAck), Outside).SourcePort);
        Assert.Equal(DropReason.NoConnection, worker.Drop(Tcp("10.0.0.1", 8080, "192.0.2.1", 4002, SynAck), Outside));
    }

    [Fact]
    public void Two_connections_that_a_shared_backend_could_not_tell_apart_are_not_made()
    {
        var worker = Balancer(Shared);
        worker.Pass(Tcp("192.0.2.1", 4000, Vip, 80, Syn), Inside);
        Assert.Equal(DropReason.NoBackend, worker.Drop(Tcp("192.0.2.1", 4000, Vip, 81, Syn), Inside));
    }

    [Fact]
    public void A_closed_connection_that_is_opened_again_may_get_another_backend()
    {
        var worker = Balancer(Web);
        var sent = Open(worker, 4000);
        worker.Pass(sent.Reply(Rst), Outside);
        worker.EvictFlows();

        worker.Update(Function(Web with { Services = [.. Web.Services.Select(service => Drained(service, sent.Destination))] }));

        Assert.NotEqual(sent.Destination, worker.Pass(Tcp("192.0.2.1", 4000, Vip, 80, Syn), Inside).Destination);
        Assert.Equal(1, worker.Counter("connections"));
    }

    internal static LoadBalancerConfiguration Shared { get; } = new("lb")
    {
        Services =
        [
            Service("one", Vip, IpProtocol.Tcp, 80, Backend("10.0.0.1")),
            Service("two", Vip, IpProtocol.Tcp, 81, Backend("10.0.0.1")),
        ],
    };

    internal static TestWorker Balancer(LoadBalancerConfiguration configuration) => new(Function(configuration));

    internal static NetworkFunction Function(LoadBalancerConfiguration configuration) =>
        NetworkFunctionFactory.Create(configuration, WorkerResources.Default);

    internal static VirtualService Service(string name, string address, byte protocol, ushort port, params Backend[] backends) =>
        new(name, IpAddress.Parse(address), protocol, port, backends, false);

    internal static Backend Backend(string address, int weight = 1) => new(IpAddress.Parse(address), 8080, weight);

    private static VirtualService Weighted(VirtualService service, params int[] weights) =>
        service with { Backends = [.. service.Backends.Select((backend, index) => backend with { Weight = weights[index] })] };

    private static VirtualService Drained(VirtualService service, IpAddress address) =>
        Weighted(service, [.. service.Backends.Select(backend => backend.Address == address ? 0 : backend.Weight)]);

    private static PacketHeaders Open(TestWorker worker, int port)
    {
        var sent = worker.Pass(Tcp("192.0.2.1", port, Vip, 80, Syn), Inside);
        worker.Pass(sent.Reply(SynAck), Outside);
        worker.Pass(Tcp("192.0.2.1", port, Vip, 80, Ack), Inside);
        return sent;
    }
}

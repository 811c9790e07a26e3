using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Runtime;

namespace Metron.Dataplane.Tests;

/// <summary>The real functions through the loop: what they decide on the slow path holds on the fast path, and what they count is all of it.</summary>
public sealed class NetworkFunctionTests
{
    private const int Rounds = 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_firewall_lets_replies_in_and_nothing_else(bool isV6)
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(SampleChain.Functions[0]));
        var client = SampleChain.Client(isV6, IpProtocol.Udp, 5, 40000);
        var reply = SampleChain.Reply(Frames.Read(client.Build()));
        Assert.Null(rig.Pass(Far(reply)));
        Assert.Equal(1ul, rig.Worker.Drops[DropReason.Denied]);
        rig.MustPass(Near(client));
        for (var i = 0; i < Rounds; i++)
        {
            rig.MustPass(Far(reply));
            rig.MustPass(Near(client));
        }

        Assert.Null(rig.Pass(Far(reply with { SourcePort = 81 })));
        // Denied twice, and one packet in each direction that made an entry.
        Assert.Equal(4ul, rig.Worker.SlowPathPackets);
    }

    [Fact]
    public void A_TCP_connection_is_followed_from_SYN_to_FIN()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(SampleChain.Functions[0]));
        var client = SampleChain.Client(false, IpProtocol.Tcp, 5, 40000);
        var server = SampleChain.Reply(Frames.Read(client.Build()));
        Assert.Null(rig.Pass(Near(client with { TcpFlags = TcpFlags.Acknowledgement })));
        Assert.Equal(1ul, rig.Worker.Drops[DropReason.NoConnection]);
        rig.MustPass(Near(client));
        rig.MustPass(Far(server));
        for (var i = 0; i < Rounds; i++)
        {
            rig.MustPass(Near(client with { TcpFlags = TcpFlags.Acknowledgement }));
            rig.MustPass(Far(server with { TcpFlags = TcpFlags.Acknowledgement }));
        }

        Assert.Equal(5ul, rig.Worker.SlowPathPackets);
        Assert.Equal(2ul, rig.Worker.FlowEntries);
        rig.MustPass(Near(client with { TcpFlags = TcpFlags.Fin | TcpFlags.Acknowledgement }));
        rig.MustPass(Far(server with { TcpFlags = TcpFlags.Fin | TcpFlags.Acknowledgement }));
        rig.MustPass(Near(client with { TcpFlags = TcpFlags.Acknowledgement }));
    }

    [Fact]
    public void A_router_drops_what_has_no_route_and_what_is_too_old()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(SampleChain.Router with { Routes = [SampleChain.Router.Routes[1]] }));
        Assert.Null(rig.Pass(Near(SampleChain.Client(false, IpProtocol.Udp, 5, 1))));
        Assert.Equal(1ul, rig.Worker.Drops[DropReason.NoRoute]);
        var inwards = new FrameBuilder { Source = IpAddress.Parse("192.0.2.9"), Destination = IpAddress.Parse("10.0.0.5") };
        Assert.Equal(SampleChain.ClientHost, Frames.Read(rig.MustPass(Far(inwards))).EthernetDestination);
        Assert.Null(rig.Pass(Far(inwards with { TimeToLive = 1 })));
        Assert.Equal(1ul, rig.Worker.Drops[DropReason.TimeToLiveExpired]);
    }

    [Fact]
    public void A_load_balancer_keeps_a_connection_on_its_backend_and_answers_as_the_service()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(SampleChain.LoadBalancer));
        var backends = new HashSet<IpAddress>();
        for (ushort port = 40000; port < 40040; port++)
        {
            var client = SampleChain.Client(false, IpProtocol.Tcp, 5, port) with { Destination = IpAddress.Parse("203.0.113.80") };
            var first = Frames.Read(rig.MustPass(Near(client)));
            backends.Add(first.Destination);
            for (var i = 0; i < 3; i++)
            {
                var answer = SampleChain.Reply(first, i == 0 ? TcpFlags.Syn | TcpFlags.Acknowledgement : TcpFlags.Acknowledgement);
                var atClient = Frames.Read(rig.MustPass(Far(answer)));
                Assert.Equal((client.Destination, client.DestinationPort), (atClient.Source, atClient.SourcePort));
                var next = Frames.Read(rig.MustPass(Near(client with { TcpFlags = TcpFlags.Acknowledgement })));
                Assert.Equal((first.Destination, first.DestinationPort), (next.Destination, next.DestinationPort));
            }
        }

        Assert.Equal(2, backends.Count);
    }

    [Fact]
    public void A_monitor_counts_every_packet_once_whichever_path_it_took()
    {
        using var rig = new WorkerRig(idleTimeout: TimeSpan.FromSeconds(1)).Deploy(Chains.Line(SampleChain.Monitor));
        var frame = SampleChain.Client(false, IpProtocol.Udp, 5, 40000);
        for (var i = 0; i < Rounds; i++)
        {
            rig.MustPass(Near(frame));
        }

        AssertTalker(rig, frame, Rounds);
        // The entry goes and its count is handed over; then the flow begins anew.
        rig.Idle(TimeSpan.FromSeconds(2));
        Assert.Equal(0ul, rig.Worker.FlowEntries);
        AssertTalker(rig, frame, Rounds);
        rig.PassAll([Near(frame), Near(frame)]);
        AssertTalker(rig, frame, Rounds + 2);
    }

    [Fact]
    public void A_NAPT_gives_every_flow_a_port_of_its_own()
    {
        using var rig = new WorkerRig(maximumFlows: 4096).Deploy(Chains.Line(SampleChain.Functions));
        var outside = new HashSet<ushort>();
        for (ushort port = 2000; port < 3000; port++)
        {
            foreach (var host in new byte[] { 1, 2 })
            {
                var sent = Frames.Read(rig.MustPass(Near(SampleChain.Client(false, IpProtocol.Udp, host, port))));
                Assert.True(outside.Add(sent.SourcePort));
                Assert.Equal(sent.SourcePort, Frames.Read(rig.MustPass(Near(SampleChain.Client(false, IpProtocol.Udp, host, port)))).SourcePort);
            }
        }
    }

    [Fact]
    public void A_stateless_firewall_that_passes_fragments_judges_them_without_ports()
    {
        var firewall = new FirewallConfiguration("fw")
        {
            PassFragments = true,
            Rules = [new FirewallRule("dns", new PacketMatch { DestinationPort = new(new PortRange(80, 80)) }, true, null)],
        };
        using var rig = new WorkerRig().Deploy(Chains.Line(firewall));
        var frame = SampleChain.Client(false, IpProtocol.Udp, 5, 40000);
        rig.MustPass(Near(frame));
        Assert.Null(rig.Pass(Near(frame with { Fragment = 0x2000 })));
        rig.MustPass(Near(frame));
        Assert.Equal(2ul, rig.Worker.SlowPathPackets);
    }

    private static void AssertTalker(WorkerRig rig, FrameBuilder frame, int packets)
    {
        var talker = Assert.Single(rig.Report("chain", 1, "mon").TopTalkers);
        Assert.Equal(new Talker(frame.Source, frame.Destination, (ulong)packets, (ulong)(packets * frame.Build().Length)), talker);
    }

    private static byte[] Near(FrameBuilder frame) => (frame with { Vlan = (ushort)Chains.ClientTag }).Build();

    private static byte[] Far(FrameBuilder frame) => (frame with { Vlan = (ushort)Chains.FarTag }).Build();
}

using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;

namespace Metron.Dataplane.Tests;

/// <summary>Tables that are full: what gives way, what is refused, what goes on as before, and what the counters say.</summary>
public sealed class FloodTests
{
    private const int Connections = 64;
    private const int Established = 24;
    private const int Flood = 2_000;
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Acknowledgement;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_flood_of_SYNs_displaces_itself_and_no_established_connection(bool isV6, bool isAnswered)
    {
        using var rig = new WorkerRig(maximumConnections: Connections).Deploy(Chains.Line(SampleChain.Functions));
        var clients = Enumerable.Range(0, Established).Select(i => SampleChain.Client(isV6, IpProtocol.Tcp, 5, (ushort)(2000 + i))).ToList();
        var servers = clients.ConvertAll(client => Open(rig, client));
        for (var i = 0; i < Flood; i++)
        {
            var syn = Syn(isV6, i);
            var sent = Frames.Read(rig.MustPass(Near(syn)));
            if (isAnswered)
            {
                rig.MustPass(Far(SampleChain.Reply(sent)));
            }

            Exchange(rig, clients[i % Established], servers[i % Established]);
        }

        // Somebody else still gets through, from SYN to the last byte.
        var late = SampleChain.Client(isV6, IpProtocol.Tcp, 6, 999);
        Exchange(rig, late, Open(rig, late));

        Assert.Empty(rig.Worker.Drops);
        var firewall = rig.Report("chain", 1, "fw").Counters;
        var nat = rig.Report("chain", 1, "nat").Counters;
        Assert.Equal(((long)Connections, Flood - (Connections - Established) + 1L), (firewall["connections"], firewall["connectionsEvicted"]));
        Assert.Equal(((long)Connections, Flood - (Connections - Established) + 1L), (nat["bindings"], nat["bindingsEvicted"]));
    }

    [Fact]
    public void Established_connections_outlive_their_flow_entries_in_a_flood()
    {
        // More flows of datagrams than the table has entries: the entries of the connections go, the connections do not.
        using var rig = new WorkerRig(maximumFlows: 1024, maximumConnections: 10_000).Deploy(Chains.Line(SampleChain.Functions));
        var client = SampleChain.Client(false, IpProtocol.Tcp, 5, 2000);
        var server = Open(rig, client);
        Exchange(rig, client, server);
        rig.Idle(TimeSpan.FromMilliseconds(50));
        rig.PassAll(Enumerable.Range(0, 5_000).Select(i => Near(Syn(false, i) with { Protocol = IpProtocol.Udp })));
        Assert.InRange(rig.Worker.FlowsEvicted, 3_900ul, 5_000ul);
        var slow = rig.Worker.SlowPathPackets;
        Exchange(rig, client, server);
        Exchange(rig, client, server);
        Assert.Equal(slow + 2, rig.Worker.SlowPathPackets);
        Assert.Empty(rig.Worker.Drops);
    }

    [Fact]
    public void A_flood_of_datagrams_is_refused_when_the_table_is_full_and_established_connections_go_on()
    {
        using var rig = new WorkerRig(maximumConnections: Connections).Deploy(Chains.Line(SampleChain.Functions));
        var client = SampleChain.Client(false, IpProtocol.Tcp, 5, 2000);
        var server = Open(rig, client);
        rig.PassAll(Enumerable.Range(0, Flood).Select(i => Near(Syn(false, i) with { Protocol = IpProtocol.Udp })));
        Exchange(rig, client, server);
        Assert.Equal((ulong)(Flood - (Connections - 1)), rig.Worker.Drops[DropReason.TableFull]);
        Assert.Equal(Flood - (Connections - 1), rig.Report("chain", 1, "fw").Counters["drop.tableFull"]);
    }

    [Fact]
    public void A_chain_with_more_than_its_share_of_flow_entries_gives_up_its_own()
    {
        var other = Chains.Line("other", 1, ScriptedConfiguration.Pass("pass"));
        other = other with
        {
            IngressTags = [other.IngressTags[0] with { Value = 301 }, other.IngressTags[1] with { Value = 303 }],
            EgressTags = [new EgressTag(0, 304, null), new EgressTag(1, 302, null)],
        };
        using var rig = new WorkerRig(maximumFlows: 1024).Deploy(Chains.Line(ScriptedConfiguration.Pass("pass"))).Deploy(other);
        var quiet = Enumerable.Range(0, 200).Select(i => Near(Syn(false, i) with { Protocol = IpProtocol.Udp })).ToList();
        rig.PassAll(quiet);
        rig.Idle(TimeSpan.FromMilliseconds(100)); // the idlest of all from here on
        rig.PassAll(Enumerable.Range(0, 5_000).Select(i => (Syn(false, i) with { Protocol = IpProtocol.Udp, Vlan = 301 }).Build()));
        Assert.Equal((1024ul, 5_200ul - 1024), (rig.Worker.FlowEntries, rig.Worker.FlowsEvicted));

        var slow = rig.Worker.SlowPathPackets;
        Assert.Equal(200, rig.PassAll(quiet).Count);
        Assert.Equal(slow, rig.Worker.SlowPathPackets);
    }

    [Fact]
    public void A_revision_judges_the_next_packet_of_every_flow()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(SampleChain.Functions));
        var client = SampleChain.Client(false, IpProtocol.Tcp, 5, 2000);
        var server = Open(rig, client);
        var datagrams = SampleChain.Client(false, IpProtocol.Udp, 5, 3000);
        rig.MustPass(Near(datagrams));
        Exchange(rig, client, server);
        Assert.Equal(3ul, rig.Worker.FlowEntries);

        var denying = Chains.Line("chain", 2, [Firewall(denied: IpProtocol.Tcp), .. SampleChain.Functions[1..]]);
        rig.Deploy(denying with
        {
            IngressTags = [denying.IngressTags[0] with { Value = 301 }, denying.IngressTags[1] with { Value = 303 }],
            EgressTags = [new EgressTag(0, 304, null), new EgressTag(1, 302, null)],
        });
        Assert.Null(rig.Pass((client with { TcpFlags = TcpFlags.Acknowledgement, Vlan = 301 }).Build()));
        Assert.Null(rig.Pass((server with { TcpFlags = TcpFlags.Acknowledgement, Vlan = 303 }).Build()));
        Assert.Equal(2ul, rig.Worker.Drops[DropReason.NoConnection]);
        Assert.NotNull(rig.Pass((datagrams with { Vlan = 301 }).Build()));

        // What was given up is so for the tags of the revision before as well, within the interval of ageing.
        rig.Idle(TimeSpan.FromMilliseconds(300));
        Assert.Null(rig.Pass(Near(client with { TcpFlags = TcpFlags.Acknowledgement })));
        rig.Undeploy("chain", 1);
        Assert.Equal(1ul, rig.Worker.FlowEntries);
    }

    private static FirewallConfiguration Firewall(byte denied) => new("fw")
    {
        Stateful = true,
        Rules =
        [
            new FirewallRule("denied", new PacketMatch { Protocol = new Condition<byte>(denied) }, false, null),
            new FirewallRule("out", PacketMatch.Any, true, 0),
        ],
    };

    /// <summary>Opens a connection; returns what the server sends.</summary>
    private static FrameBuilder Open(WorkerRig rig, FrameBuilder client)
    {
        var server = SampleChain.Reply(Frames.Read(rig.MustPass(Near(client))));
        rig.MustPass(Far(server));
        rig.MustPass(Near(client with { TcpFlags = TcpFlags.Acknowledgement }));
        Assert.Equal(SynAck, server.TcpFlags);
        return server;
    }

    private static void Exchange(WorkerRig rig, FrameBuilder client, FrameBuilder server)
    {
        rig.MustPass(Near(client with { TcpFlags = TcpFlags.Acknowledgement }));
        rig.MustPass(Far(server with { TcpFlags = TcpFlags.Acknowledgement }));
    }

    private static FrameBuilder Syn(bool isV6, int number) =>
        SampleChain.Client(isV6, IpProtocol.Tcp, (byte)(100 + (number / 1000)), (ushort)(10_000 + number));

    private static byte[] Near(FrameBuilder frame) => (frame with { Vlan = (ushort)Chains.ClientTag }).Build();

    private static byte[] Far(FrameBuilder frame) => (frame with { Vlan = (ushort)Chains.FarTag }).Build();
}

using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Tunnel;

namespace Metron.Dataplane.Tests;

/// <summary>Chains with a function that changes frames are carried out in segments, each with flow entries of its own.</summary>
public sealed class SegmentTests
{
    private static readonly TunnelConfiguration Tunnel = new("tunnel")
    {
        Local = IpAddress.Parse("203.0.113.1"),
        Remote = IpAddress.Parse("203.0.113.2"),
        NetworkIdentifier = 7,
    };

    [Fact]
    public void Later_packets_of_a_flow_are_carried_by_the_entries_of_both_segments()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(SampleChain.Functions[0], Tunnel, new MonitorConfiguration("outer")));
        var first = rig.MustPass(Near(1024));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(first, rig.MustPass(Near(1024)));
        }

        Assert.Equal((2ul, 2), (rig.Worker.SlowPathPackets, (int)rig.Worker.FlowEntries));
        Assert.Equal(((int)Chains.FarEgress, 50), (Frames.Vlan(first), first.Length - Near(1024).Length));
        Assert.Equal((Tunnel.Local, Tunnel.Remote, (ushort)4789), Outer(first));
    }

    [Fact]
    public void Both_directions_of_a_flow_find_the_state_inside_the_tunnel()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(SampleChain.Functions[0], Tunnel));
        Assert.Null(rig.Pass(Answer(1024)));
        Assert.Equal(1ul, rig.Worker.Drops[DropReason.Denied]);
        rig.MustPass(Near(1024));
        var answer = rig.MustPass(Answer(1024));
        Assert.Equal((IpAddress.Parse("192.0.2.9"), (int)Chains.ClientEgress), (Frames.Read(answer).Source, Frames.Vlan(answer)));
        Assert.Null(rig.Pass(Answer(1026)));
    }

    [Fact]
    public void A_packet_is_counted_once_in_the_class_of_its_whole_way()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(new MonitorConfiguration("inner"), Tunnel, new MonitorConfiguration("outer")));
        for (var i = 0; i < 5; i++)
        {
            rig.MustPass(Near(1024));
        }

        var counted = rig.Statistics.Programs.Single().Classes.Where(traffic => traffic.Count.Packets > 0).ToList();
        Assert.Equal([(7, 5ul, 5ul * (uint)(Near(1024).Length - 4 + 50))], counted.Select(traffic => (traffic.ClassId, traffic.Count.Packets, traffic.Count.Bytes)));
    }

    [Fact]
    public void Monitors_count_what_passes_them_on_either_side_of_the_tunnel()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(new MonitorConfiguration("inner"), Tunnel, new MonitorConfiguration("outer")));
        for (var i = 0; i < 5; i++)
        {
            rig.MustPass(Near(1024));
        }

        var (inner, outer) = (rig.Report("chain", 1, "inner").TopTalkers.Single(), rig.Report("chain", 1, "outer").TopTalkers.Single());
        Assert.Equal((5ul, Tunnel.Remote, 5ul), (inner.Packets, outer.Destination, outer.Packets));
        Assert.Equal(5ul * 50, outer.Bytes - inner.Bytes);
    }

    [Fact]
    public void A_frame_without_room_and_one_in_several_segments_are_dropped()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(Tunnel));
        rig.Wire.Inject(Near(1024), firstSegment: 46);
        Assert.Empty(rig.PassAll([]));
        Assert.Equal(1ul, rig.Worker.Drops[DropReason.TooBig]);
    }

    [Fact]
    public void After_an_update_packets_take_the_new_way_and_old_segments_are_used_again()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(Tunnel));
        rig.MustPass(Near(1024));
        for (var revision = 2; revision < 40; revision++)
        {
            rig.Undeploy("chain", revision - 1);
            rig.Deploy(Chains.Line("chain", revision, Tunnel with { Remote = IpAddress.V4((uint)(0xcb007100 + revision)) }));
            Assert.Equal((Tunnel.Local, IpAddress.V4((uint)(0xcb007100 + revision)), (ushort)4789), Outer(rig.MustPass(Near(1024))));
        }
    }

    [Fact]
    public void A_way_out_that_is_none_is_refused_behind_a_tunnel_too()
    {
        var program = Chains.Line(Tunnel);
        using var rig = new WorkerRig().Deploy(program with { EgressTags = [program.EgressTags[0], new EgressTag(1, 0, null, false)] });
        Assert.Null(rig.Pass(Near(1024)));
        Assert.Equal(1ul, rig.Worker.Drops[DropReason.NotAnEgress]);
    }

    private static (IpAddress Source, IpAddress Destination, ushort Port) Outer(byte[] frame)
    {
        var headers = Frames.Read(frame);
        return (headers.Source, headers.Destination, headers.DestinationPort);
    }

    private static byte[] Near(ushort port) => Inner(port).Build();

    private static FrameBuilder Inner(ushort port) => new() { Vlan = (ushort)Chains.ClientTag, SourcePort = port };

    private static byte[] Answer(ushort port)
    {
        var inner = Inner(port);
        var frame = (inner with
        {
            Vlan = null,
            Source = inner.Destination,
            Destination = inner.Source,
            SourcePort = inner.DestinationPort,
            DestinationPort = port,
        }).Build();
        return new FrameBuilder
        {
            Vlan = (ushort)Chains.FarTag,
            Source = Tunnel.Remote,
            Destination = Tunnel.Local,
            SourcePort = 50000,
            DestinationPort = 4789,
            Payload = [8, 0, 0, 0, 0, 0, 7, 0, .. frame],
        }.Build();
    }
}

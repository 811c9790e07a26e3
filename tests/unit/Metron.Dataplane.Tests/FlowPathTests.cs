using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Runtime;

namespace Metron.Dataplane.Tests;

/// <summary>How packets take the slow path once and the fast path then, tags, MACs, counters.</summary>
public sealed class FlowPathTests
{
    private static readonly FrameBuilder Udp = new() { Vlan = (ushort)Chains.ClientTag };
    private static readonly FrameBuilder Tcp = Udp with { Protocol = IpProtocol.Tcp };

    private static readonly ScriptedConfiguration Rewrite = new("rewrite", (_, ref packet, port) =>
    {
        packet.Headers.Source = IpAddress.Parse("198.51.100.1");
        packet.Headers.SourcePort = 5000;
        packet.Headers.TimeToLive--;
        packet.Headers.EthernetDestination = MacAddress.Parse("02:00:00:00:00:99");
        packet.DependOn(4);
        return Verdict.Forward(1 - port, 0);
    });

    [Fact]
    public void The_first_packet_asks_the_functions_and_the_next_ones_are_treated_alike_without()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(Rewrite));
        var function = (ScriptedFunction)rig.Function("chain", 1, "rewrite");
        var first = rig.Pass(Udp.Build());
        var sent = rig.PassAll(Enumerable.Repeat(Udp.Build(), 100));

        var expected = Udp with
        {
            Vlan = (ushort)Chains.FarEgress,
            Source = IpAddress.Parse("198.51.100.1"),
            SourcePort = 5000,
            TimeToLive = 63,
            EthernetDestination = MacAddress.Parse("02:00:00:00:00:99"),
        };
        Assert.Equal(expected.Build(), first);
        Assert.Equal(100, sent.Count);
        Assert.All(sent, frame => Assert.Equal(expected.Build(), frame));
        Assert.Single(function.Asked);
        Assert.Equal([(4, function.Attached[0].Flow)], function.Attached);
        Assert.Equal((1ul, 1ul), (rig.Worker.SlowPathPackets, rig.Worker.FlowsCreated));
        Assert.InRange(rig.Worker.FlowBytes, 64ul + 16 + 12, 64ul * 1024);
    }

    [Fact]
    public void Packets_of_one_burst_that_begin_a_flow_ask_once()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(Rewrite));
        rig.PassAll(Enumerable.Repeat(Udp.Build(), 32));
        Assert.Single(((ScriptedFunction)rig.Function("chain", 1, "rewrite")).Asked);
    }

    [Fact]
    public void The_priority_bits_of_the_tag_are_kept()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(Rewrite));
        var frame = Udp.Build();
        frame[14] |= 0xb0;
        for (var i = 0; i < 2; i++)
        {
            var sent = rig.Pass(frame)!;
            Assert.Equal(0xb0, sent[14] & 0xf0);
            Assert.Equal((int)Chains.FarEgress, Frames.Vlan(sent));
        }
    }

    [Fact]
    public void MAC_tags_come_in_the_destination_and_leave_in_the_source()
    {
        var peer = MacAddress.Parse("02:00:00:00:00:42");
        var program = Chains.Line(ScriptedConfiguration.Pass("pass")) with
        {
            TagKind = TagKind.Mac,
            EgressTags = [new EgressTag(0, 0x1234, null), new EgressTag(1, 0x123456, peer)],
        };
        using var rig = new WorkerRig().Deploy(program);
        var frame = Udp with { Vlan = null, EthernetDestination = DispatchTag.ToMac(Chains.ClientTag) };
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(
                (frame with { EthernetDestination = peer, EthernetSource = DispatchTag.ToMac(0x123456) }).Build(), rig.Pass(frame.Build()));
        }

        rig.Pass(Udp.Build());
        Assert.Equal(1ul, rig.Worker.Drops[DropReason.VlanTagged]);
    }

    [Theory]
    [InlineData(true, "02:00:00:00:00:99")]
    [InlineData(false, "02:00:00:00:00:42")]
    public void The_peer_MAC_is_written_only_when_no_function_wrote_one(bool writes, string expected)
    {
        var function = writes ? Rewrite : ScriptedConfiguration.Pass("pass");
        var program = Chains.Line(function) with
        {
            EgressTags = [new EgressTag(1, Chains.FarEgress, MacAddress.Parse("02:00:00:00:00:42"))],
        };
        using var rig = new WorkerRig().Deploy(program);
        Assert.Equal(expected, Frames.Read(rig.Pass(Udp.Build())).EthernetDestination.ToString());
        Assert.Equal(expected, Frames.Read(rig.Pass(Udp.Build())).EthernetDestination.ToString());
    }

    [Fact]
    public void A_MAC_that_a_function_writes_is_written_also_over_another_packets_different_one()
    {
        // The first packet happens to carry the very address that the function writes.
        using var rig = new WorkerRig().Deploy(Chains.Line(Rewrite));
        rig.Pass((Udp with { EthernetDestination = MacAddress.Parse("02:00:00:00:00:99") }).Build());
        Assert.Equal("02:00:00:00:00:99", Frames.Read(rig.Pass(Udp.Build())).EthernetDestination.ToString());
    }

    [Fact]
    public void Untagged_frames_enter_where_they_are_said_to_and_leave_untagged()
    {
        using var rig = new WorkerRig(untaggedIngress: Chains.ClientTag).Deploy(Chains.Line(Rewrite));
        var frame = Udp with { Vlan = null };
        var expected = frame with
        {
            Source = IpAddress.Parse("198.51.100.1"),
            SourcePort = 5000,
            TimeToLive = 63,
            EthernetDestination = MacAddress.Parse("02:00:00:00:00:99"),
        };
        Assert.Equal(expected.Build(), rig.Pass(frame.Build()));
        Assert.Equal((int)Chains.FarEgress, Frames.Vlan(rig.Pass(Udp.Build())));
        Assert.Equal(expected.Build(), rig.Pass(frame.Build()));
        Assert.Equal((int)Chains.FarEgress, Frames.Vlan(rig.Pass(Udp.Build())));
    }

    [Fact]
    public void IPv6_flows_are_cached_too()
    {
        var frame = Udp with { Source = IpAddress.Parse("2001:db8:1::5"), Destination = IpAddress.Parse("2001:db8:2::9") };
        var function = new ScriptedConfiguration("rewrite", (_, ref packet, port) =>
        {
            packet.Headers.Destination = IpAddress.Parse("2001:db8:3::1");
            packet.Headers.DestinationPort = 99;
            packet.Headers.TimeToLive--;
            return Verdict.Forward(1 - port, 0);
        });
        using var rig = new WorkerRig().Deploy(Chains.Line(function));
        var expected = (frame with
        {
            Vlan = (ushort)Chains.FarEgress,
            Destination = IpAddress.Parse("2001:db8:3::1"),
            DestinationPort = 99,
            TimeToLive = 63,
        }).Build();
        Assert.All(rig.PassAll(Enumerable.Repeat(frame.Build(), 40)), sent => Assert.Equal(expected, sent));
        Assert.Equal(1ul, rig.Worker.SlowPathPackets);
    }

    [Theory]
    [InlineData(TcpFlags.Syn)]
    [InlineData(TcpFlags.Fin | TcpFlags.Acknowledgement)]
    [InlineData(TcpFlags.Reset)]
    public void SYN_FIN_and_RST_ask_each_time(TcpFlags flags)
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(ScriptedConfiguration.Pass("pass")));
        rig.PassAll(Enumerable.Repeat((Tcp with { TcpFlags = flags }).Build(), 3));
        rig.PassAll(Enumerable.Repeat(Tcp.Build(), 3));
        Assert.Equal(3ul, rig.Worker.SlowPathPackets);
        Assert.Equal((1ul, 3ul), (rig.Worker.FlowEntries, rig.Worker.FlowsCreated));
    }

    [Fact]
    public void A_packet_that_is_not_to_be_cached_removes_its_flows_entry()
    {
        var function = new ScriptedConfiguration("pass", (_, ref packet, port) =>
        {
            packet.DependOn(1);
            return (packet.Headers.TcpFlags & TcpFlags.Fin) != 0 ? Verdict.ForwardOnce(1 - port, 0) : Verdict.Forward(1 - port, 0);
        });
        using var rig = new WorkerRig().Deploy(Chains.Line(function));
        var scripted = (ScriptedFunction)rig.Function("chain", 1, "pass");
        rig.PassAll([Tcp.Build(), Tcp.Build(), Tcp.Build()]);
        Assert.Single(scripted.Live);
        rig.Pass((Tcp with { TcpFlags = TcpFlags.Fin }).Build());
        Assert.Empty(scripted.Live);
        Assert.Equal((2ul, 2ul * (ulong)(Tcp with { Vlan = null }).Build().Length), (scripted.Detached[0].Packets, scripted.Detached[0].Bytes));
    }

    [Fact]
    public void A_dropped_packet_leaves_its_flows_entry_alone()
    {
        var function = new ScriptedConfiguration("pass", (_, ref packet, port) => (packet.Headers.TcpFlags & TcpFlags.Syn) != 0
            ? Verdict.Drop(DropReason.Denied)
            : Verdict.Forward(1 - port, 0));
        using var rig = new WorkerRig().Deploy(Chains.Line(function));
        rig.PassAll([Tcp.Build(), (Tcp with { TcpFlags = TcpFlags.Syn }).Build(), Tcp.Build()]);
        Assert.Equal((2ul, 1ul), (rig.Worker.SlowPathPackets, rig.Worker.FlowEntries));
    }

    [Fact]
    public void A_flow_that_is_begun_anew_has_one_entry_and_its_state_is_never_without()
    {
        var lowest = int.MaxValue;
        var function = new ScriptedConfiguration("pass", (self, ref packet, port) =>
        {
            lowest = self.Attached.Count > 0 ? Math.Min(lowest, self.Live.Count) : lowest;
            packet.DependOn(1);
            return Verdict.Forward(1 - port, 0);
        });
        using var rig = new WorkerRig().Deploy(Chains.Line(function));
        rig.PassAll(Enumerable.Repeat((Tcp with { TcpFlags = TcpFlags.Syn }).Build(), 5));
        var scripted = (ScriptedFunction)rig.Function("chain", 1, "pass");
        Assert.Equal((5, 4, 1), (scripted.Attached.Count, scripted.Detached.Count, lowest));
        Assert.Equal(1ul, rig.Worker.FlowEntries);
    }

    [Theory]
    [InlineData(3, 2, true)]
    [InlineData(2, 2, false)]
    [InlineData(1, 2, false)]
    [InlineData(2, 1, true)]
    [InlineData(1, 1, false)]
    public void The_TTL_is_judged_for_each_packet_of_a_cached_flow(byte timeToLive, int routers, bool passes)
    {
        var router = new ScriptedConfiguration("router", (_, ref packet, port) =>
        {
            packet.Headers.TimeToLive--;
            return packet.Headers.TimeToLive == 0 ? Verdict.Drop(DropReason.TimeToLiveExpired) : Verdict.Forward(1 - port, 0);
        });
        using var rig = new WorkerRig().Deploy(Chains.Line([.. Enumerable.Range(0, routers).Select(i => router with { Name = $"r{i}" })]));
        rig.Pass(Udp.Build());
        var sent = rig.Pass((Udp with { TimeToLive = timeToLive }).Build());
        Assert.Equal(passes, sent is not null);
        if (passes)
        {
            Assert.Equal(timeToLive - routers, Frames.Read(sent).TimeToLive);
        }
        else
        {
            Assert.Equal(1ul, rig.Worker.Drops[DropReason.TimeToLiveExpired]);
        }
    }

    [Fact]
    public void A_packet_with_a_TTL_of_1_passes_a_chain_that_does_not_route()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(ScriptedConfiguration.Pass("pass")));
        var frame = (Udp with { TimeToLive = 1 }).Build();
        Assert.Equal(2, rig.PassAll([frame, frame]).Count);
        Assert.Equal(2ul, rig.Worker.SlowPathPackets);
    }

    [Fact]
    public void ICMP_queries_and_replies_with_one_identifier_are_different_flows()
    {
        var function = new ScriptedConfiguration("nat", (_, ref packet, port) =>
        {
            packet.Headers.SourcePort = (ushort)(packet.Headers.IcmpKind == IcmpKind.Query ? 1 : 2);
            packet.Headers.DestinationPort = packet.Headers.SourcePort;
            return Verdict.Forward(1 - port, 0);
        });
        using var rig = new WorkerRig().Deploy(Chains.Line(function));
        foreach (var isV6 in new[] { false, true })
        {
            var query = new FrameBuilder
            {
                Vlan = (ushort)Chains.ClientTag,
                Source = IpAddress.Parse(isV6 ? "2001:db8:1::5" : "10.0.0.5"),
                Destination = IpAddress.Parse(isV6 ? "2001:db8:2::9" : "192.0.2.9"),
                Protocol = isV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp,
                IcmpType = (byte)(isV6 ? 128 : 8),
            };
            var reply = query with { IcmpType = (byte)(isV6 ? 129 : 0) };
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal(1, Frames.Read(rig.Pass(query.Build())).SourcePort);
                Assert.Equal(2, Frames.Read(rig.Pass(reply.Build())).SourcePort);
            }
        }

        Assert.Equal(4ul, rig.Worker.SlowPathPackets);
    }

    [Fact]
    public void What_left_is_counted_by_class_with_bytes_as_the_endpoint_sees_them()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(ScriptedConfiguration.Pass("a"), ScriptedConfiguration.Pass("b")));
        rig.PassAll(Enumerable.Repeat(Udp.Build(), 5));
        rig.PassAll(Enumerable.Repeat((Udp with { Vlan = (ushort)Chains.FarTag }).Build(), 3));
        var length = (ulong)(Udp with { Vlan = null }).Build().Length;
        Assert.Equal(
            [new ClassStatistics(7, 0, new PacketCount(5, 5 * length)), new ClassStatistics(9, 0, new PacketCount(3, 3 * length))],
            rig.Statistics.Programs.Single().Classes);
        Assert.Equal(new PacketCount(8, 8 * (length + 4)), rig.Worker.Received);
        Assert.Equal(new PacketCount(8, 8 * (length + 4)), rig.Worker.Sent);
    }

    [Fact]
    public void What_belongs_to_no_class_is_counted_apart()
    {
        var function = new ScriptedConfiguration("odd", (_, ref _, port) => Verdict.Forward(1 - port, 3));
        using var rig = new WorkerRig().Deploy(Chains.Line(function));
        rig.PassAll([Udp.Build(), Udp.Build()]);
        Assert.Equal(2ul, rig.Statistics.Programs.Single().Classes.Single(item => item.ClassId == ClassStatistics.Unclassified).Count.Packets);
    }

    [Fact]
    public void A_frame_in_several_segments_needs_only_its_headers_in_the_first()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(Rewrite));
        var frame = (Udp with { Payload = new byte[1500] }).Build();
        for (var i = 0; i < 2; i++)
        {
            rig.Wire.Inject(frame, firstSegment: 64);
            rig.Poll();
            Assert.Equal(64, rig.Wire.TakeSent().Single().Length);
        }

        Assert.Equal((ulong)frame.Length * 2, rig.Worker.Sent.Bytes);
        Assert.Equal(1ul, rig.Worker.SlowPathPackets);
    }
}

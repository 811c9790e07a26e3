using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Runtime;

namespace Metron.Dataplane.Tests;

/// <summary>Every packet that does not get through has a named reason, and its mbuf is freed.</summary>
public sealed class DropTests
{
    private static readonly FrameBuilder Udp = new() { Vlan = (ushort)Chains.ClientTag };

    public static TheoryData<string, DropReason> Bad => new()
    {
        { "short", DropReason.Truncated },
        { "cut", DropReason.Truncated },
        { "version", DropReason.MalformedHeader },
        { "checksum", DropReason.BadChecksum },
        { "arp", DropReason.NotIp },
        { "vlan behind the tag", DropReason.VlanTagged },
        { "unknown tag", DropReason.UnknownTag },
        { "no tag", DropReason.UnknownTag },
        { "martian", DropReason.MartianAddress },
        { "options", DropReason.IpOptions },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_bad_frame_is_dropped_and_counted_by_its_reason(string kind, DropReason expected)
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(ScriptedConfiguration.Pass("pass")));
        // A flow entry must not let bad packets of its flow pass.
        rig.Pass(Udp.Build());
        Assert.Null(rig.Pass(Break(kind)));
        Assert.Equal(new Dictionary<DropReason, ulong> { [expected] = 1 }, rig.Worker.Drops);
        Assert.Equal(1, rig.Wire.Freed);
        Assert.NotNull(rig.Pass(Udp.Build()));
    }

    [Fact]
    public void Without_a_program_no_tag_is_known()
    {
        using var rig = new WorkerRig();
        rig.PassAll([Udp.Build(), (Udp with { Vlan = null }).Build()]);
        Assert.Equal(new Dictionary<DropReason, ulong> { [DropReason.UnknownTag] = 2 }, rig.Worker.Drops);
    }

    [Fact]
    public void A_drop_by_a_function_is_counted_for_it_and_for_the_worker()
    {
        var deny = new ScriptedConfiguration("deny", (_, ref _, _) => Verdict.Drop(DropReason.Denied));
        using var rig = new WorkerRig().Deploy(Chains.Line(ScriptedConfiguration.Pass("pass"), deny));
        rig.PassAll([Udp.Build(), Udp.Build()]);
        Assert.Equal(2ul, rig.Worker.Drops[DropReason.Denied]);
        var functions = rig.Statistics.Programs.Single().Functions;
        Assert.Equal(2ul, functions.Single(function => function.Function == "deny").Drops[DropReason.Denied]);
        Assert.Empty(functions.Single(function => function.Function == "pass").Drops);
        Assert.Equal(0ul, rig.Worker.FlowEntries);
    }

    [Fact]
    public void A_packet_that_comes_to_the_same_port_again_is_a_routing_loop()
    {
        var back = new ScriptedConfiguration("back", (_, ref _, port) => Verdict.Forward(port, 0));
        // Two functions that send each other what they get: the first one's outside and the second one's inside.
        using var rig = new WorkerRig().Deploy(Chains.Line(
            new ScriptedConfiguration("first", (_, ref _, _) => Verdict.Forward(1, 0)), back));
        Assert.Null(rig.Pass(Udp.Build()));
        Assert.Equal(1ul, rig.Worker.Drops[DropReason.RoutingLoop]);
        Assert.Null(rig.Pass(Udp.Build()));
        Assert.Equal(2ul, rig.Worker.Drops[DropReason.RoutingLoop]);
    }

    [Fact]
    public void Nothing_leaves_by_an_endpoint_that_is_ingress_only_or_unwired()
    {
        var program = Chains.Line(ScriptedConfiguration.Pass("pass"));
        using var ingressOnly = new WorkerRig().Deploy(program with { EgressTags = [new EgressTag(1, 0, null, IsEgress: false)] });
        using var unwired = new WorkerRig().Deploy(program with { Wires = [] });
        Assert.Null(ingressOnly.Pass(Udp.Build()));
        Assert.Null(unwired.Pass(Udp.Build()));
        Assert.Equal(1ul, ingressOnly.Worker.Drops[DropReason.NotAnEgress]);
        Assert.Equal(1ul, unwired.Worker.Drops[DropReason.NotAnEgress]);
    }

    [Fact]
    public void A_tag_of_another_worker_is_named_so()
    {
        using var rig = new WorkerRig(workers: 2).Deploy(Chains.Line(ScriptedConfiguration.Pass("pass")).Spread(2));
        Assert.NotNull(rig.Pass((Udp with { Vlan = 102 }).Build(), worker: 1));
        Assert.Null(rig.Pass((Udp with { Vlan = 102 }).Build(), worker: 0));
        Assert.Equal(1ul, rig.Worker.Drops[DropReason.WrongWorker]);
    }

    [Fact]
    public void What_the_transmit_queue_does_not_take_is_freed_and_counted()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(ScriptedConfiguration.Pass("pass")));
        rig.Wire.SendLimits.Enqueue(5);
        rig.Wire.SendLimits.Enqueue(0);
        var sent = rig.PassAll(Enumerable.Repeat(Udp.Build(), 64));
        Assert.Equal(5, sent.Count);
        Assert.Equal(59, rig.Wire.Freed);
        Assert.Equal((59ul, 5ul), (rig.Worker.Drops[DropReason.TransmitQueueFull], rig.Worker.Sent.Packets));
        Assert.Equal((ulong)(5 * Udp.Build().Length), rig.Worker.Sent.Bytes);
    }

    [Fact]
    public void Every_mbuf_is_sent_or_freed_exactly_once_whatever_happens()
    {
        var random = new Random(5);
        var moody = new ScriptedConfiguration("moody", (_, ref packet, port) => random.Next(4) switch
        {
            0 => Verdict.Drop(DropReason.Denied),
            1 => Verdict.ForwardOnce(1 - port, 0),
            _ => Verdict.Forward(1 - port, 0),
        });
        using var rig = new WorkerRig().Deploy(Chains.Line(moody));
        var kinds = Bad.Select(row => (string)row[0]).ToList();
        var total = 0;
        for (var round = 0; round < 200; round++)
        {
            rig.Wire.SendLimits.Enqueue(random.Next(40));
            var frames = Enumerable.Range(0, random.Next(1, 100)).Select(_ => random.Next(5) == 0
                ? Break(kinds[random.Next(kinds.Count)])
                : (Udp with { SourcePort = (ushort)random.Next(1, 200) }).Build()).ToList();
            total += frames.Count;
            // MemoryWire fails on an mbuf that is sent or freed twice; PassAll, on one that is kept.
            rig.PassAll(frames);
        }

        var worker = rig.Worker;
        Assert.Equal((ulong)total, worker.Received.Packets);
        Assert.Equal((ulong)total, worker.Sent.Packets + (ulong)worker.Drops.Values.Sum(count => (long)count));
    }

    private static byte[] Break(string kind)
    {
        var frame = Udp.Build();
        switch (kind)
        {
            case "short":
                return frame[..13];
            case "cut":
                return frame[..40];
            case "version":
                frame[18] = 0x75;
                break;
            case "checksum":
                frame[28] ^= 0x55;
                break;
            case "arp":
                frame[16] = 0x08;
                frame[17] = 0x06;
                break;
            case "vlan behind the tag":
                frame[16] = 0x81;
                frame[17] = 0x00;
                break;
            case "unknown tag":
                return (Udp with { Vlan = 999 }).Build();
            case "no tag":
                return (Udp with { Vlan = null }).Build();
            case "martian":
                return (Udp with { Source = IpAddress.Parse("127.0.0.1") }).Build();
            case "options":
                // Record route, 4 bytes; the packet becomes longer by them.
                byte[] longer = [.. frame[..38], 7, 4, 4, 0, .. frame[38..]];
                longer[18] = 0x46;
                longer[21] += 4;
                longer[28] = longer[29] = 0;
                var checksum = FrameBuilder.NaiveChecksum(longer.AsSpan(18, 24));
                longer[28] = (byte)(checksum >> 8);
                longer[29] = (byte)checksum;
                return longer;
        }

        return frame;
    }
}

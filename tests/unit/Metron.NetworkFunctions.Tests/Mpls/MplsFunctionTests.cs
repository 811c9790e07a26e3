using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Mpls;
using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Tests.Tunnel;
using Metron.Packets;

namespace Metron.NetworkFunctions.Tests.Mpls;

public sealed class MplsFunctionTests
{
    private const int Inside = 0;
    private const int Outside = 1;
    private static readonly Dictionary<string, (byte[] Plain, byte[] Wrapped)> Vectors = TunnelFunctionTests.Read("frames.txt");

    [Theory]
    [InlineData("uniform-udp4")]
    [InlineData("uniform-tcp6")]
    [InlineData("pipe-udp4")]
    [InlineData("pipe-tcp6")]
    public void A_packet_gets_the_label_that_scapy_gives_it_and_loses_it_on_the_way_back(string name)
    {
        var (plain, labelled) = Vectors[name];
        var function = new MplsFunction(Edge(name));
        var frame = new FrameInBuffer([.. plain, 0, 0]); // padding is not carried
        Assert.Equal(Verdict.ForwardOnce(Outside, MplsDeclaration.Outward), frame.Show(function, Inside));
        Assert.Equal(Convert.ToHexString(labelled), Convert.ToHexString(frame.Frame));

        var back = new FrameInBuffer(frame.Frame);
        Assert.Equal(Verdict.ForwardOnce(Inside, MplsDeclaration.Inward), back.Show(function, Outside));
        Assert.Equal(Convert.ToHexString(plain), Convert.ToHexString(back.Frame));
    }

    [Theory]
    [InlineData("swap-udp4")]
    [InlineData("swap-tcp6")]
    public void The_topmost_label_is_swapped_as_scapy_says(string name)
    {
        var (inside, outside) = Vectors[name];
        var function = new MplsFunction(new MplsConfiguration("swap") { Swaps = [new LabelPair(16, 1_048_575), new LabelPair(17, 18)] });
        var frame = new FrameInBuffer(inside);
        Assert.Equal(Verdict.ForwardOnce(Outside, MplsDeclaration.Outward), frame.Show(function, Inside));
        Assert.Equal(Convert.ToHexString(outside), Convert.ToHexString(frame.Frame));

        Assert.Equal(Verdict.ForwardOnce(Inside, MplsDeclaration.Inward), frame.Show(function, Outside));
        Assert.Equal((byte)7, frame.Frame[17]);
        Assert.Equal(Verdict.Drop(DropReason.UnknownLabel), new FrameInBuffer(inside).Show(function, Outside));
    }

    [Theory]
    [InlineData(2, DropReason.None)]
    [InlineData(1, DropReason.TimeToLiveExpired)]
    [InlineData(0, DropReason.TimeToLiveExpired)]
    public void A_label_whose_time_is_over_is_not_swapped(byte timeToLive, DropReason expected)
    {
        var frame = Vectors["swap-udp4"].Plain.ToArray();
        frame[17] = timeToLive;
        var function = new MplsFunction(new MplsConfiguration("swap") { Swaps = [new LabelPair(16, 20)] });
        Assert.Equal(expected, new FrameInBuffer(frame).Show(function, Inside).Reason);
    }

    [Theory]
    [InlineData(5, 5)] // what the labels' path took counts
    [InlineData(61, 61)]
    [InlineData(200, 61)] // never raised
    public void In_the_uniform_model_a_packet_gets_the_lower_time_to_live(byte label, byte expected)
    {
        var frame = Vectors["uniform-udp4"].Wrapped.ToArray();
        frame[17] = label;
        var shown = new FrameInBuffer(frame);
        Assert.False(shown.Show(new MplsFunction(Edge("uniform-")), Outside).IsDrop);
        Assert.Equal(expected, shown.Frame[22]);
        Assert.Equal(0, InternetChecksum.Compute(shown.Frame.AsSpan(14, 20)));
    }

    [Theory]
    [InlineData("uniform-udp4", 0u, DropReason.None)]
    [InlineData("uniform-tcp6", 2u, DropReason.None)]
    [InlineData("uniform-udp4", 2u, DropReason.UnsupportedProtocol)]
    [InlineData("uniform-tcp6", 0u, DropReason.UnsupportedProtocol)]
    [InlineData("uniform-udp4", 3u, DropReason.UnknownLabel)]
    [InlineData("uniform-udp4", 1002u, DropReason.UnknownLabel)]
    public void Only_the_own_label_and_the_right_explicit_null_are_taken(string name, uint label, DropReason expected)
    {
        var frame = Vectors[name].Wrapped.ToArray();
        (frame[14], frame[15], frame[16]) = ((byte)(label >> 12), (byte)(label >> 4), (byte)((label << 4) | 1));
        Assert.Equal(expected, new FrameInBuffer(frame).Show(new MplsFunction(Edge("uniform-")), Outside).Reason);
    }

    [Fact]
    public void Labels_below_what_is_no_ip_and_what_is_too_short_are_dropped()
    {
        var function = new MplsFunction(Edge("uniform-"));
        var frame = Vectors["uniform-udp4"].Wrapped;
        Assert.Equal(DropReason.UnknownLabel, Changed(frame, 16, 0xfe).Show(function, Outside).Reason);
        Assert.Equal(DropReason.UnsupportedProtocol, Changed(frame, 18, 0x0f).Show(function, Outside).Reason);
        Assert.Equal(DropReason.UnknownLabel, new FrameInBuffer(Vectors["uniform-udp4"].Plain).Show(function, Outside).Reason);
        for (var length = 14; length < frame.Length; length++)
        {
            Assert.Equal(length < 19, new FrameInBuffer(frame[..length], tailroom: 0).Show(function, Outside).Reason == DropReason.Truncated);
        }
    }

    [Fact]
    public void What_does_not_fit_is_turned_back_as_an_error()
    {
        var function = new MplsFunction(new MplsConfiguration("edge") { Edge = new MplsEdge(1001, 1001) { Mtu = 60 } });
        var frame = new FrameInBuffer(Vectors["uniform-tcp6"].Plain);
        Assert.Equal(Verdict.ForwardOnce(Inside, -1), frame.Show(function, Inside));
        Assert.Equal((2, 56), (frame.Frame[54], frame.Frame[61]));
        Assert.Equal(DropReason.TooBig, new FrameInBuffer([.. Vectors["uniform-udp4"].Plain]).Show(
            new MplsFunction(new MplsConfiguration("edge") { Edge = new MplsEdge(1001, 1001) { Mtu = 40 } }), Inside).Reason);
    }

    [Fact]
    public void Nothing_is_allocated_for_a_frame_and_what_was_counted_lives_on()
    {
        var edge = new MplsFunction(Edge("uniform-"));
        var plain = Vectors["uniform-udp4"].Plain;
        var buffer = new byte[512];
        for (var i = 0; i < 2; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            plain.CopyTo(buffer, 128);
            var packet = new FramePacket(buffer, 128, plain.Length, 14, 0);
            edge.ProcessFrame(ref packet, Inside);
            edge.ProcessFrame(ref packet, Outside);
            Assert.True(i == 0 || GC.GetAllocatedBytesForCurrentThread() == before);
        }

        var function = new MplsFunction(Edge("uniform-"));
        function.Adopt(edge);
        var report = new FunctionReport();
        function.Report(new TestWorker(function), report);
        Assert.Equal((2, 2, 0), (report.Counters["pushed"], report.Counters["popped"], report.Counters["swapped"]));
    }

    [Fact]
    public void Only_the_inside_of_an_edge_has_packets()
    {
        var (edge, swap) = (Edge("uniform-"), new MplsConfiguration("swap") { Swaps = [new LabelPair(16, 17)] });
        Assert.Equal((LinkFrames.Ip, LinkFrames.Labelled), (edge.FramesAt(Inside), edge.FramesAt(Outside)));
        Assert.Equal((LinkFrames.Labelled, LinkFrames.Labelled), (swap.FramesAt(Inside), swap.FramesAt(Outside)));
        Assert.Equal((false, true, true), (new MplsFunction(edge).TakesRawFrames(Inside), new MplsFunction(edge).TakesRawFrames(Outside), new MplsFunction(swap).TakesRawFrames(Inside)));
    }

    private static FrameInBuffer Changed(byte[] frame, int at, byte mask)
    {
        var changed = frame.ToArray();
        changed[at] &= mask;
        return new FrameInBuffer(changed);
    }

    private static MplsConfiguration Edge(string name) => new("edge")
    {
        Edge = name.StartsWith("pipe", StringComparison.Ordinal)
            ? new MplsEdge(1_048_575, 1_048_575) { TimeToLive = 255, TrafficClass = 3 }
            : new MplsEdge(1001, 1001),
    };
}

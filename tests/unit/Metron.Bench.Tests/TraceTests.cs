using System.Security.Cryptography;
using Metron.Bench.Traces;

namespace Metron.Bench.Tests;

public class TraceTests
{
    private static readonly Trace s_small = new("small", 200, 2_000);

    [Fact]
    public void A_trace_is_the_same_bytes_each_time() =>
        Assert.Equal(Digest(s_small.BuildFrames()), Digest(s_small.BuildFrames()));

    [Theory]
    [InlineData("T1", "1AEA0ACE")]
    [InlineData("T2", "DD5DB68C")]
    [InlineData("T3", "27CCC9F5")]
    [InlineData("T6", "9A3DFC3D")]
    public void The_bytes_of_a_trace_have_not_changed(string name, string digest)
    {
        // Figures of different versions are of the same traces.
        Assert.Equal(digest, Digest(Trace.Known.Single(trace => trace.Name == name).BuildFrames().Take(2_000)));
    }

    [Fact]
    public void All_flows_of_a_trace_are_different()
    {
        var flows = new Trace("many", 300_000, 1).BuildFlows();
        Assert.Equal(flows.Count, flows.Distinct().Count());
        Assert.Equal(flows.Count, flows.Select(flow => flow.Source).Distinct().Count());
    }

    [Theory]
    [InlineData(10)]
    [InlineData(50)]
    [InlineData(100)]
    public void The_stated_share_of_packets_is_of_flows_of_their_own(int percent)
    {
        var trace = s_small with { NewFlowsPercent = percent };
        var flows = trace.BuildFlows().ToHashSet();
        var strangers = trace.BuildFrames().Select(FlowOf).Where(flow => !flows.Contains(flow)).ToList();
        Assert.Equal(trace.Packets * percent / 100, strangers.Count);
        Assert.Equal(strangers.Count, strangers.Distinct().Count());
        Assert.Subset(flows.Select(flow => (flow.Source, flow.SourcePort)).ToHashSet(), strangers.Select(flow => (flow.Source, flow.SourcePort)).ToHashSet());
    }

    [Fact]
    public void Each_of_two_workers_gets_its_own_tag_and_its_own_flows()
    {
        var trace = s_small with { Workers = 2 };
        for (var worker = 0; worker < 2; worker++)
        {
            Assert.All(trace.BuildFrames(worker), frame =>
            {
                Assert.Equal(worker, FlowOf(frame).WorkerOfTwo);
                Assert.Equal(Flow.TagMac + (ulong)worker, new ParsedFrame(frame).DestinationMac.Value);
            });
        }
    }

    [Fact]
    public void All_destinations_are_among_the_services()
    {
        var trace = s_small with { Services = 5, DestinationPort = 443 };
        var destinations = trace.BuildFlows().Select(flow => (uint)flow.Destination).Distinct().Order();
        Assert.Equal([0xc612_0000, 0xc612_0080, 0xc612_0100, 0xc612_0180, 0xc612_0200], destinations);
    }

    [Theory]
    [InlineData("T2", 262_143, false)]
    [InlineData("T4", 262_143, false)]
    [InlineData("T5", 4_194_303, true)]
    public void A_pool_has_more_mbufs_than_the_trace_has_packets(string name, int mbufs, bool areSmall)
    {
        var trace = Trace.Known.Single(known => known.Name == name);
        Assert.Equal(mbufs, trace.Mbufs);
        Assert.Equal(areSmall, trace.HasSmallMbufs);
        Assert.All(Trace.Known, known => Assert.True(known.Mbufs > known.Packets));
    }

    private static string Digest(IEnumerable<byte[]> frames) => Convert.ToHexString(SHA256.HashData([.. frames.SelectMany(frame => frame)]))[..8];

    private static Flow FlowOf(byte[] bytes)
    {
        var frame = new ParsedFrame(bytes);
        return new Flow(frame.Source, frame.Destination, frame.SourcePort, frame.DestinationPort, frame.IsV6);
    }
}

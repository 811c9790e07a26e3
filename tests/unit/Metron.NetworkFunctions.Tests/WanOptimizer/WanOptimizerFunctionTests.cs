using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.WanOptimizer;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.WanOptimizer;

public class WanOptimizerFunctionTests
{
    [Theory]
    [InlineData("10.0.0.1", "203.0.113.5", 1400, 1460, 1360)]
    [InlineData("10.0.0.1", "203.0.113.5", 1400, 1360, 1360)]
    [InlineData("10.0.0.1", "203.0.113.5", 1400, 536, 536)]
    [InlineData("10.0.0.1", "203.0.113.5", 576, 1460, 536)]
    [InlineData("10.0.0.1", "203.0.113.5", 65535, 65535, 65495)]
    [InlineData("fd00::1", "2001:db8::5", 1400, 1440, 1340)]
    [InlineData("fd00::1", "2001:db8::5", 1000, 1440, 1220)] // IPv6 takes 1280 bytes everywhere
    [InlineData("10.0.0.1", "203.0.113.5", 1400, 0, 0)] // none announced
    public void What_a_SYN_announces_is_lowered_to_what_the_path_takes(string client, string server, int mtu, int announced, int expected)
    {
        foreach (var (flags, port) in new[] { (Syn, Inside), (SynAck, Outside) })
        {
            var packet = new FlowPacket { Headers = Tcp(client, 1, server, 2, flags), SegmentSize = (ushort)announced };
            var verdict = Make(mtu).Process(ref packet, port);
            Assert.Equal(expected, packet.SegmentSize);
            Assert.Equal(Verdict.Forward(1 - port, WanOptimizerFunction.PassOutcome), verdict);
        }
    }

    [Fact]
    public void All_else_passes_unchanged()
    {
        var worker = new TestWorker(Make(576));
        foreach (var packet in new[] { Tcp("10.0.0.1", 1, "203.0.113.5", 2, Ack), Udp("10.0.0.1", 1, "203.0.113.5", 2), Ping("fd00::1", "2001:db8::5", 3) })
        {
            Assert.Equal(packet, worker.Pass(packet, Inside));
            Assert.True(worker.Verdict.Cacheable);
        }

        var about = Tcp("10.0.0.1", 1, "203.0.113.5", 2, Ack);
        var (outer, embedded) = worker.SendErrorExpecting(DropReason.None, Unreachable("203.0.113.5", "10.0.0.1"), about, Outside);
        Assert.Equal((Unreachable("203.0.113.5", "10.0.0.1"), about), (outer, embedded));
    }

    [Fact]
    public void What_was_lowered_and_what_announced_nothing_is_counted()
    {
        var worker = new TestWorker(Make(1400));
        foreach (var size in new ushort[] { 1460, 1460, 1300, 0 })
        {
            worker.Send(new FlowPacket { Headers = Tcp("10.0.0.1", 1, "203.0.113.5", 2, Syn), SegmentSize = size }, Inside);
        }

        Assert.Equal((2, 1), (worker.Counter("segmentSizesLowered"), worker.Counter("synsWithoutSegmentSize")));
    }

    private static NetworkFunction Make(int mtu) =>
        NetworkFunctionFactory.Create(new WanOptimizerConfiguration("wan") { PathMtu = mtu }, WorkerResources.Default);
}

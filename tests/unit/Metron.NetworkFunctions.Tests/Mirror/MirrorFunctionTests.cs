using Metron.NetworkFunctions.Mirror;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Mirror;

public class MirrorFunctionTests
{
    private static readonly PacketMatch Dns = new() { Protocol = new(IpProtocol.Udp), DestinationPort = new(new PortRange(53, 53)) };

    [Theory]
    [InlineData("10.0.0.1", "203.0.113.5")]
    [InlineData("fd00::1", "2001:db8::5")]
    public void What_matches_is_copied_and_everything_passes_unchanged(string client, string server)
    {
        var mirror = Make(new MirrorConfiguration("tap") { Matches = [Dns], TruncateTo = 96 });
        var packet = new FlowPacket { Headers = Udp(client, 1, server, 53) };
        Assert.Equal(Verdict.Forward(Outside, MirrorFunction.PassOutcome), mirror.Process(ref packet, Inside));
        Assert.Equal((MirrorConfiguration.MirrorPort + 1, 96, true, 1), (packet.CopyPort, packet.CopyLength, packet.IsCopied, packet.WorkCount));
        Assert.Equal(Udp(client, 1, server, 53), packet.Headers);

        var other = new FlowPacket { Headers = Udp(client, 1, server, 54) };
        Assert.Equal(Verdict.Forward(Inside, MirrorFunction.PassOutcome), mirror.Process(ref other, Outside));
        Assert.Equal((0, 0), (other.CopyPort, other.WorkCount));
    }

    [Fact]
    public void Only_the_side_that_was_asked_for_is_copied()
    {
        var mirror = Make(new MirrorConfiguration("tap") { FromPort = Outside });
        foreach (var port in new[] { Inside, Outside })
        {
            var packet = new FlowPacket { Headers = Udp("10.0.0.1", 1, "203.0.113.5", 53) };
            mirror.Process(ref packet, port);
            Assert.Equal(port == Outside, packet.IsCopied);
        }
    }

    [Fact]
    public void The_first_packet_and_every_so_manyth_is_copied_established_or_not()
    {
        var mirror = Make(new MirrorConfiguration("tap") { SampleOneIn = 3 });
        var copied = new List<bool>();
        for (var i = 0; i < 7; i++)
        {
            var packet = new FlowPacket { Headers = Udp("10.0.0.1", 1, "203.0.113.5", 53) };
            var established = new EstablishedPacket(0, 100);
            if (i % 2 == 0)
            {
                mirror.Process(ref packet, Inside);
            }
            else
            {
                Assert.Equal(DropReason.None, mirror.Work(Inside, ref established));
            }

            copied.Add(packet.IsCopied || established.IsCopied);
        }

        Assert.Equal([true, false, false, true, false, false, true], copied);
        var report = new FunctionReport();
        mirror.Report(new TestWorker(mirror), report);
        Assert.Equal((7, 3), (report.Counters["matched"], report.Counters["copied"]));
    }

    [Fact]
    public void Nothing_comes_in_where_copies_go_out()
    {
        var worker = new TestWorker(Make(new MirrorConfiguration("tap")));
        Assert.Equal(DropReason.MirrorPort, worker.Drop(Udp("10.0.0.1", 1, "203.0.113.5", 53), MirrorConfiguration.MirrorPort));
        worker.SendErrorExpecting(
            DropReason.MirrorPort, Unreachable("203.0.113.5", "10.0.0.1"), Udp("10.0.0.1", 1, "203.0.113.5", 53), MirrorConfiguration.MirrorPort);
        Assert.Equal(2, worker.Counter("drop.mirrorPort"));
    }

    private static NetworkFunction Make(MirrorConfiguration configuration) => NetworkFunctionFactory.Create(configuration, WorkerResources.Default);
}

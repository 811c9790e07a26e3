using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Monitor;

public class MonitorFunctionTests
{
    [Theory]
    [InlineData("10.0.0.1", "203.0.113.5")]
    [InlineData("fd00::1", "2001:db8::5")]
    public void Everything_passes_unchanged(string client, string server)
    {
        var worker = Monitor(10);
        var packet = Tcp(client, 1, server, 2, Ack);
        Assert.Equal(packet, worker.Pass(packet, Inside));
        Assert.Equal(Verdict.Forward(Outside, MonitorFunction.PassOutcome), worker.Verdict);
        worker.Pass(packet.Reply() with { IsFragment = true }, Outside);
        Assert.Equal(Verdict.ForwardOnce(Inside, MonitorFunction.PassOutcome), worker.Verdict);

        var (outer, embedded) = worker.SendErrorExpecting(DropReason.None, Unreachable(server, client), packet, Outside);
        Assert.Equal((Unreachable(server, client), packet), (outer, embedded));
    }

    [Fact]
    public void The_largest_pairs_of_each_direction_are_reported_largest_first()
    {
        var worker = Monitor(2);
        Send(worker, Udp("10.0.0.1", 1, "203.0.113.5", 2), Inside, 5);
        Send(worker, Udp("10.0.0.2", 1, "203.0.113.5", 2), Inside, 9);
        Send(worker, Udp("10.0.0.3", 1, "203.0.113.5", 2), Inside, 7);
        Send(worker, Udp("203.0.113.5", 2, "10.0.0.1", 1), Outside, 3);
        worker.Wait(TimeSpan.FromSeconds(1)); // flow entries are added up once a second

        Assert.Equal(
            [
                Talker("10.0.0.2", "203.0.113.5", 9),
                Talker("10.0.0.3", "203.0.113.5", 7),
                Talker("203.0.113.5", "10.0.0.1", 3),
            ],
            worker.Report().TopTalkers);
    }

    [Fact]
    public void Packets_of_all_flows_of_a_pair_are_counted_once_whether_the_flows_live_or_not()
    {
        var worker = Monitor(10);
        for (var round = 0; round < 3; round++)
        {
            for (var port = 1; port <= 10; port++)
            {
                Send(worker, Udp("10.0.0.1", port, "203.0.113.5", 2), Inside, 4);
            }

            Send(worker, Tcp("10.0.0.1", 99, "203.0.113.5", 2, Syn), Inside, 2);
            worker.Wait(TimeSpan.FromSeconds(1));
            Assert.Equal(Talker("10.0.0.1", "203.0.113.5", 42 * (ulong)(round + 1)), Assert.Single(worker.Report().TopTalkers));
            if (round == 1)
            {
                worker.EvictFlows();
            }
        }
    }

    [Fact]
    public void A_pair_that_grows_in_flow_entries_alone_becomes_a_top_talker()
    {
        var worker = Monitor(1);
        Send(worker, Udp("10.0.0.1", 1, "203.0.113.5", 2), Inside, 1);
        worker.EvictFlows();
        Send(worker, Udp("10.0.0.2", 1, "203.0.113.5", 2), Inside, 1);
        Send(worker, Udp("10.0.0.2", 1, "203.0.113.5", 2), Inside, 100);
        worker.Wait(TimeSpan.FromSeconds(1));

        Assert.Equal(Talker("10.0.0.2", "203.0.113.5", 101), Assert.Single(worker.Report().TopTalkers));
    }

    [Fact]
    public void When_the_table_is_full_small_pairs_without_flows_make_room_and_the_largest_stay()
    {
        var worker = new TestWorker(NetworkFunctionFactory.Create(
            new MonitorConfiguration("mon") { TopTalkers = 1 }, new WorkerResources { MaximumTalkers = 20 }));
        Send(worker, Udp("10.0.0.1", 1, "203.0.113.5", 2), Inside, 50);
        worker.EvictFlows();
        for (var host = 1; host <= 200; host++)
        {
            Send(worker, Udp($"10.0.1.{host}", 1, "203.0.113.5", 2), Inside, 2);
            worker.EvictFlows();
        }

        Assert.Equal(Talker("10.0.0.1", "203.0.113.5", 50), Assert.Single(worker.Report().TopTalkers));
        Assert.Equal(20, worker.Counter("talkers"));
        Assert.Equal(181, worker.Counter("talkersEvicted"));
    }

    [Fact]
    public void When_the_table_is_full_of_pairs_with_flows_a_new_pair_passes_uncounted()
    {
        var worker = new TestWorker(
            NetworkFunctionFactory.Create(new MonitorConfiguration("mon"), new WorkerResources { MaximumTalkers = 1 }));
        worker.Pass(Udp("10.0.0.1", 1, "203.0.113.5", 2), Inside);
        worker.Pass(Udp("10.0.0.2", 1, "203.0.113.5", 2), Inside);

        Assert.Equal(1, worker.Counter("talkersRefused"));
        Assert.Single(worker.Report().TopTalkers);
    }

    [Fact]
    public void Counts_survive_an_update()
    {
        var worker = Monitor(1);
        Send(worker, Udp("10.0.0.1", 1, "203.0.113.5", 2), Inside, 5);
        worker.Update(NetworkFunctionFactory.Create(new MonitorConfiguration("mon") { TopTalkers = 5 }, WorkerResources.Default));
        Send(worker, Udp("10.0.0.1", 1, "203.0.113.5", 2), Inside, 5);

        Assert.Equal(Talker("10.0.0.1", "203.0.113.5", 10), Assert.Single(worker.Report().TopTalkers));
    }

    private static TestWorker Monitor(int top) =>
        new(NetworkFunctionFactory.Create(new MonitorConfiguration("mon") { TopTalkers = top }, WorkerResources.Default));

    private static void Send(TestWorker worker, PacketHeaders packet, int port, int count)
    {
        for (var index = 0; index < count; index++)
        {
            worker.Pass(packet, port);
        }
    }

    private static Talker Talker(string source, string destination, ulong packets) =>
        new(IpAddress.Parse(source), IpAddress.Parse(destination), packets, packets * 100);
}

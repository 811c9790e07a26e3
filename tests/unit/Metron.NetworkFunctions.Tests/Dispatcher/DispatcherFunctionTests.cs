using Metron.NetworkFunctions.Dispatcher;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Dispatcher;

public class DispatcherFunctionTests
{
    private const int Input = 0;
    private const int Web = 1;
    private const int Pings = 2;
    private const int Rest = 3;

    [Theory]
    [InlineData("10.0.0.1", "203.0.113.5")]
    [InlineData("fd00::1", "2001:db8::5")]
    public void The_first_rule_that_matches_decides_then_the_default(string client, string server)
    {
        var worker = Make(2);
        Assert.Equal(Web, Exit(worker, Tcp(client, 1, server, 80, Syn)));
        Assert.Equal(1, worker.Verdict.Outcome);
        Assert.Equal(Rest, Exit(worker, Udp(client, 1, server, 80)));
        Assert.Equal(Pings, Exit(worker, Ping(client, server, 1)));
        Assert.True(worker.Verdict.Cacheable);
        Assert.Equal(Rest, Exit(worker, Tcp(client, 1, server, 80, Ack) with { IsFragment = true, SourcePort = 0, DestinationPort = 0 }));
        Assert.False(worker.Verdict.Cacheable);
    }

    [Fact]
    public void What_comes_from_an_output_goes_back_to_the_input_unchanged()
    {
        var worker = Make(2);
        foreach (var output in new[] { Web, Pings, Rest })
        {
            var packet = Udp("203.0.113.5", 80, "10.0.0.1", 1);
            Assert.Equal(packet, worker.Pass(packet, output));
            Assert.Equal(Verdict.Forward(Input, DispatcherFunction.BackOutcome), worker.Verdict);
            worker.SendErrorExpecting(DropReason.None, Unreachable("203.0.113.5", "10.0.0.1"), packet, output);
            Assert.Equal(Input, worker.Verdict.Port);
        }
    }

    [Fact]
    public void Without_a_default_what_no_rule_matches_is_dropped_and_counted()
    {
        var worker = Make(-1);
        Assert.Equal(DropReason.NoOutput, worker.Drop(Udp("10.0.0.1", 1, "203.0.113.5", 80), Input));
        Assert.Equal(1, worker.Counter("drop.noOutput"));
    }

    [Fact]
    public void An_error_goes_where_the_flow_goes_that_it_is_about()
    {
        var worker = Make(2);
        var answer = Tcp("203.0.113.5", 80, "10.0.0.1", 1, Ack);
        worker.SendErrorExpecting(DropReason.None, Unreachable("10.0.0.1", "203.0.113.5"), answer, Input);
        Assert.Equal(Web, worker.Verdict.Port);
        worker.SendErrorExpecting(DropReason.None, Unreachable("10.0.0.1", "203.0.113.5"), answer with { SourcePort = 81 }, Input);
        Assert.Equal(Rest, worker.Verdict.Port);
    }

    private static int Exit(TestWorker worker, PacketHeaders packet)
    {
        Assert.Equal(packet, worker.Pass(packet, Input));
        return worker.Verdict.Port;
    }

    private static TestWorker Make(int defaultOutput) => new(NetworkFunctionFactory.Create(
        new DispatcherConfiguration("split")
        {
            Outputs = ["web", "pings", "rest"],
            Rules =
            [
                new DispatcherRule("web", new PacketMatch { Protocol = new(IpProtocol.Tcp), DestinationPort = new(new PortRange(80, 80)) }, 0),
                new DispatcherRule("", new PacketMatch { Protocol = new(IpProtocol.Icmp), IcmpType = 8 }, 1),
                new DispatcherRule("", new PacketMatch { Protocol = new(IpProtocol.IcmpV6), IcmpType = 128 }, 1),
            ],
            DefaultOutput = defaultOutput,
        },
        WorkerResources.Default));
}

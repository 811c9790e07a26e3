using Metron.Packets;
using static Metron.NetworkFunctions.Tests.Napt.NaptFunctionTests;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Napt;

public class NaptTcpTests
{
    private const string Client = "10.0.0.1";
    private const string Server = "203.0.113.5";

    [Fact]
    public void A_connection_that_is_never_answered_holds_its_port_for_4_minutes()
    {
        var worker = Translator("198.51.100.1");
        worker.Pass(Tcp(Client, 1000, Server, 80, Syn), Inside);

        worker.Wait(TimeSpan.FromSeconds(239));
        Assert.Equal(1, worker.Counter("bindings"));
        worker.Wait(TimeSpan.FromSeconds(2));
        Assert.Equal(0, worker.Counter("bindings"));
    }

    [Fact]
    public void An_established_connection_holds_its_port_for_2_hours_and_4_minutes()
    {
        var worker = Translator("198.51.100.1");
        Open(worker, Server);

        worker.Wait(TimeSpan.FromSeconds(7439));
        Assert.Equal(1, worker.Counter("bindings"));
        worker.Wait(TimeSpan.FromSeconds(2));
        Assert.Equal(0, worker.Counter("bindings"));
        Assert.Equal(0, worker.FlowCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_closed_connection_holds_its_port_for_4_minutes(bool byReset)
    {
        var worker = Translator("198.51.100.1");
        var outside = Open(worker, Server);
        if (byReset)
        {
            worker.Pass(outside.Reply(Rst), Outside);
        }
        else
        {
            worker.Pass(outside.Reply(FinAck), Outside);
            worker.Pass(Tcp(Client, 1000, Server, 80, FinAck), Inside);
            worker.Pass(outside.Reply(Ack), Outside);
        }

        worker.Wait(TimeSpan.FromSeconds(239));
        Assert.Equal(1, worker.Counter("bindings"));
        worker.Wait(TimeSpan.FromSeconds(2));
        Assert.Equal(0, worker.Counter("bindings"));
    }

    [Fact]
    public void A_binding_that_several_servers_share_keeps_the_long_time_although_one_connection_ended()
    {
        var worker = Translator("198.51.100.1");
        var first = Open(worker, Server);
        Open(worker, "203.0.113.6");
        worker.Pass(first.Reply(Rst), Outside);

        worker.Wait(TimeSpan.FromSeconds(7000));
        Assert.Equal(1, worker.Counter("bindings"));
    }

    [Fact]
    public void A_binding_whose_connection_ended_follows_the_next_one()
    {
        var worker = Translator("198.51.100.1");
        var first = Open(worker, Server);
        worker.Pass(first.Reply(Rst), Outside);
        var second = Open(worker, "203.0.113.6");
        Assert.Equal(first.SourcePort, second.SourcePort);

        worker.Wait(TimeSpan.FromSeconds(7000));
        Assert.Equal(1, worker.Counter("bindings"));
        worker.Pass(second.Reply(Rst), Outside);
        worker.Wait(TimeSpan.FromSeconds(241));
        Assert.Equal(0, worker.Counter("bindings"));
    }

    [Fact]
    public void A_stranger_can_neither_end_nor_prolong_a_connection()
    {
        var worker = Translator("198.51.100.1");
        var outside = Open(worker, Server);
        worker.Pass(Tcp("192.0.2.66", 80, "198.51.100.1", outside.SourcePort, Rst), Outside);

        worker.Wait(TimeSpan.FromSeconds(7000));
        worker.Pass(Tcp("192.0.2.66", 80, "198.51.100.1", outside.SourcePort, Syn), Outside);
        worker.Wait(TimeSpan.FromSeconds(441));
        Assert.Equal(0, worker.Counter("bindings"));
    }

    [Fact]
    public void Segments_of_a_connection_from_before_a_restart_are_translated_to_the_same_endpoint_if_it_is_free()
    {
        var before = Open(Translator("198.51.100.1"), Server);
        var restarted = Translator("198.51.100.1");

        var after = restarted.Pass(Tcp(Client, 1000, Server, 80, Ack), Inside);

        Assert.Equal((before.Source, before.SourcePort), (after.Source, after.SourcePort));
        Assert.False(restarted.Verdict.Cacheable);
        restarted.Pass(after.Reply(Ack), Outside);
        restarted.Pass(Tcp(Client, 1000, Server, 80, Ack), Inside);
        Assert.True(restarted.Verdict.Cacheable);
    }

    private static PacketHeaders Open(TestWorker worker, string server)
    {
        var sent = worker.Pass(Tcp(Client, 1000, server, 80, Syn), Inside);
        Assert.False(worker.Verdict.Cacheable);
        worker.Pass(sent.Reply(SynAck), Outside);
        worker.Pass(Tcp(Client, 1000, server, 80, Ack), Inside);
        Assert.True(worker.Verdict.Cacheable);
        return sent;
    }
}

using Metron.NetworkFunctions.Napt;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.Napt.NaptFunctionTests;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Napt;

public class NaptUpdateTests
{
    private static readonly NaptConfiguration Before = new("nat") { Pool = [Range("198.51.100.1")] };

    [Fact]
    public void Bindings_survive_an_update_that_keeps_their_address_and_port()
    {
        var worker = new TestWorker(Function(Before));
        var sent = worker.Pass(Udp("10.0.0.1", 5000, "203.0.113.5", 53), Inside);

        worker.Update(Function(Before with { Pool = [Range("198.51.100.0", "198.51.100.9")], OutsidePorts = new(2000, 9000) }));

        Assert.Equal(IpAddress.Parse("10.0.0.1"), worker.Pass(sent.Reply(), Outside).Destination);
        var again = worker.Pass(Udp("10.0.0.1", 5000, "203.0.113.5", 53), Inside);
        Assert.Equal((sent.Source, sent.SourcePort), (again.Source, again.SourcePort));
        Assert.Equal(1, worker.Counter("bindings"));
    }

    [Theory]
    [InlineData("198.51.100.2", 1024)]
    [InlineData("198.51.100.1", 6000)]
    public void A_binding_whose_address_or_port_is_gone_is_replaced(string pool, ushort firstPort)
    {
        var worker = new TestWorker(Function(Before));
        var sent = worker.Pass(Udp("10.0.0.1", 5000, "203.0.113.5", 53), Inside);

        worker.Update(Function(Before with { Pool = [Range(pool)], OutsidePorts = new(firstPort, 65535) }));

        Assert.Equal(DropReason.NoBinding, worker.Drop(sent.Reply(), Outside));
        var again = worker.Pass(Udp("10.0.0.1", 5000, "203.0.113.5", 53), Inside);
        Assert.Equal(IpAddress.Parse(pool), again.Source);
        Assert.InRange(again.SourcePort, firstPort, 65535);
        worker.Pass(again.Reply(), Outside);
        worker.Wait(TimeSpan.FromSeconds(1));
        Assert.Equal(1, worker.Counter("bindings"));
        Assert.Equal(2, worker.FlowCount); // entries that rested on the old binding are gone
    }

    [Fact]
    public void A_port_of_a_binding_from_before_is_not_given_to_another_host_although_blocks_are_new()
    {
        var worker = new TestWorker(Function(Before with { OutsidePorts = new(1024, 1151) }));
        var kept = worker.Pass(Udp("10.0.0.1", 1100, "203.0.113.5", 53), Inside).SourcePort;

        worker.Update(Function(Before with { OutsidePorts = new(1024, 1151), PortBlockSize = 64, MaxBlocksPerHost = 1 }));

        var other = worker.Pass(Udp("10.0.0.2", 1100, "203.0.113.5", 53), Inside).SourcePort;
        Assert.NotEqual(kept / 64, other / 64);
        Assert.Equal(DropReason.PortsExhausted, worker.Drop(Udp("10.0.0.3", 1100, "203.0.113.5", 53), Inside));
        Assert.Equal(IpAddress.Parse("10.0.0.1"), worker.Pass(Udp("203.0.113.5", 53, "198.51.100.1", kept), Outside).Destination);
        worker.Wait(TimeSpan.FromSeconds(301));
        worker.Pass(Udp("10.0.0.3", 1100, "203.0.113.5", 53), Inside);
        worker.Pass(Udp("10.0.0.4", 1100, "203.0.113.5", 53), Inside);
    }

    [Fact]
    public void The_old_instance_works_on_the_same_bindings_while_its_tags_drain()
    {
        var old = new TestWorker(Function(Before));
        var sent = old.Pass(Udp("10.0.0.1", 5000, "203.0.113.5", 53), Inside);
        var next = new TestWorker(Function(Before with { Pool = [Range("198.51.100.1", "198.51.100.2")], PortBlockSize = 128 }));
        next.Function.Adopt(old.Function);

        var late = old.Pass(Udp("10.0.0.9", 5000, "203.0.113.5", 53), Inside);
        Assert.NotEqual((sent.Source, sent.SourcePort), (late.Source, late.SourcePort));
        Assert.Equal(IpAddress.Parse("10.0.0.9"), next.Pass(late.Reply(), Outside).Destination);
        Assert.Equal(IpAddress.Parse("10.0.0.1"), next.Pass(sent.Reply(), Outside).Destination);
        Assert.Equal(2, next.Counter("bindings"));
        Assert.Empty(old.Report().Counters); // reported once, by the new instance
    }
}

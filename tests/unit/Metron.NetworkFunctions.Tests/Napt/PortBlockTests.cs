using Metron.NetworkFunctions.Napt;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.Napt.NaptFunctionTests;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Napt;

public class PortBlockTests
{
    private static readonly NaptConfiguration Blocks = new("nat")
    {
        Pool = [Range("198.51.100.1")],
        OutsidePorts = new(1024, 2047),
        PortBlockSize = 64,
        MaxBlocksPerHost = 2,
    };

    [Fact]
    public void A_host_gets_all_its_ports_from_blocks_of_its_own()
    {
        var worker = new TestWorker(Function(Blocks));
        var owners = new Dictionary<int, string>();
        for (var index = 0; index < 400; index++)
        {
            var host = $"10.0.0.{index % 4}";
            var protocol = index % 3;
            var sent = worker.Pass(protocol switch
            {
                0 => Udp(host, 1000 + index, "203.0.113.5", 53),
                1 => Tcp(host, 1000 + index, "203.0.113.5", 53, Syn),
                _ => Ping(host, "203.0.113.5", 1000 + index),
            }, Inside);
            var block = sent.SourcePort / 64;
            Assert.Equal(host, owners.GetValueOrDefault(block, host));
            owners[block] = host;
        }

        Assert.Equal(owners.Count, worker.Counter("portBlocks"));
        Assert.InRange(owners.Count, 4, 8);
    }

    [Fact]
    public void A_host_gets_no_more_ports_than_its_blocks_have_and_other_hosts_still_get_theirs()
    {
        var worker = new TestWorker(Function(Blocks));
        for (var index = 0; index < 128; index++)
        {
            worker.Pass(Udp("10.0.0.1", 1000 + index, "203.0.113.5", 53), Inside);
        }

        Assert.Equal(DropReason.PortsExhausted, worker.Drop(Udp("10.0.0.1", 3000, "203.0.113.5", 53), Inside));
        worker.Pass(Tcp("10.0.0.1", 3000, "203.0.113.5", 53, Syn), Inside); // the same blocks, another protocol
        worker.Pass(Udp("10.0.0.2", 3000, "203.0.113.5", 53), Inside);
    }

    [Fact]
    public void A_block_goes_back_with_its_last_port()
    {
        var worker = new TestWorker(Function(Blocks));
        worker.Pass(Udp("10.0.0.1", 1000, "203.0.113.5", 53), Inside);
        worker.Pass(Ping("10.0.0.1", "203.0.113.5", 1000), Inside);

        worker.Wait(TimeSpan.FromSeconds(61));
        Assert.Equal(1, worker.Counter("portBlocks"));
        worker.Wait(TimeSpan.FromSeconds(241));
        Assert.Equal(0, worker.Counter("portBlocks"));
    }

    [Fact]
    public void When_all_blocks_are_given_a_further_host_gets_nothing()
    {
        var worker = new TestWorker(Function(Blocks));
        for (var host = 1; host <= 16; host++)
        {
            worker.Pass(Udp($"10.0.0.{host}", 1000, "203.0.113.5", 53), Inside);
        }

        Assert.Equal(DropReason.PortsExhausted, worker.Drop(Udp("10.0.0.17", 1000, "203.0.113.5", 53), Inside));
    }

    [Fact]
    public void Small_blocks_are_chosen_so_that_they_hold_ports_that_steer_to_the_worker()
    {
        var worker = new TestWorker(Function(Blocks with { PortBlockSize = 4, MaxBlocksPerHost = 0 })) { SteeringMask = 0b11110 };
        for (var port = 1; port <= 64; port++)
        {
            var sent = worker.Pass(Udp("10.0.0.1", port, "203.0.113.5", 53), Inside);
            Assert.Equal(port & 31, sent.SourcePort & 31);
        }
    }

    [Fact]
    public void Two_workers_give_a_host_the_same_block()
    {
        var left = new TestWorker(Function(Blocks)) { SteeringMask = 2 };
        var right = new TestWorker(Function(Blocks)) { SteeringMask = 2 };

        var one = left.Pass(Udp("10.0.0.1", 1000, "203.0.113.5", 53), Inside);
        var other = right.Pass(Udp("10.0.0.1", 1002, "203.0.113.5", 53), Inside);

        Assert.Equal(one.SourcePort / 64, other.SourcePort / 64);
        Assert.NotEqual(one.SourcePort, other.SourcePort);
    }

    [Fact]
    public void Without_blocks_the_limit_counts_ports()
    {
        var worker = new TestWorker(Function(Blocks with { PortBlockSize = 0, MaxBlocksPerHost = 3 }));
        for (var port = 1; port <= 3; port++)
        {
            worker.Pass(Udp("10.0.0.1", port, "203.0.113.5", 53), Inside);
        }

        Assert.Equal(DropReason.PortsExhausted, worker.Drop(Ping("10.0.0.1", "203.0.113.5", 4), Inside));
        worker.Wait(TimeSpan.FromSeconds(301));
        worker.Pass(Ping("10.0.0.1", "203.0.113.5", 4), Inside);
    }
}

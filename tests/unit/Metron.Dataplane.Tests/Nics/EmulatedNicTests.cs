using System.Buffers.Binary;
using Metron.Dataplane.Nics;
using Metron.Dpdk;
using Metron.Packets.Hashing;

namespace Metron.Dataplane.Tests.Nics;

/// <summary>The NIC stepped by the test, over memory that keeps account of every mbuf.</summary>
public sealed unsafe class EmulatedNicTests : IDisposable
{
    private const int Descriptors = 64;
    private readonly MemoryWire _wire = new();

    public static TheoryData<string, int, string, int, uint> Vectors => new()
    {
        { "66.9.149.187", 2794, "161.142.100.80", 1766, 0x51ccc178 },
        { "199.92.111.2", 14230, "65.69.140.83", 4739, 0xc626b0ea },
        { "24.19.198.95", 12898, "12.22.207.184", 38024, 0x5c2b394a },
        { "38.27.205.30", 48228, "209.142.163.6", 2217, 0xafc7327f },
        { "153.39.163.191", 44251, "202.188.127.2", 1303, 0x10e828a2 },
        { "3ffe:2501:200:1fff::7", 2794, "3ffe:2501:200:3::1", 1766, 0x40207d3d },
        { "3ffe:501:8::260:97ff:fe40:efab", 14230, "ff02::1", 4739, 0xdde51bbf },
        { "3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251, "fe80::200:f8ff:fe21:67cf", 38024, 0x02d1feef },
    };

    public void Dispose() => _wire.Dispose();

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Packets_go_where_the_indirection_table_sends_their_hash(
        string source, int sourcePort, string destination, int destinationPort, uint hash)
    {
        using var nic = Make(queues: 3, key: Toeplitz.MicrosoftKey);
        var entry = (int)(hash & 127);
        var frame = new FrameBuilder
        {
            Source = IpAddress.Parse(source),
            SourcePort = (ushort)sourcePort,
            Destination = IpAddress.Parse(destination),
            DestinationPort = (ushort)destinationPort,
        };
        foreach (ushort queue in new[] { 2, 0, 1 })
        {
            nic.WriteIndirection([new IndirectionChange(entry, queue)], new ulong[1]);
            _wire.Inject(frame.Build());
            Assert.Equal(1, nic.Step());
            var mbuf = Assert.Single(Take(nic, queue));
            Assert.Equal(hash, mbuf.RssHash);
            Assert.Equal(MbufFlags.ReceiveRssHash, mbuf.Flags);
            _wire.Free(&mbuf, 1);
        }
    }

    [Fact]
    public void At_first_entries_name_the_queues_in_turn()
    {
        using var nic = Make(queues: 3);
        Assert.Equal(("emulated", 3, 128), (nic.Kind, nic.Queues, nic.IndirectionSize));
        Assert.Equal(Enumerable.Range(0, 128).Select(i => (ushort)(i % 3)), Indirection(nic));
    }

    [Fact]
    public void Packets_go_to_the_flow_group_that_their_tag_names()
    {
        using var nic = Make(queues: 4);
        nic.SetTags(new TagGroups(new Dictionary<uint, ushort> { [100] = 5, [101] = 6 }, new Dictionary<uint, ushort> { [0x123456] = 7, [0] = 4 }));
        var frame = new FrameBuilder();
        InjectAndStep(nic, frame with { Vlan = 100 }, frame with { Vlan = 0xe000 | 101 });
        InjectAndStep(nic, frame with { EthernetDestination = DispatchTag.ToMac(0x123456) }, frame with { EthernetDestination = DispatchTag.ToMac(0) });
        Assert.Equal([1UL, 1, 1, 1], Received(nic));
        var packets = Enumerable.Range(0, 4).SelectMany(queue => Take(nic, queue)).ToList();
        Assert.All(packets, mbuf => Assert.Equal(MbufFlags.None, mbuf.Flags));
        packets.ForEach(mbuf => _wire.Free(&mbuf, 1));
    }

    [Fact]
    public void Packets_without_a_known_tag_go_by_their_hash_and_without_hash_by_entry_0()
    {
        using var nic = Make(queues: 4);
        nic.SetTags(new TagGroups(new Dictionary<uint, ushort> { [100] = 5 }, new Dictionary<uint, ushort> { [1] = 5 }));
        var frame = new FrameBuilder { SourcePort = 40001 };
        Assert.True(nic.Hash.TryCompute(frame.Build(), out var hash));
        var queue = (int)(hash & 127) % 4;
        InjectAndStep(nic, frame, frame with { Vlan = 99 }, frame with { EthernetDestination = DispatchTag.ToMac(2) });
        Assert.Equal(3UL, Received(nic)[queue]);
        Assert.All(Take(nic, queue), mbuf => Assert.Equal(hash, mbuf.RssHash));

        _wire.Inject(new byte[14]);
        _wire.Inject([]);
        nic.Step();
        Assert.All(Take(nic, 0).TakeLast(2), mbuf => Assert.Equal(MbufFlags.None, mbuf.Flags));
        Assert.Equal(5UL, Received(nic).Aggregate((a, b) => a + b));
    }

    [Fact]
    public void A_full_queue_drops_the_newest_and_counts_them()
    {
        using var nic = Make(queues: 2);
        nic.SetTags(new TagGroups(new Dictionary<uint, ushort> { [1] = 0, [2] = 1 }, new Dictionary<uint, ushort>()));
        for (var i = 0; i < Descriptors + 7; i++)
        {
            _wire.Inject((new FrameBuilder { Vlan = 1 } with { SourcePort = (ushort)i }).Build());
        }

        _wire.Inject((new FrameBuilder { Vlan = 2 }).Build());
        while (nic.Step() > 0)
        {
        }

        Assert.Equal(7, _wire.Freed);
        Assert.Equal(new EmulatedQueueStatistics(Descriptors, 7, 0, 0, 0), nic.ReadStatistics(0));
        Assert.Equal(new EmulatedQueueStatistics(1, 0, 0, 0, 0), nic.ReadStatistics(1));
        Assert.Equal(Enumerable.Range(0, Descriptors), Take(nic, 0).Select(SourcePort));

        // Descriptors that the worker gave back are used again.
        InjectAndStep(nic, new FrameBuilder { Vlan = 1, SourcePort = 77 });
        Assert.Equal(77, SourcePort(Assert.Single(Take(nic, 0))));
        Assert.Equal(new EmulatedQueueStatistics(Descriptors + 1, 7, Descriptors + 1, 0, 0), nic.ReadStatistics(0));
    }

    [Fact]
    public void What_a_worker_sends_leaves_in_its_order_however_little_the_port_takes()
    {
        using var nic = Make(queues: 2);
        Queue<int>[] toSend = [new(Enumerable.Range(0, 200)), new(Enumerable.Range(1000, 200))];
        var queues = nic.OpenQueues();
        var random = new Random(5);
        var burst = stackalloc Mbuf[40];
        for (var turn = 0; _wire.Sent.Count < 400; turn++)
        {
            var worker = random.Next(2);
            var count = Math.Min(random.Next(1, 40), toSend[worker].Count);
            for (var i = 0; i < count; i++)
            {
                burst[i] = _wire.Make(new FrameBuilder { SourcePort = (ushort)toSend[worker].ElementAt(i) }.Build());
            }

            var taken = queues[worker].Send(burst, count);
            for (var i = 0; i < taken; i++)
            {
                toSend[worker].Dequeue();
            }

            // As a worker does with what its queue does not take.
            _wire.Free(burst + taken, count - taken);
            _wire.SendLimits.Enqueue(random.Next(0, 20));
            nic.Step();
            Assert.Equal((ulong)_wire.Sent.Count, queues[0].Transmitted + queues[1].Transmitted);
        }

        var ports = _wire.Sent.Select(frame => (int)BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(34))).ToList();
        Assert.Equal(Enumerable.Range(0, 200), ports.Where(port => port < 1000));
        Assert.Equal(Enumerable.Range(1000, 200), ports.Where(port => port >= 1000));
        Assert.Equal((200UL, 200UL), (nic.ReadStatistics(0).Transmitted, nic.ReadStatistics(1).Sent));
        Assert.Equal(0, _wire.Held);
    }

    [Fact]
    public void A_full_transmit_queue_takes_what_fits()
    {
        using var nic = Make(queues: 1);
        var port = nic.Queue(0);
        var burst = stackalloc Mbuf[Descriptors + 10];
        for (var i = 0; i < Descriptors + 10; i++)
        {
            burst[i] = _wire.Make(new FrameBuilder().Build());
        }

        Assert.Equal(Descriptors, port.Send(burst, Descriptors + 10));
        Assert.Equal(0UL, port.Transmitted);
        Assert.Equal(32, nic.Step());
        Assert.Equal(32UL, port.Transmitted);
        Assert.Equal(10, port.Send(burst + Descriptors, 10));
        while (nic.Step() > 0)
        {
        }

        Assert.Equal((ulong)Descriptors + 10, port.Transmitted);
        Assert.Equal(0, _wire.Held);
    }

    [Fact]
    public void Disposing_sends_what_was_sent_and_frees_what_nobody_took()
    {
        var nic = Make(queues: 2);
        InjectAndStep(nic, [.. Enumerable.Range(0, 40).Select(i => new FrameBuilder { SourcePort = (ushort)(i * 77) })]);
        var port = nic.Queue(1);
        var mbuf = _wire.Make(new FrameBuilder().Build());
        Assert.Equal(1, port.Send(&mbuf, 1));
        nic.Dispose();
        nic.Dispose();
        Assert.Single(_wire.Sent);
        Assert.Equal((0, 40), (_wire.Held, _wire.Freed));
        Assert.Throws<NicException>(() => Indirection(nic));
        Assert.Throws<ObjectDisposedException>(() => nic.ReadStatistics(0));
    }

    [Fact]
    public void Entries_queues_and_tags_out_of_range_are_refused_and_change_nothing()
    {
        using var nic = Make(queues: 2);
        var before = Indirection(nic);
        var positions = new ulong[2];
        Assert.Throws<ArgumentOutOfRangeException>(() => nic.WriteIndirection([new(0, 1), new(128, 0)], positions));
        Assert.Throws<ArgumentOutOfRangeException>(() => nic.WriteIndirection([new(0, 1), new(-1, 0)], positions));
        Assert.Throws<ArgumentOutOfRangeException>(() => nic.WriteIndirection([new(0, 1), new(0, 2)], positions));
        Assert.Throws<ArgumentOutOfRangeException>(() => nic.WriteIndirection([new(0, 1), new(1, 1), new(2, 1)], positions));
        Assert.Throws<ArgumentOutOfRangeException>(() => nic.SetTags(new TagGroups(new Dictionary<uint, ushort> { [1] = 128 }, new Dictionary<uint, ushort>())));
        Assert.Throws<ArgumentException>(() => new TagGroups(new Dictionary<uint, ushort> { [4095] = 1 }, new Dictionary<uint, ushort>()));
        Assert.Throws<ArgumentException>(() => new TagGroups(new Dictionary<uint, ushort>(), new Dictionary<uint, ushort> { [1 << 24] = 1 }));
        Assert.Equal(before, Indirection(nic));
    }

    [Theory]
    [InlineData(0, 128, 64, 64)]
    [InlineData(65, 128, 64, 64)]
    [InlineData(2, 32, 64, 64)]
    [InlineData(2, 8192, 64, 64)]
    [InlineData(2, 100, 64, 64)]
    [InlineData(2, 128, 63, 64)]
    [InlineData(2, 128, 64, 65536)]
    public void Options_out_of_range_are_refused(int queues, int indirection, int receive, int transmit) =>
        Assert.Throws<ArgumentException>(() => EmulatedNic.Create(
            new EmulatedNicOptions
            {
                Queues = queues,
                IndirectionSize = indirection,
                ReceiveDescriptors = receive,
                TransmitDescriptors = transmit,
            },
            new MemoryPort(_wire)));

    [Fact]
    public void An_entry_written_twice_at_once_ends_as_written_last()
    {
        using var nic = Make(queues: 3);
        nic.WriteIndirection([new(5, 0), new(5, 2)], new ulong[2]);
        Assert.Equal(2, Indirection(nic)[5]);
    }

    private static ushort[] Indirection(EmulatedNic nic)
    {
        var queues = new ushort[nic.IndirectionSize];
        nic.ReadIndirection(queues);
        return queues;
    }

    private static ulong[] Received(EmulatedNic nic) => [.. Enumerable.Range(0, nic.Queues).Select(queue => nic.ReadStatistics(queue).Received)];

    private static List<Mbuf> Take(EmulatedNic<MemoryPort> nic, int queue)
    {
        var port = nic.Queue(queue);
        var mbufs = new List<Mbuf>();
        var burst = stackalloc Mbuf[7];
        int count;
        while ((count = port.Receive(burst, 7)) > 0)
        {
            mbufs.AddRange(new ReadOnlySpan<Mbuf>(burst, count).ToArray());
        }

        return mbufs;
    }

    private static int SourcePort(Mbuf mbuf) => BinaryPrimitives.ReadUInt16BigEndian(mbuf.Bytes[38..]);

    private EmulatedNic<MemoryPort> Make(int queues, ReadOnlySpan<byte> key = default) => EmulatedNic.Create(
        new EmulatedNicOptions
        {
            Queues = queues,
            ReceiveDescriptors = Descriptors,
            TransmitDescriptors = Descriptors,
            HashKey = (key.IsEmpty ? Toeplitz.SymmetricKey : key).ToArray(),
        },
        new MemoryPort(_wire));

    private void InjectAndStep(EmulatedNic nic, params FrameBuilder[] frames)
    {
        foreach (var frame in frames)
        {
            _wire.Inject(frame.Build());
        }

        while (nic.Step() > 0)
        {
        }
    }
}

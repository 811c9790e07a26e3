using System.Buffers.Binary;
using System.Text.Json;
using Metron.Dataplane.Nics;
using Metron.Dataplane.Nics.Linux;
using Metron.Dpdk;
using Metron.IntegrationTests.Lab;
using Metron.Packets.Hashing;

namespace Metron.IntegrationTests;

/// <summary>LinuxNic on a veth whose other end sends numbered packets.</summary>
public sealed class LinuxNicTests(LinuxNicTests.Memory memory) : IClassFixture<LinuxNicTests.Memory>
{
    private const int Groups = 64;
    private const int Queues = 4;
    private static readonly FrameHash s_hash = new(new Toeplitz(Toeplitz.SymmetricKey), HashTypes.All);

    /// <summary>
    /// What the migration of flow groups rests on: a packet comes by the queue that the table names, one of a moved group by the old queue only up to the
    /// position; who takes the old queue up to there first sees all packets of each flow in order.
    /// </summary>
    [LabFact]
    public async Task Packets_follow_the_table_and_positions_tell_when_the_old_queue_is_past_a_move()
    {
        await using var pair = await VethPair.StartAsync(nearIsHere: true);
        var pool = memory.Pool;
        using (var nic = LinuxNic.Open(new LinuxNicOptions { Interface = pair.NearInterface, Pool = pool, Queues = Queues, IndirectionSize = Groups }))
        {
            (await pair.FarAsync("ip", "neigh", "add", VethPair.NearAddress, "lladdr", "02:00:00:00:00:99", "dev", "far")).Succeeded();
            await using var dump = pair.StartNear("tcpdump", "-i", pair.NearInterface, "-Q", "in", "-w", "/dev/null", "--immediate-mode", "udp");
            await dump.WroteAsync("listening on");
            await using var sender = pair.StartFar(Repository.Traffic("numbered.py"), "send", VethPair.NearAddress, "7000", "--flows", "40", "--rate", "4000", "--seconds", "2");
            await sender.WroteAsync("started");

            var reader = await Task.Factory.StartNew(() => Reader.Run(nic, sender), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            var sent = JsonDocument.Parse((await sender.WaitAsync()).Succeeded().Output.Split('\n')[1]).RootElement.GetProperty("sent").GetInt64();
            Assert.Equal(sent, reader.Packets);
            Assert.Equal((ulong)sent, nic.ReadGroups().Total);
            Assert.True(reader.Moves > 10, $"only {reader.Moves} moves");
            Assert.Contains($"{sent} packets captured", (await dump.StopAsync()).Errors, StringComparison.Ordinal);
            Assert.All(Enumerable.Range(0, Queues), queue => Assert.Equal(0UL, nic.ReadStatistics(queue).Dropped));
        }

        Assert.Equal(pool.Count, pool.Available);
    }

    [LabFact]
    public async Task Frames_leave_as_they_stand_in_mbufs_and_arrive_with_their_VLAN_header()
    {
        await using var pair = await VethPair.StartAsync(nearIsHere: true);
        (await pair.FarAsync("ip", "link", "add", "link", "far", "name", "tagged", "type", "vlan", "id", "7")).Succeeded();
        (await pair.FarAsync("ip", "addr", "add", "198.51.100.2/24", "dev", "tagged")).Succeeded();
        (await pair.FarAsync("ip", "link", "set", "tagged", "up")).Succeeded();
        (await pair.FarAsync("ip", "neigh", "add", "198.51.100.1", "lladdr", "02:00:00:00:00:99", "dev", "tagged")).Succeeded();
        using (var nic = LinuxNic.Open(new LinuxNicOptions { Interface = pair.NearInterface, Pool = memory.Pool, Queues = 2 }))
        {
            await using var sender = pair.StartFar(Repository.Traffic("numbered.py"), "send", "198.51.100.1", "7000", "--flows", "8", "--rate", "1000", "--seconds", "1", "--size", "1400");
            await Task.Factory.StartNew(() => Bounce(nic, sender), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            var result = JsonDocument.Parse((await sender.WaitAsync()).Succeeded().Output.Split('\n')[1]).RootElement;
            Assert.True(result.GetProperty("sent").GetInt64() > 0);
            Assert.Equal(result.GetProperty("sent").GetInt64(), result.GetProperty("received").GetInt64());
            Assert.Equal(0, result.GetProperty("reordered").GetInt64());
        }

        Assert.Equal(memory.Pool.Count, memory.Pool.Available);
    }

    [LabFact]
    public void An_interface_that_is_not_there_is_named()
    {
        var refused = Assert.Throws<NicException>(() => LinuxNic.Open(new LinuxNicOptions { Interface = "nowhere", Pool = memory.Pool, Queues = 1 }));
        Assert.Contains("there is no interface nowhere; there are ", refused.Message, StringComparison.Ordinal);
    }

    // Sends every tagged UDP packet back to where it came from, until the sender has ended.
    private static unsafe void Bounce(LinuxNic nic, LabProcess sender)
    {
        var burst = stackalloc Mbuf[32];
        LinuxQueue[] queues = [nic.GetQueue(0), nic.GetQueue(1)];
        queues[0].Attach();
        queues[1].Attach();
        while (!sender.HasEnded)
        {
            foreach (ref var queue in queues.AsSpan())
            {
                var count = queue.Receive(burst, 32);
                for (var index = 0; index < count; index++)
                {
                    var frame = burst[index].Bytes;
                    Assert.Equal(0x81000007U, BinaryPrimitives.ReadUInt32BigEndian(frame[12..]));
                    Swap(frame, 0, 6);
                    Swap(frame, 30, 4);
                    Swap(frame, 38, 2);
                }

                var sent = 0;
                while (sent < count)
                {
                    sent += queue.Send(burst + sent, count - sent);
                }
            }

            Thread.Yield();
        }

        queues[0].Detach();
        queues[1].Detach();
    }

    private static void Swap(Span<byte> frame, int at, int length)
    {
        var one = frame.Slice(at, length).ToArray();
        frame.Slice(at + length, length).CopyTo(frame[at..]);
        one.CopyTo(frame[(at + length)..]);
    }

    /// <summary>Mbufs in ordinary memory, without any device.</summary>
    public sealed class Memory : IDisposable
    {
        private readonly Eal? _eal;

        /// <summary>Starts DPDK's memory, where tests can run at all.</summary>
        public Memory()
        {
            if (LabRequirement.Missing is null)
            {
                _eal = Eal.Start(new EalOptions { ProgramName = "metron-integration-tests", HugePages = false, MemoryMegabytes = 128 });
                Pool = MbufPool.Create("linux-nic", 8191, 32);
            }
        }

        /// <summary>The mbufs.</summary>
        public MbufPool Pool { get; } = null!;

        /// <inheritdoc />
        public void Dispose()
        {
            Pool?.Dispose();
            _eal?.Dispose();
        }
    }

    /// <summary>Takes all queues in turn, as workers would, and moves groups meanwhile.</summary>
    private sealed class Reader
    {
        private readonly LinuxNic _nic;
        private readonly LinuxQueue[] _queues;
        private readonly ushort[] _table = new ushort[Groups];
        private readonly Dictionary<int, Move> _moving = [];
        private readonly Dictionary<uint, uint> _next = [];

        private Reader(LinuxNic nic)
        {
            _nic = nic;
            _queues = [.. Enumerable.Range(0, Queues).Select(nic.GetQueue)];
        }

        public long Packets { get; private set; }

        public int Moves { get; private set; }

        /// <summary>Reads until the sender has ended and nothing comes any more.</summary>
        public static Reader Run(LinuxNic nic, LabProcess sender)
        {
            var reader = new Reader(nic);
            for (var queue = 0; queue < Queues; queue++)
            {
                reader._queues[queue].Attach();
            }

            nic.ReadIndirection(reader._table);
            var random = new Random(1);
            var empty = 0;
            while (empty < 200)
            {
                var ended = sender.HasEnded;
                var taken = reader.TakeAll();
                if (!ended && reader._moving.Count == 0)
                {
                    reader.MoveSome(random);
                }

                empty = ended && taken == 0 ? empty + 1 : 0;
                Thread.Yield();
            }

            Assert.Empty(reader._moving.Values.SelectMany(move => move.Early));
            foreach (var queue in reader._queues)
            {
                queue.Detach();
            }

            return reader;
        }

        private void MoveSome(Random random)
        {
            var groups = Enumerable.Range(0, 4).Select(_ => random.Next(Groups)).Distinct().ToArray();
            var changes = groups.Select(group => new IndirectionChange(group, (ushort)((_table[group] + 1 + random.Next(Queues - 1)) % Queues))).ToArray();
            var positions = new ulong[changes.Length];
            _nic.WriteIndirection(changes, positions);
            for (var index = 0; index < changes.Length; index++)
            {
                _moving[changes[index].Entry] = new Move(_table[changes[index].Entry], changes[index].Queue, positions[index], []);
                _table[changes[index].Entry] = changes[index].Queue;
            }

            Moves += changes.Length;
        }

        private unsafe int TakeAll()
        {
            var burst = stackalloc Mbuf[32];
            var all = 0;
            for (ushort queue = 0; queue < Queues; queue++)
            {
                var before = _queues[queue].Taken;
                var count = _queues[queue].Receive(burst, 32);
                for (var index = 0; index < count; index++)
                {
                    See(queue, before + (ulong)index, burst[index]);
                }

                _queues[queue].Free(burst, count);
                all += count;
            }

            foreach (var (group, move) in _moving.Where(move => _queues[move.Value.From].Taken >= move.Value.Position).ToArray())
            {
                move.Early.ForEach(InOrder);
                _moving.Remove(group);
            }

            return all;
        }

        // number: packets that had been taken from the queue before this one.
        private void See(ushort queue, ulong number, Mbuf mbuf)
        {
            Assert.True(s_hash.TryCompute(mbuf.Bytes, out var hash));
            Assert.Equal(hash, mbuf.RssHash);
            var group = (int)(hash & (Groups - 1));
            var packet = mbuf.Bytes[42..54].ToArray();
            if (!_moving.TryGetValue(group, out var move))
            {
                Assert.Equal(_table[group], queue);
                InOrder(packet);
            }
            else if (queue == move.From)
            {
                Assert.True(number < move.Position, $"packet {number} of the old queue, position {move.Position}");
                InOrder(packet);
            }
            else
            {
                Assert.Equal(move.To, queue);
                move.Early.Add(packet);
            }
        }

        // "MTR1", flow, number within the flow
        private void InOrder(byte[] packet)
        {
            var flow = BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(4));
            Assert.Equal(_next.GetValueOrDefault(flow), BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(8)));
            _next[flow] = _next.GetValueOrDefault(flow) + 1;
            Packets++;
        }

        private sealed record Move(ushort From, ushort To, ulong Position, List<byte[]> Early);
    }
}

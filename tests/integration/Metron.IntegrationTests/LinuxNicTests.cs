using System.Buffers.Binary;
using System.Text.Json;
using Metron.Dataplane.Nics;
using Metron.Dataplane.Nics.Linux;
using Metron.Dpdk;
using Metron.IntegrationTests.Lab;
using Metron.Kernel.Interfaces;
using Metron.Kernel.Sockets;
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
            await using var neighbour = pair.StartFar("ip", "neigh", "add", VethPair.NearAddress, "lladdr", "02:00:00:00:00:99", "dev", "far");
            (await neighbour.WaitAsync()).Succeeded();
            await using var dump = pair.StartNear("tcpdump", "-i", pair.NearInterface, "-Q", "in", "-w", "/dev/null", "--immediate-mode", "-s", "128", "-B", "4096", "udp");
            await dump.WroteAsync("listening on");
            await using var sender = pair.StartFar("taskset", "-c", $"{Environment.ProcessorCount - 1}", Repository.Traffic("numbered.py"), "send", VethPair.NearAddress, "7000", "--flows", "40", "--rate", "4000", "--seconds", "2");
            await sender.WroteAsync("started");

            var reader = await Reader.RunAsync(nic, sender);
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
    public async Task Frames_arrive_whole_with_their_VLAN_header_and_leave_as_they_stand_in_mbufs()
    {
        await using var cable = await LocalCable.StartAsync();
        byte[][] frames = [.. Enumerable.Range(0, 64).Select(number => new FrameBuilder
        {
            Vlan = number % 2 == 0 ? (ushort)(number + 1) : null,
            SourcePort = (ushort)(5000 + number),
            Payload = [.. Enumerable.Repeat((byte)number, 10 + 20 * number)],
        }.Build())];
        var far = NetworkLink.Find(cable.Far);
        using (var echoes = PacketRing.Create(far, PacketRingOptions.Usual))
        using (var sender = PacketSender.Create(far))
        using (var nic = LinuxNic.Open(new LinuxNicOptions { Interface = cable.Near, Pool = memory.Pool, Queues = 1 }))
        {
            echoes.Open();
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            var worker = Task.Factory.StartNew(() => Bounce(nic, frames, deadline.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            Send(sender, frames);
            await worker;
            Assert.Equal(frames, Take(echoes, frames.Length, deadline.Token));
        }

        Assert.Equal(memory.Pool.Count, memory.Pool.Available);
    }

    [LabFact]
    public void An_interface_that_is_not_there_is_named()
    {
        var refused = Assert.Throws<NicException>(() => LinuxNic.Open(new LinuxNicOptions { Interface = "nowhere", Pool = memory.Pool, Queues = 1 }));
        Assert.Contains("there is no interface nowhere; there are ", refused.Message, StringComparison.Ordinal);
    }

    // Sends everything back, and compares.
    private static unsafe void Bounce(LinuxNic nic, byte[][] expected, CancellationToken deadline)
    {
        var burst = stackalloc Mbuf[32];
        var port = nic.GetQueue(0);
        port.Attach();
        for (var seen = 0; seen < expected.Length;)
        {
            deadline.ThrowIfCancellationRequested();
            var count = port.Receive(burst, 32);
            for (var index = 0; index < count; index++)
            {
                Assert.Equal(expected[seen++], burst[index].Bytes.ToArray());
            }

            for (var sent = 0; sent < count;)
            {
                sent += port.Send(burst + sent, count - sent);
            }
        }

        Assert.Equal((ulong)expected.Length, port.Taken);
        Assert.Equal((ulong)expected.Length, port.Transmitted);
        Assert.Equal(default, port.Statistics);
        port.Detach();
    }

    private static unsafe void Send(PacketSender sender, byte[][] frames)
    {
        foreach (var frame in frames)
        {
            fixed (byte* bytes = frame)
            {
                Assert.Equal(1, sender.Send([new FrameMemory((nint)bytes, frame.Length)]));
            }
        }
    }

    private static List<byte[]> Take(PacketRing ring, int count, CancellationToken deadline)
    {
        var frames = new List<byte[]>();
        while (frames.Count < count)
        {
            deadline.ThrowIfCancellationRequested();
            if (ring.TryTake(out var frame))
            {
                var bytes = frame.Bytes;
                byte[] tag = frame.HasVlan ? [(byte)(frame.VlanType >> 8), (byte)frame.VlanType, (byte)(frame.VlanTag >> 8), (byte)frame.VlanTag] : [];
                frames.Add([.. bytes[..12], .. tag, .. bytes[12..]]);
            }
        }

        return frames;
    }

    /// <summary>A cable with both ends in this process's namespace, without addresses.</summary>
    private sealed class LocalCable : IAsyncDisposable
    {
        public string Near { get; } = $"mtr{Environment.ProcessId % 100_000}ka";

        public string Far { get; } = $"mtr{Environment.ProcessId % 100_000}kb";

        public static async Task<LocalCable> StartAsync()
        {
            var cable = new LocalCable();
            string[] script =
            [
                $"ip link add {cable.Near} type veth peer name {cable.Far}",
                $"sysctl -qw net.ipv6.conf.{cable.Near}.disable_ipv6=1 net.ipv6.conf.{cable.Far}.disable_ipv6=1",
                $"ip link set {cable.Near} up",
                $"ip link set {cable.Far} up",
            ];
            await using var process = LabProcess.Start(["bash", "-ec", string.Join('\n', script)]);
            (await process.WaitAsync()).Succeeded();
            return cable;
        }

        public async ValueTask DisposeAsync()
        {
            await using var process = LabProcess.Start(["ip", "link", "del", Near]);
            await process.WaitAsync();
        }
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

    /// <summary>A worker per queue, as in the dataplane, while a control thread moves groups; what they see is put together under a lock.</summary>
    private sealed class Reader
    {
        private readonly Lock _lock = new();
        private readonly LinuxNic _nic;
        private readonly ushort[] _table = new ushort[Groups];
        private readonly ulong[] _taken = new ulong[Queues];
        private readonly Dictionary<int, Move> _moving = [];
        private readonly Dictionary<uint, uint> _next = [];
        private volatile bool _isOver;

        private Reader(LinuxNic nic) => _nic = nic;

        public long Packets { get; private set; }

        public int Moves { get; private set; }

        /// <summary>Reads and moves until the sender has ended and all that it sent has arrived, or the deadline is over.</summary>
        public static async Task<Reader> RunAsync(LinuxNic nic, LabProcess sender)
        {
            var reader = new Reader(nic);
            nic.ReadIndirection(reader._table);
            var workers = Enumerable.Range(0, Queues)
                .Select(queue => Task.Factory.StartNew(() => reader.Work((ushort)queue), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))
                .ToArray();
            var random = new Random(1);
            try
            {
                while (!sender.HasEnded && !workers.Any(worker => worker.IsFaulted))
                {
                    reader.MoveSome(random);
                    await Task.Delay(1);
                }

                await Eventually.HoldsAsync("all packets have been taken", () => Task.FromResult(reader.Left()));
            }
            finally
            {
                reader._isOver = true;
                await Task.WhenAll(workers);
            }

            return reader;
        }

        private string? Left()
        {
            lock (_lock)
            {
                var received = Enumerable.Range(0, Queues).Aggregate(0UL, (sum, queue) => sum + _nic.ReadStatistics(queue).Received);
                var taken = _taken.Aggregate(0UL, (sum, each) => sum + each);
                return taken == received && _moving.Count == 0 ? null : $"{taken} of {received}, {_moving.Count} moves";
            }
        }

        private void MoveSome(Random random)
        {
            lock (_lock)
            {
                if (_moving.Count > 0)
                {
                    return;
                }

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
        }

        private unsafe void Work(ushort queue)
        {
            var burst = stackalloc Mbuf[32];
            var port = _nic.GetQueue(queue);
            port.Attach();
            while (!_isOver)
            {
                lock (_lock)
                {
                    var count = port.Receive(burst, 32);
                    for (var index = 0; index < count; index++)
                    {
                        See(queue, burst[index]);
                    }

                    port.Free(burst, count);
                    Assert.Equal(_taken[queue], port.Taken);
                    foreach (var (group, move) in _moving.Where(move => _taken[move.Value.From] >= move.Value.Position).ToArray())
                    {
                        move.Early.ForEach(InOrder);
                        _moving.Remove(group);
                    }
                }

                Thread.Yield();
            }

            port.Detach();
        }

        private void See(ushort queue, Mbuf mbuf)
        {
            Assert.True(s_hash.TryCompute(mbuf.Bytes, out var hash));
            Assert.Equal(hash, mbuf.RssHash);
            var group = (int)(hash & (Groups - 1));
            var packet = mbuf.Bytes[42..54].ToArray();
            var number = _taken[queue]++;
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

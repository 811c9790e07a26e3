using System.Buffers.Binary;
using CsCheck;
using Metron.Dataplane.Nics;
using Metron.Dpdk;

namespace Metron.Dataplane.Tests.Nics;

/// <summary>
/// Random arrivals, rewrites of the indirection table and takings, in random order, against a model in which the NIC is a few lists.
/// </summary>
public sealed unsafe class EmulatedNicProperties
{
    private const int Queues = 3;
    private const int Entries = 64;
    private const int Descriptors = 64;
    private const int Burst = 32;

    [Fact]
    public void Every_packet_goes_where_its_entry_pointed_and_positions_are_exact() =>
        Gen.Int.Sample(seed => Play(new Random(seed)), iter: 300);

    private static void Play(Random random)
    {
        using var wire = new MemoryWire();
        var nic = EmulatedNic.Create(
            new EmulatedNicOptions
            {
                Queues = Queues,
                IndirectionSize = Entries,
                ReceiveDescriptors = Descriptors,
                TransmitDescriptors = Descriptors,
            },
            new MemoryPort(wire));
        nic.SetTags(new TagGroups(Enumerable.Range(0, Entries).ToDictionary(i => (uint)i + 1, i => (ushort)i), new Dictionary<uint, ushort>()));
        var model = new Model();
        var ports = nic.OpenQueues();
        for (var turn = 0; turn < 200; turn++)
        {
            switch (random.Next(4))
            {
                case 0:
                    Inject(random, wire, model);
                    break;
                case 1:
                    nic.Step();
                    model.Step();
                    break;
                case 2:
                    Rewrite(random, nic, model);
                    break;
                default:
                    var queue = random.Next(Queues);
                    Take(wire, ref ports[queue], model, queue, random.Next(1, 50));
                    break;
            }
        }

        for (var queue = 0; queue < Queues; queue++)
        {
            var statistics = nic.ReadStatistics(queue);
            Assert.Equal(((ulong)model.Put[queue].Count, model.Missed[queue]), (statistics.Received, statistics.Missed));
            Take(wire, ref ports[queue], model, queue, Descriptors);
            Assert.Equal(statistics.Received, ports[queue].Taken);
        }

        nic.Dispose();
        Assert.Equal(0, wire.Held);
    }

    private static void Inject(Random random, MemoryWire wire, Model model)
    {
        for (var i = random.Next(1, 60); i > 0; i--)
        {
            var entry = random.Next(4) == 0 ? random.Next(Entries) : random.Next(3);
            var number = model.Inject(entry);
            var frame = new byte[60];
            frame[12] = 0x81;
            frame[15] = (byte)(entry + 1);
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(20), number);
            wire.Inject(frame);
        }
    }

    private static void Rewrite(Random random, EmulatedNic nic, Model model)
    {
        var changes = Enumerable.Range(0, random.Next(1, 5)).Select(_ => new IndirectionChange(random.Next(8), (ushort)random.Next(Queues))).ToArray();
        var positions = new ulong[changes.Length];
        nic.WriteIndirection(changes, positions);
        Assert.Equal(changes.Select(model.Write), positions);
        var queues = new ushort[Entries];
        nic.ReadIndirection(queues);
        Assert.Equal(model.Indirection, queues);
    }

    private static void Take(MemoryWire wire, ref EmulatedQueue<MemoryPort> port, Model model, int queue, int count)
    {
        var burst = stackalloc Mbuf[Descriptors];
        var received = port.Receive(burst, count);
        Assert.Equal(model.Take(queue, count), Enumerable.Range(0, received).Select(i => BinaryPrimitives.ReadInt32BigEndian(burst[i].Bytes[20..])));
        Assert.Equal((ulong)model.Taken[queue], port.Taken);
        wire.Free(burst, received);
    }

    /// <summary>What the NIC should do, by lists.</summary>
    private sealed class Model
    {
        private readonly Queue<(int Number, int Entry)> _waiting = new();
        private int _next;

        public ushort[] Indirection { get; } = [.. Enumerable.Range(0, Entries).Select(i => (ushort)(i % Queues))];

        public List<int>[] Put { get; } = [.. Enumerable.Range(0, Queues).Select(_ => new List<int>())];

        public ulong[] Missed { get; } = new ulong[Queues];

        public int[] Taken { get; } = new int[Queues];

        public int Inject(int entry)
        {
            _waiting.Enqueue((_next, entry));
            return _next++;
        }

        public void Step()
        {
            for (var i = 0; i < Burst && _waiting.TryDequeue(out var packet); i++)
            {
                var queue = Indirection[packet.Entry];
                if (Put[queue].Count - Taken[queue] == Descriptors)
                {
                    Missed[queue]++;
                }
                else
                {
                    Put[queue].Add(packet.Number);
                }
            }
        }

        public ulong Write(IndirectionChange change)
        {
            var position = Put[Indirection[change.Entry]].Count;
            Indirection[change.Entry] = change.Queue;
            return (ulong)position;
        }

        public List<int> Take(int queue, int count)
        {
            var taken = Put[queue].GetRange(Taken[queue], Math.Min(count, Put[queue].Count - Taken[queue]));
            Taken[queue] += taken.Count;
            return taken;
        }
    }
}

using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Metron.Dataplane.Nics;
using Metron.Dpdk;

namespace Metron.Dataplane.Tests.Nics;

/// <summary>The NIC on a thread of its own, with workers and a control thread beside it.</summary>
public sealed unsafe class EmulatedNicThreadTests
{
    private const int Entries = 64;
    private const int Packets = 300_000;
    private const int Mbufs = 3000;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    [Fact]
    public void Packets_keep_their_order_over_rewrites_if_queues_are_read_to_the_position()
    {
        using var source = new Source(Mbufs, Packets);
        using var nic = EmulatedNic.Create(Options(2), new SourcePort(source));
        nic.SetTags(new TagGroups(Enumerable.Range(0, Entries).ToDictionary(i => (uint)i + 1, i => (ushort)i), new Dictionary<uint, ushort>()));
        var workers = nic.OpenQueues().Select(port => new Reader(port)).ToArray();
        nic.Start();
        var threads = Array.ConvertAll(workers, worker => new Thread(worker.Run));
        Array.ForEach(threads, thread => thread.Start());
        var changes = Rewrite(nic, workers);
        Array.ForEach(threads, thread => Assert.True(thread.Join(Deadline)));

        var missed = Enumerable.Range(0, 2).Sum(queue => (long)nic.ReadStatistics(queue).Missed);
        Assert.Equal(Packets, workers.Sum(worker => worker.Seen.Count) + missed);
        Assert.NotEmpty(changes);
        for (var entry = 0; entry < Entries; entry++)
        {
            AssertInOrder(workers, changes, entry);
        }

        nic.Dispose();
        Assert.Equal(TaskStatus.RanToCompletion, nic.Completion.Status);
        Assert.Equal((ulong)workers.Sum(worker => worker.Sent), (ulong)source.Transmitted);
        Assert.Equal(Mbufs, source.Free.Count);
        Assert.Equal((3, 3), (source.Attached, source.Detached));
    }

    [Fact]
    public void Control_calls_fail_clearly_when_the_thread_has_died()
    {
        using var source = new Source(1, 0) { OnReceive = () => throw new InvalidOperationException("the cable burns") };
        using var nic = EmulatedNic.Create(Options(2), new SourcePort(source));
        nic.Start();
        var died = Assert.Throws<AggregateException>(() => nic.Completion.Wait(Deadline)).InnerException;
        Assert.Contains("the cable burns", Assert.IsType<NicException>(died).Message, StringComparison.Ordinal);
        var failure = Assert.Throws<NicException>(() => nic.WriteIndirection([new(0, 1)], new ulong[1]));
        Assert.Contains("the cable burns", failure.Message, StringComparison.Ordinal);
        Assert.Throws<NicException>(() => nic.ReadIndirection(new ushort[Entries]));
        Assert.Throws<NicException>(() => nic.SetTags(TagGroups.None));
    }

    [Fact]
    public void Control_calls_fail_after_their_deadline_and_are_not_carried_out_later()
    {
        using var stalled = new ManualResetEventSlim();
        using var resumed = new ManualResetEventSlim();
        using var source = new Source(1, 0);
        source.OnReceive = () =>
        {
            stalled.Set();
            Assert.True(resumed.Wait(Deadline));
        };
        using var nic = EmulatedNic.Create(Options(2) with { ControlDeadline = TimeSpan.FromMilliseconds(1) }, new SourcePort(source));
        nic.Start();
        Assert.True(stalled.Wait(Deadline));
        Assert.Throws<NicException>(() => nic.WriteIndirection([new(0, 1)], new ulong[1]));
        resumed.Set();
        // The thread runs again: it takes another call, and has left out the one before.
        Assert.True(SpinWait.SpinUntil(() => Succeeds(() => nic.WriteIndirection([new(2, 1)], new ulong[1])), Deadline));
        var queues = new ushort[Entries];
        nic.ReadIndirection(queues);
        Assert.Equal((0, 1), (queues[0], queues[2]));
    }

    [Fact]
    public void Starting_twice_or_on_a_CPU_that_there_is_not_is_refused()
    {
        using var source = new Source(1, 0);
        using var lost = EmulatedNic.Create(Options(1) with { Core = 1023 }, new SourcePort(source));
        Assert.Throws<DpdkException>(lost.Start);
        Assert.Throws<NicException>(() => lost.ReadIndirection(new ushort[Entries]));

        using var nic = EmulatedNic.Create(Options(1), new SourcePort(source));
        nic.Start();
        Assert.Throws<InvalidOperationException>(nic.Start);
    }

    private static bool Succeeds(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (NicException)
        {
            return false;
        }
    }

    private static EmulatedNicOptions Options(int queues) => new()
    {
        Queues = queues,
        IndirectionSize = Entries,
        IdleSleep = TimeSpan.FromMicroseconds(50),
        EmptyStepsBeforeSleep = 10,
    };

    /// <summary>Moves entries to and fro until the workers have seen everything.</summary>
    private static List<Change> Rewrite(EmulatedNic nic, Reader[] workers)
    {
        var random = new Random(1);
        var changes = new List<Change>();
        var queues = new ushort[Entries];
        nic.ReadIndirection(queues);
        var position = new ulong[1];
        while (workers.Sum(worker => Volatile.Read(ref worker.Count)) + Enumerable.Range(0, 2).Sum(queue => (long)nic.ReadStatistics(queue).Missed) < Packets)
        {
            var entry = random.Next(Entries);
            var old = queues[entry];
            queues[entry] = (ushort)(1 - old);
            nic.WriteIndirection([new(entry, queues[entry])], position);
            changes.Add(new Change(entry, old, position[0]));
            Thread.Yield();
        }

        Array.ForEach(workers, worker => Volatile.Write(ref worker.IsStopped, true));
        return changes;
    }

    /// <summary>
    /// A flow group's packets: those of the queue that it began in up to the position of its first change, then those of the other queue up to the
    /// position of the second, …, must be in order, and there must be no others.
    /// </summary>
    private static void AssertInOrder(Reader[] workers, List<Change> changes, int entry)
    {
        var queues = Array.ConvertAll(workers, worker =>
            new Queue<(int Position, int Number)>(worker.Seen.Select((seen, i) => (seen, i)).Where(pair => pair.seen.Entry == entry).Select(pair => (pair.i, pair.seen.Number))));
        var last = -1;
        foreach (var change in changes.Where(change => change.Entry == entry).Append(new Change(entry, -1, ulong.MaxValue)))
        {
            // Behind the last change only one queue has anything left.
            var queue = change.Old >= 0 ? queues[change.Old] : queues.MaxBy(rest => rest.Count)!;
            while (queue.TryPeek(out var packet) && (ulong)packet.Position < change.Position)
            {
                Assert.True(packet.Number > last, $"entry {entry}: {packet.Number} after {last}");
                last = packet.Number;
                queue.Dequeue();
            }
        }

        Assert.All(queues, Assert.Empty);
    }

    private sealed record Change(int Entry, int Old, ulong Position);

    /// <summary>A worker that notes what it gets, and sends or frees it.</summary>
    private sealed class Reader(EmulatedQueue<SourcePort> port)
    {
        private EmulatedQueue<SourcePort> _port = port;

        public List<(int Entry, int Number)> Seen { get; } = new(Packets);

        public long Count;

        public bool IsStopped;

        public long Sent { get; private set; }

        public void Run()
        {
            _port.Attach();
            var burst = stackalloc Mbuf[32];
            while (!Volatile.Read(ref IsStopped))
            {
                var received = _port.Receive(burst, 32);
                for (var i = 0; i < received; i++)
                {
                    var frame = burst[i].Bytes;
                    Seen.Add((frame[15] - 1, BinaryPrimitives.ReadInt32BigEndian(frame[20..])));
                }

                Assert.Equal((ulong)Seen.Count, _port.Taken);
                var sent = _port.Send(burst, received / 2);
                Sent += sent;
                _port.Free(burst + sent, received - sent);
                Volatile.Write(ref Count, Count + received);
                if (received == 0)
                {
                    Thread.Yield();
                }
            }

            _port.Detach();
        }
    }

    /// <summary>Makes numbered packets of random flow groups from a fixed set of mbufs, which come back when they are sent or freed.</summary>
    private sealed class Source : IDisposable
    {
        private const int MbufBytes = 256;
        private readonly byte* _memory;
        private readonly int _packets;
        private readonly Random _random = new(3);
        private int _next;
        private int _attached;
        private int _detached;

        public Source(int mbufs, int packets)
        {
            _packets = packets;
            _memory = (byte*)NativeMemory.AllocZeroed((nuint)(mbufs * MbufBytes));
            for (var i = 0; i < mbufs; i++)
            {
                var start = _memory + (i * MbufBytes);
                *(byte**)start = start + 128;
                new Mbuf((nint)start).SetLength(60);
                Free.Enqueue((nint)start);
            }
        }

        public ConcurrentQueue<nint> Free { get; } = new();

        public Action OnReceive { get; set; } = () => { };

        public long Transmitted { get; private set; }

        public int Attached => _attached;

        public int Detached => _detached;

        public int Receive(Mbuf* burst, int count)
        {
            OnReceive();
            var received = 0;
            while (received < count && _next < _packets && Free.TryDequeue(out var address))
            {
                var mbuf = new Mbuf(address);
                mbuf.Bytes[12] = 0x81;
                mbuf.Bytes[15] = (byte)(1 + _random.Next(Entries));
                BinaryPrimitives.WriteInt32BigEndian(mbuf.Bytes[20..], _next++);
                burst[received++] = mbuf;
            }

            return received;
        }

        public void Send(Mbuf* burst, int count)
        {
            Transmitted += count;
            GiveBack(burst, count);
        }

        public void GiveBack(Mbuf* burst, int count)
        {
            for (var i = 0; i < count; i++)
            {
                Free.Enqueue(burst[i].Address);
            }
        }

        public void Attach() => Interlocked.Increment(ref _attached);

        public void Detach() => Interlocked.Increment(ref _detached);

        public void Dispose() => NativeMemory.Free(_memory);
    }

    private readonly struct SourcePort(Source source) : IPacketPort
    {
        public ulong Taken => 0;

        public ulong Transmitted => (ulong)source.Transmitted;

        public void Attach() => source.Attach();

        public void Detach() => source.Detach();

        public int Receive(Mbuf* burst, int count) => source.Receive(burst, count);

        public int Send(Mbuf* burst, int count)
        {
            source.Send(burst, count);
            return count;
        }

        public bool TryCopy(Mbuf source, out Mbuf copy)
        {
            copy = default;
            return false;
        }

        public void Free(Mbuf* burst, int count) => source.GiveBack(burst, count);
    }
}

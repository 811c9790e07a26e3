using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Metron.Dataplane;
using Metron.Dpdk;

namespace Metron.Bench.Migration;

/// <summary>
/// Both ends of a wire in memory: sends packets of many flows that are numbered within their flow and carry the time, and looks what comes back: what is
/// lost or overtaken, whether NAT bindings stay, how long the slowest packet took. No more packets are under way than there are mbufs. One thread
/// receives and sends; any may free.
/// </summary>
internal sealed unsafe class SequencedTraffic : IDisposable
{
    /// <summary>Bytes of payload that a frame needs: number (4), flow (4), time (8).</summary>
    public const int PayloadBytes = 16;

    private const int StructBytes = 128;
    private const int Headroom = 128;
    private const int FrameBytes = 128;
    private const int MbufBytes = StructBytes + Headroom + FrameBytes;

    private readonly byte* _memory;
    private readonly byte[][] _frames;
    private readonly int[] _order;
    private readonly int _payload;
    private readonly Stack<nint> _free = new();
    private readonly Stack<nint> _returned = new();
    private readonly Lock _lock = new();
    private readonly uint[] _sent;
    private readonly uint[] _last;
    private readonly ushort[] _ports;
    private int _next;
    private long _received;
    private long _carried;
    private volatile bool _isPaused;

    /// <param name="frames">A frame of each flow: UDP over IPv4 without checksum, at most 128 bytes.</param>
    /// <param name="order">Whose packet is next, again and again.</param>
    /// <param name="payload">Where the payload begins; the UDP header lies in front.</param>
    /// <param name="mbufs">Most packets under way.</param>
    public SequencedTraffic(IReadOnlyList<byte[]> frames, IReadOnlyList<int> order, int payload, int mbufs)
    {
        (_frames, _order, _payload) = ([.. frames], [.. order], payload);
        (_sent, _last, _ports) = (new uint[frames.Count], new uint[frames.Count], new ushort[frames.Count]);
        Mbufs = mbufs;
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)(mbufs * MbufBytes), 64);
        new Span<byte>(_memory, mbufs * MbufBytes).Clear();
        for (var i = 0; i < mbufs; i++)
        {
            var mbuf = _memory + (i * MbufBytes);
            *(byte**)mbuf = mbuf + StructBytes; // struct rte_mbuf begins with buf_addr
            _free.Push((nint)mbuf);
        }
    }

    public int Mbufs { get; }

    /// <summary>Packets that came into the wire.</summary>
    public long Sent => Volatile.Read(ref _received);

    /// <summary>Packets that came through.</summary>
    public long Carried => Volatile.Read(ref _carried);

    /// <summary>Packets that came behind a later one of their flow, or twice.</summary>
    public long Reordered { get; private set; }

    /// <summary>Packets whose source port was not that of the flow's packets before.</summary>
    public long Rebound { get; private set; }

    /// <summary>The longest time that a packet took since the last call, in ticks of <see cref="Stopwatch"/>. To be read while paused, or roughly.</summary>
    public long LongestTicks { get; set; }

    /// <summary>Whether no new packet comes.</summary>
    public bool IsPaused
    {
        get => _isPaused;
        set => _isPaused = value;
    }

    public int Receive(Mbuf* burst, int count)
    {
        if (_isPaused)
        {
            return 0;
        }

        if (_free.Count < count)
        {
            TakeReturned();
        }

        var now = Stopwatch.GetTimestamp();
        var received = 0;
        for (; received < count && _free.TryPop(out var memory); received++)
        {
            var flow = _order[_next];
            _next = _next + 1 < _order.Length ? _next + 1 : 0;
            var frame = _frames[flow];
            var mbuf = new Mbuf(memory) { BufferLength = Headroom + FrameBytes, DataOffset = Headroom };
            mbuf.SetLength(frame.Length);
            mbuf.Flags = default;
            frame.CopyTo(mbuf.Bytes);
            var payload = mbuf.Bytes[_payload..];
            BinaryPrimitives.WriteUInt32LittleEndian(payload, ++_sent[flow]);
            BinaryPrimitives.WriteInt32LittleEndian(payload[4..], flow);
            BinaryPrimitives.WriteInt64LittleEndian(payload[8..], now);
            burst[received] = mbuf;
        }

        Volatile.Write(ref _received, _received + received);
        return received;
    }

    public int Send(Mbuf* burst, int count)
    {
        var now = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            var frame = burst[i].Bytes;
            var payload = frame[_payload..];
            Note(
                BinaryPrimitives.ReadInt32LittleEndian(payload[4..]),
                BinaryPrimitives.ReadUInt32LittleEndian(payload),
                BinaryPrimitives.ReadUInt16BigEndian(frame[(_payload - 8)..]));
            LongestTicks = Math.Max(LongestTicks, now - BinaryPrimitives.ReadInt64LittleEndian(payload[8..]));
            _free.Push(burst[i].Address);
        }

        Volatile.Write(ref _carried, _carried + count);
        return count;
    }

    /// <summary>Takes mbufs back that were dropped. Callable by any thread.</summary>
    public void Free(Mbuf* burst, int count)
    {
        lock (_lock)
        {
            for (var i = 0; i < count; i++)
            {
                _returned.Push(burst[i].Address);
            }
        }
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);

    /// <summary>Flows by a law of Zipf: the most frequent first.</summary>
    public static int[] Zipf(int flows, double exponent, int packets, int seed)
    {
        var random = new Random(seed);
        var cumulated = new double[flows];
        for (var flow = 0; flow < flows; flow++)
        {
            cumulated[flow] = (flow > 0 ? cumulated[flow - 1] : 0) + Math.Pow(flow + 1, -exponent);
        }

        return [.. Enumerable.Range(0, packets).Select(_ =>
        {
            var at = Array.BinarySearch(cumulated, random.NextDouble() * cumulated[^1]);
            return Math.Min(at < 0 ? ~at : at, flows - 1);
        })];
    }

    private void Note(int flow, uint number, ushort port)
    {
        Reordered += number <= _last[flow] ? 1 : 0;
        _last[flow] = Math.Max(_last[flow], number);
        Rebound += _ports[flow] != 0 && _ports[flow] != port ? 1 : 0;
        _ports[flow] = port;
    }

    private void TakeReturned()
    {
        lock (_lock)
        {
            while (_returned.TryPop(out var memory))
            {
                _free.Push(memory);
            }
        }
    }
}

/// <summary>The port of a NIC whose wire is <see cref="SequencedTraffic"/>.</summary>
internal readonly unsafe struct SequencedPort(SequencedTraffic traffic) : IPacketPort
{
    public ulong Taken => (ulong)traffic.Sent;

    public ulong Transmitted => (ulong)traffic.Carried;

    public void Attach()
    {
    }

    public void Detach()
    {
    }

    public int Receive(Mbuf* burst, int count) => traffic.Receive(burst, count);

    public int Send(Mbuf* burst, int count) => traffic.Send(burst, count);

    public bool TryCopy(Mbuf source, out Mbuf copy)
    {
        copy = default;
        return false;
    }

    public void Free(Mbuf* burst, int count) => traffic.Free(burst, count);
}

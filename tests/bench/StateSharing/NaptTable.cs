using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Metron.Packets.Memory;

namespace Metron.Bench.StateSharing;

/// <summary>
/// Translated flows in one flat table: as good as a shared table gets. Lookups take no lock; a flow is written whole before the compare-and-swap that
/// lets others see it; nothing ever leaves the table, so nobody needs to be waited for. What remains of sharing is what cannot be left out: counters that
/// all workers add to, and cache lines that travel between cores.
/// </summary>
/// <typeparam name="TSharing">One worker's own, or all workers'.</typeparam>
internal sealed unsafe class NaptTable<TSharing> : IDisposable
    where TSharing : struct, ISharing
{
    private const int FirstPort = 1024;
    private const int PortsPerAddress = 65536 - FirstPort;
    private const int LineBytes = 64;

    private readonly NativeRegion _region;
    private readonly ulong* _places; // hash above number + 1 of the flow; 0: none
    private readonly NaptFlow* _flows;
    private readonly ulong* _counters; // flows, ports given out; each in a line of its own
    private readonly ulong _mask;
    private readonly ulong _capacity;
    private readonly uint _firstAddress;

    /// <param name="capacity">Most flows, both directions counted: a power of two.</param>
    /// <param name="firstAddress">First outside address, in host order; the next ones follow when its ports are used up.</param>
    public NaptTable(int capacity, uint firstAddress)
    {
        _capacity = BitOperations.RoundUpToPowerOf2((uint)capacity);
        _mask = (_capacity * 2) - 1;
        _firstAddress = firstAddress;
        _region = new NativeRegion((nuint)((2 * LineBytes * 2) + ((_mask + 1) * sizeof(ulong)) + (_capacity * (uint)sizeof(NaptFlow))));
        _counters = (ulong*)_region.Start;
        _flows = (NaptFlow*)(_region.Start + (4 * LineBytes));
        _places = (ulong*)(_flows + _capacity);
    }

    /// <summary>Flows in the table, both directions counted.</summary>
    public ulong Count => Volatile.Read(ref _counters[0]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Hash(ulong addresses, ulong rest) =>
        Sse42.X64.Crc32(Sse42.X64.Crc32(0xdeadbeef, addresses), rest) << 32 | Sse42.X64.Crc32(Sse42.X64.Crc32(0x1234567, rest), addresses);

    /// <summary>Asks the CPU for where a flow is looked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(ulong hash) => Sse.Prefetch0(_places + (hash & _mask));

    /// <summary>The flow with a key; null when there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public NaptFlow* Find(ulong hash, ulong addresses, ulong rest)
    {
        for (var at = hash & _mask; ; at = (at + 1) & _mask)
        {
            var place = Volatile.Read(ref _places[at]);
            if (place == 0)
            {
                return null;
            }

            if (place >> 32 == hash >> 32)
            {
                var flow = _flows + ((uint)place - 1);
                if (flow->Addresses == addresses && flow->Rest == rest)
                {
                    return flow;
                }
            }
        }
    }

    /// <summary>Adds a flow from inside, and the one that answers to it; another worker may have been faster.</summary>
    /// <returns>The flow; null when the table is full.</returns>
    public NaptFlow* Add(ulong hash, ulong addresses, ulong rest)
    {
        var number = TSharing.Add(ref _counters[LineBytes / sizeof(ulong)], 1) - 1;
        var address = ToNetwork(_firstAddress + (uint)(number / PortsPerAddress));
        var port = ToNetwork((ushort)(FirstPort + (number % PortsPerAddress)));
        var (inside, insidePort) = ((uint)addresses, (ushort)rest);
        var flow = Insert(hash, new NaptFlow(addresses, rest) { Address = address, Port = port }.Translate(inside, insidePort));
        if (flow != null && flow->Address == address && flow->Port == port)
        {
            var (peer, peerPort) = (addresses >> 32, rest >> 16 & 0xffff);
            var (back, backRest) = (peer | (ulong)address << 32, (rest & ~0xffff_ffffUL) | peerPort | (uint)port << 16);
            Insert(Hash(back, backRest), new NaptFlow(back, backRest) { Address = inside, Port = insidePort }.Translate(address, port));
        }

        return flow;
    }

    public void Dispose() => _region.Dispose();

    private static uint ToNetwork(uint value) => BinaryPrimitives.ReverseEndianness(value);

    private static ushort ToNetwork(ushort value) => BinaryPrimitives.ReverseEndianness(value);

    private NaptFlow* Insert(ulong hash, in NaptFlow flow)
    {
        var index = TSharing.Add(ref _counters[0], 1) - 1;
        if (index >= _capacity)
        {
            return null;
        }

        _flows[index] = flow;
        var place = hash >> 32 << 32 | (index + 1);
        for (var at = hash & _mask; ; at = (at + 1) & _mask)
        {
            if (_places[at] == 0 && TSharing.TryClaim(ref _places[at], place))
            {
                return _flows + index;
            }

            var other = _flows + ((uint)Volatile.Read(ref _places[at]) - 1);
            if (other->Addresses == flow.Addresses && other->Rest == flow.Rest)
            {
                return other; // the one made for nothing stays unused
            }
        }
    }
}

/// <summary>A direction of a translated flow: one cache line. All words are as they lie in frames.</summary>
/// <param name="addresses">Source, and destination above it.</param>
/// <param name="rest">Source port, destination port above it, protocol above both.</param>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal struct NaptFlow(ulong addresses, ulong rest)
{
    public readonly ulong Addresses = addresses;
    public readonly ulong Rest = rest;

    /// <summary>Address and port that are written: the source's of packets from inside, else the destination's.</summary>
    public uint Address;

    /// <summary>As <see cref="Address"/>.</summary>
    public ushort Port;

    /// <summary>What the rewrite does to the IPv4 checksum, the TTL included (RFC 1624).</summary>
    public ushort NetworkDelta;

    /// <summary>What it does to the checksum of TCP or UDP.</summary>
    public ushort TransportDelta;

    public ulong Packets;
    public ulong Bytes;

    /// <summary>Fills in the differences of the checksums.</summary>
    /// <param name="address">The address that is written over.</param>
    /// <param name="port">The port.</param>
    public readonly NaptFlow Translate(uint address, ushort port)
    {
        const uint LowerTimeToLive = 0xfffe; // ~n + (n - 1)
        var of = Words(~address) + Words(Address);
        return this with { NetworkDelta = Fold(of + LowerTimeToLive), TransportDelta = Fold(of + (ushort)~port + Port) };
    }

    public static ushort Fold(uint sum)
    {
        sum = (sum >> 16) + (ushort)sum;
        return (ushort)((sum >> 16) + sum);
    }

    private static uint Words(uint value) => (value >> 16) + (ushort)value;
}

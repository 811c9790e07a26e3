using System.Runtime.CompilerServices;
using Metron.Dataplane;
using Metron.Dpdk;

namespace Metron.Bench.StateSharing;

/// <summary>
/// A worker that does the least that a NAPT does with a packet from inside: reads and checks the header, looks its flow up, counts it, and writes address,
/// port, TTL, checksums and MACs. Frames are Ethernet and IPv4 without options, UDP or TCP; others are dropped.
/// </summary>
/// <typeparam name="TSharing">Whether the table is the worker's own.</typeparam>
/// <typeparam name="TPort">Kind of port.</typeparam>
/// <param name="table">The table.</param>
/// <param name="port">The port.</param>
internal sealed unsafe class NaptWorker<TSharing, TPort>(NaptTable<TSharing> table, TPort port)
    where TSharing : struct, ISharing
    where TPort : struct, IPacketPort
{
    private const int Burst = 32;
    private const int EthernetLength = 14;
    private const int UdpChecksum = 6;
    private const int TcpChecksum = 16;
    private const ulong DestinationMac = 0x0bd0_0000_0002; // as it lies in the frame: 02:00:00:00:d0:0b
    private const ulong MacMask = 0xffff_ffff_ffff;

#pragma warning disable IDE0044 // Ports are structs with state: readonly would make their calls work on copies.
    private TPort _port = port;
#pragma warning restore IDE0044

    /// <summary>Packets sent.</summary>
    public ulong Sent { get; private set; }

    /// <summary>Packets dropped.</summary>
    public ulong Dropped { get; private set; }

    /// <summary>Carries one burst.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Poll()
    {
        var burst = stackalloc Mbuf[Burst];
        var keys = stackalloc ulong[3 * Burst];
        var received = _port.Receive(burst, Burst);
        for (var i = 0; i < received; i++)
        {
            var key = keys + (3 * i);
            if (TryReadKey(burst[i].Data, burst[i].DataLength, key))
            {
                table.Prefetch(key[0]);
            }
        }

        var sent = 0;
        for (var i = 0; i < received; i++)
        {
            var key = keys + (3 * i);
            var flow = key[2] == 0 ? null : table.Find(key[0], key[1], key[2]);
            if (flow == null && key[2] != 0)
            {
                flow = table.Add(key[0], key[1], key[2]);
            }

            if (flow == null)
            {
                _port.Free(burst + i, 1);
                continue;
            }

            Translate(burst[i].Data, flow);
            TSharing.Add(ref flow->Packets, 1);
            TSharing.Add(ref flow->Bytes, burst[i].DataLength);
            burst[sent++] = burst[i];
        }

        var taken = _port.Send(burst, sent);
        if (taken < sent)
        {
            _port.Free(burst + taken, sent - taken);
        }

        Dropped += (uint)(received - taken);
        Sent += (uint)taken;
    }

    /// <summary>Reads hash, addresses, and ports with protocol; 0 for the last when the packet is none to translate.</summary>
    private static bool TryReadKey(byte* frame, int length, ulong* key)
    {
        key[2] = 0;
        var ip = frame + EthernetLength;
        if (length < EthernetLength + 40 || *(ushort*)(frame + 12) != 0x0008 || *ip != 0x45 || (*(ushort*)(ip + 6) & 0xff3f) != 0 || ip[8] <= 1)
        {
            return false;
        }

        ulong sum = 0;
        for (var word = 0; word < 5; word++)
        {
            sum += ((uint*)ip)[word];
        }

        sum = (sum >> 32) + (uint)sum;
        if (NaptFlow.Fold((uint)(sum >> 16) + (ushort)sum) != 0xffff || ip[9] is not (6 or 17))
        {
            return false;
        }

        key[1] = *(ulong*)(ip + 12);
        key[2] = *(uint*)(ip + 20) | (ulong)ip[9] << 32;
        key[0] = NaptTable<TSharing>.Hash(key[1], key[2]);
        return true;
    }

    private static void Translate(byte* frame, NaptFlow* flow)
    {
        var ip = frame + EthernetLength;
        *(ulong*)frame = (*(ulong*)frame & ~MacMask) | DestinationMac;
        *(uint*)(ip + 12) = flow->Address;
        *(ushort*)(ip + 20) = flow->Port;
        ip[8]--;
        Apply((ushort*)(ip + 10), flow->NetworkDelta);
        var checksum = (ushort*)(ip + 20 + (ip[9] == 6 ? TcpChecksum : UdpChecksum));
        if (*checksum != 0)
        {
            Apply(checksum, flow->TransportDelta);
            *checksum = *checksum == 0 ? ushort.MaxValue : *checksum; // 0 means none (RFC 768)
        }
    }

    private static void Apply(ushort* checksum, ushort delta) => *checksum = (ushort)~NaptFlow.Fold((uint)(ushort)~*checksum + delta);
}

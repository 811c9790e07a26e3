using System.Buffers.Binary;
using Metron.Dataplane.Programs;
using Metron.Dpdk;
using Metron.Packets;

namespace Metron.Dataplane.Workers;

/// <summary>
/// Prepares the packets of a burst that functions will be asked about: lets the functions ask the CPU for the state that each will need, for all
/// these packets before the first of them is handled, so that their cache misses overlap. Marked inner loop.
/// </summary>
/// <remarks>
/// Nothing is judged here and nothing is changed. What a packet will meet is guessed: the way that packets of its slot took before, and the
/// headers that it came with.
/// </remarks>
internal static unsafe class FirstPackets
{
    private const int Ipv4Length = 20;
    private const int Ipv6Length = 40;
    private const int PortsLength = 4;

    /// <summary>Asks for the state of all packets of a burst that have no entry.</summary>
    /// <param name="burst">The mbufs.</param>
    /// <param name="packets">What is known of them after the second step.</param>
    /// <param name="count">Number of packets.</param>
    /// <param name="snapshot">What the worker runs.</param>
    public static void Prefetch(Mbuf* burst, PendingPacket* packets, int count, WorkerSnapshot snapshot)
    {
        for (var i = 0; i < count; i++)
        {
            var packet = packets + i;
            var number = packet->Path switch
            {
                PacketPath.Slow => packet->Candidate,
                PacketPath.Ipv4Flow => packet->Candidate == 0 ? packet->Key4.Slot : 0u,
                PacketPath.Ipv6Flow => packet->Candidate == 0 ? packet->Key6.Slot : 0u,
                _ => 0u,
            };
            if (number != 0 && TryRead(packet->Frame + packet->NetworkOffset, burst[i].DataLength - packet->NetworkOffset, out var headers))
            {
                Prefetch(snapshot.Slots[number]!, in headers);
            }
        }
    }

    private static void Prefetch(IngressSlot slot, in PacketHeaders headers)
    {
        var functions = slot.Program.Functions;
        foreach (var hop in slot.UsualWay)
        {
            functions[hop.Function].Instance.Prefetch(in headers, hop.Port);
        }
    }

    /// <summary>Reads addresses, protocol and ports, if there may be any.</summary>
    private static bool TryRead(byte* ip, int length, out PacketHeaders headers)
    {
        headers = default;
        byte* transport;
        if (length >= Ipv4Length + PortsLength && *ip == 0x45)
        {
            headers.Protocol = ip[9];
            headers.Source = IpAddress.V4(BinaryPrimitives.ReverseEndianness(*(uint*)(ip + 12)));
            headers.Destination = IpAddress.V4(BinaryPrimitives.ReverseEndianness(*(uint*)(ip + 16)));
            transport = ip + Ipv4Length;
        }
        else if (length >= Ipv6Length + PortsLength && *ip >> 4 == 6)
        {
            headers.Protocol = ip[6];
            headers.Source = IpAddress.V6(ReadWide(ip + 8));
            headers.Destination = IpAddress.V6(ReadWide(ip + 24));
            transport = ip + Ipv6Length;
        }
        else
        {
            return false;
        }

        headers.SourcePort = BinaryPrimitives.ReverseEndianness(*(ushort*)transport);
        headers.DestinationPort = BinaryPrimitives.ReverseEndianness(*(ushort*)(transport + 2));
        return headers.Protocol is IpProtocol.Tcp or IpProtocol.Udp;
    }

    private static UInt128 ReadWide(byte* address) => new(
        BinaryPrimitives.ReverseEndianness(*(ulong*)address), BinaryPrimitives.ReverseEndianness(*(ulong*)(address + 8)));
}

using System.Runtime.CompilerServices;
using Metron.Dataplane.Flows;
using Metron.Packets;

namespace Metron.Dataplane.Workers;

/// <summary>Applies a flow entry's action to a plain packet. Marked inner loop: about 10 cycles per packet.</summary>
internal static unsafe class FlowRewriter
{
    private const int Ipv4Length = 20;
    private const int Ipv6Length = 40;

    /// <summary>Rewrites the IP and transport headers.</summary>
    /// <param name="ip">IP header of a packet that <see cref="PlainPacketReader"/> has read, with a TTL above the entry's limit.</param>
    /// <param name="entry">Its entry.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply<TAddresses>(byte* ip, FlowEntry<TAddresses>* entry)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        byte* transport;
        if (typeof(TAddresses) == typeof(Ipv4Addresses))
        {
            *(TAddresses*)(ip + 12) = entry->Addresses;
            ip[8] -= entry->TimeToLiveDecrement;
            *(ushort*)(ip + 10) = InternetChecksum.Apply(*(ushort*)(ip + 10), entry->NetworkDelta);
            transport = ip + Ipv4Length;
        }
        else
        {
            *(TAddresses*)(ip + 8) = entry->Addresses;
            ip[7] -= entry->TimeToLiveDecrement;
            transport = ip + Ipv6Length;
        }

        switch (entry->Transport)
        {
            case TransportKind.Tcp:
                *(uint*)transport = entry->Ports;
                *(ushort*)(transport + 16) = InternetChecksum.Apply(*(ushort*)(transport + 16), entry->TransportDelta);
                break;
            case TransportKind.Udp:
                *(uint*)transport = entry->Ports;
                *(ushort*)(transport + 6) = InternetChecksum.ApplyUdp(*(ushort*)(transport + 6), entry->TransportDelta);
                break;
            case TransportKind.Icmp:
                *(ushort*)(transport + 4) = (ushort)entry->Ports;
                *(ushort*)(transport + 2) = InternetChecksum.Apply(*(ushort*)(transport + 2), entry->TransportDelta);
                break;
        }
    }

    /// <summary>TTL or hop limit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte TimeToLive<TAddresses>(byte* ip) => typeof(TAddresses) == typeof(Ipv4Addresses) ? ip[8] : ip[7];
}

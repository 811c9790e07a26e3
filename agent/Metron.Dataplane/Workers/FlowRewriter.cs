using System.Runtime.CompilerServices;
using Metron.Dataplane.Flows;
using Metron.Packets;

namespace Metron.Dataplane.Workers;

/// <summary>Applies a flow entry's action to a plain packet. Marked inner loop.</summary>
internal static unsafe class FlowRewriter
{
    private const int Ipv4Length = 20;
    private const int Ipv6Length = 40;

    /// <summary>Where the ICMP identifier stands in its header.</summary>
    private const int IcmpIdentifier = 4;

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

        // TCP and UDP take the same way, so that traffic of both costs no mispredicted branches.
        var checksum = (ushort*)(transport + entry->ChecksumOffset);
        if (entry->Transport >= TransportKind.Tcp)
        {
            *(uint*)transport = entry->Ports;
            var before = *checksum;
            var after = InternetChecksum.Apply(before, entry->TransportDelta);
            if (entry->Transport == TransportKind.Udp && (before == 0 || after == 0))
            {
                after = before == 0 ? (ushort)0 : (ushort)0xffff;
            }

            *checksum = after;
        }
        else if (entry->Transport == TransportKind.Icmp)
        {
            *(ushort*)(transport + IcmpIdentifier) = (ushort)entry->Ports;
            *checksum = InternetChecksum.Apply(*checksum, entry->TransportDelta);
        }
    }

    /// <summary>TTL or hop limit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte TimeToLive<TAddresses>(byte* ip) => typeof(TAddresses) == typeof(Ipv4Addresses) ? ip[8] : ip[7];
}

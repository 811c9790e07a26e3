using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Metron.Dataplane.Flows;
using Metron.Dataplane.Programs;
using Metron.Dpdk;
using Metron.Packets;

namespace Metron.Dataplane.Workers;

/// <content>The first step: tags, flow groups and keys.</content>
internal sealed unsafe partial class BurstProcessor
{
    private const ushort EtherTypeVlan = 0x0081;
    private const ushort EtherTypeIpv4 = 0x0008;
    private const ushort EtherTypeIpv6 = 0xdd86;

    /// <summary>The first three octets of MAC addresses that are tags.</summary>
    private const uint TagPrefix = 0x544d02;

    private const int TagLength = 4;

    /// <summary>
    /// First step: reads tags and keys, hashes, asks for the buckets. In passes of their own, for tags, IPv4 and IPv6, so that each needs few registers.
    /// </summary>
    private void Classify(Mbuf* burst, int count)
    {
        var hasV6 = ReadTags(burst, count);
        ClassifyIpv4(burst, count);
        if (hasV6)
        {
            ClassifyIpv6(burst, count);
        }
    }

    /// <summary>Begins the first step: finds slot and flow group of each packet by its tag.</summary>
    /// <returns>Whether there are IPv6 packets.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private bool ReadTags(Mbuf* burst, int count)
    {
        for (var i = 0; i < count; i++)
        {
            burst[i].PrefetchData();
        }

        var tags = Snapshot.MacTags.Words;
        var tagMask = Snapshot.MacTags.Mask;
        var views = _groups.Views;
        var self = _context.Index;
        var packet = _pending;
        var packetView = _views;
        var hasV6 = false;
        ulong bytes = 0;
        _counters->ReceivedPackets += (uint)count;
        for (var end = burst + count; burst < end; burst++, packet++, packetView++)
        {
            var frame = burst->Data;
            var length = burst->PacketLength;
            bytes += length;
            packet->Frame = frame;
            packet->Start((ushort)length);
            *packetView = null;
            if (burst->DataLength < EthernetLength + TagLength || length > ushort.MaxValue)
            {
                continue;
            }

            ulong place;
            var etherType = *(ushort*)(frame + 12);
            packet->NetworkOffset = EthernetLength;
            if (etherType == EtherTypeVlan)
            {
                packet->NetworkOffset = EthernetLength + TagLength;
                etherType = *(ushort*)(frame + 16);
                place = FindVlanPlace(frame);
            }
            else if ((*(uint*)frame & 0xffffff) != TagPrefix
                || !TagTable.TryFirst(tags, tagMask, BinaryPrimitives.ReverseEndianness(*(uint*)(frame + 2)) & DispatchTag.MaximumMacTag, out place))
            {
                place = FindMacPlace(frame);
            }

            if (IngressPlace.IsHashed(place))
            {
                place = AddHash(place, *burst);
            }

            var slot = IngressPlace.SlotOf(place);
            if (!WorkerSnapshot.IsSlot(slot))
            {
                continue;
            }

            packet->Candidate = slot;
            var view = views + IngressPlace.GroupOf(place);
            *packetView = view;
            if (view->Owner != self)
            {
                packet->Path = PacketPath.Foreign;
                continue;
            }

            view->Packets++;
            if (etherType == EtherTypeIpv4)
            {
                packet->Path = PacketPath.Ipv4Flow;
            }
            else if (etherType == EtherTypeIpv6)
            {
                hasV6 = true;
                packet->Path = PacketPath.Ipv6Flow;
            }
        }

        _counters->ReceivedBytes += bytes;
        return hasV6;
    }

    /// <summary>The next part of the first step, for IPv4 packets, whose slots stand where candidates will.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void ClassifyIpv4(Mbuf* burst, int count)
    {
        var seed = _groups.Seed;
        var packet = _pending;
        var packetView = _views;
        for (var end = packet + count; packet < end; packet++, packetView++, burst++)
        {
            if (packet->Path != PacketPath.Ipv4Flow)
            {
                continue;
            }

            int offset = packet->NetworkOffset;
            if (PlainPacketReader.TryReadIpv4(
                packet->Frame + offset, burst->DataLength - offset, packet->Length - offset, (ushort)packet->Candidate, out var key))
            {
                var hash = FlowKey<Ipv4Addresses>.Hash(key, seed);
                packet->Key4 = key;
                packet->Hash = hash;
                Sse.Prefetch0((*packetView)->Index4.Buckets + ((uint)hash & (*packetView)->Index4.Mask));
            }
            else
            {
                packet->Path = PacketPath.Slow;
            }
        }
    }

    /// <summary>Rest of the first step for IPv6 packets, whose slots stand where candidates will.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void ClassifyIpv6(Mbuf* burst, int count)
    {
        var seed = _groups.Seed;
        var packet = _pending;
        var packetView = _views;
        for (var end = packet + count; packet < end; packet++, packetView++, burst++)
        {
            if (packet->Path != PacketPath.Ipv6Flow)
            {
                continue;
            }

            int offset = packet->NetworkOffset;
            if (PlainPacketReader.TryReadIpv6(
                packet->Frame + offset, burst->DataLength - offset, packet->Length - offset, (ushort)packet->Candidate, &packet->Key6))
            {
                packet->Hash = FlowKey<Ipv6Addresses>.Hash(packet->Key6, seed);
                Sse.Prefetch0((*packetView)->Index6.Buckets + ((uint)packet->Hash & (*packetView)->Index6.Mask));
            }
            else
            {
                packet->Path = PacketPath.Slow;
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong FindVlanPlace(byte* frame) => Snapshot.VlanPlace(BinaryPrimitives.ReverseEndianness(*(ushort*)(frame + 14)));

    /// <summary>The place of the group that a packet's hash names.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong AddHash(ulong place, Mbuf mbuf) => IngressPlace.Add(place, mbuf.RssHash & _groups.HashMask);

    /// <summary>The ingress place of a frame whose tag is not found at first sight, or that has none.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong FindMacPlace(byte* frame) => Snapshot.MacPlace(new MacAddress(BinaryPrimitives.ReverseEndianness(*(ulong*)frame) >> 16));
}

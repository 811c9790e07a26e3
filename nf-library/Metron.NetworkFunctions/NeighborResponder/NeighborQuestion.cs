using System.Buffers.Binary;
using Metron.NetworkFunctions.Encapsulation;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.NetworkFunctions.NeighborResponder;

/// <summary>Turns ARP requests (RFC 826, RFC 5227) and neighbour solicitations (RFC 4861) into their answers, in place.</summary>
internal static class NeighborQuestion
{
    private const int ArpLength = 28;
    private const int Ipv6Length = 40;
    private const int SolicitationLength = 24;
    private const int AdvertisementLength = 32;
    private const byte Advertisement = 136;
    private const byte SourceLinkAddress = 1;
    private const byte TargetLinkAddress = 2;
    private const ulong AllNodesMac = 0x3333_0000_0001;

    /// <summary>ff02::1.</summary>
    private static readonly UInt128 AllNodes = new(0xff02_0000_0000_0000, 1);

    /// <summary>ff02::1:ff00:0/104.</summary>
    private static readonly UInt128 SolicitedNodes = new(0xff02_0000_0000_0000, 0x0000_0001_ff00_0000);

    /// <summary>Ethernet, IPv4, six and four bytes of address, request.</summary>
    private static ReadOnlySpan<byte> ArpRequest => [0, 1, 8, 0, 6, 4, 0, 1];

    /// <summary>Answers a question.</summary>
    /// <param name="packet">ARP, or ICMPv6 of type 135 right behind the IPv6 header.</param>
    /// <param name="answers">The answers.</param>
    /// <returns>Why there is none; <see cref="DropReason.None"/> when the frame has become the answer.</returns>
    public static DropReason TryAnswer(ref FramePacket packet, NeighborAnswers answers) =>
        packet.EtherType == EtherTypes.Arp ? AnswerArp(ref packet, answers) : AnswerSolicitation(ref packet, answers);

    private static DropReason AnswerArp(ref FramePacket packet, NeighborAnswers answers)
    {
        var arp = packet.Network;
        if (arp.Length < ArpLength)
        {
            return DropReason.NeighborMalformed;
        }

        if (!arp[..8].SequenceEqual(ArpRequest))
        {
            return DropReason.NoNeighbor;
        }

        var (sender, asker, target) = (ReadMac(arp[8..]), BinaryPrimitives.ReadUInt32BigEndian(arp[14..]), BinaryPrimitives.ReadUInt32BigEndian(arp[24..]));
        if (sender.IsGroup || sender.Value == 0)
        {
            return DropReason.NeighborMalformed;
        }

        // Who announces an address (RFC 5227, section 3) asks nothing; a probe, from 0.0.0.0, is about the address itself.
        if (asker == target || !answers.TryFind(IpAddress.V4(target), out var known) || (asker == 0 && !known.IsExact) || known.Mac == sender)
        {
            return DropReason.NoNeighbor;
        }

        packet.TrySetNetworkLength(ArpLength);
        arp = packet.Network;
        arp[7] = 2;
        arp[8..18].CopyTo(arp[18..]);
        WriteMac(arp[8..], known.Mac);
        BinaryPrimitives.WriteUInt32BigEndian(arp[14..], target);
        Address(ref packet, sender, known.Mac);
        return DropReason.None;
    }

    private static DropReason AnswerSolicitation(ref FramePacket packet, NeighborAnswers answers)
    {
        if (IpPacketView.TryRead(packet.EtherType, packet.Network, out var view) != DropReason.None || !TryRead(view, out var target, out var link))
        {
            return DropReason.NeighborMalformed;
        }

        var asker = view.Source;
        var isProbe = asker.Value == 0;
        var sender = isProbe ? new MacAddress(AllNodesMac) : link ?? ReadMac(packet.Macs[6..]);
        if (!answers.TryFind(target, out var known) || (isProbe && !known.IsExact) || known.Mac == sender)
        {
            return DropReason.NoNeighbor;
        }

        if (!packet.TrySetNetworkLength(Ipv6Length + AdvertisementLength))
        {
            return DropReason.TooBig;
        }

        var ip = packet.Network;
        var destination = isProbe ? IpAddress.V6(AllNodes) : asker;
        ip[..Ipv6Length].Clear();
        ip[0] = 0x60;
        (ip[5], ip[6], ip[7]) = (AdvertisementLength, IpProtocol.IcmpV6, byte.MaxValue);
        BinaryPrimitives.WriteUInt128BigEndian(ip[8..], target.Value);
        BinaryPrimitives.WriteUInt128BigEndian(ip[24..], destination.Value);
        WriteAdvertisement(ip[Ipv6Length..], target, destination, known, isProbe);
        Address(ref packet, sender, known.Mac);
        return DropReason.None;
    }

    /// <summary>Checks a solicitation as RFC 4861, section 7.1.1 demands, and reads it.</summary>
    /// <param name="view">The packet.</param>
    /// <param name="target">Address that is asked for.</param>
    /// <param name="link">Source link-layer address; null when it is not given.</param>
    private static bool TryRead(in IpPacketView view, out IpAddress target, out MacAddress? link)
    {
        (target, link) = (default, null);
        var icmp = view.Payload;
        if (view.Bytes[7] != byte.MaxValue || icmp.Length < SolicitationLength || icmp[1] != 0
            || InternetChecksum.Compute(view.Source, view.Destination, IpProtocol.IcmpV6, icmp) != 0)
        {
            return false;
        }

        target = IpAddress.V6(BinaryPrimitives.ReadUInt128BigEndian(icmp[8..]));
        for (var at = SolicitationLength; at < icmp.Length; at += icmp[at + 1] * 8)
        {
            if (at + 2 > icmp.Length || icmp[at + 1] == 0 || at + (icmp[at + 1] * 8) > icmp.Length)
            {
                return false;
            }

            link = icmp[at] == SourceLinkAddress ? ReadMac(icmp[(at + 2)..]) : link;
        }

        var isGroup = target.Value >> 120 == 0xff;
        return !isGroup
            && link is not { IsGroup: true }
            && (view.Source.Value != 0 || (link is null && view.Destination.Value >> 24 == SolicitedNodes >> 24));
    }

    /// <summary>
    /// Flags: router as configured; solicited, unless it goes to all nodes; override where the address stands for itself (RFC 4861, section 7.2.4), not where it is
    /// of a prefix, as for proxies (section 7.2.8).
    /// </summary>
    private static void WriteAdvertisement(Span<byte> icmp, IpAddress target, IpAddress destination, in KnownNeighbor known, bool isProbe)
    {
        icmp.Clear();
        icmp[0] = Advertisement;
        icmp[4] = (byte)((known.IsRouter ? 0x80 : 0) | (isProbe ? 0 : 0x40) | (known.IsExact ? 0x20 : 0));
        BinaryPrimitives.WriteUInt128BigEndian(icmp[8..], target.Value);
        (icmp[24], icmp[25]) = (TargetLinkAddress, 1);
        WriteMac(icmp[26..], known.Mac);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], InternetChecksum.Compute(target, destination, IpProtocol.IcmpV6, icmp));
    }

    private static void Address(ref FramePacket packet, MacAddress destination, MacAddress source)
    {
        WriteMac(packet.Macs, destination);
        WriteMac(packet.Macs[6..], source);
        packet.IsWellFormed = true;
    }

    private static MacAddress ReadMac(ReadOnlySpan<byte> bytes) =>
        new((ulong)BinaryPrimitives.ReadUInt16BigEndian(bytes) << 32 | BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]));

    private static void WriteMac(Span<byte> bytes, MacAddress mac)
    {
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(mac.Value >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(bytes[2..], (uint)mac.Value);
    }
}

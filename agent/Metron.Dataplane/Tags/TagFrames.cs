using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Metron.Dpdk;
using Metron.NetworkFunctions.Chains;

namespace Metron.Dataplane.Tags;

/// <summary>Writes frames over between the tags that they have on the wire and VLAN ids. Marked inner loop.</summary>
/// <remarks>
/// A service tag and an MPLS header take as many bytes as an 802.1Q header, so two stores do. A code point becomes 0 and an 802.1Q header is put in front, which
/// moves the MAC addresses. Ethernet types are as on the wire, read as numbers by x86 and Arm.
/// </remarks>
internal static unsafe class TagFrames
{
    private const int MinimumFrame = 18;
    private const int EthernetLength = 14;
    private const int VlanLength = 4;
    private const int CodePointLength = 2; // of an IP header, up to the code point; and up to the checksum of IPv4
    private const int ChecksumLength = 12;
    private const ushort Vlan = 0x0081;
    private const ushort ServiceVlan = 0xa888;
    private const ushort Mpls = 0x4788;
    private const ushort Ipv4 = 0x0008;
    private const ushort Ipv6 = 0xdd86;
    private const ushort Arp = 0x0608;
    private const ushort VlanIdMask = 0x0fff;
    private const int LabelShift = 12;
    private const uint LabelTypes = 3;
    private const uint BottomOfStack = 0x100;
    private const uint TimeToLive = 64;

    /// <summary>Gives received frames the VLAN ids that stand for their tags; those whose tag is none of the server's stay as they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Receive(Mbuf* burst, int count, WireTags tags)
    {
        for (var i = 0; i < count; i++)
        {
            burst[i].PrefetchData();
        }

        for (var i = 0; i < count; i++)
        {
            if (burst[i].DataLength < EthernetLength + CodePointLength)
            {
                continue;
            }

            var frame = burst[i].Data;
            switch (*(ushort*)(frame + 12))
            {
                case Vlan:
                    WriteId(frame, tags.OfVlan(IdOf(frame)));
                    break;
                case ServiceVlan when tags.OfService(IdOf(frame)) is > 0 and var id:
                    *(ushort*)(frame + 12) = Vlan;
                    WriteId(frame, id);
                    break;
                case Mpls when burst[i].DataLength >= MinimumFrame:
                    ReceiveLabel(frame, tags);
                    break;
                case Ipv4 or Ipv6:
                    ReceiveCodePoint(burst[i], tags);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Gives frames the tags that their VLAN ids stand for. A frame that has been written over stays as it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Send(Mbuf* burst, int count, WireTags tags)
    {
        for (var i = 0; i < count; i++)
        {
            var frame = burst[i].Data;
            if (burst[i].DataLength < MinimumFrame || *(ushort*)(frame + 12) != Vlan || !tags.TryGetWire(IdOf(frame), out var kind, out var value))
            {
                continue;
            }

            switch (kind)
            {
                case TagKind.QinQ:
                    *(ushort*)(frame + 12) = ServiceVlan;
                    WriteId(frame, (ushort)value);
                    break;
                case TagKind.Mpls:
                    SendLabel(frame, value);
                    break;
                default:
                    SendCodePoint(burst[i], value);
                    break;
            }
        }
    }

    private static void ReceiveLabel(byte* frame, WireTags tags)
    {
        var label = BinaryPrimitives.ReverseEndianness(*(uint*)(frame + 14)) >> LabelShift;
        if (tags.OfLabel(label >> 2) is > 0 and var id)
        {
            *(ushort*)(frame + 12) = Vlan;
            *(ushort*)(frame + 14) = BinaryPrimitives.ReverseEndianness(id);
            *(ushort*)(frame + 16) = (label & LabelTypes) switch { 0 => Ipv4, 1 => Ipv6, 2 => Arp, _ => Mpls };
        }
    }

    /// <summary>What a label cannot say the type of stays as it is; plans have no such frames, and the switch has no rule for them.</summary>
    private static void SendLabel(byte* frame, uint tag)
    {
        var type = *(ushort*)(frame + 16) switch { Ipv4 => 0, Ipv6 => 1, Arp => 2, Mpls => 3, _ => -1 };
        if (type >= 0)
        {
            var entry = ((tag << 2) | (uint)type) << LabelShift | TimeToLive | (type == 3 ? 0 : BottomOfStack);
            *(ushort*)(frame + 12) = Mpls;
            *(uint*)(frame + 14) = BinaryPrimitives.ReverseEndianness(entry);
        }
    }

    private static void ReceiveCodePoint(Mbuf mbuf, WireTags tags)
    {
        var packet = mbuf.Data + EthernetLength;
        var isV4 = *(ushort*)(mbuf.Data + 12) == Ipv4;
        if (mbuf.Headroom < VlanLength
            || tags.OfCodePoint(isV4 ? packet[1] >> 2 : (BinaryPrimitives.ReverseEndianness(*(ushort*)packet) >> 6) & 63) is not (> 0 and var id))
        {
            return;
        }

        WriteCodePoint(packet, mbuf.DataLength - EthernetLength, isV4, 0);
        mbuf.AddFront(VlanLength);
        var frame = mbuf.Data;
        *(ulong*)frame = *(ulong*)(frame + VlanLength);
        *(uint*)(frame + 8) = *(uint*)(frame + 12);
        *(ushort*)(frame + 12) = Vlan;
        *(ushort*)(frame + 14) = BinaryPrimitives.ReverseEndianness(id);
    }

    private static void SendCodePoint(Mbuf mbuf, uint codePoint)
    {
        var frame = mbuf.Data;
        var type = *(ushort*)(frame + 16);
        if (type is not (Ipv4 or Ipv6) || mbuf.DataLength < MinimumFrame + CodePointLength)
        {
            return;
        }

        WriteCodePoint(frame + MinimumFrame, mbuf.DataLength - MinimumFrame, type == Ipv4, (byte)codePoint);
        *(uint*)(frame + 12) = *(uint*)(frame + 8);
        *(ulong*)(frame + VlanLength) = *(ulong*)frame;
        mbuf.RemoveFront(VlanLength);
    }

    /// <summary>Writes a code point, and leaves ECN alone; the checksum of IPv4 stays as right or wrong as it was (RFC 1624, equation 3).</summary>
    private static void WriteCodePoint(byte* packet, int length, bool isV4, byte codePoint)
    {
        var before = BinaryPrimitives.ReverseEndianness(*(ushort*)packet);
        if (!isV4)
        {
            *(ushort*)packet = BinaryPrimitives.ReverseEndianness((ushort)((before & ~(63 << 6)) | (codePoint << 6)));
            return;
        }

        var after = (ushort)((before & ~(63 << 2)) | (codePoint << 2));
        *(ushort*)packet = BinaryPrimitives.ReverseEndianness(after);
        if (length < ChecksumLength)
        {
            return;
        }

        var sum = (uint)(ushort)~BinaryPrimitives.ReverseEndianness(*(ushort*)(packet + 10)) + (ushort)~before + after;
        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        *(ushort*)(packet + 10) = BinaryPrimitives.ReverseEndianness((ushort)~sum);
    }

    private static int IdOf(byte* frame) => BinaryPrimitives.ReverseEndianness(*(ushort*)(frame + 14)) & VlanIdMask;

    private static void WriteId(byte* frame, ushort id)
    {
        var control = BinaryPrimitives.ReverseEndianness(*(ushort*)(frame + 14));
        *(ushort*)(frame + 14) = BinaryPrimitives.ReverseEndianness((ushort)((control & ~VlanIdMask) | id));
    }
}

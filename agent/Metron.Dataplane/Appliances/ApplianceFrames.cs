using System.Buffers.Binary;
using Metron.Dpdk;
using Metron.NetworkFunctions.Chains;

namespace Metron.Dataplane.Appliances;

/// <summary>Puts tags on frames that come from a closed program, and takes them off frames that go to one. Marked inner loop.</summary>
internal static unsafe class ApplianceFrames
{
    private const int EthernetLength = 14;
    private const int VlanLength = 4;
    private const ushort EtherTypeVlan = 0x0081;

    /// <summary>Bytes 02:4d:54 as they stand on the wire, read as a number.</summary>
    private const uint TagPrefix = 0x544d02;

    /// <summary>Puts a tag on a frame: an 802.1Q header in front of what it carries, or another destination MAC.</summary>
    /// <returns>False when the frame is too short, or has no room in front.</returns>
    public static bool TryTag(Mbuf mbuf, ApplianceTag tag)
    {
        if (mbuf.DataLength < EthernetLength || mbuf.Headroom < VlanLength)
        {
            return false;
        }

        if (tag.Kind == TagKind.Vlan)
        {
            mbuf.AddFront(VlanLength);
            var frame = mbuf.Data;
            *(ulong*)frame = *(ulong*)(frame + VlanLength);
            *(uint*)(frame + 8) = *(uint*)(frame + 12);
            *(ushort*)(frame + 12) = EtherTypeVlan;
            WriteVlan(frame, tag.Value);
        }
        else
        {
            WriteMac(mbuf.Data, tag.Value);
            ForgetSourceTag(mbuf.Data);
        }

        return true;
    }

    /// <summary>Puts another tag on a frame that has one already, of the same kind.</summary>
    public static void Retag(Mbuf mbuf, ApplianceTag tag)
    {
        if (tag.Kind == TagKind.Vlan)
        {
            WriteVlan(mbuf.Data, tag.Value);
        }
        else
        {
            WriteMac(mbuf.Data, tag.Value);
        }
    }

    /// <summary>Takes the 802.1Q header off, if the frame has one.</summary>
    /// <param name="mbuf">A frame of at least 18 bytes.</param>
    public static void RemoveTag(Mbuf mbuf)
    {
        var frame = mbuf.Data;
        if (*(ushort*)(frame + 12) != EtherTypeVlan)
        {
            return;
        }

        *(uint*)(frame + 12) = *(uint*)(frame + 8);
        *(ulong*)(frame + VlanLength) = *(ulong*)frame;
        mbuf.RemoveFront(VlanLength);
    }

    /// <summary>
    /// A program that passes frames on leaves them the source MAC that they were given with: the egress tag of its own side. An ICMP error that goes to
    /// another worker would keep it, and be given to the program again.
    /// </summary>
    private static void ForgetSourceTag(byte* frame)
    {
        if ((*(uint*)(frame + 6) & 0xffffff) == TagPrefix)
        {
            frame[6] = 0x06;
        }
    }

    private static void WriteVlan(byte* frame, uint vlan) => *(ushort*)(frame + 14) = BinaryPrimitives.ReverseEndianness((ushort)vlan);

    private static void WriteMac(byte* frame, uint tag)
    {
        // Three octets of prefix, then the tag's 24 bits; the source MAC behind stays.
        *(ushort*)frame = unchecked((ushort)TagPrefix);
        *(uint*)(frame + 2) = (TagPrefix >> 16) | BinaryPrimitives.ReverseEndianness(tag << 8) << 8;
    }
}

using System.Buffers.Binary;

namespace Metron.OpenFlow;

/// <summary>
/// What is known of the packets that a list of actions is for. OpenFlow 1.0 has one action where later versions have several, which differ by
/// whether there is a VLAN tag and by the transport protocol; a rule's match tells, or the packet itself.
/// </summary>
internal struct PacketContext10
{
    private const int EtherTypeOffset = 12;
    private const ushort EtherTypeVlan = 0x8100;
    private const ushort VlanPresent = 0x1000;

    /// <summary>Whether the packets have a VLAN tag at this place of the list; null when some may and others not.</summary>
    public bool? IsTagged { get; set; }

    /// <summary>The transport protocol; null when it is not known.</summary>
    public byte? Protocol { get; private init; }

    /// <summary>The sender knows the packet, so actions for its protocol are taken as they are.</summary>
    public bool IsOnePacket { get; private init; }

    public static PacketContext10 Of(Match match) => new()
    {
        IsTagged = match[Oxm.VlanId] is not { } vlan ? null
            : vlan.Value == 0 && (vlan.Mask & VlanPresent) != 0 ? false
            : (vlan.Value & vlan.Mask & VlanPresent) != 0 ? true : null,
        Protocol = match[Oxm.IpProtocol] is { HasMask: false } protocol ? (byte)protocol.Value : null,
    };

    public static PacketContext10 Of(EquatableArray<byte> packet) => new()
    {
        IsOnePacket = true,
        IsTagged = packet.Count < EtherTypeOffset + 2
            ? null
            : BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan()[EtherTypeOffset..]) == EtherTypeVlan,
    };
}

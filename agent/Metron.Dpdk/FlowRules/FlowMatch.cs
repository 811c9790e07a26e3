using System.Globalization;

namespace Metron.Dpdk;

/// <summary>Which frames a flow rule takes: by VLAN id, or by bits of the destination MAC address.</summary>
public readonly record struct FlowMatch
{
    private FlowMatch(ushort? vlan, ulong mac, ulong mask)
    {
        VlanId = vlan;
        DestinationMacAddress = mac;
        DestinationMacMask = mask;
    }

    /// <summary>VLAN id 0-4095; null when the rule looks at the MAC address.</summary>
    public ushort? VlanId { get; }

    /// <summary>Destination MAC in the low 48 bits.</summary>
    public ulong DestinationMacAddress { get; }

    /// <summary>Which bits of it count.</summary>
    public ulong DestinationMacMask { get; }

    /// <summary>Frames with one 802.1Q tag of this id, whatever its priority.</summary>
    public static FlowMatch Vlan(ushort id)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(id, 4095);
        return new FlowMatch(id, 0, 0);
    }

    /// <summary>Frames to this MAC address.</summary>
    /// <param name="address">In the low 48 bits; the first octet on the wire is bits 47-40.</param>
    /// <param name="mask">Bits that count.</param>
    public static FlowMatch DestinationMac(ulong address, ulong mask = 0xffff_ffff_ffff) => new(null, address & mask, mask);

    /// <inheritdoc/>
    public override string ToString() => VlanId is { } vlan
        ? string.Create(CultureInfo.InvariantCulture, $"VLAN id {vlan}")
        : string.Create(CultureInfo.InvariantCulture, $"destination MAC 0x{DestinationMacAddress:x12}/0x{DestinationMacMask:x12}");
}

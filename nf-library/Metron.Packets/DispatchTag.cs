namespace Metron.Packets;

/// <summary>The MAC addresses that carry a tag: 02:4d:54 (locally administered, "MT") and 24 bits of tag.</summary>
public static class DispatchTag
{
    /// <summary>The first three octets, as the top half of 48 bits.</summary>
    public const ulong MacPrefix = 0x024d54000000;

    /// <summary>Largest tag that a MAC address carries.</summary>
    public const uint MaximumMacTag = 0xffffff;

    /// <summary>Largest tag that a VLAN id carries; 0 and 4095 are reserved (IEEE 802.1Q table 9-2).</summary>
    public const uint MaximumVlanTag = 4094;

    /// <summary>The address that carries the tag.</summary>
    public static MacAddress ToMac(uint tag) => new(MacPrefix | (tag & MaximumMacTag));

    /// <summary>Reads the tag of an address, if it carries one.</summary>
    public static bool TryRead(MacAddress mac, out uint tag)
    {
        tag = (uint)(mac.Value & MaximumMacTag);
        return (mac.Value & ~(ulong)MaximumMacTag) == MacPrefix;
    }
}

namespace Metron.Packets;

/// <summary>Addresses that must not be forwarded (RFC 1812 section 5.3.7, RFC 4291 section 2.5).</summary>
public static class MartianAddresses
{
    /// <summary>
    /// Whether a packet from and to these must be dropped: source or destination unspecified (0.0.0.0/8, ::) or loopback (127.0.0.0/8,
    /// ::1), source multicast (224.0.0.0/4, ff00::/8) or the limited broadcast address.
    /// </summary>
    public static bool IsMartian(IpAddress source, IpAddress destination) =>
        source.IsV6
            ? IsNoHost(source.Value) || IsNoHost(destination.Value) || source.Value >> 120 == 0xff
            : IsNoHost((uint)source.Value) || IsNoHost((uint)destination.Value)
                || (uint)source.Value >> 28 == 0xe || (uint)source.Value == uint.MaxValue;

    private static bool IsNoHost(uint address) => address >> 24 is 0 or 127;

    private static bool IsNoHost(UInt128 address) => address <= UInt128.One;
}

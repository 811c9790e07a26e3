using Metron.Packets;

namespace Metron.NetworkFunctions.Router;

/// <summary>
/// Addresses that a router must not forward packets from or to (RFC 1812 section 5.3.7, RFC 3927 section 2.7, RFC 4291 section 2): more
/// than the martians that no function gets to see, since those are refused where the frame is parsed.
/// </summary>
internal static class UnroutableAddresses
{
    /// <summary>
    /// Whether the address is one: IPv4 0/8, 127/8, 169.254/16, multicast 224/4, reserved 240/4 with the broadcast address; IPv6
    /// unspecified, loopback, IPv4-mapped, link-local fe80::/10, multicast ff00::/8. (Multicast routing is not offered, so multicast
    /// destinations are among them.)
    /// </summary>
    public static bool Contains(IpAddress address)
    {
        if (!address.IsV6)
        {
            var value = (uint)address.Value;
            return value >> 24 is 0 or 127 or >= 224 || value >> 16 == 0xa9fe;
        }

        var high = (ulong)(address.Value >> 64);
        return high >> 54 == 0xfe80 >> 6
            || high >> 56 == 0xff
            || (high == 0 && ((ulong)address.Value <= 1 || (ulong)address.Value >> 32 == 0xffff));
    }
}

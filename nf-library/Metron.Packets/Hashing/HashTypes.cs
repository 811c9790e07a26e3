namespace Metron.Packets.Hashing;

/// <summary>
/// What a NIC hashes (Microsoft, "RSS Hashing Types"). The addresses of a version are hashed where the ports are not: with its flag missing such packets
/// have no hash.
/// </summary>
[Flags]
public enum HashTypes
{
    None = 0,

    /// <summary>IPv4 source and destination address.</summary>
    Ipv4 = 1,

    /// <summary>And TCP ports.</summary>
    Ipv4Tcp = 2,

    /// <summary>And UDP ports.</summary>
    Ipv4Udp = 4,

    /// <summary>IPv6 source and destination address.</summary>
    Ipv6 = 8,

    /// <summary>And TCP ports.</summary>
    Ipv6Tcp = 16,

    /// <summary>And UDP ports.</summary>
    Ipv6Udp = 32,

    /// <summary>All of them.</summary>
    All = Ipv4 | Ipv4Tcp | Ipv4Udp | Ipv6 | Ipv6Tcp | Ipv6Udp,
}

using Metron.Dpdk.Native;

namespace Metron.Dpdk;

/// <summary>
/// What of a frame RSS hashes, by kind of packet (rte_ethdev.h, RTE_ETH_RSS_*). A packet that is of no kind that is hashed goes to a queue of the
/// device's own choice, mostly queue 0, and not through the indirection table.
/// </summary>
[Flags]
public enum RssHashTypes : ulong
{
    None = 0,

    /// <summary>Addresses of every IPv4 packet that no other kind takes.</summary>
    Ipv4 = Abi23.RssIpv4,

    /// <summary>Addresses of IPv4 fragments.</summary>
    Ipv4Fragment = Abi23.RssIpv4Fragment,

    /// <summary>Addresses and ports of TCP over IPv4.</summary>
    Ipv4Tcp = Abi23.RssIpv4Tcp,

    /// <summary>Addresses and ports of UDP over IPv4.</summary>
    Ipv4Udp = Abi23.RssIpv4Udp,

    /// <summary>Addresses and ports of SCTP over IPv4.</summary>
    Ipv4Sctp = Abi23.RssIpv4Sctp,

    /// <summary>Addresses of other whole IPv4 packets.</summary>
    Ipv4Other = Abi23.RssIpv4Other,

    /// <summary>Addresses of every IPv6 packet that no other kind takes.</summary>
    Ipv6 = Abi23.RssIpv6,

    /// <summary>Addresses of IPv6 fragments.</summary>
    Ipv6Fragment = Abi23.RssIpv6Fragment,

    /// <summary>Addresses and ports of TCP over IPv6.</summary>
    Ipv6Tcp = Abi23.RssIpv6Tcp,

    /// <summary>Addresses and ports of UDP over IPv6.</summary>
    Ipv6Udp = Abi23.RssIpv6Udp,

    /// <summary>Addresses and ports of SCTP over IPv6.</summary>
    Ipv6Sctp = Abi23.RssIpv6Sctp,

    /// <summary>Addresses of other whole IPv6 packets.</summary>
    Ipv6Other = Abi23.RssIpv6Other,

    /// <summary>The frame's payload by device-specific means, when it is not IP.</summary>
    Layer2 = Abi23.RssLayer2,

    /// <summary>As <see cref="Ipv6"/>, with the home address of extension headers.</summary>
    Ipv6Extended = Abi23.RssIpv6Extended,

    /// <summary>As <see cref="Ipv6Tcp"/>, with the home address of extension headers.</summary>
    Ipv6TcpExtended = Abi23.RssIpv6TcpExtended,

    /// <summary>As <see cref="Ipv6Udp"/>, with the home address of extension headers.</summary>
    Ipv6UdpExtended = Abi23.RssIpv6UdpExtended,

    /// <summary>What flow groups are made by: addresses, and ports of TCP and UDP.</summary>
    Flows = Ipv4 | Ipv4Tcp | Ipv4Udp | Ipv6 | Ipv6Tcp | Ipv6Udp,
}

/// <summary>How a device hashes now (struct rte_eth_rss_conf).</summary>
/// <param name="Types">What it hashes; none when RSS is off.</param>
/// <param name="Key">Toeplitz key, its first byte first; empty when the device does not tell it.</param>
public sealed record RssSettings(RssHashTypes Types, ReadOnlyMemory<byte> Key);

/// <summary>One entry of an indirection table.</summary>
/// <param name="Index">0 to the table's size less 1: the low bits of the RSS hash.</param>
/// <param name="Queue">RX queue of the packets whose hash leads here.</param>
public readonly record struct RetaEntry(int Index, ushort Queue);

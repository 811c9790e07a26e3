using Metron.Packets;
using Metron.Packets.Hashing;

namespace Metron.NetworkFunctions.Hashing;

/// <summary>
/// Dispatch by hash: the low bits of the RSS hash of a packet, as the NIC sees it, are the number of its flow group. The key is symmetric, so that both
/// directions of a flow that nobody rewrites are of one group; who rewrites sees to it by <see cref="Ports"/>. Immutable.
/// </summary>
public sealed class HashDispatch
{
    private readonly FrameHash _hash;
    private readonly PortCosets _ports4;
    private readonly PortCosets _ports6;

    /// <param name="hash">The NIC's hash.</param>
    /// <param name="groups">Number of flow groups: a power of two, 1 to 4,096.</param>
    /// <exception cref="ArgumentException">The key gives the directions of a flow different hashes, or the number is none.</exception>
    public HashDispatch(FrameHash hash, int groups)
    {
        if (!hash.Toeplitz.IsSymmetric)
        {
            throw new ArgumentException("the key of the NIC's hash gives the two directions of a flow different hashes", nameof(hash));
        }

        if (groups is < 1 or > PortCosets.MostGroups || !int.IsPow2(groups))
        {
            throw new ArgumentException($"the number of flow groups is to be a power of two from 1 to {PortCosets.MostGroups}, not {groups}", nameof(groups));
        }

        _hash = hash;
        Groups = groups;
        _ports4 = new PortCosets(hash.Toeplitz, false, groups);
        _ports6 = new PortCosets(hash.Toeplitz, true, groups);
    }

    /// <summary>Number of flow groups.</summary>
    public int Groups { get; }

    /// <summary>What the NIC hashes.</summary>
    public HashTypes Types => _hash.Types;

    /// <summary>Which source ports give a packet which flow group.</summary>
    public PortCosets Ports(bool isV6) => isV6 ? _ports6 : _ports4;

    /// <summary>Whether the NIC hashes the ports of a packet.</summary>
    public bool HashesPorts(in PacketHeaders headers) => !headers.IsFragment && (headers.Protocol, headers.IsV6) switch
    {
        (IpProtocol.Tcp, false) => (Types & HashTypes.Ipv4Tcp) != 0,
        (IpProtocol.Tcp, true) => (Types & HashTypes.Ipv6Tcp) != 0,
        (IpProtocol.Udp, false) => (Types & HashTypes.Ipv4Udp) != 0,
        (IpProtocol.Udp, true) => (Types & HashTypes.Ipv6Udp) != 0,
        _ => false,
    };

    /// <summary>The flow group of a packet with these headers, and of one that goes the other way.</summary>
    /// <param name="headers">As on the wire at the NIC, without IPv6 extension headers.</param>
    public int GroupOf(in PacketHeaders headers)
    {
        var withPorts = HashesPorts(in headers);
        var withAddresses = (Types & (headers.IsV6 ? HashTypes.Ipv6 : HashTypes.Ipv4)) != 0;
        return withPorts || withAddresses ? (int)_hash.Toeplitz.Hash(in headers, withPorts) & (Groups - 1) : 0;
    }
}

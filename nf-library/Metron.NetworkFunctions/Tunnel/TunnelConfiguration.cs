using Metron.NetworkFunctions.Hashing;
using Metron.Packets;

namespace Metron.NetworkFunctions.Tunnel;

/// <summary>Configuration of a tunnel's end. Both addresses are of the same IP version.</summary>
public sealed record TunnelConfiguration(string Name) : NetworkFunctionConfiguration(Name)
{
    /// <summary>UDP port of VXLAN (RFC 7348).</summary>
    public const ushort VxlanPort = 4789;

    public TunnelProtocol Protocol { get; init; }

    /// <summary>Address of this end.</summary>
    public IpAddress Local { get; init; }

    /// <summary>Address of the other end.</summary>
    public IpAddress Remote { get; init; }

    /// <summary>Longest IP packet to send outside, in bytes: 1280-9216.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>TTL or hop limit of what is sent outside: 1-255.</summary>
    public byte TimeToLive { get; init; } = 64;

    /// <summary>VXLAN: network identifier, 24 bits.</summary>
    public uint NetworkIdentifier { get; init; }

    /// <summary>VXLAN: UDP destination port.</summary>
    public ushort Port { get; init; } = VxlanPort;

    /// <summary>VXLAN: source MAC of frames inside; null: as the frame has it.</summary>
    public MacAddress? InnerSource { get; init; }

    /// <summary>VXLAN: destination MAC of frames inside; null: as the frame has it.</summary>
    public MacAddress? InnerDestination { get; init; }

    /// <summary>GRE: key (RFC 2890); null: without.</summary>
    public uint? Key { get; init; }

    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => HashDispatchTraits.Impossible(
        "has packets inside of packets, and the NIC hashes the outer ones alone");
}

/// <summary>How a tunnel wraps packets.</summary>
public enum TunnelProtocol
{
    /// <summary>Ethernet frames in UDP (RFC 7348).</summary>
    Vxlan,

    /// <summary>IP packets in GRE (RFC 2784, RFC 2890).</summary>
    Gre,
}

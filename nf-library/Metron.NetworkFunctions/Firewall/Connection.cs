using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.Firewall;

/// <summary>
/// What tells a connection from all others: its ends as the firewall's sides see them, so that both directions have the same key.
/// </summary>
/// <param name="Inside">Address of the end on the inside.</param>
/// <param name="Outside">Address of the end on the outside.</param>
/// <param name="InsidePort">Port of the inside end, or ICMP identifier.</param>
/// <param name="OutsidePort">Port of the outside end, or ICMP identifier.</param>
/// <param name="Protocol">IP protocol.</param>
/// <param name="Variant">Bit 0: IPv6. Bit 1: for ICMP, that the queries come from outside, since both ends may use the same
/// identifier.</param>
internal readonly record struct ConnectionKey(
    UInt128 Inside, UInt128 Outside, ushort InsidePort, ushort OutsidePort, byte Protocol, byte Variant)
{
    /// <summary>Key of the connection that a packet belongs to.</summary>
    /// <param name="headers">The packet.</param>
    /// <param name="port">The side that it comes from: 0 inside, 1 outside.</param>
    public static ConnectionKey Of(in PacketHeaders headers, int port)
    {
        var originator = headers.IcmpKind == IcmpKind.Reply ? 1 - port : port;
        var isIcmp = headers.Protocol is IpProtocol.Icmp or IpProtocol.IcmpV6;
        var variant = (byte)((headers.IsV6 ? 1 : 0) | (isIcmp ? originator << 1 : 0));
        return port == 0
            ? new(headers.Source.Value, headers.Destination.Value, headers.SourcePort, headers.DestinationPort, headers.Protocol, variant)
            : new(headers.Destination.Value, headers.Source.Value, headers.DestinationPort, headers.SourcePort, headers.Protocol, variant);
    }

    /// <summary>Hash for the connection table.</summary>
    public uint Hash(ulong seed) => (uint)StateHash.Addresses(
        Inside, Outside, (ulong)InsidePort << 32 | (ulong)OutsidePort << 16 | (ulong)Protocol << 8 | Variant, seed);

    /// <summary>Headers of a packet that would open the connection: what the rules are asked about when they have changed.</summary>
    /// <param name="fromOutside">Whether the outside opened it.</param>
    public PacketHeaders Opening(bool fromOutside)
    {
        var isV6 = (Variant & 1) == 1;
        var inside = new IpAddress(Inside, isV6);
        var outside = new IpAddress(Outside, isV6);
        var isIcmp = Protocol is IpProtocol.Icmp or IpProtocol.IcmpV6;
        return new PacketHeaders
        {
            Source = fromOutside ? outside : inside,
            Destination = fromOutside ? inside : outside,
            SourcePort = fromOutside ? OutsidePort : InsidePort,
            DestinationPort = fromOutside ? InsidePort : OutsidePort,
            Protocol = Protocol,
            TcpFlags = Protocol == IpProtocol.Tcp ? TcpFlags.Syn : TcpFlags.None,
            IcmpKind = isIcmp ? IcmpKind.Query : IcmpKind.None,
            IcmpType = (byte)(isIcmp ? isV6 ? 128 : 8 : 0),
        };
    }
}

/// <summary>A connection that the firewall let open.</summary>
internal struct Connection
{
    public ConnectionKey Key;

    /// <summary>Generation of the rules that allowed it last.</summary>
    public int Generation;

    public TcpTracking Tcp;

    /// <summary>Whether the outside opened it.</summary>
    public bool FromOutside;
}

using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Metron.Packets.Hashing;

/// <summary>
/// The RSS hash of a frame, as NICs compute it: addresses, and the ports of TCP and UDP. Fragments, other protocols and what stands behind IPv6
/// extension headers are hashed by addresses only; up to two VLAN headers are walked over; nothing is judged. Immutable.
/// </summary>
/// <param name="toeplitz">The hash with its key.</param>
/// <param name="types">What is hashed.</param>
public sealed class FrameHash(Toeplitz toeplitz, HashTypes types)
{
    private const int EthernetLength = 14;
    private const int VlanLength = 4;
    private const ushort EtherTypeIpv4 = 0x0800;
    private const ushort EtherTypeIpv6 = 0x86dd;
    private const ushort EtherTypeVlan = 0x8100;        // IEEE 802.1Q
    private const ushort EtherTypeServiceVlan = 0x88a8; // IEEE 802.1ad
    private const int Ipv4Length = 20;
    private const int Ipv6Length = 40;
    private const int PortsLength = 4;
    private const int FragmentBits = 0x3fff; // more fragments, and the offset (RFC 791)

    /// <summary>Hash function.</summary>
    public Toeplitz Toeplitz => toeplitz;

    /// <summary>What is hashed.</summary>
    public HashTypes Types => types;

    /// <summary>Computes the hash.</summary>
    /// <param name="frame">The frame, from the destination MAC on.</param>
    /// <param name="hash">The hash; 0 when there is none.</param>
    /// <returns>False for what is not hashed: no IP packet, cut off before the end of its addresses, or of a type that is not asked for.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryCompute(ReadOnlySpan<byte> frame, out uint hash)
    {
        hash = 0;
        var at = EthernetLength;
        if (frame.Length < at + Ipv4Length)
        {
            return false;
        }

        var type = BinaryPrimitives.ReadUInt16BigEndian(frame[(at - 2)..]);
        for (var tags = 0; type is EtherTypeVlan or EtherTypeServiceVlan && tags < 2; tags++)
        {
            at += VlanLength;
            type = BinaryPrimitives.ReadUInt16BigEndian(frame[(at - 2)..]);
        }

        return type switch
        {
            EtherTypeIpv4 => TryHashIpv4(frame[at..], out hash),
            EtherTypeIpv6 => TryHashIpv6(frame[at..], out hash),
            _ => false,
        };
    }

    private bool TryHashIpv4(ReadOnlySpan<byte> ip, out uint hash)
    {
        hash = 0;
        if (ip.Length < Ipv4Length || ip[0] >> 4 != 4)
        {
            return false;
        }

        var transport = (ip[0] & 0xf) * 4;
        var isWhole = (BinaryPrimitives.ReadUInt16BigEndian(ip[6..]) & FragmentBits) == 0;
        if (isWhole && Hashes(ip[9], HashTypes.Ipv4Tcp, HashTypes.Ipv4Udp) && transport >= Ipv4Length && ip.Length >= transport + PortsLength)
        {
            hash = toeplitz.Part(0, ip.Slice(12, 8)) ^ toeplitz.Part(8, ip.Slice(transport, PortsLength));
            return true;
        }

        hash = (types & HashTypes.Ipv4) != 0 ? toeplitz.Part(0, ip.Slice(12, 8)) : 0;
        return (types & HashTypes.Ipv4) != 0;
    }

    private bool TryHashIpv6(ReadOnlySpan<byte> ip, out uint hash)
    {
        hash = 0;
        if (ip.Length < Ipv6Length || ip[0] >> 4 != 6)
        {
            return false;
        }

        if (Hashes(ip[6], HashTypes.Ipv6Tcp, HashTypes.Ipv6Udp) && ip.Length >= Ipv6Length + PortsLength)
        {
            hash = toeplitz.Part(0, ip.Slice(8, 32 + PortsLength)); // ports follow the addresses
            return true;
        }

        hash = (types & HashTypes.Ipv6) != 0 ? toeplitz.Part(0, ip.Slice(8, 32)) : 0;
        return (types & HashTypes.Ipv6) != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Hashes(byte protocol, HashTypes tcp, HashTypes udp) =>
        (protocol == IpProtocol.Tcp && (types & tcp) != 0) || (protocol == IpProtocol.Udp && (types & udp) != 0);
}

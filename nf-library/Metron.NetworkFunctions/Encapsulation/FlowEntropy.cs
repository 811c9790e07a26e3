using System.Buffers.Binary;
using System.Numerics;
using Metron.Packets;

namespace Metron.NetworkFunctions.Encapsulation;

/// <summary>
/// Numbers that tell flows apart where a tunnel hides their headers, so that networks on the way spread them over paths (RFC 7348, section 5;
/// RFC 6438). Packets of a flow get the same one; fragments that of their addresses.
/// </summary>
internal static class FlowEntropy
{
    /// <summary>The bits by which switches of ours steer: those of the client's port.</summary>
    private const ushort SteeringBits = 0x003f;

    private const uint Multiplier = 0x9e3779b1;

    /// <summary>
    /// UDP source port of a tunnel's packet, 49152 to 65535: the low 6 bits are those of the inner source port, so that steering by them is
    /// the same inside and outside, bits 6 to 13 are of a hash over addresses, protocol and ports.
    /// </summary>
    public static ushort Port(in IpPacketView packet)
    {
        var hash = 0u;
        for (var offset = packet.IsV6 ? 8 : 12; offset < (packet.IsV6 ? 40 : 20); offset += 4)
        {
            hash = Mix(hash, BinaryPrimitives.ReadUInt32BigEndian(packet.Bytes[offset..]));
        }

        hash = Mix(hash, packet.Protocol);
        ushort source = 0;
        if (packet.Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp && !packet.IsFragment && packet.Payload.Length >= 4)
        {
            var ports = BinaryPrimitives.ReadUInt32BigEndian(packet.Payload);
            source = (ushort)(ports >> 16);
            hash = Mix(hash, ports);
        }

        return (ushort)(0xc000 | (hash >> 16 & 0x3fff & ~SteeringBits) | (uint)(source & SteeringBits));
    }

    private static uint Mix(uint hash, uint word) => (BitOperations.RotateLeft(hash, 5) ^ word) * Multiplier;
}

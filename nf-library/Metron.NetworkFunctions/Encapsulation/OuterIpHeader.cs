using System.Buffers.Binary;
using Metron.Packets;

namespace Metron.NetworkFunctions.Encapsulation;

/// <summary>The IP header that a function puts before a packet: IPv4 with "do not fragment" and identification 0 (RFC 6864), or IPv6.</summary>
internal static class OuterIpHeader
{
    private const ushort DoNotFragment = 0x4000;

    /// <summary>Writes the header.</summary>
    /// <param name="network">The packet, with room for 20 or 40 bytes of header.</param>
    /// <param name="source">Source address.</param>
    /// <param name="destination">Destination address, of the same version.</param>
    /// <param name="protocol">What follows.</param>
    /// <param name="timeToLive">TTL or hop limit.</param>
    /// <param name="trafficClass">DSCP and ECN.</param>
    public static void Write(Span<byte> network, IpAddress source, IpAddress destination, byte protocol, byte timeToLive, byte trafficClass)
    {
        if (source.IsV6)
        {
            network[..8].Clear();
            network[0] = 0x60;
            BinaryPrimitives.WriteUInt16BigEndian(network[4..], (ushort)(network.Length - 40));
            network[6] = protocol;
            network[7] = timeToLive;
            BinaryPrimitives.WriteUInt128BigEndian(network[8..], source.Value);
            BinaryPrimitives.WriteUInt128BigEndian(network[24..], destination.Value);
            TrafficClassField.Write(network, true, trafficClass);
            return;
        }

        network[..12].Clear();
        network[0] = 0x45;
        network[1] = trafficClass;
        BinaryPrimitives.WriteUInt16BigEndian(network[2..], (ushort)network.Length);
        BinaryPrimitives.WriteUInt16BigEndian(network[6..], DoNotFragment);
        network[8] = timeToLive;
        network[9] = protocol;
        BinaryPrimitives.WriteUInt32BigEndian(network[12..], (uint)source.Value);
        BinaryPrimitives.WriteUInt32BigEndian(network[16..], (uint)destination.Value);
        BinaryPrimitives.WriteUInt16BigEndian(network[10..], InternetChecksum.Compute(network[..20]));
    }
}

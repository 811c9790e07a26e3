using System.Buffers.Binary;
using Metron.NetworkFunctions.Tunnel;

namespace Metron.Offline.Tests;

/// <summary>The other end of a tunnel, as random as the standards allow: wraps packets, and sometimes gets it wrong.</summary>
internal sealed class TunnelPeer(Dice dice, TunnelConfiguration tunnel)
{
    /// <summary>Wraps a frame without VLAN header.</summary>
    public byte[] Wrap(byte[] inner)
    {
        byte[] payload = tunnel.Protocol == TunnelProtocol.Vxlan ? Vxlan(inner) : Gre(inner);
        var frame = new FrameBuilder
        {
            EthernetSource = World.Mac(0x700),
            EthernetDestination = World.Mac(0x701),
            Source = dice.Percent(97) ? tunnel.Remote : World.Servers4[0],
            Destination = dice.Percent(97) ? tunnel.Local : World.Servers4[1],
            Protocol = tunnel.Protocol == TunnelProtocol.Vxlan ? IpProtocol.Udp : IpProtocol.Gre,
            SourcePort = dice.Percent(60) ? dice.Of<ushort>(49152, 50000) : (ushort)dice.Between(1024, 65535),
            DestinationPort = dice.Percent(98) ? tunnel.Port : (ushort)4790,
            UdpChecksum = dice.Percent(50),
            Payload = payload,
            Fragment = dice.Percent(2) ? (ushort)0x2000 : (ushort)0,
        };
        if (frame.Source.IsV6 != frame.Destination.IsV6)
        {
            frame = frame with { Source = tunnel.Remote, Destination = tunnel.Local };
        }

        return WithTrafficClass(frame.Build(), dice.Percent(50) ? (byte)0 : (byte)dice.Below(256));
    }

    private byte[] Vxlan(byte[] inner)
    {
        var header = new byte[8];
        header[0] = (byte)(dice.Percent(97) ? 8 : 0);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), (dice.Percent(97) ? tunnel.NetworkIdentifier : 99) << 8);
        return [.. header, .. inner];
    }

    private byte[] Gre(byte[] inner)
    {
        var (hasChecksum, hasSequence) = (dice.Percent(30), dice.Percent(30));
        var hasKey = tunnel.Key is not null != dice.Percent(3);
        List<byte> gre = [(byte)((hasChecksum ? 0x80 : 0) | (hasKey ? 0x20 : 0) | (hasSequence ? 0x10 : 0) | (dice.Percent(2) ? 4 : 0)), 0, inner[12], inner[13]];
        gre.AddRange(hasChecksum ? [0, 0, 0, 0] : []);
        var key = (tunnel.Key ?? 0) + (dice.Percent(3) ? 1u : 0);
        gre.AddRange(hasKey ? [(byte)(key >> 24), (byte)(key >> 16), (byte)(key >> 8), (byte)key] : []);
        gre.AddRange(hasSequence ? [1, 2, 3, 4] : []);
        byte[] packet = [.. gre, .. inner[14..]];
        if (hasChecksum)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(FrameBuilder.NaiveChecksum(packet) ^ (dice.Percent(3) ? 1 : 0)));
        }

        return packet;
    }

    /// <summary>Writes DSCP and ECN into a frame.</summary>
    public static byte[] WithTrafficClass(byte[] frame, byte value)
    {
        if (frame[14] >> 4 == 6)
        {
            frame[14] = (byte)(0x60 | value >> 4);
            frame[15] = (byte)((frame[15] & 15) | value << 4);
            return frame;
        }

        frame[15] = value;
        var length = (frame[14] & 15) * 4;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), 0);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), FrameBuilder.NaiveChecksum(frame.AsSpan(14, length)));
        return frame;
    }
}

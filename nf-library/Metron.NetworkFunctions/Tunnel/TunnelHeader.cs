using System.Buffers.Binary;
using Metron.NetworkFunctions.Encapsulation;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.NetworkFunctions.Tunnel;

/// <summary>
/// The headers of one tunnel: what does not change from packet to packet is kept as bytes, lengths, checksums and VXLAN's source port are filled
/// in. The UDP checksum is 0 over IPv4 (RFC 7348, section 5), and computed over IPv6.
/// </summary>
internal sealed class TunnelHeader
{
    private const int UdpLength = 8;
    private const int VxlanLength = 8;
    private const int MacsLength = 12;
    private const int EthernetLength = 14;
    private const byte VxlanHasIdentifier = 0x08;
    private const ushort GreChecksum = 0x8000;
    private const ushort GreKey = 0x2000;
    private const ushort GreSequence = 0x1000;

    /// <summary>Bits 1, 4 and 5, and the version, must be 0 (RFC 2784, section 2.2, and RFC 2890).</summary>
    private const ushort GreMustBeZero = 0x4c07;

    private readonly TunnelConfiguration _configuration;
    private readonly bool _isV6;
    private readonly int _ipLength;
    private readonly byte[] _template;

    public TunnelHeader(TunnelConfiguration configuration)
    {
        _configuration = configuration;
        _isV6 = configuration.Local.IsV6;
        _ipLength = _isV6 ? 40 : 20;
        var more = configuration.Protocol == TunnelProtocol.Vxlan
            ? UdpLength + VxlanLength + EthernetLength
            : configuration.Key is null ? 4 : 8;
        _template = new byte[more];
        if (configuration.Protocol == TunnelProtocol.Vxlan)
        {
            FillVxlan(_template);
        }
        else
        {
            FillGre(_template);
        }
    }

    /// <summary>Bytes that come before the IP packet inside.</summary>
    public int Length => _ipLength + _template.Length;

    /// <summary>Puts the headers before a packet.</summary>
    /// <returns>False when the buffer has no room.</returns>
    public bool TryPrepend(ref FramePacket packet, in IpPacketView inner)
    {
        var (trafficClass, isV6) = (inner.TrafficClass, inner.IsV6);
        var port = _configuration.Protocol == TunnelProtocol.Vxlan ? FlowEntropy.Port(inner) : (ushort)0;
        Span<byte> macs = stackalloc byte[MacsLength];
        packet.Macs.CopyTo(macs);
        if (!packet.TrySetNetworkLength(inner.Bytes.Length) || !packet.TryInsert(Length))
        {
            return false;
        }

        var network = packet.Network;
        _template.CopyTo(network[_ipLength..]);
        packet.EtherType = _isV6 ? EtherTypes.Ipv6 : EtherTypes.Ipv4;
        var innerType = isV6 ? EtherTypes.Ipv6 : EtherTypes.Ipv4;
        if (_configuration.Protocol == TunnelProtocol.Vxlan)
        {
            WriteUdp(network[_ipLength..], port);
            WriteInnerEthernet(network[(_ipLength + UdpLength + VxlanLength)..], macs, innerType);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(network[(_ipLength + 2)..], innerType);
        }

        var protocol = _configuration.Protocol == TunnelProtocol.Vxlan ? IpProtocol.Udp : IpProtocol.Gre;
        OuterIpHeader.Write(network, _configuration.Local, _configuration.Remote, protocol, _configuration.TimeToLive, trafficClass);
        if (_isV6 && _configuration.Protocol == TunnelProtocol.Vxlan)
        {
            WriteUdpChecksum(network[_ipLength..]);
        }

        return true;
    }

    /// <summary>Finds the packet inside a packet of the tunnel.</summary>
    /// <param name="outer">A packet from outside.</param>
    /// <param name="content">Where the packet inside lies.</param>
    /// <returns>Why it is none; <see cref="DropReason.None"/> when it is one.</returns>
    public DropReason Find(in IpPacketView outer, out TunnelContent content)
    {
        content = default;
        if (outer.Source != _configuration.Remote || outer.Destination != _configuration.Local)
        {
            return DropReason.NotForTunnel;
        }

        if (outer.IsFragment)
        {
            return DropReason.Fragment;
        }

        return _configuration.Protocol == TunnelProtocol.Vxlan ? FindInVxlan(outer, out content) : FindInGre(outer, out content);
    }

    /// <summary>Takes the headers off.</summary>
    public void Strip(ref FramePacket packet, in TunnelContent content)
    {
        packet.TrySetNetworkLength(content.End);
        Span<byte> macs = stackalloc byte[MacsLength];
        var hasMacs = _configuration.Protocol == TunnelProtocol.Vxlan;
        (hasMacs ? packet.Network.Slice(content.Network - EthernetLength, MacsLength) : packet.Macs).CopyTo(macs);
        packet.Remove(content.Network);
        packet.EtherType = content.EtherType;
        macs.CopyTo(packet.Macs);
    }

    private DropReason FindInVxlan(in IpPacketView outer, out TunnelContent content)
    {
        content = default;
        var udp = outer.Payload;
        if (outer.Protocol != IpProtocol.Udp || udp.Length < UdpLength || Word(udp[2..]) != _configuration.Port)
        {
            return DropReason.NotForTunnel;
        }

        var length = Word(udp[4..]);
        var vxlan = udp[UdpLength..];
        if (length > udp.Length || length < UdpLength + VxlanLength + EthernetLength || (vxlan[0] & VxlanHasIdentifier) == 0)
        {
            return DropReason.TunnelMalformed;
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(vxlan[4..]) >> 8 != _configuration.NetworkIdentifier)
        {
            return DropReason.NotForTunnel;
        }

        var ethernet = outer.HeaderLength + UdpLength + VxlanLength;
        content = new TunnelContent(
            Word(outer.Bytes[(ethernet + MacsLength)..]), ethernet + EthernetLength, outer.HeaderLength + length);
        return DropReason.None;
    }

    private DropReason FindInGre(in IpPacketView outer, out TunnelContent content)
    {
        content = default;
        var gre = outer.Payload;
        if (outer.Protocol != IpProtocol.Gre)
        {
            return DropReason.NotForTunnel;
        }

        var flags = gre.Length < 4 ? GreMustBeZero : Word(gre);
        var length = 4 + ((flags & GreChecksum) != 0 ? 4 : 0) + ((flags & GreKey) != 0 ? 4 : 0) + ((flags & GreSequence) != 0 ? 4 : 0);
        if ((flags & GreMustBeZero) != 0 || gre.Length < length)
        {
            return DropReason.TunnelMalformed;
        }

        uint? key = (flags & GreKey) != 0 ? BinaryPrimitives.ReadUInt32BigEndian(gre[((flags & GreChecksum) != 0 ? 8 : 4)..]) : null;
        if (key != _configuration.Key)
        {
            return DropReason.NotForTunnel;
        }

        if ((flags & GreChecksum) != 0 && !InternetChecksum.IsValid(gre))
        {
            return DropReason.TunnelMalformed;
        }

        var type = Word(gre[2..]);
        if (type is not (EtherTypes.Ipv4 or EtherTypes.Ipv6))
        {
            return DropReason.UnsupportedProtocol;
        }

        content = new TunnelContent(type, outer.HeaderLength + length, outer.Bytes.Length);
        return DropReason.None;
    }

    private void WriteInnerEthernet(Span<byte> ethernet, Span<byte> macs, ushort innerType)
    {
        WriteMac(ethernet, macs, _configuration.InnerDestination);
        WriteMac(ethernet[6..], macs[6..], _configuration.InnerSource);
        BinaryPrimitives.WriteUInt16BigEndian(ethernet[MacsLength..], innerType);
    }

    private static void WriteMac(Span<byte> at, Span<byte> before, MacAddress? given)
    {
        if (given is { } mac)
        {
            BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)(mac.Value >> 32));
            BinaryPrimitives.WriteUInt32BigEndian(at[2..], (uint)mac.Value);
            return;
        }

        before[..6].CopyTo(at);
    }

    private static void WriteUdp(Span<byte> udp, ushort port)
    {
        BinaryPrimitives.WriteUInt16BigEndian(udp, port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
    }

    /// <summary>Over the whole datagram, as many receivers refuse IPv6 without (RFC 6936). A sum of 0 is sent as 0xffff (RFC 8200, section 8.1).</summary>
    private void WriteUdpChecksum(Span<byte> udp)
    {
        var checksum = InternetChecksum.Compute(_configuration.Local, _configuration.Remote, IpProtocol.Udp, udp);
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], checksum == 0 ? ushort.MaxValue : checksum);
    }

    private void FillVxlan(Span<byte> udp)
    {
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], _configuration.Port);
        udp[UdpLength] = VxlanHasIdentifier;
        BinaryPrimitives.WriteUInt32BigEndian(udp[(UdpLength + 4)..], _configuration.NetworkIdentifier << 8);
    }

    private void FillGre(Span<byte> gre)
    {
        if (_configuration.Key is { } key)
        {
            BinaryPrimitives.WriteUInt16BigEndian(gre, GreKey);
            BinaryPrimitives.WriteUInt32BigEndian(gre[4..], key);
        }
    }

    private static ushort Word(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16BigEndian(bytes);
}

/// <summary>Where the packet inside lies, in bytes from the outer IP header.</summary>
/// <param name="EtherType">What it is.</param>
/// <param name="Network">Where it begins.</param>
/// <param name="End">First byte behind it.</param>
internal readonly record struct TunnelContent(ushort EtherType, int Network, int End);

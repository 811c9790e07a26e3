using System.Buffers.Binary;
using Metron.NetworkFunctions.Tunnel;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>An end of a VXLAN or GRE tunnel, on whole frames.</summary>
internal sealed class ReferenceTunnel(TunnelConfiguration configuration) : ReferenceFunction
{
    private readonly ErrorBudget _errors = new();

    private bool IsVxlan => configuration.Protocol == TunnelProtocol.Vxlan;

    private int IpLength => configuration.Local.IsV6 ? 40 : 20;

    private int Overhead => IpLength + (IsVxlan ? 8 + 8 + 14 : configuration.Key is null ? 4 : 8);

    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices)
    {
        var frame = FrameWriter.Write(packet);
        return port == Inside ? Wrap(frame, packet.Fields, now) : Unwrap(frame, packet.Fields);
    }

    private ReferenceVerdict Wrap(byte[] frame, IpFields fields, long now)
    {
        var inner = frame[14..fields.End];
        if (inner.Length + Overhead > configuration.Mtu)
        {
            return TooBig.IsAnswered(frame, fields) && _errors.Take(now)
                ? ReferenceVerdict.Replace(Inside, TooBig.Answer(frame, fields, configuration.Mtu - Overhead, configuration.Local))
                : ReferenceVerdict.Drop(DropReason.TooBig);
        }

        byte[] content = IsVxlan
            ? [.. Vxlan(), .. Mac(configuration.InnerDestination, frame[..6]), .. Mac(configuration.InnerSource, frame[6..12]), .. frame[12..14], .. inner]
            : [.. configuration.Key is null ? [0, 0] : new byte[] { 0x20, 0 }, .. frame[12..14], .. Key(), .. inner];
        var payload = IsVxlan ? Datagram(EntropyPort(inner, fields), content) : content;
        byte[] type = configuration.Local.IsV6 ? [0x86, 0xdd] : [0x08, 0x00];
        var trafficClass = (byte)(fields.IsV6 ? inner[0] << 4 | inner[1] >> 4 : inner[1]);
        var ip = OuterHeader.Make(
            configuration.Local, configuration.Remote, IsVxlan ? IpProtocol.Udp : IpProtocol.Gre, configuration.TimeToLive, trafficClass, payload.Length);
        return ReferenceVerdict.Replace(Outside, [.. frame[..12], .. type, .. ip, .. payload]);
    }

    private ReferenceVerdict Unwrap(byte[] frame, IpFields fields)
    {
        var next = fields.IsV6 ? frame[14 + 6] : fields.Protocol;
        if (fields.Source != configuration.Remote || fields.Destination != configuration.Local)
        {
            return ReferenceVerdict.Drop(DropReason.NotForTunnel);
        }

        if (fields.IsV6 ? next == 44 : fields.IsFragment)
        {
            return ReferenceVerdict.Drop(DropReason.Fragment);
        }

        if (next != (IsVxlan ? IpProtocol.Udp : IpProtocol.Gre))
        {
            return ReferenceVerdict.Drop(DropReason.NotForTunnel);
        }

        var reason = IsVxlan
            ? OpenVxlan(frame, fields.Transport, out var macs, out var content)
            : OpenGre(frame, fields.Transport, fields.End, out macs, out content);
        if (reason != DropReason.None)
        {
            return ReferenceVerdict.Drop(reason);
        }

        var outer = fields.IsV6 ? (frame[14] << 4 | frame[15] >> 4) & 3 : frame[15] & 3;
        return Congestion.CarryInward(content, outer)
            ? ReferenceVerdict.Replace(Inside, [.. macs.Length > 0 ? macs : frame[..12], .. content])
            : ReferenceVerdict.Drop(DropReason.CongestionHidden);
    }

    /// <param name="frame">The frame.</param>
    /// <param name="udp">Where the UDP header begins; length and port are known to be there.</param>
    /// <param name="macs">MAC addresses of the frame inside.</param>
    /// <param name="content">The frame inside from its Ethernet type on.</param>
    private DropReason OpenVxlan(byte[] frame, int udp, out byte[] macs, out byte[] content)
    {
        (macs, content) = ([], []);
        if (Word(frame, udp + 2) != configuration.Port)
        {
            return DropReason.NotForTunnel;
        }

        var length = Word(frame, udp + 4);
        if (length < 30 || (frame[udp + 8] & 8) == 0)
        {
            return DropReason.TunnelMalformed;
        }

        var network = frame[udp + 12] << 16 | frame[udp + 13] << 8 | frame[udp + 14];
        if (network != configuration.NetworkIdentifier)
        {
            return DropReason.NotForTunnel;
        }

        macs = frame[(udp + 16)..(udp + 28)];
        content = frame[(udp + 28)..(udp + length)];
        return DropReason.None;
    }

    private DropReason OpenGre(byte[] frame, int gre, int end, out byte[] macs, out byte[] content)
    {
        (macs, content) = ([], []);
        if (end - gre < 4)
        {
            return DropReason.TunnelMalformed;
        }

        var first = frame[gre];
        var (hasChecksum, hasKey, hasSequence) = ((first & 0x80) != 0, (first & 0x20) != 0, (first & 0x10) != 0);
        var length = 4 + (4 * (Convert.ToInt32(hasChecksum) + Convert.ToInt32(hasKey) + Convert.ToInt32(hasSequence)));
        if ((first & 0x4c) != 0 || (frame[gre + 1] & 7) != 0 || end - gre < length)
        {
            return DropReason.TunnelMalformed;
        }

        uint? key = hasKey ? BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(gre + (hasChecksum ? 8 : 4))) : null;
        if (key != configuration.Key)
        {
            return DropReason.NotForTunnel;
        }

        if (hasChecksum && Checksums.Sum(frame.AsSpan(gre..end)) != 0xffff)
        {
            return DropReason.TunnelMalformed;
        }

        var type = Word(frame, gre + 2);
        content = [.. frame[(gre + 2)..(gre + 4)], .. frame[(gre + length)..end]];
        return type is 0x0800 or 0x86dd ? DropReason.None : DropReason.UnsupportedProtocol;
    }

    private byte[] Vxlan() =>
        [8, 0, 0, 0, (byte)(configuration.NetworkIdentifier >> 16), (byte)(configuration.NetworkIdentifier >> 8), (byte)configuration.NetworkIdentifier, 0];

    private byte[] Datagram(ushort source, byte[] content)
    {
        byte[] datagram =
        [
            (byte)(source >> 8), (byte)source, (byte)(configuration.Port >> 8), (byte)configuration.Port,
            (byte)((content.Length + 8) >> 8), (byte)(content.Length + 8), 0, 0, .. content,
        ];
        if (configuration.Local.IsV6)
        {
            var pseudo = Checksums.Pseudo(configuration.Local, configuration.Remote, IpProtocol.Udp, datagram.Length);
            var checksum = (ushort)~Checksums.Sum(datagram, pseudo);
            BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(6), checksum == 0 ? (ushort)0xffff : checksum);
        }

        return datagram;
    }

    /// <summary>As the README of the tunnel says: 0xc000, 8 bits of a hash, 6 bits of the source port.</summary>
    private static ushort EntropyPort(byte[] inner, IpFields fields)
    {
        List<uint> words = [];
        for (var at = fields.IsV6 ? 8 : 12; at < (fields.IsV6 ? 40 : 20); at += 4)
        {
            words.Add(BinaryPrimitives.ReadUInt32BigEndian(inner.AsSpan(at)));
        }

        // What is read as ports stands behind the plain header: extension headers and fragment headers have none.
        var next = fields.IsV6 ? inner[6] : inner[9];
        words.Add(next);
        var start = fields.IsV6 ? 40 : (inner[0] & 15) * 4;
        var isFragment = !fields.IsV6 && (Word(inner, 6) & 0x3fff) != 0;
        var low = 0;
        if (next is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp && !isFragment)
        {
            words.Add(BinaryPrimitives.ReadUInt32BigEndian(inner.AsSpan(start)));
            low = inner[start + 1] & 0x3f;
        }

        var hash = 0u;
        foreach (var word in words)
        {
            hash = unchecked(((hash << 5 | hash >> 27) ^ word) * 0x9e3779b1u);
        }

        return (ushort)(0xc000 | (hash >> 16 & 0x3fc0) | (uint)low);
    }

    private byte[] Key() => configuration.Key is { } key ? [(byte)(key >> 24), (byte)(key >> 16), (byte)(key >> 8), (byte)key] : [];

    private static byte[] Mac(MacAddress? mac, byte[] otherwise) =>
        mac is { } given ? [.. Enumerable.Range(0, 6).Select(octet => (byte)(given.Value >> (40 - (8 * octet))))] : otherwise;

    private static ushort Word(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at));
}

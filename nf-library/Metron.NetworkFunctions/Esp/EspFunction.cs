using System.Buffers.Binary;
using Metron.NetworkFunctions.Encapsulation;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.NetworkFunctions.Esp;

/// <summary>An end of an IPsec tunnel on one worker. See the README of this folder for its behaviour.</summary>
public sealed class EspFunction : NetworkFunction
{
    private const byte Ipv4InIp = 4;
    private const byte Ipv6InIp = 41;

    private readonly EspConfiguration _configuration;
    private readonly AssociationState[] _outbound;
    private readonly AssociationState[] _inbound;
    private readonly ForgeryCheck _forgeries = new();
    private readonly TooBigError _tooBig = new();
    private readonly int _ipLength;
    private long _encrypted;
    private long _decrypted;
    private long _errors;

    /// <summary>Makes an end of an IPsec tunnel.</summary>
    /// <exception cref="ArgumentException">A key cannot be read.</exception>
    public EspFunction(EspConfiguration configuration, WorkerResources resources)
    {
        Name = configuration.Name;
        _configuration = configuration;
        _ipLength = configuration.Local.IsV6 ? 40 : 20;
        _outbound = Make(configuration.Outbound, resources);
        _inbound = Make(configuration.Inbound, resources);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override bool ChangesFrames => true;

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port) => Verdict.Drop(DropReason.UnsupportedProtocol);

    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port) => Verdict.Drop(DropReason.UnsupportedProtocol);

    /// <inheritdoc/>
    public override Verdict ProcessFrame(ref FramePacket packet, int port) => port == 0 ? Encrypt(ref packet) : Decrypt(ref packet);

    /// <inheritdoc/>
    public override void Adopt(NetworkFunction previous)
    {
        if (previous is EspFunction older)
        {
            TakeOver(_outbound, older._outbound);
            TakeOver(_inbound, older._inbound);
            (_encrypted, _decrypted, _errors) = (older._encrypted, older._decrypted, older._errors);
        }
    }

    /// <inheritdoc/>
    public override void Report(IFlowDirectory flows, FunctionReport report)
    {
        report.Counters["encrypted"] = _encrypted;
        report.Counters["decrypted"] = _decrypted;
        report.Counters["tooBigErrors"] = _errors;
    }

    private static AssociationState[] Make(IReadOnlyList<SecurityAssociation> associations, WorkerResources resources) =>
        [.. associations.Select(association => new AssociationState(association, resources.ReadKey(association.Key), resources.DrawVector()))];

    private static void TakeOver(AssociationState[] own, AssociationState[] older)
    {
        for (var i = 0; i < own.Length; i++)
        {
            foreach (var known in older)
            {
                if (known.TryContinueAs(own[i].Configuration, own[i].Key))
                {
                    own[i] = known;
                    break;
                }
            }
        }
    }

    private Verdict Encrypt(ref FramePacket packet)
    {
        var reason = IpPacketView.TryRead(packet.EtherType, packet.Network, out var inner);
        if (reason != DropReason.None)
        {
            return Verdict.Drop(reason);
        }

        var (length, isV6, trafficClass) = (inner.Bytes.Length, inner.IsV6, inner.TrafficClass);
        if (_ipLength + EspLayout.LengthOf(length) > _configuration.Mtu)
        {
            return TurnBack(ref packet);
        }

        if (FirstUsable(packet.Now) is not { } association)
        {
            return Verdict.Drop(DropReason.NoSecurityAssociation);
        }

        var padding = EspLayout.PaddingOf(length);
        if (!packet.TrySetNetworkLength(length + padding + EspLayout.TrailerLength + EspLayout.TagLength)
            || !packet.TryInsert(_ipLength + EspLayout.TextOffset))
        {
            return Verdict.Drop(DropReason.TooBig);
        }

        var esp = packet.Network[_ipLength..];
        WriteTrailer(esp[(EspLayout.TextOffset + length)..], padding, isV6 ? Ipv6InIp : Ipv4InIp);
        association.Seal(esp, length, packet.Now);
        OuterIpHeader.Write(packet.Network, _configuration.Local, _configuration.Remote, IpProtocol.Esp, _configuration.TimeToLive, trafficClass);
        packet.EtherType = _configuration.Local.IsV6 ? EtherTypes.Ipv6 : EtherTypes.Ipv4;
        packet.IsNewLink = packet.IsWellFormed = true;
        _encrypted++;
        return Verdict.ForwardOnce(1, EspDeclaration.Encrypt);
    }

    private AssociationState? FirstUsable(long now)
    {
        foreach (var association in _outbound)
        {
            if (association.IsUsable(now))
            {
                return association;
            }
        }

        return null;
    }

    /// <summary>Padding 1, 2, 3, …, its length, and what the packet is (RFC 4303, section 2.4).</summary>
    private static void WriteTrailer(Span<byte> trailer, int padding, byte next)
    {
        for (var i = 0; i < padding; i++)
        {
            trailer[i] = (byte)(i + 1);
        }

        trailer[padding] = (byte)padding;
        trailer[padding + 1] = next;
    }

    private Verdict TurnBack(ref FramePacket packet)
    {
        if (!_tooBig.TryTurnBack(ref packet, EspLayout.LongestIn(_configuration.Mtu - _ipLength), _configuration.Local))
        {
            return Verdict.Drop(DropReason.TooBig);
        }

        _errors++;
        packet.IsNewLink = packet.IsWellFormed = true;
        return Verdict.ForwardOnce(0, -1);
    }

    private Verdict Decrypt(ref FramePacket packet)
    {
        var reason = IpPacketView.TryRead(packet.EtherType, packet.Network, out var outer);
        if (reason == DropReason.None)
        {
            reason = Open(outer, packet.Now);
        }

        if (reason == DropReason.None)
        {
            reason = FindInner(outer, out var length, out var etherType);
            if (reason == DropReason.None)
            {
                var start = outer.HeaderLength + EspLayout.TextOffset;
                packet.TrySetNetworkLength(start + length);
                packet.Remove(start);
                packet.EtherType = etherType;
                packet.IsNewLink = true;
                _decrypted++;
                return Verdict.ForwardOnce(0, EspDeclaration.Decrypt);
            }
        }

        return Verdict.Drop(reason);
    }

    private DropReason Open(in IpPacketView outer, long now)
    {
        if (outer.Source != _configuration.Remote || outer.Destination != _configuration.Local)
        {
            return DropReason.NotForTunnel;
        }

        if (outer.IsFragment)
        {
            return DropReason.Fragment;
        }

        var esp = outer.Payload;
        if (outer.Protocol != IpProtocol.Esp)
        {
            return DropReason.NotForTunnel;
        }

        var text = esp.Length - EspLayout.TextOffset - EspLayout.TagLength;
        if (text < EspLayout.Alignment || text % EspLayout.Alignment != 0)
        {
            return DropReason.TunnelMalformed;
        }

        var index = BinaryPrimitives.ReadUInt32BigEndian(esp);
        foreach (var association in _inbound)
        {
            if (association.Configuration.Index == index)
            {
                return association.IsUsable(now) ? association.Open(esp, _forgeries, now) : DropReason.NoSecurityAssociation;
            }
        }

        return DropReason.NoSecurityAssociation;
    }

    /// <summary>Finds the packet in a text that was decrypted.</summary>
    private static DropReason FindInner(in IpPacketView outer, out int length, out ushort etherType)
    {
        var text = outer.Payload[EspLayout.TextOffset..^EspLayout.TagLength];
        var padding = text[^2];
        length = text.Length - EspLayout.TrailerLength - padding;
        etherType = text[^1] == Ipv6InIp ? EtherTypes.Ipv6 : EtherTypes.Ipv4;
        if (length < 0)
        {
            return DropReason.TunnelMalformed;
        }

        for (var i = 0; i < padding; i++)
        {
            if (text[length + i] != i + 1)
            {
                return DropReason.TunnelMalformed;
            }
        }

        if (text[^1] is not (Ipv4InIp or Ipv6InIp))
        {
            return DropReason.UnsupportedProtocol;
        }

        return TrafficClassField.TryDecapsulate(etherType, text[..length], outer.TrafficClass) ? DropReason.None : DropReason.CongestionHidden;
    }
}

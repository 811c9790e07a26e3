using System.Buffers.Binary;
using Metron.NetworkFunctions.Encapsulation;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.NetworkFunctions.Mpls;

/// <summary>A label edge, or a function that swaps labels, on one worker. See the README of this folder for its behaviour.</summary>
public sealed class MplsFunction : NetworkFunction
{
    private const int Ipv4Length = 20;
    private const int Ipv6Length = 40;

    private readonly MplsConfiguration _configuration;
    private readonly Dictionary<uint, uint>[] _swaps;
    private readonly TooBigError _tooBig = new();
    private long _pushed;
    private long _popped;
    private long _swapped;
    private long _errors;

    /// <summary>Makes an MPLS function.</summary>
    public MplsFunction(MplsConfiguration configuration)
    {
        Name = configuration.Name;
        _configuration = configuration;
        _swaps =
        [
            configuration.Swaps.ToDictionary(pair => pair.Inside, pair => pair.Outside),
            configuration.Swaps.ToDictionary(pair => pair.Outside, pair => pair.Inside),
        ];
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override bool ChangesFrames => true;

    /// <inheritdoc/>
    public override bool TakesRawFrames(int port) => port != 0 || _configuration.Edge is null;

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port) => Verdict.Drop(DropReason.UnsupportedProtocol);

    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port) => Verdict.Drop(DropReason.UnsupportedProtocol);

    /// <inheritdoc/>
    public override Verdict ProcessFrame(ref FramePacket packet, int port) =>
        _configuration.Edge is not { } edge ? Swap(ref packet, port)
        : port == 0 ? Push(ref packet, edge)
        : Pop(ref packet, edge);

    /// <inheritdoc/>
    public override void Report(IFlowDirectory flows, FunctionReport report)
    {
        report.Counters["pushed"] = _pushed;
        report.Counters["popped"] = _popped;
        report.Counters["swapped"] = _swapped;
        report.Counters["tooBigErrors"] = _errors;
    }

    /// <inheritdoc/>
    public override void Adopt(NetworkFunction previous)
    {
        if (previous is MplsFunction older)
        {
            (_pushed, _popped, _swapped, _errors) = (older._pushed, older._popped, older._swapped, older._errors);
        }
    }

    private Verdict Push(ref FramePacket packet, MplsEdge edge)
    {
        var reason = IpPacketView.TryRead(packet.EtherType, packet.Network, out var inner);
        if (reason != DropReason.None)
        {
            return Verdict.Drop(reason);
        }

        var length = inner.Bytes.Length;
        if (length + LabelStackEntry.Length > edge.Mtu)
        {
            return TurnBack(ref packet, edge);
        }

        var entry = LabelStackEntry.Bottom(
            edge.OutLabel, edge.TrafficClass ?? inner.TrafficClass >> 5, edge.TimeToLive ?? inner.Bytes[inner.IsV6 ? 7 : 8]);
        if (!packet.TrySetNetworkLength(length) || !packet.TryInsert(LabelStackEntry.Length))
        {
            return Verdict.Drop(DropReason.TooBig);
        }

        entry.Write(packet.Network);
        packet.EtherType = EtherTypes.Mpls;
        packet.IsWellFormed = true;
        _pushed++;
        return Verdict.ForwardOnce(1, MplsDeclaration.Outward);
    }

    private Verdict TurnBack(ref FramePacket packet, MplsEdge edge)
    {
        if (!_tooBig.TryTurnBack(ref packet, edge.Mtu - LabelStackEntry.Length, null))
        {
            return Verdict.Drop(DropReason.TooBig);
        }

        _errors++;
        packet.IsNewLink = packet.IsWellFormed = true;
        return Verdict.ForwardOnce(0, -1);
    }

    private Verdict Pop(ref FramePacket packet, MplsEdge edge)
    {
        var reason = TryReadTop(packet, out var entry);
        if (reason != DropReason.None)
        {
            return Verdict.Drop(reason);
        }

        if (!entry.IsBottom || (entry.Label != edge.InLabel && entry.Label is not (LabelStackEntry.ExplicitNullV4 or LabelStackEntry.ExplicitNullV6)))
        {
            return Verdict.Drop(DropReason.UnknownLabel);
        }

        var inner = packet.Network[LabelStackEntry.Length..];
        var isV6 = inner[0] >> 4 == 6;
        if ((!isV6 && inner[0] >> 4 != 4)
            || (entry.Label == LabelStackEntry.ExplicitNullV4 && isV6)
            || (entry.Label == LabelStackEntry.ExplicitNullV6 && !isV6))
        {
            return Verdict.Drop(DropReason.UnsupportedProtocol);
        }

        if (edge.TimeToLive is null)
        {
            LowerTimeToLive(inner, isV6, entry.TimeToLive);
        }

        packet.Remove(LabelStackEntry.Length);
        packet.EtherType = isV6 ? EtherTypes.Ipv6 : EtherTypes.Ipv4;
        _popped++;
        return Verdict.ForwardOnce(0, MplsDeclaration.Inward);
    }

    private Verdict Swap(ref FramePacket packet, int port)
    {
        var reason = TryReadTop(packet, out var entry);
        if (reason != DropReason.None)
        {
            return Verdict.Drop(reason);
        }

        if (!_swaps[port].TryGetValue(entry.Label, out var label))
        {
            return Verdict.Drop(DropReason.UnknownLabel);
        }

        if (entry.TimeToLive == 1)
        {
            return Verdict.Drop(DropReason.TimeToLiveExpired);
        }

        entry.Swapped(label).Write(packet.Network);
        packet.IsWellFormed = true;
        _swapped++;
        return Verdict.ForwardOnce(1 - port, port == 0 ? MplsDeclaration.Outward : MplsDeclaration.Inward);
    }

    /// <summary>Reads the top of the label stack. At least one byte follows it.</summary>
    private static DropReason TryReadTop(in FramePacket packet, out LabelStackEntry entry)
    {
        entry = default;
        if (packet.EtherType != EtherTypes.Mpls)
        {
            return packet.EtherType is EtherTypes.Vlan or EtherTypes.ServiceVlan ? DropReason.VlanTagged : DropReason.UnknownLabel;
        }

        if (packet.Network.Length <= LabelStackEntry.Length)
        {
            return DropReason.Truncated;
        }

        entry = LabelStackEntry.Read(packet.Network);
        return entry.TimeToLive == 0 ? DropReason.TimeToLiveExpired : DropReason.None;
    }

    /// <summary>Uniform model: what the labels' path took of the TTL counts for the packet; it is never raised (RFC 3032, section 2.4.3).</summary>
    private static void LowerTimeToLive(Span<byte> ip, bool isV6, byte timeToLive)
    {
        var at = isV6 ? 7 : 8;
        if (ip.Length < (isV6 ? Ipv6Length : Ipv4Length) || ip[at] <= timeToLive)
        {
            return;
        }

        if (!isV6)
        {
            var delta = default(ChecksumDelta);
            delta.AddTimeToLive(ip[at], timeToLive);
            var checksum = BinaryPrimitives.ReadUInt16BigEndian(ip[10..]);
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Apply(checksum, delta.Value));
        }

        ip[at] = timeToLive;
    }
}

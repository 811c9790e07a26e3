using Metron.NetworkFunctions.Encapsulation;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.NetworkFunctions.Tunnel;

/// <summary>A tunnel's end on one worker: wraps what comes from inside, unwraps what comes from outside. See the README of this folder for its behaviour.</summary>
public sealed class TunnelFunction : NetworkFunction
{
    private readonly TunnelConfiguration _configuration;
    private readonly TunnelHeader _header;
    private readonly TooBigError _tooBig = new();
    private long _encapsulated;
    private long _decapsulated;
    private long _errors;

    /// <summary>Makes an end of a tunnel.</summary>
    public TunnelFunction(TunnelConfiguration configuration)
    {
        Name = configuration.Name;
        _configuration = configuration;
        _header = new TunnelHeader(configuration);
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
    public override Verdict ProcessFrame(ref FramePacket packet, int port) => port == 0 ? Encapsulate(ref packet) : Decapsulate(ref packet);

    /// <inheritdoc/>
    public override void Report(IFlowDirectory flows, FunctionReport report)
    {
        report.Counters["encapsulated"] = _encapsulated;
        report.Counters["decapsulated"] = _decapsulated;
        report.Counters["tooBigErrors"] = _errors;
    }

    /// <inheritdoc/>
    public override void Adopt(NetworkFunction previous)
    {
        if (previous is TunnelFunction older)
        {
            (_encapsulated, _decapsulated, _errors) = (older._encapsulated, older._decapsulated, older._errors);
        }
    }

    private Verdict Encapsulate(ref FramePacket packet)
    {
        var reason = IpPacketView.TryRead(packet.EtherType, packet.Network, out var inner);
        if (reason != DropReason.None)
        {
            return Verdict.Drop(reason);
        }

        if (inner.Bytes.Length + _header.Length > _configuration.Mtu)
        {
            return TurnBack(ref packet);
        }

        if (!_header.TryPrepend(ref packet, inner))
        {
            return Verdict.Drop(DropReason.TooBig);
        }

        _encapsulated++;
        packet.IsNewLink = packet.IsWellFormed = true;
        return Verdict.ForwardOnce(1, TunnelDeclaration.Encapsulate);
    }

    private Verdict TurnBack(ref FramePacket packet)
    {
        if (!_tooBig.TryTurnBack(ref packet, _configuration.Mtu - _header.Length, _configuration.Local))
        {
            return Verdict.Drop(DropReason.TooBig);
        }

        _errors++;
        packet.IsNewLink = packet.IsWellFormed = true;
        return Verdict.ForwardOnce(0, -1);
    }

    private Verdict Decapsulate(ref FramePacket packet)
    {
        var reason = IpPacketView.TryRead(packet.EtherType, packet.Network, out var outer);
        if (reason != DropReason.None)
        {
            return Verdict.Drop(reason);
        }

        reason = _header.Find(outer, out var content);
        if (reason != DropReason.None)
        {
            return Verdict.Drop(reason);
        }

        if (!TrafficClassField.TryDecapsulate(content.EtherType, outer.Bytes[content.Network..content.End], outer.TrafficClass))
        {
            return Verdict.Drop(DropReason.CongestionHidden);
        }

        _header.Strip(ref packet, content);
        _decapsulated++;
        packet.IsNewLink = true;
        return Verdict.ForwardOnce(0, TunnelDeclaration.Decapsulate);
    }
}

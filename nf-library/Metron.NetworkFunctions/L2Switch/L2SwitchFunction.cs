using System.Buffers.Binary;
using System.Collections.Frozen;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.NetworkFunctions.L2Switch;

/// <summary>A layer 2 switch on one worker: sends frames to the port of their destination MAC address. See the README of this folder for its behaviour.</summary>
/// <remarks>Packets of one flow may go to different MAC addresses, so that no flow entry can stand for them: it is shown every frame.</remarks>
public sealed class L2SwitchFunction : NetworkFunction
{
    private readonly FrozenDictionary<ulong, int> _ports;
    private readonly int _otherPort; // -1 for none
    private long _forwarded;
    private long _unknown;

    /// <summary>Makes a layer 2 switch.</summary>
    public L2SwitchFunction(L2SwitchConfiguration configuration)
    {
        Name = configuration.Name;
        _ports = configuration.Hosts.ToFrozenDictionary(host => host.Mac.Value, host => host.Port);
        _otherPort = configuration.DefaultPort ?? -1;
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override bool ChangesFrames => true;

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port) => Verdict.Drop(DropReason.UnknownMac);

    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port) => Verdict.Drop(DropReason.UnknownMac);

    /// <inheritdoc/>
    public override Verdict ProcessFrame(ref FramePacket packet, int port)
    {
        var destination = BinaryPrimitives.ReadUInt64BigEndian(packet.Macs) >> 16;
        if (!_ports.TryGetValue(destination, out var to))
        {
            _unknown++;
            to = _otherPort;
        }

        if (to < 0 || to == port)
        {
            return Verdict.Drop(to < 0 ? DropReason.UnknownMac : DropReason.RouteToIngress);
        }

        _forwarded++;
        packet.IsWellFormed = true;
        return Verdict.ForwardOnce(to, to);
    }

    /// <inheritdoc/>
    public override void Report(IFlowDirectory flows, FunctionReport report)
    {
        report.Counters["forwarded"] = _forwarded;
        report.Counters["unknown"] = _unknown;
    }

    /// <inheritdoc/>
    public override void Adopt(NetworkFunction previous)
    {
        if (previous is L2SwitchFunction older)
        {
            (_forwarded, _unknown) = (older._forwarded, older._unknown);
        }
    }
}

using System.Buffers.Binary;
using Metron.NetworkFunctions.Encapsulation;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.NetworkFunctions.Vlan;

/// <summary>Adds, removes or translates the 802.1Q header of frames, on one worker. See the README of this folder for its behaviour.</summary>
public sealed class VlanFunction : NetworkFunction
{
    private const int HeaderLength = 4;
    private const int PriorityShift = 13;
    private const int IdMask = 0x0fff;
    private const int DropEligible = 0x1000;

    private readonly VlanConfiguration _configuration;
    private long _added;
    private long _removed;
    private long _translated;

    /// <summary>Makes a VLAN function.</summary>
    public VlanFunction(VlanConfiguration configuration)
    {
        Name = configuration.Name;
        _configuration = configuration;
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override bool ChangesFrames => true;

    /// <inheritdoc/>
    public override bool TakesRawFrames(int port) => _configuration.IdAt(port) != 0;

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port) => Verdict.Drop(DropReason.WrongVlan);

    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port) => Verdict.Drop(DropReason.WrongVlan);

    /// <inheritdoc/>
    public override Verdict ProcessFrame(ref FramePacket packet, int port)
    {
        var (before, after) = (_configuration.IdAt(port), _configuration.IdAt(1 - port));
        var reason = before == 0 ? Add(ref packet, after)
            : !IsOf(packet, before) ? DropReason.WrongVlan
            : after == 0 ? Remove(ref packet)
            : Translate(ref packet, after);
        return reason == DropReason.None
            ? Verdict.ForwardOnce(1 - port, port == 0 ? VlanDeclaration.Outward : VlanDeclaration.Inward)
            : Verdict.Drop(reason);
    }

    /// <inheritdoc/>
    public override void Report(IFlowDirectory flows, FunctionReport report)
    {
        report.Counters["added"] = _added;
        report.Counters["removed"] = _removed;
        report.Counters["translated"] = _translated;
    }

    /// <inheritdoc/>
    public override void Adopt(NetworkFunction previous)
    {
        if (previous is VlanFunction older)
        {
            (_added, _removed, _translated) = (older._added, older._removed, older._translated);
        }
    }

    /// <summary>Whether a frame has the header of a VLAN; of IEEE 802.1Q or, with another type, of 802.1ad.</summary>
    private static bool IsOf(in FramePacket packet, ushort id) =>
        packet.EtherType is EtherTypes.Vlan or EtherTypes.ServiceVlan
        && packet.Network.Length >= HeaderLength
        && (BinaryPrimitives.ReadUInt16BigEndian(packet.Network) & IdMask) == id;

    private DropReason Add(ref FramePacket packet, ushort id)
    {
        var type = packet.EtherType;
        var priority = _configuration.Priority ?? PriorityOf(type, packet.Network);
        if (!packet.TryInsert(HeaderLength))
        {
            return DropReason.TooBig;
        }

        var header = packet.Network;
        BinaryPrimitives.WriteUInt16BigEndian(header, (ushort)(priority << PriorityShift | id));
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], type);
        packet.EtherType = EtherTypes.Vlan;
        packet.IsWellFormed = true;
        _added++;
        return DropReason.None;
    }

    private DropReason Remove(ref FramePacket packet)
    {
        var type = BinaryPrimitives.ReadUInt16BigEndian(packet.Network[2..]);
        packet.Remove(HeaderLength);
        packet.EtherType = type;
        _removed++;
        return DropReason.None;
    }

    private DropReason Translate(ref FramePacket packet, ushort id)
    {
        var control = BinaryPrimitives.ReadUInt16BigEndian(packet.Network);
        var priority = _configuration.Priority ?? control >> PriorityShift;
        BinaryPrimitives.WriteUInt16BigEndian(packet.Network, (ushort)(priority << PriorityShift | (control & DropEligible) | id));
        packet.IsWellFormed = true;
        _translated++;
        return DropReason.None;
    }

    /// <summary>The class selector of an IP packet (RFC 2474, section 4.2.2): the upper three bits of its DSCP. 0 for what is no IP packet.</summary>
    private static int PriorityOf(ushort type, ReadOnlySpan<byte> network) =>
        type is EtherTypes.Ipv4 or EtherTypes.Ipv6 && network.Length >= 2 ? TrafficClassField.Read(network, type == EtherTypes.Ipv6) >> 5 : 0;
}

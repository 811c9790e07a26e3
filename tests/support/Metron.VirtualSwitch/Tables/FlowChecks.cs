using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>What every OpenFlow switch refuses in a flow-mod (OpenFlow 1.3.5 sections 7.2.3.8 and 7.4.4.4 ff.), whatever it can do.</summary>
internal static class FlowChecks
{
    /// <summary>Fields known, not repeated, masked only where masks are, and with the fields that they depend on.</summary>
    public static void CheckMatch(Match match)
    {
        var seen = new HashSet<OxmType>();
        foreach (var field in match.Fields.AsSpan())
        {
            if (Oxm.Describe(field.Type) is not { } known)
            {
                throw Refusal.Match(6);
            }

            if (!seen.Add(field.Type))
            {
                throw Refusal.Match(10);
            }

            if (field.HasMask && !known.IsMaskable)
            {
                throw Refusal.Match(8);
            }

            if (field.HasMask && (field.Value & ~field.Mask) != 0)
            {
                throw Refusal.Match(5);
            }

            if (field.Value > known.FullMask)
            {
                throw Refusal.Match(7);
            }

            if (!HasPrerequisites(field.Type, match))
            {
                throw Refusal.Match(9);
            }
        }
    }

    /// <summary>Instructions known and not repeated, goto only forwards, set-field only on packets that have the field.</summary>
    /// <param name="flow">The rule; its match was checked before.</param>
    /// <param name="state">Groups and meters that there are.</param>
    /// <param name="hasPort">Whether the switch has a port.</param>
    public static void CheckInstructions(FlowMod flow, SwitchState state, Func<uint, bool> hasPort)
    {
        var kinds = new HashSet<Type>();
        foreach (var instruction in flow.Instructions.AsSpan())
        {
            if (!kinds.Add(instruction.GetType()))
            {
                throw Refusal.Instruction(9);
            }

            switch (instruction)
            {
                case GotoTableInstruction next when next.Table <= flow.Table:
                    throw Refusal.Instruction(2);
                case MeterInstruction meter when !state.Meters.ContainsKey(meter.Meter):
                    throw Refusal.Meter(3);
                case ApplyActionsInstruction apply:
                    CheckActions(apply.Actions, flow.Match, state, hasPort);
                    break;
                case WriteActionsInstruction write:
                    CheckActions(write.Actions, flow.Match, state, hasPort);
                    break;
                case UnknownInstruction:
                    throw Refusal.Instruction(0);
            }
        }
    }

    public static void CheckActions(EquatableArray<OpenFlowAction> actions, Match match, SwitchState state, Func<uint, bool> hasPort, bool isPacketOut = false)
    {
        foreach (var action in actions.AsSpan())
        {
            switch (action)
            {
                case OutputAction output when !IsOutput(output.Port, hasPort, isPacketOut):
                    throw Refusal.Action(4);
                case GroupAction group when !state.Groups.ContainsKey(group.Group):
                    throw Refusal.Action(9);
                case PushVlanAction push when push.EtherType is not (FrameReader.Vlan or FrameReader.ServiceVlan):
                case PushMplsAction mpls when mpls.EtherType is not (FrameReader.MplsUnicast or FrameReader.MplsMulticast):
                    throw Refusal.Action(5);
                case SetFieldAction set:
                    CheckSetField(set.Field, match, isPacketOut);
                    break;
                case PopVlanAction when !isPacketOut && !IsTagged(match):
                case PopMplsAction when !isPacketOut && !HasPrerequisites(Oxm.MplsLabel, match):
                case DecrementNetworkTtlAction or SetNetworkTtlAction when !isPacketOut && !HasPrerequisites(Oxm.IpProtocol, match):
                    throw Refusal.Action(10);
                case ExperimenterAction:
                    throw Refusal.Action(2);
                case PushPbbAction or PopPbbAction or UnknownAction:
                    throw Refusal.Action(0);
            }

            match = After(action, match);
        }
    }

    private static bool IsOutput(uint port, Func<uint, bool> hasPort, bool isPacketOut) =>
        port is PortNumber.InPort or PortNumber.All or PortNumber.Flood or PortNumber.Controller or PortNumber.Local
        || (port == PortNumber.Table && isPacketOut) || hasPort(port);

    private static void CheckSetField(OxmField field, Match match, bool isPacketOut)
    {
        if (Oxm.Describe(field.Type) is not { } known || field.Type == Oxm.InPort || field.Type == Oxm.EthernetType || field.Type == Oxm.IpProtocol
            || field.Type == Oxm.IpFragment || field.Type == Oxm.TcpFlags || field.Type == Oxm.Ipv6ExtensionHeaders)
        {
            throw Refusal.Action(13);
        }

        if (field.Value > known.FullMask || (field.Type == Oxm.VlanId && (field.Value & 0x1000) == 0))
        {
            throw Refusal.Action(15);
        }

        if (!isPacketOut && (!HasPrerequisites(field.Type, match) || (field.Type == Oxm.VlanId && !IsTagged(match))))
        {
            throw Refusal.Action(10);
        }
    }

    // What is known of the packet after an action, as Open vSwitch's ofpact_check__ follows it.
    private static Match After(OpenFlowAction action, Match match) => action switch
    {
        PushVlanAction => match.With(OxmField.VlanPresent()),
        PopVlanAction => new Match(match.Fields.Where(field => field.Type != Oxm.VlanId && field.Type != Oxm.VlanPriority).ToEquatableArray()),
        PushMplsAction push => match.With(OxmField.EthernetType(push.EtherType)),
        PopMplsAction pop => match.With(OxmField.EthernetType(pop.EtherType)),
        _ => match,
    };

    private static bool IsTagged(Match match) => match[Oxm.VlanId] is { } vlan && (vlan.Value & vlan.Mask & 0x1000) != 0;

    private static bool HasPrerequisites(OxmType type, Match match)
    {
        var etherType = (uint?)match[Oxm.EthernetType]?.Value;
        var protocol = (uint?)match[Oxm.IpProtocol]?.Value;
        var isIp = etherType is FrameReader.Ipv4 or FrameReader.Ipv6;
        return type switch
        {
            _ when type == Oxm.VlanPriority => IsTagged(match),
            _ when type == Oxm.IpDscp || type == Oxm.IpEcn || type == Oxm.IpProtocol || type == Oxm.IpFragment => isIp,
            _ when type == Oxm.Ipv4Source || type == Oxm.Ipv4Destination => etherType == FrameReader.Ipv4,
            _ when type == Oxm.Ipv6Source || type == Oxm.Ipv6Destination || type == Oxm.Ipv6FlowLabel => etherType == FrameReader.Ipv6,
            _ when type == Oxm.TcpSource || type == Oxm.TcpDestination || type == Oxm.TcpFlags => isIp && protocol == FrameReader.Tcp,
            _ when type == Oxm.UdpSource || type == Oxm.UdpDestination => isIp && protocol == FrameReader.Udp,
            _ when type == Oxm.SctpSource || type == Oxm.SctpDestination => isIp && protocol == FrameReader.Sctp,
            _ when type == Oxm.Icmpv4Type || type == Oxm.Icmpv4Code => etherType == FrameReader.Ipv4 && protocol == FrameReader.Icmp,
            _ when type == Oxm.Icmpv6Type || type == Oxm.Icmpv6Code || type == Oxm.NeighbourTarget =>
                etherType == FrameReader.Ipv6 && protocol == FrameReader.IcmpV6,
            _ when type == Oxm.MplsLabel || type == Oxm.MplsTrafficClass || type == Oxm.MplsBottomOfStack =>
                etherType is FrameReader.MplsUnicast or FrameReader.MplsMulticast,
            _ when type.Class == OxmClass.OpenFlowBasic && type.Number is >= 21 and <= 25 => etherType == FrameReader.Arp,
            _ => true,
        };
    }
}

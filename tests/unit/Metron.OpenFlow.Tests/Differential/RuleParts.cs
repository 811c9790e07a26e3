namespace Metron.OpenFlow.Tests.Differential;

/// <summary>Random matches and actions that make sense to a switch: each field with those it depends on, each action with what it needs.</summary>
internal static class RuleParts
{
    private const byte Icmp = 1;
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const byte Icmpv6 = 58;
    private const byte Sctp = 132;

    public static uint Port(Draw draw) => draw.Once(6) ? draw.Pick(PortNumber.Local, 0xfeffU, 1U) : draw.UInt32(1, 0xfeff);

    /// <summary>A match of any version; for 1.0 of what that has.</summary>
    public static Match Match(Draw draw, OpenFlowVersion version)
    {
        var fields = new List<OxmField>();
        var is10 = version == OpenFlowVersion.OpenFlow10;
        AddLink(fields, draw, is10);
        switch (draw.Count(is10 ? 3 : 5))
        {
            case 0:
                break;
            case 1:
                AddIp(fields, draw, is10, isIpv6: false);
                break;
            case 2:
                AddArp(fields, draw, is10);
                break;
            case 3 when !is10:
                AddIp(fields, draw, false, isIpv6: true);
                break;
            case 4:
                fields.Add(OxmField.EthernetType(0x8847));
                AddSome(fields, draw, false, Oxm.MplsLabel, Oxm.MplsTrafficClass, Oxm.MplsBottomOfStack);
                break;
            default:
                fields.Add(OxmField.EthernetType(draw.Pick((ushort)0x88b5, (ushort)0x88cc, (ushort)0x0600)));
                break;
        }

        return OpenFlow.Match.Of([.. fields]);
    }

    /// <summary>Actions for the packets of a match.</summary>
    public static EquatableArray<OpenFlowAction> Actions(Draw draw, OpenFlowVersion version, Match match)
    {
        var actions = new List<OpenFlowAction>();
        var is10 = version == OpenFlowVersion.OpenFlow10;
        AddVlanActions(actions, draw, match);
        for (var more = draw.Count(4); more > 0; more--)
        {
            if (Header(draw, match, is10) is { } action)
            {
                actions.Add(action);
            }
        }

        if (draw.Once(4))
        {
            actions.Add(is10 ? new EnqueueAction(draw.UInt32(1, 0xfeff), draw.UInt32(0, 1000)) : new SetQueueAction(draw.UInt32(0, 1000)));
        }

        actions.Add(Last(draw, is10));
        return actions.ToEquatableArray();
    }

    public static EquatableArray<Instruction> Instructions(Draw draw, OpenFlowVersion version, Match match, byte table)
    {
        var apply = new ApplyActionsInstruction(Actions(draw, version, match));
        if (version == OpenFlowVersion.OpenFlow10)
        {
            return draw.Once(6) ? default : [apply];
        }

        var list = new List<Instruction>();
        Maybe(new MeterInstruction(draw.UInt32(1, 0xffff)), 5, isGone: version > OpenFlowVersion.OpenFlow14);
        Maybe(apply, 2, isGone: false);
        Maybe(new ClearActionsInstruction(), 8, isGone: false);
        Maybe(new WriteActionsInstruction([new OutputAction(Port(draw))]), 5, isGone: false);
        Maybe(new WriteMetadataInstruction(5, 0xff), 6, isGone: false);
        Maybe(new GotoTableInstruction(draw.Byte((byte)Math.Min(table + 1, 254), 254)), 4, isGone: table >= 254);
        return list.ToEquatableArray();

        void Maybe(Instruction instruction, int times, bool isGone)
        {
            if (draw.Once(times) && !isGone)
            {
                list.Add(instruction);
            }
        }
    }

    private static void AddLink(List<OxmField> fields, Draw draw, bool is10)
    {
        if (draw.Coin())
        {
            fields.Add(OxmField.InPort(Port(draw)));
        }

        AddSome(fields, draw, !is10, Oxm.EthernetDestination, Oxm.EthernetSource);
        if (!is10)
        {
            AddSome(fields, draw, true, Oxm.Metadata, Oxm.TunnelId);
        }

        switch (draw.Count(6))
        {
            case 0:
                fields.Add(OxmField.VlanAbsent());
                break;
            case 1:
                fields.Add(OxmField.VlanId(draw.UInt16(0, 0xfff)));
                break;
            case 2:
                fields.Add(OxmField.VlanId(draw.UInt16(0, 0xfff)));
                fields.Add(OxmField.VlanPriority(draw.Byte(0, 7)));
                break;
            case 3:
                fields.Add(OxmField.VlanPresent());
                fields.Add(OxmField.VlanPriority(draw.Byte(0, 7)));
                break;
            case 4 when !is10:
                fields.Add(OxmField.VlanPresent());
                break;
        }
    }

    private static void AddIp(List<OxmField> fields, Draw draw, bool is10, bool isIpv6)
    {
        fields.Add(OxmField.EthernetType(isIpv6 ? (ushort)0x86dd : (ushort)0x0800));
        AddSome(fields, draw, false, Oxm.IpDscp);
        var (source, destination) = isIpv6 ? (Oxm.Ipv6Source, Oxm.Ipv6Destination) : (Oxm.Ipv4Source, Oxm.Ipv4Destination);
        AddAddress(fields, draw, source, is10);
        AddAddress(fields, draw, destination, is10);
        if (!is10)
        {
            AddSome(fields, draw, false, Oxm.IpEcn);
            if (draw.Once(5))
            {
                fields.Add(OxmField.IpFragment(draw.Byte(0, 1)));
            }
        }

        if (isIpv6)
        {
            AddSome(fields, draw, true, Oxm.Ipv6FlowLabel);
        }

        AddTransport(fields, draw, is10, isIpv6);
    }

    private static void AddTransport(List<OxmField> fields, Draw draw, bool is10, bool isIpv6)
    {
        var protocol = draw.Pick(Tcp, Udp, Sctp, isIpv6 ? Icmpv6 : Icmp, (byte)47);
        if (draw.Once(4))
        {
            return;
        }

        fields.Add(OxmField.IpProtocol(protocol));
        switch (protocol)
        {
            case Tcp:
                AddSome(fields, draw, !is10, Oxm.TcpSource, Oxm.TcpDestination);
                if (!is10)
                {
                    AddSome(fields, draw, true, Oxm.TcpFlags);
                }

                break;
            case Udp:
                AddSome(fields, draw, !is10, Oxm.UdpSource, Oxm.UdpDestination);
                break;
            case Sctp:
                AddSome(fields, draw, !is10, Oxm.SctpSource, Oxm.SctpDestination);
                break;
            case Icmp:
                AddSome(fields, draw, false, Oxm.Icmpv4Type, Oxm.Icmpv4Code);
                break;
            case Icmpv6 when draw.Coin():
                fields.Add(OxmField.Icmpv6Type(135));
                fields.Add(OxmField.Icmpv6Code(0));
                AddSome(fields, draw, false, Oxm.NeighbourTarget, Oxm.NeighbourSourceHardware);
                break;
            case Icmpv6:
                AddSome(fields, draw, false, Oxm.Icmpv6Type, Oxm.Icmpv6Code);
                break;
        }
    }

    private static void AddArp(List<OxmField> fields, Draw draw, bool is10)
    {
        fields.Add(OxmField.EthernetType(0x0806));
        if (draw.Coin())
        {
            fields.Add(OxmField.ArpOperation(draw.UInt16(1, 255)));
        }

        AddAddress(fields, draw, Oxm.ArpSenderIpv4, is10);
        AddAddress(fields, draw, Oxm.ArpTargetIpv4, is10);
        if (!is10)
        {
            AddSome(fields, draw, true, Oxm.ArpSenderHardware, Oxm.ArpTargetHardware);
        }
    }

    private static void AddSome(List<OxmField> fields, Draw draw, bool mayMask, params ReadOnlySpan<OxmType> types)
    {
        foreach (var type in types)
        {
            if (draw.Coin())
            {
                fields.Add(Field(draw, type, mayMask));
            }
        }
    }

    private static OxmField Field(Draw draw, OxmType type, bool mayMask)
    {
        var bits = Oxm.Describe(type)!.Bits;
        var mask = draw.Bits(bits);
        return mayMask && mask != 0 && draw.Coin() ? OxmField.Masked(type, draw.Bits(bits), mask) : OxmField.Exact(type, draw.Bits(bits));
    }

    private static void AddAddress(List<OxmField> fields, Draw draw, OxmType type, bool prefixOnly)
    {
        if (draw.Coin())
        {
            return;
        }

        var description = Oxm.Describe(type)!;
        var prefix = draw.Byte(1, (byte)description.Bits);
        var mask = prefixOnly || draw.Coin()
            ? description.FullMask << (description.Bits - prefix) & description.FullMask
            : draw.Bits(description.Bits) | 1;

        // A mask that begins with a decimal digit is a prefix length to ovs-ofctl.
        mask |= description.Bits == 128 ? (UInt128)0xf000 << 112 : 0;
        fields.Add(OxmField.Masked(type, draw.Bits(description.Bits), mask));
    }

    private static void AddVlanActions(List<OpenFlowAction> actions, Draw draw, Match match)
    {
        if (draw.Coin() || match[Oxm.VlanId] is not { } vlan)
        {
            return;
        }

        if (vlan.Value == 0)
        {
            actions.Add(new PushVlanAction());
        }

        actions.Add(new SetFieldAction(OxmField.VlanId(draw.UInt16(0, 0xfff))));
        if (draw.Coin())
        {
            actions.Add(new SetFieldAction(OxmField.VlanPriority(draw.Byte(0, 7))));
        }

        if (draw.Once(3))
        {
            actions.Add(new PopVlanAction());
        }
    }

    private static OpenFlowAction? Header(Draw draw, Match match, bool is10)
    {
        var etherType = match[Oxm.EthernetType]?.Value;
        var protocol = (byte)(match[Oxm.IpProtocol]?.Value ?? 0);
        return draw.Count(6) switch
        {
            0 => Set(draw, Oxm.EthernetSource),
            1 => Set(draw, Oxm.EthernetDestination),
            2 when etherType == 0x0800 => Set(draw, draw.Pick(Oxm.Ipv4Source, Oxm.Ipv4Destination, Oxm.IpDscp)),
            3 when etherType == 0x86dd => Set(draw, draw.Pick(Oxm.Ipv6Source, Oxm.Ipv6Destination)),
            4 when !is10 && etherType is { } type && (type == 0x0800 || type == 0x86dd) =>
                draw.Coin() ? new DecrementNetworkTtlAction() : new SetNetworkTtlAction(draw.Byte()),
            5 when protocol == Tcp => Set(draw, draw.Pick(Oxm.TcpSource, Oxm.TcpDestination)),
            5 when protocol == Udp => Set(draw, draw.Pick(Oxm.UdpSource, Oxm.UdpDestination)),
            6 when !is10 => Set(draw, Oxm.TunnelId),
            _ => null,
        };
    }

    private static SetFieldAction Set(Draw draw, OxmType type) => new(OxmField.Exact(type, draw.Bits(Oxm.Describe(type)!.Bits)));

    private static OpenFlowAction Last(Draw draw, bool is10) => draw.Count(5) switch
    {
        0 => new OutputAction(PortNumber.Controller, draw.UInt16(1)),
        1 => new OutputAction(draw.Pick(PortNumber.InPort, PortNumber.Flood, PortNumber.All, PortNumber.Normal, PortNumber.Local)),
        2 when !is10 => new GroupAction(draw.UInt32(0, GroupNumber.Maximum)),
        _ => new OutputAction(draw.UInt32(1, 0xfeff)),
    };
}

namespace Metron.OpenFlow;

/// <summary>
/// Reads actions of OpenFlow 1.0 into those of later versions where these mean the same for every packet of the rule, else into
/// <see cref="OneDotZeroAction"/>s.
/// </summary>
internal static class ActionReader10
{
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const byte Sctp = 132;
    private const ushort VlanBits = 0xfff;

    /// <summary>Reads actions until the reader is at its end.</summary>
    public static EquatableArray<OpenFlowAction> Read(ref OpenFlowReader reader, PacketContext10 context)
    {
        if (reader.IsAtEnd)
        {
            return default;
        }

        var actions = new List<OpenFlowAction>();
        while (!reader.IsAtEnd)
        {
            ReadOne(ref reader, ref context, actions);
        }

        return actions.ToEquatableArray();
    }

    private static void ReadOne(ref OpenFlowReader reader, ref PacketContext10 context, List<OpenFlowAction> actions)
    {
        var start = reader.Offset;
        var type = reader.ReadUInt16();
        var length = reader.ReadUInt16();
        if (length < 8 || length % 8 != 0)
        {
            throw new OpenFlowDecodeException(start, $"action of type {type} has length {length}, not a positive multiple of 8");
        }

        var body = reader.Take(length - 4);
        if (type is (ushort)ActionType10.SetVlanId or (ushort)ActionType10.SetVlanPriority)
        {
            ReadVlan(type, ref body, ref context, actions);
        }
        else
        {
            actions.Add(ReadBody((ActionType10)type, ref body, context));
            context.IsTagged = type == (ushort)ActionType10.StripVlan && context.IsTagged != false ? null : context.IsTagged;
        }

        if (!body.IsAtEnd)
        {
            throw new OpenFlowDecodeException(start, $"action of type {type} has length {length}, too long");
        }
    }

    private static OpenFlowAction ReadBody(ActionType10 type, ref OpenFlowReader body, in PacketContext10 context) => type switch
    {
        ActionType10.Output => new OutputAction(Port10.FromWire(body.ReadUInt16()), body.ReadUInt16()),
        ActionType10.StripVlan => Padded(new PopVlanAction(), ref body, 4),
        ActionType10.SetEthernetSource => Padded(new SetFieldAction(OxmField.EthernetSource(body.ReadHardwareAddress())), ref body, 6),
        ActionType10.SetEthernetDestination => Padded(new SetFieldAction(OxmField.EthernetDestination(body.ReadHardwareAddress())), ref body, 6),
        ActionType10.SetIpv4Source => new SetFieldAction(OxmField.Exact(Oxm.Ipv4Source, body.ReadUInt32())),
        ActionType10.SetIpv4Destination => new SetFieldAction(OxmField.Exact(Oxm.Ipv4Destination, body.ReadUInt32())),
        ActionType10.SetTypeOfService => ReadTypeOfService(ref body),
        ActionType10.SetTransportSource => Padded(TransportSource(body.ReadUInt16(), context), ref body, 2),
        ActionType10.SetTransportDestination => Padded(TransportDestination(body.ReadUInt16(), context), ref body, 2),
        ActionType10.Enqueue => ReadEnqueue(ref body),
        ActionType10.Vendor => new ExperimenterAction(body.ReadUInt32(), body.ReadRest()),
        _ => new UnknownAction((ushort)type, body.ReadRest()),
    };

    private static OpenFlowAction TransportSource(ushort port, in PacketContext10 context) => context.Protocol switch
    {
        Tcp => new SetFieldAction(OxmField.TcpSource(port)),
        Udp => new SetFieldAction(OxmField.UdpSource(port)),
        Sctp => new SetFieldAction(OxmField.SctpSource(port)),
        _ => new SetTransportSourceAction(port),
    };

    private static OpenFlowAction TransportDestination(ushort port, in PacketContext10 context) => context.Protocol switch
    {
        Tcp => new SetFieldAction(OxmField.TcpDestination(port)),
        Udp => new SetFieldAction(OxmField.UdpDestination(port)),
        Sctp => new SetFieldAction(OxmField.SctpDestination(port)),
        _ => new SetTransportDestinationAction(port),
    };

    // The two lowest bits are not DSCP; a switch that sets them says something that no later action can.
    private static OpenFlowAction ReadTypeOfService(ref OpenFlowReader body)
    {
        var bytes = body.ReadRest();
        return bytes.Count == 4 && (bytes[0] & 3) == 0
            ? new SetFieldAction(OxmField.IpDscp((byte)(bytes[0] >> 2)))
            : new UnknownAction((ushort)ActionType10.SetTypeOfService, bytes);
    }

    private static EnqueueAction ReadEnqueue(ref OpenFlowReader body)
    {
        var port = Port10.FromWire(body.ReadUInt16());
        body.Skip(6);
        return new EnqueueAction(port, body.ReadUInt32());
    }

    /// <summary>Setting a VLAN field adds a tag where there is none: on untagged packets that is a push and a set, on tagged ones a set.</summary>
    private static void ReadVlan(ushort type, ref OpenFlowReader body, ref PacketContext10 context, List<OpenFlowAction> actions)
    {
        var bytes = body.ReadRest();
        var isPriority = type == (ushort)ActionType10.SetVlanPriority;
        var value = isPriority ? bytes[0] : (ushort)((bytes[0] << 8) | bytes[1]);
        if (bytes.Count != 4 || value > (isPriority ? 7 : VlanBits))
        {
            actions.Add(new UnknownAction(type, bytes));
            context.IsTagged = null;
            return;
        }

        if (context.IsTagged is not { } isTagged)
        {
            actions.Add(isPriority ? new SetVlanPriorityAction((byte)value) : new SetVlanIdAction(value));
            context.IsTagged = true;
            return;
        }

        if (!isTagged)
        {
            actions.Add(new PushVlanAction());
        }

        actions.Add(new SetFieldAction(isPriority ? OxmField.VlanPriority((byte)value) : OxmField.VlanId(value)));
        context.IsTagged = true;
    }

    private static OpenFlowAction Padded(OpenFlowAction action, ref OpenFlowReader body, int padding)
    {
        body.Skip(padding);
        return action;
    }
}

namespace Metron.OpenFlow;

/// <summary>Writes actions for OpenFlow 1.0, as long as one of its actions means the same for every packet of the rule.</summary>
internal static class ActionWriter10
{
    private const ushort EtherTypeVlan = 0x8100;
    private const ushort VlanPresent = 0x1000;

    /// <exception cref="OpenFlowEncodeException">An action that 1.0 lacks; the message names it.</exception>
    public static void Write(ref OpenFlowWriter writer, EquatableArray<OpenFlowAction> actions, PacketContext10 context)
    {
        var queue = default(SetQueueAction);
        for (var i = 0; i < actions.Count; i++)
        {
            switch (actions[i])
            {
                case SetQueueAction set:
                    queue = set;
                    break;
                case OutputAction output:
                    WriteOutput(ref writer, output, queue);
                    break;
                case PushVlanAction push:
                    WritePush(ref writer, push, i + 1 < actions.Count ? actions[i + 1] : null, ref context);
                    break;
                case PopVlanAction:
                    WriteSmall(ref writer, ActionType10.StripVlan, 0);
                    context.IsTagged = context.IsTagged == false ? false : null;
                    break;
                case SetFieldAction set:
                    WriteSetField(ref writer, set, context);
                    break;
                case OneDotZeroAction action:
                    WriteOwn(ref writer, action, ref context);
                    break;
                case ExperimenterAction or UnknownAction:
                    actions[i].Write(ref writer);
                    context.IsTagged = actions[i] is UnknownAction { Type: 1 or 2 } ? null : context.IsTagged;
                    break;
                default:
                    throw Refuse(actions[i], "there is no such action");
            }
        }
    }

    private static void WriteOutput(ref OpenFlowWriter writer, OutputAction output, SetQueueAction? queue)
    {
        // A queue belongs to a port: 1.0 names both at once. Packets to the controller have none.
        if (queue is null || output.Port == PortNumber.Controller)
        {
            WriteSmall(ref writer, ActionType10.Output, ((uint)Port10.ToWire(output.Port) << 16) | output.MaximumLength);
            return;
        }

        WriteEnqueue(ref writer, output.Port is < PortNumber.Maximum or PortNumber.InPort or PortNumber.Local
            ? new EnqueueAction(output.Port, queue.Queue)
            : throw Refuse(output, "a queue needs one port"));
    }

    private static void WriteEnqueue(ref OpenFlowWriter writer, EnqueueAction enqueue)
    {
        var start = Begin(ref writer, ActionType10.Enqueue);
        writer.Write(Port10.ToWire(enqueue.Port));
        writer.WriteZeros(6);
        writer.Write(enqueue.Queue);
        End(ref writer, start);
    }

    /// <summary>A push is said by the set that follows it; alone it adds VLAN 0, as the standard's push does on untagged packets.</summary>
    private static void WritePush(ref OpenFlowWriter writer, PushVlanAction push, OpenFlowAction? next, ref PacketContext10 context)
    {
        if (push.EtherType != EtherTypeVlan)
        {
            throw Refuse(push, "there are only tags of type 0x8100");
        }

        if (context.IsTagged != false)
        {
            throw Refuse(push, "it would change the tag of packets that have one; match vlan_vid=0x0 to have none of them");
        }

        context.IsTagged = true;
        if (next is not SetFieldAction set || (set.Field.Type != Oxm.VlanId && set.Field.Type != Oxm.VlanPriority))
        {
            WriteSmall(ref writer, ActionType10.SetVlanId, 0);
        }
    }

    private static void WriteSetField(ref OpenFlowWriter writer, SetFieldAction set, in PacketContext10 context)
    {
        var field = set.Field;
        if (field.HasMask)
        {
            throw Refuse(set, "there are no masks");
        }

        if (field.Type == Oxm.EthernetSource || field.Type == Oxm.EthernetDestination)
        {
            var start = Begin(ref writer, field.Type == Oxm.EthernetSource ? ActionType10.SetEthernetSource : ActionType10.SetEthernetDestination);
            writer.Write(new HardwareAddress((ulong)field.Value));
            End(ref writer, start);
        }
        else if (field.Type == Oxm.Ipv4Source || field.Type == Oxm.Ipv4Destination)
        {
            WriteSmall(ref writer, field.Type == Oxm.Ipv4Source ? ActionType10.SetIpv4Source : ActionType10.SetIpv4Destination, (uint)field.Value);
        }
        else if (field.Type == Oxm.IpDscp)
        {
            WriteSmall(ref writer, ActionType10.SetTypeOfService, (uint)field.Value << 26);
        }
        else if (field.Type == Oxm.VlanId || field.Type == Oxm.VlanPriority)
        {
            WriteSetVlan(ref writer, set, context);
        }
        else
        {
            WriteSetTransport(ref writer, set, context);
        }
    }

    private static void WriteSetVlan(ref OpenFlowWriter writer, SetFieldAction set, in PacketContext10 context)
    {
        if (context.IsTagged != true)
        {
            throw Refuse(set, "it would add a tag to packets that have none; match a VLAN, or push a tag first");
        }

        if (set.Field.Type == Oxm.VlanPriority)
        {
            WriteSmall(ref writer, ActionType10.SetVlanPriority, (uint)set.Field.Value << 24);
            return;
        }

        var vlan = (uint)set.Field.Value;
        WriteSmall(ref writer, ActionType10.SetVlanId, (vlan & VlanPresent) != 0
            ? (vlan & 0xfff) << 16
            : throw Refuse(set, "a VLAN number without the presence bit"));
    }

    private static void WriteSetTransport(ref OpenFlowWriter writer, SetFieldAction set, in PacketContext10 context)
    {
        var type = set.Field.Type;
        byte? protocol = type == Oxm.TcpSource || type == Oxm.TcpDestination ? 6
            : type == Oxm.UdpSource || type == Oxm.UdpDestination ? 17
            : type == Oxm.SctpSource || type == Oxm.SctpDestination ? 132 : null;
        if (protocol is null)
        {
            throw Refuse(set, "there is no such field");
        }

        if (context.Protocol != protocol && !context.IsOnePacket)
        {
            throw Refuse(set, $"it would change other protocols as well; match ip_proto={protocol}");
        }

        var isSource = type == Oxm.TcpSource || type == Oxm.UdpSource || type == Oxm.SctpSource;
        WriteSmall(ref writer, isSource ? ActionType10.SetTransportSource : ActionType10.SetTransportDestination, (uint)set.Field.Value << 16);
    }

    private static void WriteOwn(ref OpenFlowWriter writer, OneDotZeroAction action, ref PacketContext10 context)
    {
        switch (action)
        {
            case EnqueueAction enqueue:
                WriteEnqueue(ref writer, enqueue);
                break;
            case SetVlanIdAction set:
                WriteSmall(ref writer, ActionType10.SetVlanId, set.Vlan <= 0xfff ? (uint)set.Vlan << 16 : throw Refuse(set, "a VLAN number has 12 bits"));
                context.IsTagged = true;
                break;
            case SetVlanPriorityAction set:
                WriteSmall(ref writer, ActionType10.SetVlanPriority, set.Priority <= 7 ? (uint)set.Priority << 24 : throw Refuse(set, "a priority has 3 bits"));
                context.IsTagged = true;
                break;
            case SetTransportSourceAction set:
                WriteSmall(ref writer, ActionType10.SetTransportSource, (uint)set.Port << 16);
                break;
            case SetTransportDestinationAction set:
                WriteSmall(ref writer, ActionType10.SetTransportDestination, (uint)set.Port << 16);
                break;
        }
    }

    /// <summary>An action of eight bytes: type, length and one word.</summary>
    private static void WriteSmall(ref OpenFlowWriter writer, ActionType10 type, uint word)
    {
        var start = Begin(ref writer, type);
        writer.Write(word);
        End(ref writer, start);
    }

    private static int Begin(ref OpenFlowWriter writer, ActionType10 type)
    {
        var start = writer.Length;
        writer.Write((ushort)type);
        writer.Write((ushort)0);
        return start;
    }

    private static void End(ref OpenFlowWriter writer, int start)
    {
        writer.PadFrom(start);
        writer.PatchLength(start + 2, start);
    }

    private static OpenFlowEncodeException Refuse(OpenFlowAction action, string why) =>
        new($"action {action} cannot be expressed in OpenFlow 1.0: {why}");
}

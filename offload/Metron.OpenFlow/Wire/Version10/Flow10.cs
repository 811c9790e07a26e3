namespace Metron.OpenFlow;

/// <summary>Messages about rules in OpenFlow 1.0, which has one table, no instructions and no groups (sections 5.3.3, 5.3.5 and 5.4.3).</summary>
internal static class Flow10
{
    private const int FlowStatsLength = 88;
    private const ushort WireEmergency = 4;
    private const ushort WireFlags = (ushort)(FlowModFlags.SendFlowRemoved | FlowModFlags.CheckOverlap) | WireEmergency;

    public static void Write(ref OpenFlowWriter writer, FlowMod flow)
    {
        var isDeletion = flow.Command is FlowModCommand.Delete or FlowModCommand.DeleteStrict;
        if (flow.Table != 0 && !(isDeletion && flow.Table == TableNumber.All))
        {
            throw new OpenFlowEncodeException($"table {flow.Table} cannot be named in OpenFlow 1.0");
        }

        if (flow.CookieMask != 0)
        {
            throw new OpenFlowEncodeException($"cookie mask 0x{flow.CookieMask:x} cannot be expressed in OpenFlow 1.0, which changes rules whatever their cookie");
        }

        RefuseGroup(flow.OutGroup);
        Match10.Write(ref writer, flow.Match);
        writer.Write(flow.Cookie);
        writer.Write((ushort)flow.Command);
        writer.Write(flow.IdleTimeoutSeconds);
        writer.Write(flow.HardTimeoutSeconds);
        writer.Write(flow.Priority);
        writer.Write(flow.Buffer);
        writer.Write(Port10.ToWire(flow.OutPort));
        writer.Write(FlagsToWire(flow));
        ActionWriter10.Write(ref writer, ActionsOf(flow.Instructions), PacketContext10.Of(flow.Match));
    }

    /// <summary>Reads a flow-mod; a deletion is of all tables, as there are no others to name.</summary>
    public static FlowMod ReadFlowMod(ref OpenFlowReader reader)
    {
        var match = Match10.Read(ref reader);
        var cookie = reader.ReadUInt64();
        var command = reader.ReadUInt16();
        if (command > byte.MaxValue)
        {
            throw reader.Error($"flow-mod command {command}");
        }

        var isDeletion = (FlowModCommand)command is FlowModCommand.Delete or FlowModCommand.DeleteStrict;
        return new FlowMod
        {
            Match = match,
            Cookie = cookie,
            Command = (FlowModCommand)command,
            Table = isDeletion ? TableNumber.All : (byte)0,
            IdleTimeoutSeconds = reader.ReadUInt16(),
            HardTimeoutSeconds = reader.ReadUInt16(),
            Priority = reader.ReadUInt16(),
            Buffer = reader.ReadUInt32(),
            OutPort = Port10.FromWire(reader.ReadUInt16()),
            Flags = ReadFlags(ref reader),
            Instructions = ReadInstructions(ref reader, match),
        };
    }

    public static void Write(ref OpenFlowWriter writer, FlowRemoved removed)
    {
        Match10.Write(ref writer, removed.Match);
        writer.Write(removed.Cookie);
        writer.Write(removed.Priority);
        writer.Write((byte)removed.Reason);
        writer.WriteZeros(1);
        removed.Age.Write(ref writer);
        writer.Write(removed.IdleTimeoutSeconds);
        writer.WriteZeros(2);
        writer.Write(removed.PacketCount);
        writer.Write(removed.ByteCount);
    }

    public static FlowRemoved ReadRemoved(ref OpenFlowReader reader)
    {
        var removed = new FlowRemoved
        {
            Match = Match10.Read(ref reader),
            Cookie = reader.ReadUInt64(),
            Priority = reader.ReadUInt16(),
            Reason = (FlowRemovedReason)reader.ReadByte(),
        };
        reader.Skip(1);
        removed = removed with { Age = FlowAge.Read(ref reader), IdleTimeoutSeconds = reader.ReadUInt16() };
        reader.Skip(2);
        return removed with { PacketCount = reader.ReadUInt64(), ByteCount = reader.ReadUInt64() };
    }

    public static void Write(ref OpenFlowWriter writer, FlowFilter filter)
    {
        if (filter.CookieMask != 0)
        {
            throw new OpenFlowEncodeException($"cookie mask 0x{filter.CookieMask:x} cannot be expressed in OpenFlow 1.0, which reads rules whatever their cookie");
        }

        RefuseGroup(filter.OutGroup);
        Match10.Write(ref writer, filter.Match);
        writer.Write(filter.Table);
        writer.WriteZeros(1);
        writer.Write(Port10.ToWire(filter.OutPort));
    }

    public static FlowFilter ReadFilter(ref OpenFlowReader reader)
    {
        var match = Match10.Read(ref reader);
        var table = reader.ReadByte();
        reader.Skip(1);
        return new FlowFilter { Match = match, Table = table, OutPort = Port10.FromWire(reader.ReadUInt16()) };
    }

    public static void Write(ref OpenFlowWriter writer, FlowStats flow)
    {
        var start = writer.Length;
        writer.Write((ushort)0);
        writer.Write(flow.Table);
        writer.WriteZeros(1);
        Match10.Write(ref writer, flow.Match);
        flow.Age.Write(ref writer);
        writer.Write(flow.Priority);
        writer.Write(flow.IdleTimeoutSeconds);
        writer.Write(flow.HardTimeoutSeconds);
        writer.WriteZeros(6);
        writer.Write(flow.Cookie);
        writer.Write(flow.PacketCount);
        writer.Write(flow.ByteCount);
        ActionWriter10.Write(ref writer, ActionsOf(flow.Instructions), PacketContext10.Of(flow.Match));
        writer.PatchLength(start, start);
    }

    public static FlowStats ReadStats(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var length = reader.ReadUInt16();
        if (length < FlowStatsLength)
        {
            throw new OpenFlowDecodeException(start, $"flow statistics of length {length}, less than their fields");
        }

        var body = reader.Take(length - 2);
        var table = body.ReadByte();
        body.Skip(1);
        var stats = new FlowStats
        {
            Table = table,
            Match = Match10.Read(ref body),
            Age = FlowAge.Read(ref body),
            Priority = body.ReadUInt16(),
            IdleTimeoutSeconds = body.ReadUInt16(),
            HardTimeoutSeconds = body.ReadUInt16(),
        };
        body.Skip(6);
        return stats with
        {
            Cookie = body.ReadUInt64(),
            PacketCount = body.ReadUInt64(),
            ByteCount = body.ReadUInt64(),
            Instructions = ReadInstructions(ref body, stats.Match),
        };
    }

    private static EquatableArray<Instruction> ReadInstructions(ref OpenFlowReader reader, Match match)
    {
        var actions = ActionReader10.Read(ref reader, PacketContext10.Of(match));
        return actions.IsEmpty ? default : [new ApplyActionsInstruction(actions)];
    }

    private static EquatableArray<OpenFlowAction> ActionsOf(EquatableArray<Instruction> instructions)
    {
        foreach (var instruction in instructions.AsSpan())
        {
            if (instruction is not ApplyActionsInstruction)
            {
                throw new OpenFlowEncodeException($"instruction {instruction} cannot be expressed in OpenFlow 1.0: there are only actions that are applied");
            }
        }

        return instructions.Count switch
        {
            0 => default,
            1 => ((ApplyActionsInstruction)instructions[0]).Actions,
            _ => throw new OpenFlowEncodeException("a second list of actions cannot be expressed in OpenFlow 1.0"),
        };
    }

    private static void RefuseGroup(uint group)
    {
        if (group != GroupNumber.Any)
        {
            throw new OpenFlowEncodeException($"out_group {group} cannot be expressed in OpenFlow 1.0: there are no groups");
        }
    }

    // Adding a rule over another always starts its counters anew in 1.0. Its emergency flag has the bit that later means this.
    private static ushort FlagsToWire(FlowMod flow)
    {
        var flags = flow.Command == FlowModCommand.Add ? flow.Flags & ~FlowModFlags.ResetCounts : flow.Flags;
        var rest = flags & ~(FlowModFlags.SendFlowRemoved | FlowModFlags.CheckOverlap | FlowModFlags.Emergency);
        if (rest != 0)
        {
            throw new OpenFlowEncodeException($"flags {rest} cannot be expressed in OpenFlow 1.0");
        }

        return (ushort)((ushort)(flags & ~FlowModFlags.Emergency) | (flags.HasFlag(FlowModFlags.Emergency) ? WireEmergency : 0));
    }

    private static FlowModFlags ReadFlags(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var wire = reader.ReadUInt16();
        if ((wire & ~WireFlags) != 0)
        {
            throw new OpenFlowDecodeException(start, $"flow-mod flags 0x{wire:x}");
        }

        var flags = (FlowModFlags)(wire & ~WireEmergency);
        return (wire & WireEmergency) != 0 ? flags | FlowModFlags.Emergency : flags;
    }
}

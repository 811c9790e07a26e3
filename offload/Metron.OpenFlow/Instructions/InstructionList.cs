using System.Text;

namespace Metron.OpenFlow;

/// <summary>Reads and writes lists of instructions.</summary>
internal static class InstructionList
{
    /// <summary>Reads instructions until the reader is at its end.</summary>
    public static EquatableArray<Instruction> Read(ref OpenFlowReader reader)
    {
        if (reader.IsAtEnd)
        {
            return default;
        }

        var instructions = new List<Instruction>();
        while (!reader.IsAtEnd)
        {
            Add(instructions, ReadOne(ref reader), reader.Version);
        }

        return instructions.ToEquatableArray();
    }

    public static void Write(ref OpenFlowWriter writer, EquatableArray<Instruction> instructions)
    {
        var all = instructions.AsSpan();
        for (var i = 0; i < all.Length; i++)
        {
            if (all[i] is MeterInstruction meter && writer.Version >= OpenFlowVersion.OpenFlow15)
            {
                var following = i + 1 < all.Length && all[i + 1] is ApplyActionsInstruction { Actions.IsEmpty: false } apply ? apply : null;
                i += following is null ? 0 : 1;
                new ApplyActionsInstruction([new MeterAction(meter.Meter), .. following?.Actions ?? default]).Write(ref writer);
            }
            else
            {
                all[i].Write(ref writer);
            }
        }
    }

    // OpenFlow 1.5 has no instruction for meters, but an action. In front of the others it does the same: one rule is to be the same in all versions.
    private static void Add(List<Instruction> instructions, Instruction instruction, OpenFlowVersion version)
    {
        if (version < OpenFlowVersion.OpenFlow15 || instruction is not ApplyActionsInstruction { Actions: [MeterAction meter, ..] } apply)
        {
            instructions.Add(instruction);
            return;
        }

        instructions.Add(new MeterInstruction(meter.Meter));
        if (apply.Actions.Count > 1)
        {
            instructions.Add(new ApplyActionsInstruction(EquatableArray.Create(apply.Actions.AsSpan()[1..])));
        }
    }

    /// <summary>"actions=" and what follows it in <c>ovs-ofctl</c>'s notation.</summary>
    public static void Append(StringBuilder text, EquatableArray<Instruction> instructions)
    {
        text.Append("actions=");
        var start = text.Length;
        foreach (var instruction in instructions.AsSpan())
        {
            if (text.Length > start)
            {
                text.Append(',');
            }

            instruction.Append(text);
        }

        if (text.Length == start)
        {
            text.Append("drop");
        }
    }

    private static Instruction ReadOne(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var type = reader.ReadUInt16();
        var length = reader.ReadUInt16();
        if (length < 8 || length % 8 != 0)
        {
            throw new OpenFlowDecodeException(start, $"instruction of type {type} has length {length}, not a positive multiple of 8");
        }

        var body = reader.Take(length - 4);
        var instruction = ReadBody((InstructionType)type, ref body);
        if (!body.IsAtEnd)
        {
            throw new OpenFlowDecodeException(start, $"instruction of type {type} has length {length}, too long");
        }

        return instruction;
    }

    private static Instruction ReadBody(InstructionType type, ref OpenFlowReader body)
    {
        switch (type)
        {
            case InstructionType.GotoTable:
                var table = body.ReadByte();
                body.Skip(3);
                return new GotoTableInstruction(table);
            case InstructionType.WriteMetadata:
                body.Skip(4);
                return new WriteMetadataInstruction(body.ReadUInt64(), body.ReadUInt64());
            case InstructionType.WriteActions:
                body.Skip(4);
                return new WriteActionsInstruction(ActionList.Read(ref body));
            case InstructionType.ApplyActions:
                body.Skip(4);
                return new ApplyActionsInstruction(ActionList.Read(ref body));
            case InstructionType.ClearActions:
                body.Skip(4);
                return new ClearActionsInstruction();
            case InstructionType.StatTrigger when body.Version >= OpenFlowVersion.OpenFlow15:
                return StatTriggerInstruction.Read(ref body);
            case InstructionType.Meter when body.Version < OpenFlowVersion.OpenFlow15:
                return new MeterInstruction(body.ReadUInt32());
            default:
                return new UnknownInstruction((ushort)type, body.ReadRest());
        }
    }
}

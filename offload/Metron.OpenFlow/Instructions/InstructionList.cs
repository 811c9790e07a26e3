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
            instructions.Add(ReadOne(ref reader));
        }

        return instructions.ToEquatableArray();
    }

    public static void Write(ref OpenFlowWriter writer, EquatableArray<Instruction> instructions)
    {
        foreach (var instruction in instructions.AsSpan())
        {
            instruction.Write(ref writer);
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
            case InstructionType.Meter:
                return new MeterInstruction(body.ReadUInt32());
            default:
                return new UnknownInstruction((ushort)type, body.ReadRest());
        }
    }
}

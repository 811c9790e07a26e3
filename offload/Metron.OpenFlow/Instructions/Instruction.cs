using System.Text;

namespace Metron.OpenFlow;

/// <summary>What a rule does with the packets it matches (OpenFlow 1.3.5 section 7.2.4, <c>OFPIT_*</c>). No instruction drops them.</summary>
public abstract record Instruction
{
    private protected Instruction()
    {
    }

    /// <summary>The instruction as <c>ovs-ofctl</c> writes it.</summary>
    public sealed override string ToString()
    {
        var text = new StringBuilder();
        Append(text);
        return text.ToString();
    }

    internal abstract void Append(StringBuilder text);

    internal void Write(ref OpenFlowWriter writer)
    {
        var start = writer.Length;
        writer.Write(WireType);
        writer.Write((ushort)0);
        WriteBody(ref writer);
        writer.PatchLength(start + 2, start);
    }

    private protected abstract ushort WireType { get; }

    private protected abstract void WriteBody(ref OpenFlowWriter writer);
}

/// <summary>Continues in a later table.</summary>
public sealed record GotoTableInstruction(byte Table) : Instruction
{
    private protected override ushort WireType => (ushort)InstructionType.GotoTable;

    internal override void Append(StringBuilder text) => text.Append("goto_table:").Append(Table);

    private protected override void WriteBody(ref OpenFlowWriter writer)
    {
        writer.Write(Table);
        writer.WriteZeros(3);
    }
}

/// <summary>Writes bits of the metadata register that is carried between tables.</summary>
public sealed record WriteMetadataInstruction(ulong Value, ulong Mask = ulong.MaxValue) : Instruction
{
    private protected override ushort WireType => (ushort)InstructionType.WriteMetadata;

    internal override void Append(StringBuilder text)
    {
        text.Append($"write_metadata:0x{Value:x}");
        if (Mask != ulong.MaxValue)
        {
            text.Append($"/0x{Mask:x}");
        }
    }

    private protected override void WriteBody(ref OpenFlowWriter writer)
    {
        writer.WriteZeros(4);
        writer.Write(Value);
        writer.Write(Mask);
    }
}

/// <summary>Merges actions into the action set, which runs at the end of the pipeline.</summary>
public sealed record WriteActionsInstruction(EquatableArray<OpenFlowAction> Actions) : Instruction
{
    private protected override ushort WireType => (ushort)InstructionType.WriteActions;

    internal override void Append(StringBuilder text)
    {
        text.Append("write_actions(");
        ActionList.Append(text, Actions);
        text.Append(')');
    }

    private protected override void WriteBody(ref OpenFlowWriter writer)
    {
        writer.WriteZeros(4);
        ActionList.Write(ref writer, Actions);
    }
}

/// <summary>Runs actions now, in order.</summary>
public sealed record ApplyActionsInstruction(EquatableArray<OpenFlowAction> Actions) : Instruction
{
    private protected override ushort WireType => (ushort)InstructionType.ApplyActions;

    internal override void Append(StringBuilder text) => ActionList.Append(text, Actions);

    private protected override void WriteBody(ref OpenFlowWriter writer)
    {
        writer.WriteZeros(4);
        ActionList.Write(ref writer, Actions);
    }
}

/// <summary>Empties the action set.</summary>
public sealed record ClearActionsInstruction : Instruction
{
    private protected override ushort WireType => (ushort)InstructionType.ClearActions;

    internal override void Append(StringBuilder text) => text.Append("clear_actions");

    private protected override void WriteBody(ref OpenFlowWriter writer) => writer.WriteZeros(4);
}

/// <summary>Passes the packet through a meter first, which may drop it.</summary>
/// <remarks>In OpenFlow 1.5, which has no such instruction, it travels as the first action of the apply-actions instruction behind it: put it directly before that.</remarks>
public sealed record MeterInstruction(uint Meter) : Instruction
{
    private protected override ushort WireType => (ushort)InstructionType.Meter;

    internal override void Append(StringBuilder text) => text.Append("meter:").Append(Meter);

    private protected override void WriteBody(ref OpenFlowWriter writer) => writer.Write(Meter);
}

/// <summary>An experimenter's instruction, or one of a type unknown here, kept as it came.</summary>
/// <param name="Type">Instruction type on the wire; <see cref="InstructionType.Experimenter"/> for an experimenter's.</param>
/// <param name="Body">What follows type and length: for an experimenter's, its number comes first.</param>
public sealed record UnknownInstruction(ushort Type, EquatableArray<byte> Body) : Instruction
{
    private protected override ushort WireType => Type;

    internal override void Append(StringBuilder text) => text.Append($"instruction_0x{Type:x}({Body})");

    private protected override void WriteBody(ref OpenFlowWriter writer) => writer.Write(Body);
}

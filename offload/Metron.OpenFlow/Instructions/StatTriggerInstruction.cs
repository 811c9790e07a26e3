using System.Text;

namespace Metron.OpenFlow;

/// <summary>Lets the switch send the rule's counters when one of them reaches a threshold (OpenFlow 1.5.1 section 7.2.5).</summary>
/// <param name="Options">Once or again and again.</param>
/// <param name="Thresholds">Values of counters; each by itself.</param>
public sealed record StatTriggerInstruction(StatTriggerFlags Options, EquatableArray<OxsField> Thresholds) : Instruction
{
    private protected override ushort WireType => (ushort)InstructionType.StatTrigger;

    internal override void Append(StringBuilder text)
    {
        text.Append($"stat_trigger(flags=0x{(uint)Options:x}");
        OxsList.Append(text, ",", Thresholds);
        text.Append(')');
    }

    internal static StatTriggerInstruction Read(ref OpenFlowReader body) => new((StatTriggerFlags)body.ReadUInt32(), OxsList.Read(ref body));

    private protected override void WriteBody(ref OpenFlowWriter writer)
    {
        VersionRange.Require("the instruction stat-trigger", writer.Version, OpenFlowVersion.OpenFlow15);
        writer.Write((uint)Options);
        var start = OxsList.Begin(ref writer);
        OxsList.Write(ref writer, Thresholds);
        OxsList.End(ref writer, start);
    }
}

/// <summary>How often a <see cref="StatTriggerInstruction"/> sends (<c>OFPSTF_*</c>).</summary>
[Flags]
public enum StatTriggerFlags : uint
{
    None = 0,

    /// <summary>At every multiple of the thresholds.</summary>
    Periodic = 1,

    /// <summary>Only at the first threshold that is reached.</summary>
    OnlyFirst = 2,
}

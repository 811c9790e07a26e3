using System.Text;

namespace Metron.OpenFlow;

/// <summary>Adds, changes or deletes rules of a table (OpenFlow 1.3.5 section 7.3.4.1, 1.4.1 section 7.3.4.2).</summary>
/// <remarks>The defaults add a rule to table 0 with priority 32768, no timeouts and no restriction by port or group.</remarks>
public sealed record FlowMod : OpenFlowMessage
{
    /// <summary>Priority of a rule whose author has no opinion.</summary>
    public const ushort DefaultPriority = 0x8000;

    public override MessageType Type => MessageType.FlowMod;

    public FlowModCommand Command { get; init; } = FlowModCommand.Add;

    /// <summary>The author's number for the rule; the switch only stores it.</summary>
    public ulong Cookie { get; init; }

    /// <summary>For modify and delete: only rules whose cookie equals <see cref="Cookie"/> under this mask. 0 is no restriction.</summary>
    public ulong CookieMask { get; init; }

    /// <summary>Table number; <see cref="TableNumber.All"/> in deletions means every table.</summary>
    public byte Table { get; init; }

    /// <summary>Seconds without a packet until the rule goes away; 0 is never.</summary>
    public ushort IdleTimeoutSeconds { get; init; }

    /// <summary>Seconds until the rule goes away; 0 is never.</summary>
    public ushort HardTimeoutSeconds { get; init; }

    /// <summary>The highest matching priority wins; 0 is the lowest.</summary>
    public ushort Priority { get; init; } = DefaultPriority;

    /// <summary>Packet to run through the new rule, or <see cref="BufferNumber.None"/>.</summary>
    public uint Buffer { get; init; } = BufferNumber.None;

    /// <summary>For delete: only rules that output to this port; <see cref="PortNumber.Any"/> is no restriction.</summary>
    public uint OutPort { get; init; } = PortNumber.Any;

    /// <summary>For delete: only rules that use this group; <see cref="GroupNumber.Any"/> is no restriction.</summary>
    public uint OutGroup { get; init; } = GroupNumber.Any;

    public FlowModFlags Flags { get; init; }

    /// <summary>Order of eviction when the table is full, lowest first. OpenFlow 1.4; not sent in 1.3.</summary>
    public ushort Importance { get; init; }

    public Match Match { get; init; } = Match.Any;

    public EquatableArray<Instruction> Instructions { get; init; }

    internal override void Append(StringBuilder text)
    {
        text.Append(Command switch
        {
            FlowModCommand.Add => "ADD",
            FlowModCommand.Modify => "MOD",
            FlowModCommand.ModifyStrict => "MOD_STRICT",
            FlowModCommand.Delete => "DEL",
            FlowModCommand.DeleteStrict => "DEL_STRICT",
            _ => $"command_{(byte)Command}",
        });
        var fields = new FieldList(text, ' ');
        fields.Add("table", Table);
        fields.Add("priority", Priority);
        FlowText.AppendCookie(ref fields, Cookie, CookieMask);
        fields.AddUnless("idle_timeout", IdleTimeoutSeconds, 0);
        fields.AddUnless("hard_timeout", HardTimeoutSeconds, 0);
        fields.AddUnless("importance", Importance, 0);
        FlowText.AppendOutputs(ref fields, OutPort, OutGroup);
        if (Buffer != BufferNumber.None)
        {
            fields.Next().Append($"buf:0x{Buffer:x}");
        }

        FlowText.AppendFlags(ref fields, Flags);
        FlowText.AppendMatch(ref fields, Match);
        text.Append(' ');
        InstructionList.Append(text, Instructions);
    }

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write(Cookie);
        writer.Write(CookieMask);
        writer.Write(Table);
        writer.Write((byte)Command);
        writer.Write(IdleTimeoutSeconds);
        writer.Write(HardTimeoutSeconds);
        writer.Write(Priority);
        writer.Write(Buffer);
        writer.Write(OutPort);
        writer.Write(OutGroup);
        writer.Write((ushort)Flags);
        writer.Write(version >= OpenFlowVersion.OpenFlow14 ? Importance : (ushort)0);
        Match.Write(ref writer);
        InstructionList.Write(ref writer, Instructions);
    }

    internal static FlowMod Read(ref OpenFlowReader reader, OpenFlowVersion version)
    {
        var flow = new FlowMod
        {
            Cookie = reader.ReadUInt64(),
            CookieMask = reader.ReadUInt64(),
            Table = reader.ReadByte(),
            Command = (FlowModCommand)reader.ReadByte(),
            IdleTimeoutSeconds = reader.ReadUInt16(),
            HardTimeoutSeconds = reader.ReadUInt16(),
            Priority = reader.ReadUInt16(),
            Buffer = reader.ReadUInt32(),
            OutPort = reader.ReadUInt32(),
            OutGroup = reader.ReadUInt32(),
            Flags = (FlowModFlags)reader.ReadUInt16(),
            Importance = version >= OpenFlowVersion.OpenFlow14 ? reader.ReadUInt16() : SkipTwo(ref reader),
            Match = Match.Read(ref reader),
            Instructions = InstructionList.Read(ref reader),
        };
        return flow;
    }

    private static ushort SkipTwo(ref OpenFlowReader reader)
    {
        reader.Skip(2);
        return 0;
    }
}

/// <summary>Commands of <see cref="FlowMod"/> (<c>OFPFC_*</c>). The strict ones compare match and priority exactly.</summary>
public enum FlowModCommand : byte
{
    Add = 0,
    Modify = 1,
    ModifyStrict = 2,
    Delete = 3,
    DeleteStrict = 4,
}

/// <summary>Flags of rules (<c>OFPFF_*</c>).</summary>
[Flags]
public enum FlowModFlags : ushort
{
    None = 0,

    /// <summary>Tell the controller when the rule goes away.</summary>
    SendFlowRemoved = 1,

    /// <summary>Refuse a rule that overlaps another of the same priority.</summary>
    CheckOverlap = 2,

    /// <summary>Set counters to zero.</summary>
    ResetCounts = 4,

    NoPacketCounts = 8,

    NoByteCounts = 16,

    /// <summary>OpenFlow 1.0: a rule for when the controller is lost. On the wire it has the bit that later means <see cref="ResetCounts"/>.</summary>
    Emergency = 0x4000,
}

using System.Text;

namespace Metron.OpenFlow;

/// <summary>Tells what a <see cref="FlowMonitorRequest"/> asked for.</summary>
public sealed record FlowMonitorReply(EquatableArray<FlowUpdate> Updates) : MultipartReply
{
    public override MultipartType Kind => MultipartType.FlowMonitor;

    private protected override void AppendItems(StringBuilder text) => AppendEach(text, Updates);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        VersionRange.Require(Name, version, OpenFlowVersion.OpenFlow14);
        foreach (var update in Updates.AsSpan())
        {
            update.Write(ref writer);
        }
    }
}

/// <summary>What happened to a rule, or to the monitor (OpenFlow 1.4.1 section 7.3.5.17.2).</summary>
public abstract record FlowUpdate(FlowUpdateEvent Event)
{
    private const int HeaderLength = 4;
    private const int ShortLength = 8;

    public sealed override string ToString()
    {
        var text = new StringBuilder("event=").Append(Event);
        Append(text);
        return text.ToString();
    }

    internal void Write(ref OpenFlowWriter writer)
    {
        var start = writer.Length;
        writer.Write((ushort)0);
        writer.Write((ushort)Event);
        WriteBody(ref writer);
        writer.PatchLength(start, start);
    }

    internal static FlowUpdate Read(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var length = reader.ReadUInt16();
        if (length < HeaderLength)
        {
            throw new OpenFlowDecodeException(start, $"flow update of length {length}, less than its header");
        }

        var body = reader.Take(length - 2);
        var what = (FlowUpdateEvent)body.ReadUInt16();
        switch (what)
        {
            case <= FlowUpdateEvent.Modified:
                return RuleUpdate.Read(what, ref body);
            case FlowUpdateEvent.Abbreviated when length == ShortLength:
                return new AbbreviatedUpdate(body.ReadUInt32());
            case FlowUpdateEvent.Paused or FlowUpdateEvent.Resumed when length == ShortLength:
                return new MonitorUpdate(what);
            default:
                return new UnknownFlowUpdate(what, body.ReadRest());
        }
    }

    private protected abstract void Append(StringBuilder text);

    private protected abstract void WriteBody(ref OpenFlowWriter writer);
}

/// <summary>A rule is there, came, went or changed.</summary>
public sealed record RuleUpdate(FlowUpdateEvent Event) : FlowUpdate(Event)
{
    public byte Table { get; init; }

    /// <summary>Why the rule went away; counts with <see cref="FlowUpdateEvent.Removed"/> only.</summary>
    public FlowRemovedReason Reason { get; init; }

    public ushort IdleTimeoutSeconds { get; init; }

    public ushort HardTimeoutSeconds { get; init; }

    public ushort Priority { get; init; }

    public ulong Cookie { get; init; }

    public Match Match { get; init; } = Match.Any;

    /// <summary>Empty unless asked for with <see cref="FlowMonitorFlags.Instructions"/>.</summary>
    public EquatableArray<Instruction> Instructions { get; init; }

    private protected override void Append(StringBuilder text)
    {
        text.Append(Event == FlowUpdateEvent.Removed ? $" reason={Reason}" : "");
        text.Append($" table={Table} cookie=0x{Cookie:x}");
        var fields = new FieldList(text, ' ');
        fields.Add("priority", Priority);
        fields.AddUnless("idle_timeout", IdleTimeoutSeconds, 0);
        fields.AddUnless("hard_timeout", HardTimeoutSeconds, 0);
        FlowText.AppendMatch(ref fields, Match);
        text.Append(' ');
        InstructionList.Append(text, Instructions);
    }

    private protected override void WriteBody(ref OpenFlowWriter writer)
    {
        writer.Write(Table);
        writer.Write((byte)Reason);
        writer.Write(IdleTimeoutSeconds);
        writer.Write(HardTimeoutSeconds);
        writer.Write(Priority);
        writer.WriteZeros(4);
        writer.Write(Cookie);
        Match.Write(ref writer);
        InstructionList.Write(ref writer, Instructions);
    }

    internal static RuleUpdate Read(FlowUpdateEvent what, ref OpenFlowReader body)
    {
        var update = new RuleUpdate(what)
        {
            Table = body.ReadByte(),
            Reason = (FlowRemovedReason)body.ReadByte(),
            IdleTimeoutSeconds = body.ReadUInt16(),
            HardTimeoutSeconds = body.ReadUInt16(),
            Priority = body.ReadUInt16(),
        };
        body.Skip(4);
        return update with
        {
            Cookie = body.ReadUInt64(),
            Match = Match.Read(ref body),
            Instructions = InstructionList.Read(ref body),
        };
    }
}

/// <summary>A change that this controller asked for was done.</summary>
/// <param name="TransactionId">Transaction number of the flow-mod.</param>
public sealed record AbbreviatedUpdate(uint TransactionId) : FlowUpdate(FlowUpdateEvent.Abbreviated)
{
    private protected override void Append(StringBuilder text) => text.Append($" xid=0x{TransactionId:x}");

    private protected override void WriteBody(ref OpenFlowWriter writer) => writer.Write(TransactionId);
}

/// <summary>The switch stops telling for lack of room, or goes on. After a pause all rules are to be read anew.</summary>
public sealed record MonitorUpdate(FlowUpdateEvent Event) : FlowUpdate(Event)
{
    private protected override void Append(StringBuilder text)
    {
    }

    private protected override void WriteBody(ref OpenFlowWriter writer) => writer.WriteZeros(4);
}

/// <summary>An update unknown here, kept as it came.</summary>
/// <param name="Event">Event on the wire.</param>
/// <param name="Body">What follows length and event.</param>
public sealed record UnknownFlowUpdate(FlowUpdateEvent Event, EquatableArray<byte> Body) : FlowUpdate(Event)
{
    private protected override void Append(StringBuilder text) => text.Append($"({Body})");

    private protected override void WriteBody(ref OpenFlowWriter writer) => writer.Write(Body);
}

/// <summary>What a <see cref="FlowUpdate"/> tells (<c>OFPFME_*</c>).</summary>
public enum FlowUpdateEvent : ushort
{
    /// <summary>Was there when the monitor was made.</summary>
    Initial = 0,
    Added = 1,
    Removed = 2,
    Modified = 3,

    /// <summary>The controller's own change.</summary>
    Abbreviated = 4,
    Paused = 5,
    Resumed = 6,
}

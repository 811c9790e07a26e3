using System.Text;

namespace Metron.OpenFlow;

/// <summary>Which rules a request is about; the default is all rules of all tables.</summary>
public sealed record FlowFilter
{
    /// <summary>Every rule of every table.</summary>
    public static FlowFilter All { get; } = new();

    public byte Table { get; init; } = TableNumber.All;

    /// <summary>Only rules that output to this port.</summary>
    public uint OutPort { get; init; } = PortNumber.Any;

    /// <summary>Only rules that use this group.</summary>
    public uint OutGroup { get; init; } = GroupNumber.Any;

    public ulong Cookie { get; init; }

    /// <summary>Only rules whose cookie equals <see cref="Cookie"/> under this mask; 0 is no restriction.</summary>
    public ulong CookieMask { get; init; }

    /// <summary>Only rules at least as specific as this.</summary>
    public Match Match { get; init; } = Match.Any;

    internal void Append(StringBuilder text)
    {
        text.Append(Table == TableNumber.All ? "table=all" : $"table={Table}");
        var fields = new FieldList(text, ',');
        FlowText.AppendCookie(ref fields, Cookie, CookieMask);
        FlowText.AppendOutputs(ref fields, OutPort, OutGroup);
        FlowText.AppendMatch(ref fields, Match);
    }

    internal void Write(ref OpenFlowWriter writer)
    {
        writer.Write(Table);
        writer.WriteZeros(3);
        writer.Write(OutPort);
        writer.Write(OutGroup);
        writer.WriteZeros(4);
        writer.Write(Cookie);
        writer.Write(CookieMask);
        Match.Write(ref writer);
    }

    internal static FlowFilter Read(ref OpenFlowReader reader)
    {
        var table = reader.ReadByte();
        reader.Skip(3);
        var port = reader.ReadUInt32();
        var group = reader.ReadUInt32();
        reader.Skip(4);
        return new FlowFilter
        {
            Table = table,
            OutPort = port,
            OutGroup = group,
            Cookie = reader.ReadUInt64(),
            CookieMask = reader.ReadUInt64(),
            Match = Match.Read(ref reader),
        };
    }
}

/// <summary>Asks for rules and their counters (OpenFlow 1.3.5 section 7.3.5.2).</summary>
public sealed record FlowStatsRequest(FlowFilter Filter) : MultipartRequest, IMultipartRequest<FlowStatsReply>
{
    public override MultipartType Kind => MultipartType.Flow;

    private protected override void AppendItems(StringBuilder text) => Filter.Append(text);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version) => Filter.Write(ref writer);
}

/// <summary>Rules and their counters.</summary>
public sealed record FlowStatsReply(EquatableArray<FlowStats> Flows) : MultipartReply
{
    public override MultipartType Kind => MultipartType.Flow;

    private protected override void AppendItems(StringBuilder text) => AppendEach(text, Flows);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        foreach (var flow in Flows.AsSpan())
        {
            flow.Write(ref writer, version);
        }
    }
}

/// <summary>A rule of a switch and its counters.</summary>
public sealed record FlowStats
{
    private const int FixedLength = 48;

    public byte Table { get; init; }

    public FlowAge Age { get; init; }

    public ushort Priority { get; init; }

    public ushort IdleTimeoutSeconds { get; init; }

    public ushort HardTimeoutSeconds { get; init; }

    public FlowModFlags Flags { get; init; }

    /// <summary>OpenFlow 1.4.</summary>
    public ushort Importance { get; init; }

    public ulong Cookie { get; init; }

    public ulong PacketCount { get; init; }

    public ulong ByteCount { get; init; }

    public Match Match { get; init; } = Match.Any;

    public EquatableArray<Instruction> Instructions { get; init; }

    /// <summary>Time since the last packet; OpenFlow 1.5, null when not said.</summary>
    public FlowAge? IdleTime { get; init; }

    /// <summary>Statistics unknown here; OpenFlow 1.5, not sent before.</summary>
    public EquatableArray<OxsField> OtherStatistics { get; init; }

    /// <summary>The message that adds this rule, or with another command changes or deletes it.</summary>
    public FlowMod ToFlowMod(FlowModCommand command = FlowModCommand.Add) => new()
    {
        Command = command,
        Cookie = Cookie,
        Table = Table,
        IdleTimeoutSeconds = IdleTimeoutSeconds,
        HardTimeoutSeconds = HardTimeoutSeconds,
        Priority = Priority,
        Flags = Flags,
        Importance = Importance,
        Match = Match,
        Instructions = Instructions,
    };

    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append($"cookie=0x{Cookie:x}, duration={Age}, table={Table}, n_packets={PacketCount}, n_bytes={ByteCount}");
        text.Append(IdleTime is { } quiet ? $", idle_age={quiet}" : "");
        OxsList.Append(text, ", ", OtherStatistics);
        text.Append(IdleTimeoutSeconds == 0 ? "" : $", idle_timeout={IdleTimeoutSeconds}");
        text.Append(HardTimeoutSeconds == 0 ? "" : $", hard_timeout={HardTimeoutSeconds}");
        text.Append(Importance == 0 ? "" : $", importance={Importance}");
        var fields = new FieldList(text, ' ');
        FlowText.AppendFlags(ref fields, Flags);
        fields.Add("priority", Priority);
        FlowText.AppendMatch(ref fields, Match);
        text.Append(' ');
        InstructionList.Append(text, Instructions);
        return text.ToString();
    }

    internal void Write(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        if (version >= OpenFlowVersion.OpenFlow15)
        {
            Flow15.Write(ref writer, this);
            return;
        }

        var start = writer.Length;
        writer.Write((ushort)0);
        writer.Write(Table);
        writer.WriteZeros(1);
        Age.Write(ref writer);
        writer.Write(Priority);
        writer.Write(IdleTimeoutSeconds);
        writer.Write(HardTimeoutSeconds);
        writer.Write((ushort)Flags);
        writer.Write(version >= OpenFlowVersion.OpenFlow14 ? Importance : (ushort)0);
        writer.WriteZeros(2);
        writer.Write(Cookie);
        writer.Write(PacketCount);
        writer.Write(ByteCount);
        Match.Write(ref writer);
        InstructionList.Write(ref writer, Instructions);
        writer.PatchLength(start, start);
    }

    internal static FlowStats Read(ref OpenFlowReader reader, OpenFlowVersion version)
    {
        if (version >= OpenFlowVersion.OpenFlow15)
        {
            return Flow15.ReadStats(ref reader);
        }

        var start = reader.Offset;
        var length = reader.ReadUInt16();
        if (length < FixedLength)
        {
            throw new OpenFlowDecodeException(start, $"flow statistics of length {length}, less than their fields");
        }

        var body = reader.Take(length - 2);
        var table = body.ReadByte();
        body.Skip(1);
        var stats = new FlowStats
        {
            Table = table,
            Age = FlowAge.Read(ref body),
            Priority = body.ReadUInt16(),
            IdleTimeoutSeconds = body.ReadUInt16(),
            HardTimeoutSeconds = body.ReadUInt16(),
            Flags = (FlowModFlags)body.ReadUInt16(),
            Importance = version >= OpenFlowVersion.OpenFlow14 ? body.ReadUInt16() : (ushort)0,
        };
        body.Skip(version >= OpenFlowVersion.OpenFlow14 ? 2 : 4);
        return stats with
        {
            Cookie = body.ReadUInt64(),
            PacketCount = body.ReadUInt64(),
            ByteCount = body.ReadUInt64(),
            Match = Match.Read(ref body),
            Instructions = InstructionList.Read(ref body),
        };
    }
}

/// <summary>Asks for the sum of the counters of rules.</summary>
public sealed record AggregateStatsRequest(FlowFilter Filter) : MultipartRequest, IMultipartRequest<AggregateStatsReply>
{
    public override MultipartType Kind => MultipartType.Aggregate;

    private protected override void AppendItems(StringBuilder text) => Filter.Append(text);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version) => Filter.Write(ref writer);
}

/// <summary>The sum of the counters of rules, and how many rules.</summary>
public sealed record AggregateStatsReply(ulong PacketCount, ulong ByteCount, uint FlowCount) : MultipartReply
{
    public override MultipartType Kind => MultipartType.Aggregate;

    /// <summary>Statistics unknown here; OpenFlow 1.5, not sent before.</summary>
    public EquatableArray<OxsField> OtherStatistics { get; init; }

    private protected override void AppendItems(StringBuilder text)
    {
        text.Append($"packet_count={PacketCount} byte_count={ByteCount} flow_count={FlowCount}");
        OxsList.Append(text, " ", OtherStatistics);
    }

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        if (version >= OpenFlowVersion.OpenFlow15)
        {
            Flow15.Write(ref writer, this);
            return;
        }

        writer.Write(PacketCount);
        writer.Write(ByteCount);
        writer.Write(FlowCount);
        writer.WriteZeros(4);
    }

    internal static AggregateStatsReply Read(ref OpenFlowReader reader, OpenFlowVersion version)
    {
        if (version >= OpenFlowVersion.OpenFlow15)
        {
            return Flow15.ReadAggregate(ref reader);
        }

        var reply = new AggregateStatsReply(reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt32());
        reader.Skip(4);
        return reply;
    }
}

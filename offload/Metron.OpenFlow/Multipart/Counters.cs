using System.Text;

namespace Metron.OpenFlow;

/// <summary>Asks for the counters of all tables.</summary>
public sealed record TableStatsRequest : EmptyMultipartRequest, IMultipartRequest<TableStatsReply>
{
    public override MultipartType Kind => MultipartType.Table;
}

/// <summary>The counters of tables (OpenFlow 1.3.5 section 7.3.5.4).</summary>
public sealed record TableStatsReply(EquatableArray<TableStats> Tables) : MultipartReply
{
    public override MultipartType Kind => MultipartType.Table;

    private protected override void AppendItems(StringBuilder text) => AppendEach(text, Tables);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        foreach (var table in Tables.AsSpan())
        {
            writer.Write(table.Table);
            writer.WriteZeros(3);
            writer.Write(table.ActiveCount);
            writer.Write(table.LookupCount);
            writer.Write(table.MatchedCount);
        }
    }

    internal static TableStats ReadOne(ref OpenFlowReader reader)
    {
        var table = reader.ReadByte();
        reader.Skip(3);
        return new TableStats(table, reader.ReadUInt32(), reader.ReadUInt64(), reader.ReadUInt64());
    }
}

/// <summary>Counters of a table.</summary>
/// <param name="Table">Table number.</param>
/// <param name="ActiveCount">Rules in it.</param>
/// <param name="LookupCount">Packets looked up.</param>
/// <param name="MatchedCount">Packets that a rule matched.</param>
public readonly record struct TableStats(byte Table, uint ActiveCount, ulong LookupCount, ulong MatchedCount)
{
    /// <summary>Name of the table; null where the version does not say it. Only OpenFlow 1.0 does, here.</summary>
    public string? Name { get; init; }

    /// <summary>Fields that rules may leave open, in the bits of the match of OpenFlow 1.0; only sent there.</summary>
    public uint Wildcards { get; init; }

    /// <summary>Most rules that the table takes; only sent in OpenFlow 1.0, later versions say it in table features.</summary>
    public uint MaximumEntries { get; init; }

    public override string ToString() => $"table {Table}: active={ActiveCount}, lookup={LookupCount}, matched={MatchedCount}"
        + (Name is null ? "" : $", name={Name}") + (MaximumEntries == 0 ? "" : $", max={MaximumEntries}");
}

/// <summary>Asks for the counters of a port.</summary>
/// <param name="Port">Port number; <see cref="PortNumber.Any"/> for all.</param>
public sealed record PortStatsRequest(uint Port = PortNumber.Any) : MultipartRequest, IMultipartRequest<PortStatsReply>
{
    public override MultipartType Kind => MultipartType.Port;

    private protected override void AppendItems(StringBuilder text) => OxmText.AppendPort(text.Append("port_no="), Port);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write(Port);
        writer.WriteZeros(4);
    }

    internal static PortStatsRequest Read(ref OpenFlowReader reader)
    {
        var port = reader.ReadUInt32();
        reader.Skip(4);
        return new PortStatsRequest(port);
    }
}

/// <summary>The counters of ports.</summary>
public sealed record PortStatsReply(EquatableArray<PortStats> Ports) : MultipartReply
{
    public override MultipartType Kind => MultipartType.Port;

    private protected override void AppendItems(StringBuilder text) => AppendEach(text, Ports);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        foreach (var port in Ports.AsSpan())
        {
            port.Write(ref writer, version);
        }
    }
}

/// <summary>Asks for the counters of a group.</summary>
/// <param name="Group">Group number; <see cref="GroupNumber.All"/> for all.</param>
public sealed record GroupStatsRequest(uint Group = GroupNumber.All) : MultipartRequest, IMultipartRequest<GroupStatsReply>
{
    public override MultipartType Kind => MultipartType.Group;

    private protected override void AppendItems(StringBuilder text) =>
        text.Append("group_id=").Append(Group == GroupNumber.All ? "all" : $"{Group}");

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write(Group);
        writer.WriteZeros(4);
    }

    internal static GroupStatsRequest Read(ref OpenFlowReader reader)
    {
        var group = reader.ReadUInt32();
        reader.Skip(4);
        return new GroupStatsRequest(group);
    }
}

/// <summary>The counters of groups.</summary>
public sealed record GroupStatsReply(EquatableArray<GroupStats> Groups) : MultipartReply
{
    public override MultipartType Kind => MultipartType.Group;

    private protected override void AppendItems(StringBuilder text) => AppendEach(text, Groups);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        foreach (var group in Groups.AsSpan())
        {
            group.Write(ref writer);
        }
    }
}

/// <summary>Counters of a group (OpenFlow 1.3.5 section 7.3.5.8).</summary>
public sealed record GroupStats
{
    private const int FixedLength = 40;

    public uint Group { get; init; }

    /// <summary>Rules and groups that send packets here.</summary>
    public uint ReferenceCount { get; init; }

    public ulong PacketCount { get; init; }

    public ulong ByteCount { get; init; }

    public FlowAge Age { get; init; }

    public EquatableArray<BucketCounter> Buckets { get; init; }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append($"group_id={Group},duration={Age},ref_count={ReferenceCount},packet_count={PacketCount},byte_count={ByteCount}");
        for (var i = 0; i < Buckets.Count; i++)
        {
            text.Append($",bucket{i}:packet_count={Buckets[i].PacketCount},byte_count={Buckets[i].ByteCount}");
        }

        return text.ToString();
    }

    internal void Write(ref OpenFlowWriter writer)
    {
        var start = writer.Length;
        writer.WriteZeros(4);
        writer.Write(Group);
        writer.Write(ReferenceCount);
        writer.WriteZeros(4);
        writer.Write(PacketCount);
        writer.Write(ByteCount);
        Age.Write(ref writer);
        foreach (var bucket in Buckets.AsSpan())
        {
            writer.Write(bucket.PacketCount);
            writer.Write(bucket.ByteCount);
        }

        writer.PatchLength(start, start);
    }

    internal static GroupStats Read(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var length = reader.ReadUInt16();
        if (length < FixedLength)
        {
            throw new OpenFlowDecodeException(start, $"group statistics of length {length}, less than their fields");
        }

        var body = reader.Take(length - 2);
        body.Skip(2);
        var group = body.ReadUInt32();
        var references = body.ReadUInt32();
        body.Skip(4);
        var stats = new GroupStats
        {
            Group = group,
            ReferenceCount = references,
            PacketCount = body.ReadUInt64(),
            ByteCount = body.ReadUInt64(),
            Age = FlowAge.Read(ref body),
        };
        var buckets = new List<BucketCounter>();
        while (!body.IsAtEnd)
        {
            buckets.Add(new BucketCounter(body.ReadUInt64(), body.ReadUInt64()));
        }

        return stats with { Buckets = buckets.ToEquatableArray() };
    }
}

/// <summary>Counters of one bucket.</summary>
public readonly record struct BucketCounter(ulong PacketCount, ulong ByteCount);

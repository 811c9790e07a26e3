namespace Metron.OpenFlow;

/// <summary>Rules with counters as OpenFlow 1.5 writes them: the counters are a list, in which any may be missing (1.5.1 sections 7.3.5.2, 7.3.5.3, 7.4.2).</summary>
internal static class Flow15
{
    private const int FixedLength = 24;

    public static void Write(ref OpenFlowWriter writer, FlowStats flow)
    {
        var start = writer.Length;
        writer.WriteZeros(4);
        writer.Write(flow.Table);
        writer.WriteZeros(1);
        writer.Write(flow.Priority);
        writer.Write(flow.IdleTimeoutSeconds);
        writer.Write(flow.HardTimeoutSeconds);
        writer.Write((ushort)flow.Flags);
        writer.Write(flow.Importance);
        writer.Write(flow.Cookie);
        flow.Match.Write(ref writer);
        new RuleStatistics
        {
            Age = flow.Age,
            IdleTime = flow.IdleTime,
            PacketCount = flow.PacketCount,
            ByteCount = flow.ByteCount,
            Others = flow.OtherStatistics,
        }.Write(ref writer);
        InstructionList.Write(ref writer, flow.Instructions);
        writer.PatchLength(start, start);
    }

    public static FlowStats ReadStats(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var length = reader.ReadUInt16();
        if (length < FixedLength)
        {
            throw new OpenFlowDecodeException(start, $"flow description of length {length}, less than its fields");
        }

        var body = reader.Take(length - 2);
        body.Skip(2);
        var table = body.ReadByte();
        body.Skip(1);
        var flow = new FlowStats
        {
            Table = table,
            Priority = body.ReadUInt16(),
            IdleTimeoutSeconds = body.ReadUInt16(),
            HardTimeoutSeconds = body.ReadUInt16(),
            Flags = (FlowModFlags)body.ReadUInt16(),
            Importance = body.ReadUInt16(),
            Cookie = body.ReadUInt64(),
            Match = Match.Read(ref body),
        };
        var statistics = RuleStatistics.Read(ref body).WithoutFlowCount();
        return flow with
        {
            Age = statistics.Age,
            IdleTime = statistics.IdleTime,
            PacketCount = statistics.PacketCount,
            ByteCount = statistics.ByteCount,
            OtherStatistics = statistics.Others,
            Instructions = InstructionList.Read(ref body),
        };
    }

    public static void Write(ref OpenFlowWriter writer, FlowRemoved removed)
    {
        writer.Write(removed.Table);
        writer.Write((byte)removed.Reason);
        writer.Write(removed.Priority);
        writer.Write(removed.IdleTimeoutSeconds);
        writer.Write(removed.HardTimeoutSeconds);
        writer.Write(removed.Cookie);
        removed.Match.Write(ref writer);
        new RuleStatistics
        {
            Age = removed.Age,
            IdleTime = removed.IdleTime,
            PacketCount = removed.PacketCount,
            ByteCount = removed.ByteCount,
            Others = removed.OtherStatistics,
        }.Write(ref writer);
    }

    public static FlowRemoved ReadRemoved(ref OpenFlowReader reader)
    {
        var removed = new FlowRemoved
        {
            Table = reader.ReadByte(),
            Reason = (FlowRemovedReason)reader.ReadByte(),
            Priority = reader.ReadUInt16(),
            IdleTimeoutSeconds = reader.ReadUInt16(),
            HardTimeoutSeconds = reader.ReadUInt16(),
            Cookie = reader.ReadUInt64(),
            Match = Match.Read(ref reader),
        };
        var statistics = RuleStatistics.Read(ref reader).WithoutFlowCount();
        return removed with
        {
            Age = statistics.Age,
            IdleTime = statistics.IdleTime,
            PacketCount = statistics.PacketCount,
            ByteCount = statistics.ByteCount,
            OtherStatistics = statistics.Others,
        };
    }

    public static void Write(ref OpenFlowWriter writer, AggregateStatsReply sum) => new RuleStatistics
    {
        FlowCount = sum.FlowCount,
        PacketCount = sum.PacketCount,
        ByteCount = sum.ByteCount,
        Others = sum.OtherStatistics,
    }.Write(ref writer);

    public static AggregateStatsReply ReadAggregate(ref OpenFlowReader reader)
    {
        var statistics = RuleStatistics.Read(ref reader).WithoutTimes();
        return new AggregateStatsReply(statistics.PacketCount, statistics.ByteCount, statistics.FlowCount) { OtherStatistics = statistics.Others };
    }
}

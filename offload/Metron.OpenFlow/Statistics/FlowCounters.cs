using System.Text;

namespace Metron.OpenFlow;

/// <summary>Asks for the counters of rules without their timeouts, cookies and instructions; OpenFlow 1.5 (there named FLOW_STATS, and what <see cref="FlowStatsRequest"/> asks for FLOW_DESC).</summary>
public sealed record FlowCountersRequest(FlowFilter Filter) : MultipartRequest, IMultipartRequest<FlowCountersReply>
{
    public override MultipartType Kind => MultipartType.FlowCounters;

    private protected override void AppendItems(StringBuilder text) => Filter.Append(text);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        VersionRange.Require(Name, version, OpenFlowVersion.OpenFlow15);
        Filter.Write(ref writer);
    }
}

/// <summary>Counters of rules: an answer, or what a <see cref="StatTriggerInstruction"/> sent; OpenFlow 1.5.</summary>
public sealed record FlowCountersReply(EquatableArray<FlowCounters> Flows) : MultipartReply
{
    public override MultipartType Kind => MultipartType.FlowCounters;

    private protected override void AppendItems(StringBuilder text) => AppendEach(text, Flows);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        VersionRange.Require(Name, version, OpenFlowVersion.OpenFlow15);
        foreach (var flow in Flows.AsSpan())
        {
            flow.Write(ref writer);
        }
    }
}

/// <summary>Counters of a rule, which table, priority and match name (OpenFlow 1.5.1 section 7.3.5.4).</summary>
public sealed record FlowCounters
{
    private const int FixedLength = 8;

    public byte Table { get; init; }

    public FlowCountersReason Reason { get; init; }

    public ushort Priority { get; init; }

    public Match Match { get; init; } = Match.Any;

    /// <summary>The counters that the switch has.</summary>
    public EquatableArray<OxsField> Statistics { get; init; }

    public override string ToString()
    {
        var text = new StringBuilder($"table={Table}");
        var fields = new FieldList(text, ',');
        fields.Add("priority", Priority);
        FlowText.AppendMatch(ref fields, Match);
        text.Append($" reason={Reason}");
        OxsList.Append(text, " ", Statistics);
        return text.ToString();
    }

    internal void Write(ref OpenFlowWriter writer)
    {
        var start = writer.Length;
        writer.WriteZeros(4);
        writer.Write(Table);
        writer.Write((byte)Reason);
        writer.Write(Priority);
        Match.Write(ref writer);
        var list = OxsList.Begin(ref writer);
        OxsList.Write(ref writer, Statistics);
        OxsList.End(ref writer, list);
        writer.PatchLength(start, start);
    }

    internal static FlowCounters Read(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var length = reader.ReadUInt16();
        if (length < FixedLength)
        {
            throw new OpenFlowDecodeException(start, $"flow counters of length {length}, less than their fields");
        }

        var body = reader.Take(length - 2);
        body.Skip(2);
        var flow = new FlowCounters
        {
            Table = body.ReadByte(),
            Reason = (FlowCountersReason)body.ReadByte(),
            Priority = body.ReadUInt16(),
            Match = Match.Read(ref body),
            Statistics = OxsList.Read(ref body),
        };
        body.ExpectEnd();
        return flow;
    }
}

/// <summary>Why counters were sent (<c>OFPFSR_*</c>).</summary>
public enum FlowCountersReason : byte
{
    Request = 0,

    /// <summary>A threshold of a <see cref="StatTriggerInstruction"/> was reached.</summary>
    Trigger = 1,
}

using System.Buffers.Binary;

namespace Metron.OpenFlow;

/// <summary>A flow-removed seen through its bytes, without allocation; see <see cref="FlowRemoved"/>.</summary>
public readonly ref struct FlowRemovedView
{
    private const int FixedLength = 40;
    private const int FixedLength15 = 16;

    private FlowRemovedView(ReadOnlySpan<byte> fixedPart, MatchView match)
    {
        Cookie = BinaryPrimitives.ReadUInt64BigEndian(fixedPart);
        Priority = BinaryPrimitives.ReadUInt16BigEndian(fixedPart[8..]);
        Reason = (FlowRemovedReason)fixedPart[10];
        Table = fixedPart[11];
        Age = new FlowAge(BinaryPrimitives.ReadUInt32BigEndian(fixedPart[12..]), BinaryPrimitives.ReadUInt32BigEndian(fixedPart[16..]));
        PacketCount = BinaryPrimitives.ReadUInt64BigEndian(fixedPart[24..]);
        ByteCount = BinaryPrimitives.ReadUInt64BigEndian(fixedPart[32..]);
        Match = match;
    }

    private FlowRemovedView(ReadOnlySpan<byte> fixedPart, MatchView match, StatisticsView statistics)
    {
        Table = fixedPart[0];
        Reason = (FlowRemovedReason)fixedPart[1];
        Priority = BinaryPrimitives.ReadUInt16BigEndian(fixedPart[2..]);
        Cookie = BinaryPrimitives.ReadUInt64BigEndian(fixedPart[8..]);
        Age = statistics.Age;
        PacketCount = statistics.PacketCount;
        ByteCount = statistics.ByteCount;
        Match = match;
    }

    public ulong Cookie { get; }

    public ushort Priority { get; }

    public FlowRemovedReason Reason { get; }

    public byte Table { get; }

    /// <summary>How long the rule was there.</summary>
    public FlowAge Age { get; }

    public ulong PacketCount { get; }

    public ulong ByteCount { get; }

    public MatchView Match { get; }

    /// <summary>Reads a flow-removed.</summary>
    /// <returns>Whether it is one, and well formed.</returns>
    public static bool TryRead(FrameView frame, out FlowRemovedView removed)
    {
        removed = default;
        if (frame.Type != MessageType.FlowRemoved)
        {
            return false;
        }

        var is15 = frame.Version >= OpenFlowVersion.OpenFlow15;
        var cursor = new SpanCursor(frame.Body);
        if (!cursor.TryTake(is15 ? FixedLength15 : FixedLength, out var fixedPart) || !MatchView.TryTake(ref cursor, frame.Version, out var match))
        {
            return false;
        }

        if (!is15)
        {
            removed = new FlowRemovedView(fixedPart, match);
            return cursor.IsAtEnd;
        }

        if (!StatisticsView.TryTake(ref cursor, out var statistics))
        {
            return false;
        }

        removed = new FlowRemovedView(fixedPart, match, statistics);
        return cursor.IsAtEnd;
    }
}

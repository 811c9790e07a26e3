using System.Buffers.Binary;

namespace Metron.OpenFlow;

/// <summary>A part of the answer to a <see cref="FlowStatsRequest"/>, seen through its bytes, without allocation.</summary>
public readonly ref struct FlowStatsReplyView
{
    private const int HeaderLength = 8;

    private readonly ReadOnlySpan<byte> _entries;
    private readonly OpenFlowVersion _version;

    private FlowStatsReplyView(ReadOnlySpan<byte> entries, OpenFlowVersion version, bool hasMore)
    {
        _entries = entries;
        _version = version;
        HasMore = hasMore;
    }

    /// <summary>Whether another part follows.</summary>
    public bool HasMore { get; }

    /// <summary>Reads a part; every rule in it is checked.</summary>
    /// <returns>Whether it is one, and well formed. Actions are not looked at.</returns>
    public static bool TryRead(FrameView frame, out FlowStatsReplyView reply)
    {
        reply = default;
        var cursor = new SpanCursor(frame.Body);
        if (frame.Type != MessageType.MultipartReply
            || !cursor.TryTake(HeaderLength, out var header)
            || BinaryPrimitives.ReadUInt16BigEndian(header) != (ushort)MultipartType.Flow)
        {
            return false;
        }

        var flags = (MultipartFlags)BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        reply = new FlowStatsReplyView(cursor.Rest, frame.Version, (flags & MultipartFlags.More) != 0);
        while (!cursor.IsAtEnd)
        {
            if (!FlowStatsView.TryTake(ref cursor, frame.Version, out _))
            {
                reply = default;
                return false;
            }
        }

        return true;
    }

    public Enumerator GetEnumerator() => new(_entries, _version);

    /// <summary>Goes through the rules in the order of the wire.</summary>
    public ref struct Enumerator
    {
        private readonly OpenFlowVersion _version;
        private SpanCursor _cursor;
        private FlowStatsView _current;

        internal Enumerator(ReadOnlySpan<byte> entries, OpenFlowVersion version)
        {
            _cursor = new SpanCursor(entries);
            _version = version;
        }

        public readonly FlowStatsView Current => _current;

        public bool MoveNext() => !_cursor.IsAtEnd && FlowStatsView.TryTake(ref _cursor, _version, out _current);
    }
}

/// <summary>A rule of a switch and its counters, seen through its bytes, without allocation; see <see cref="FlowStats"/>.</summary>
public readonly ref struct FlowStatsView
{
    private const int FixedLength = 48;
    private const int FixedLength15 = 24;

    private FlowStatsView(ReadOnlySpan<byte> entry, MatchView match, ReadOnlySpan<byte> instructions, OpenFlowVersion version)
    {
        Table = entry[2];
        Age = new FlowAge(BinaryPrimitives.ReadUInt32BigEndian(entry[4..]), BinaryPrimitives.ReadUInt32BigEndian(entry[8..]));
        Priority = BinaryPrimitives.ReadUInt16BigEndian(entry[12..]);
        IdleTimeoutSeconds = BinaryPrimitives.ReadUInt16BigEndian(entry[14..]);
        HardTimeoutSeconds = BinaryPrimitives.ReadUInt16BigEndian(entry[16..]);
        Flags = (FlowModFlags)BinaryPrimitives.ReadUInt16BigEndian(entry[18..]);
        Importance = version >= OpenFlowVersion.OpenFlow14 ? BinaryPrimitives.ReadUInt16BigEndian(entry[20..]) : (ushort)0;
        Cookie = BinaryPrimitives.ReadUInt64BigEndian(entry[24..]);
        PacketCount = BinaryPrimitives.ReadUInt64BigEndian(entry[32..]);
        ByteCount = BinaryPrimitives.ReadUInt64BigEndian(entry[40..]);
        Match = match;
        InstructionBytes = instructions;
    }

    private FlowStatsView(ReadOnlySpan<byte> entry, MatchView match, StatisticsView statistics, ReadOnlySpan<byte> instructions)
    {
        Table = entry[4];
        Priority = BinaryPrimitives.ReadUInt16BigEndian(entry[6..]);
        IdleTimeoutSeconds = BinaryPrimitives.ReadUInt16BigEndian(entry[8..]);
        HardTimeoutSeconds = BinaryPrimitives.ReadUInt16BigEndian(entry[10..]);
        Flags = (FlowModFlags)BinaryPrimitives.ReadUInt16BigEndian(entry[12..]);
        Importance = BinaryPrimitives.ReadUInt16BigEndian(entry[14..]);
        Cookie = BinaryPrimitives.ReadUInt64BigEndian(entry[16..]);
        Age = statistics.Age;
        PacketCount = statistics.PacketCount;
        ByteCount = statistics.ByteCount;
        Match = match;
        InstructionBytes = instructions;
    }

    public byte Table { get; }

    public FlowAge Age { get; }

    public ushort Priority { get; }

    public ushort IdleTimeoutSeconds { get; }

    public ushort HardTimeoutSeconds { get; }

    public FlowModFlags Flags { get; }

    /// <summary>OpenFlow 1.4; 0 before.</summary>
    public ushort Importance { get; }

    public ulong Cookie { get; }

    public ulong PacketCount { get; }

    public ulong ByteCount { get; }

    public MatchView Match { get; }

    /// <summary>The instructions as on the wire, to be compared with those of a rule that was encoded for the same version.</summary>
    public ReadOnlySpan<byte> InstructionBytes { get; }

    internal static bool TryTake(scoped ref SpanCursor cursor, OpenFlowVersion version, out FlowStatsView flow)
    {
        flow = default;
        var is15 = version >= OpenFlowVersion.OpenFlow15;
        if (!cursor.TryTakeElement(is15 ? FixedLength15 : FixedLength, out var entry))
        {
            return false;
        }

        var rest = new SpanCursor(entry[(is15 ? FixedLength15 : FixedLength)..]);
        if (!MatchView.TryTake(ref rest, version, out var match))
        {
            return false;
        }

        if (!is15)
        {
            flow = new FlowStatsView(entry, match, rest.Rest, version);
            return true;
        }

        if (!StatisticsView.TryTake(ref rest, out var statistics))
        {
            return false;
        }

        flow = new FlowStatsView(entry, match, statistics, rest.Rest);
        return true;
    }
}

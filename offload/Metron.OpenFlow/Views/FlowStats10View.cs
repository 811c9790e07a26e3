using System.Buffers.Binary;

namespace Metron.OpenFlow;

/// <summary>A part of the flow statistics of a switch of OpenFlow 1.0, seen through its bytes, without allocation (OpenFlow 1.0.0 section 5.3.5).</summary>
public readonly ref struct FlowStats10ReplyView
{
    private const int HeaderLength = OpenFlowCodec.HeaderLength + 4;
    private const byte StatisticsReply = 17;
    private const int MoreFlag = 1;

    private readonly ReadOnlySpan<byte> _entries;

    private FlowStats10ReplyView(ReadOnlySpan<byte> entries, bool hasMore)
    {
        _entries = entries;
        HasMore = hasMore;
    }

    /// <summary>Whether another part follows.</summary>
    public bool HasMore { get; }

    /// <summary>Reads a part; the length of every rule in it is checked.</summary>
    /// <param name="message">Exactly the bytes that the header's length field says.</param>
    /// <param name="reply">The part when the result is true.</param>
    /// <returns>Whether it is one, and well formed. Actions are not looked at.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, out FlowStats10ReplyView reply)
    {
        reply = default;
        if (message.Length < HeaderLength
            || (OpenFlowVersion)message[0] != OpenFlowVersion.OpenFlow10
            || message[1] != StatisticsReply
            || BinaryPrimitives.ReadUInt16BigEndian(message[2..]) != message.Length
            || BinaryPrimitives.ReadUInt16BigEndian(message[8..]) != (ushort)MultipartType.Flow)
        {
            return false;
        }

        var cursor = new SpanCursor(message[HeaderLength..]);
        while (!cursor.IsAtEnd)
        {
            if (!FlowStats10View.TryTake(ref cursor, out _))
            {
                return false;
            }
        }

        reply = new FlowStats10ReplyView(message[HeaderLength..], (BinaryPrimitives.ReadUInt16BigEndian(message[10..]) & MoreFlag) != 0);
        return true;
    }

    public Enumerator GetEnumerator() => new(_entries);

    /// <summary>Goes through the rules in the order of the wire.</summary>
    public ref struct Enumerator
    {
        private SpanCursor _cursor;
        private FlowStats10View _current;

        internal Enumerator(ReadOnlySpan<byte> entries) => _cursor = new SpanCursor(entries);

        public readonly FlowStats10View Current => _current;

        public bool MoveNext() => !_cursor.IsAtEnd && FlowStats10View.TryTake(ref _cursor, out _current);
    }
}

/// <summary>A rule of a switch of OpenFlow 1.0 and its counters, seen through its bytes, without allocation; see <see cref="FlowStats"/>.</summary>
public readonly ref struct FlowStats10View
{
    private const int FixedLength = 88;
    private const int MatchOffset = 4;
    private const int MatchLength = 40;

    private readonly ReadOnlySpan<byte> _entry;

    private FlowStats10View(ReadOnlySpan<byte> entry) => _entry = entry;

    public byte Table => _entry[2];

    public FlowAge Age => new(BinaryPrimitives.ReadUInt32BigEndian(_entry[44..]), BinaryPrimitives.ReadUInt32BigEndian(_entry[48..]));

    public ushort Priority => BinaryPrimitives.ReadUInt16BigEndian(_entry[52..]);

    public ushort IdleTimeoutSeconds => BinaryPrimitives.ReadUInt16BigEndian(_entry[54..]);

    public ushort HardTimeoutSeconds => BinaryPrimitives.ReadUInt16BigEndian(_entry[56..]);

    public ulong Cookie => BinaryPrimitives.ReadUInt64BigEndian(_entry[64..]);

    public ulong PacketCount => BinaryPrimitives.ReadUInt64BigEndian(_entry[72..]);

    public ulong ByteCount => BinaryPrimitives.ReadUInt64BigEndian(_entry[80..]);

    /// <summary>The match as on the wire (<c>struct ofp_match</c>, 40 bytes), to be compared with that of a rule that was encoded for 1.0.</summary>
    public ReadOnlySpan<byte> MatchBytes => _entry.Slice(MatchOffset, MatchLength);

    /// <summary>The actions as on the wire.</summary>
    public ReadOnlySpan<byte> ActionBytes => _entry[FixedLength..];

    /// <summary>A match of its own, in the words of later versions; allocates.</summary>
    public Match ToMatch()
    {
        var reader = new OpenFlowReader(MatchBytes, 0);
        return Match10.Read(ref reader);
    }

    internal static bool TryTake(scoped ref SpanCursor cursor, out FlowStats10View flow)
    {
        flow = default;
        if (!cursor.TryTakeElement(FixedLength, out var entry))
        {
            return false;
        }

        flow = new FlowStats10View(entry);
        return true;
    }
}

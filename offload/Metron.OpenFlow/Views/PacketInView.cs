using System.Buffers.Binary;

namespace Metron.OpenFlow;

/// <summary>A packet-in seen through its bytes, without allocation; see <see cref="PacketIn"/>.</summary>
public readonly ref struct PacketInView
{
    private const int FixedLength = 16;
    private const int PaddingLength = 2;

    private readonly ReadOnlySpan<byte> _fixed;

    private PacketInView(ReadOnlySpan<byte> fixedPart, MatchView match, ReadOnlySpan<byte> packet)
    {
        _fixed = fixedPart;
        Match = match;
        Packet = packet;
    }

    /// <summary>Where the switch holds the rest of the packet, or <see cref="BufferNumber.None"/>.</summary>
    public uint Buffer => BinaryPrimitives.ReadUInt32BigEndian(_fixed);

    /// <summary>Bytes of the whole packet.</summary>
    public ushort TotalLength => BinaryPrimitives.ReadUInt16BigEndian(_fixed[4..]);

    public PacketInReason Reason => (PacketInReason)_fixed[6];

    public byte Table => _fixed[7];

    /// <summary>Cookie of the rule that sent the packet; all ones when there is none.</summary>
    public ulong Cookie => BinaryPrimitives.ReadUInt64BigEndian(_fixed[8..]);

    /// <summary>Ingress port, metadata and tunnel.</summary>
    public MatchView Match { get; }

    /// <summary>The frame, possibly cut.</summary>
    public ReadOnlySpan<byte> Packet { get; }

    /// <summary>Reads a packet-in.</summary>
    /// <returns>Whether it is one, and well formed.</returns>
    public static bool TryRead(FrameView frame, out PacketInView packetIn)
    {
        packetIn = default;
        if (frame.Type != MessageType.PacketIn)
        {
            return false;
        }

        var cursor = new SpanCursor(frame.Body);
        if (!cursor.TryTake(FixedLength, out var fixedPart) || !MatchView.TryTake(ref cursor, frame.Version, out var match) || !cursor.TryTake(PaddingLength, out _))
        {
            return false;
        }

        packetIn = new PacketInView(fixedPart, match, cursor.Rest);
        return true;
    }
}

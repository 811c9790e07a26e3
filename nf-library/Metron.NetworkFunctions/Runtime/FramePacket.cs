using System.Buffers.Binary;

namespace Metron.NetworkFunctions.Runtime;

/// <summary>
/// A frame in its buffer, for functions that change it as a whole. It begins with the link header: both MAC addresses, the 802.1Q header of
/// the dispatch tag where tags are VLAN ids, and the Ethernet type; <see cref="Network"/> is what follows. One segment, all of it contiguous.
/// </summary>
public ref struct FramePacket
{
    private const int MacsLength = 12;

    private readonly Span<byte> _buffer;
    private int _start;
    private int _length;

    /// <param name="buffer">The buffer: bytes before and behind the frame may be used.</param>
    /// <param name="start">Where the frame begins.</param>
    /// <param name="length">Bytes of the frame; it ends within the buffer.</param>
    /// <param name="linkLength">Bytes of the link header: 14, or 18 with a tag.</param>
    /// <param name="now">Worker's milliseconds.</param>
    public FramePacket(Span<byte> buffer, int start, int length, int linkLength, long now)
    {
        _buffer = buffer;
        _start = start;
        _length = length;
        LinkLength = linkLength;
        Now = now;
    }

    /// <summary>Worker time in milliseconds, monotonic.</summary>
    public long Now { get; }

    /// <summary>Bytes of the link header: 14, or 18 with a tag.</summary>
    public int LinkLength { get; }

    /// <summary>
    /// Set by a function behind which the packet is on a link of its own: the MAC addresses that it has then count as nobody's, so that an
    /// endpoint's <c>peerMac</c> is written even if a router wrote one before.
    /// </summary>
    public bool IsNewLink { get; set; }

    /// <summary>
    /// Set by a function that wrote the IP header itself, or behind which frames are not read, so that it need not be read where the packet only leaves; else
    /// the packet is read, and refused if it is malformed.
    /// </summary>
    public bool IsWellFormed { get; set; }

    /// <summary>Where the frame begins in the buffer.</summary>
    public readonly int Start => _start;

    /// <summary>Bytes of the frame.</summary>
    public readonly int Length => _length;

    /// <summary>The frame.</summary>
    public readonly Span<byte> Frame => _buffer.Slice(_start, _length);

    /// <summary>Destination MAC, then source MAC: 12 bytes.</summary>
    public readonly Span<byte> Macs => _buffer.Slice(_start, MacsLength);

    /// <summary>What follows the link header, padding included.</summary>
    public readonly Span<byte> Network => _buffer.Slice(_start + LinkLength, _length - LinkLength);

    /// <summary>Ethernet type of <see cref="Network"/>, in host order.</summary>
    public readonly ushort EtherType
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_buffer[(_start + LinkLength - 2)..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_buffer[(_start + LinkLength - 2)..], value);
    }

    /// <summary>Makes room between link header and network header; what stands there afterwards is for the caller to write.</summary>
    /// <param name="count">Bytes.</param>
    /// <returns>False when the buffer has no room; nothing is changed then.</returns>
    public bool TryInsert(int count)
    {
        var start = _start - count;
        if (start < 0)
        {
            // The bytes before the frame are used up, as behind another tunnel: it moves to the end of the buffer.
            var end = _buffer.Length - _length;
            if (end < count)
            {
                return false;
            }

            Frame.CopyTo(_buffer[end..]);
            (_start, start) = (end, end - count);
        }

        _buffer.Slice(_start, LinkLength).CopyTo(_buffer[start..]);
        _start = start;
        _length += count;
        return true;
    }

    /// <summary>Takes bytes out between link header and the rest.</summary>
    /// <param name="count">At most the length of <see cref="Network"/>.</param>
    public void Remove(int count)
    {
        _buffer.Slice(_start, LinkLength).CopyTo(_buffer[(_start + count)..]);
        _start += count;
        _length -= count;
    }

    /// <summary>Adds bytes at the end, or takes some away; those that are added hold anything.</summary>
    /// <param name="networkLength">Bytes of <see cref="Network"/> afterwards.</param>
    /// <returns>False when the buffer has no room; nothing is changed then.</returns>
    public bool TrySetNetworkLength(int networkLength)
    {
        var length = LinkLength + networkLength;
        if (_start + length > _buffer.Length)
        {
            var start = _buffer.Length - length;
            if (start < 0)
            {
                return false;
            }

            Frame.CopyTo(_buffer[start..]);
            _start = start;
        }

        _length = length;
        return true;
    }
}

using Metron.NetworkFunctions.Runtime.State;

namespace Metron.NetworkFunctions.Dpi;

/// <summary>
/// Copies of TCP segments that came before what precedes them, in pieces of up to 2 KiB, until it comes. One memory for all flows of a
/// worker, taken when first needed. Sequence numbers are compared modulo 2^32 (RFC 9293, section 3.4).
/// </summary>
/// <param name="memory">Most bytes to hold.</param>
internal sealed class EarlySegments(long memory)
{
    private const int PieceBytes = 2048;
    private const int PiecesPerBlock = 64;
    private readonly Slab<Piece> _pieces = new((int)Math.Clamp(memory / PieceBytes, 1, int.MaxValue));
    private readonly List<byte[]> _blocks = [];

    /// <summary>Bytes of memory that it took.</summary>
    public long Bytes => (long)_blocks.Count * PieceBytes * PiecesPerBlock;

    /// <summary>Whether a payload can be held.</summary>
    public bool HasRoomFor(int length) => _pieces.Count + ((length + PieceBytes - 1) / PieceBytes) <= _pieces.Maximum;

    /// <summary>Holds a payload; <see cref="HasRoomFor"/> was asked.</summary>
    /// <param name="first">The direction's first piece, plus 1.</param>
    /// <param name="sequence">Sequence number of the payload's first byte.</param>
    /// <param name="payload">The bytes.</param>
    public void Add(ref int first, uint sequence, ReadOnlySpan<byte> payload)
    {
        while (!payload.IsEmpty)
        {
            var length = Math.Min(PieceBytes, payload.Length);
            _pieces.TryAdd(out var piece);
            EnsureBlock(piece);
            payload[..length].CopyTo(BytesOf(piece, PieceBytes));
            _pieces[piece] = new Piece { Sequence = sequence, Length = length };
            Insert(ref first, piece);
            payload = payload[length..];
            sequence += (uint)length;
        }
    }

    /// <summary>The first piece, if it follows.</summary>
    /// <param name="first">The direction's first piece, plus 1.</param>
    /// <param name="next">Sequence number that is expected.</param>
    /// <param name="bytes">The part of it that was not seen yet; may be empty.</param>
    /// <param name="length">Length of the whole piece.</param>
    public bool TryPeek(int first, uint next, out ReadOnlySpan<byte> bytes, out int length)
    {
        bytes = [];
        length = 0;
        if (first == 0)
        {
            return false;
        }

        var piece = _pieces[first - 1];
        var seen = (int)(next - piece.Sequence);
        if (seen < 0)
        {
            return false;
        }

        length = piece.Length;
        bytes = seen >= length ? [] : BytesOf(first - 1, length)[seen..];
        return true;
    }

    /// <summary>Lets go of the first piece.</summary>
    public void RemoveFirst(ref int first)
    {
        var piece = first - 1;
        first = _pieces[piece].Next;
        _pieces.Free(piece);
    }

    /// <summary>Puts a piece in order, behind those that came before it with the same sequence number.</summary>
    private void Insert(ref int first, int piece)
    {
        var sequence = _pieces[piece].Sequence;
        var previous = -1;
        for (var at = first - 1; at >= 0 && (int)(_pieces[at].Sequence - sequence) <= 0; at = _pieces[at].Next - 1)
        {
            previous = at;
        }

        ref var link = ref (previous < 0 ? ref first : ref _pieces[previous].Next);
        _pieces[piece].Next = link;
        link = piece + 1;
    }

    private Span<byte> BytesOf(int piece, int length) =>
        _blocks[piece / PiecesPerBlock].AsSpan(piece % PiecesPerBlock * PieceBytes, length);

    private void EnsureBlock(int piece)
    {
        while (_blocks.Count * PiecesPerBlock <= piece)
        {
            _blocks.Add(GC.AllocateUninitializedArray<byte>(PieceBytes * PiecesPerBlock));
        }
    }

    private struct Piece
    {
        public uint Sequence;
        public int Length;
        public int Next; // piece + 1, 0 for none
    }
}

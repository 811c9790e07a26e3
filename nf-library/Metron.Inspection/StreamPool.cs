using Metron.Inspection.Native;

namespace Metron.Inspection;

/// <summary>
/// Streams of one database, up to a limit of memory: opened when first needed, used again afterwards. For one thread at a time.
/// </summary>
public sealed unsafe class StreamPool : IDisposable
{
    private const int ChunkBits = 10;
    private const int ChunkLength = 1 << ChunkBits;
    private readonly PatternDatabase _database;
    private readonly List<Slot[]> _chunks = []; // grow as streams are opened
    private int _opened;
    private int _firstFree; // plus 1; 0 for none

    /// <param name="database">A database for streams.</param>
    /// <param name="memory">Most bytes that the streams may take; at least one stream is allowed.</param>
    public StreamPool(PatternDatabase database, long memory)
    {
        _database = database;
        Capacity = (int)Math.Clamp(memory / BytesOf(database), 1, MaximumStreams);
    }

    /// <summary>Frees the streams.</summary>
    ~StreamPool() => Free();

    /// <summary>Most streams of one pool.</summary>
    public const int MaximumStreams = 1 << 22;

    /// <summary>Most streams at a time.</summary>
    public int Capacity { get; }

    /// <summary>Streams in use.</summary>
    public int InUse { get; private set; }

    /// <summary>Bytes that the streams take, used or not.</summary>
    public long Bytes => (long)_opened * BytesOf(_database);

    /// <summary>Takes a new stream.</summary>
    /// <returns>False when all are in use, or there is no memory for another one.</returns>
    public bool TryTake(out int stream)
    {
        stream = _firstFree - 1;
        if (stream >= 0)
        {
            _firstFree = SlotOf(stream).NextFree;
            InUse++;
            return true;
        }

        return _opened < Capacity && TryOpen(out stream);
    }

    /// <summary>Gives a stream back; nothing is reported for its end.</summary>
    public void Return(int stream)
    {
        ref var slot = ref SlotOf(stream);
        VectorscanException.Check(Hs.ResetStream(slot.Stream, 0, 0, null, null), "hs_reset_stream");
        slot.NextFree = _firstFree;
        _firstFree = stream + 1;
        InUse--;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>The hs_stream_t.</summary>
    internal nint this[int stream] => SlotOf(stream).Stream;

    /// <summary>A stream's state, its header and what the allocator adds (about 40 bytes).</summary>
    private static int BytesOf(PatternDatabase database) => database.StreamBytes + 40;

    private bool TryOpen(out int stream)
    {
        stream = _opened;
        if (stream >> ChunkBits == _chunks.Count)
        {
            _chunks.Add(new Slot[ChunkLength]);
        }

        nint opened = 0;
        if (Hs.OpenStream(_database.Address, 0, &opened) != Hs.Success)
        {
            return false;
        }

        SlotOf(stream).Stream = opened;
        _opened++;
        InUse++;
        return true;
    }

    private ref Slot SlotOf(int stream) => ref _chunks[stream >> ChunkBits][stream & (ChunkLength - 1)];

    private void Free()
    {
        for (; _opened > 0; _opened--)
        {
            _ = Hs.CloseStream(SlotOf(_opened - 1).Stream, 0, null, null);
        }

        _firstFree = 0;
    }

    private struct Slot
    {
        public nint Stream;
        public int NextFree; // plus 1; 0 for none
    }
}

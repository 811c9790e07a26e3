using Metron.Inspection.Native;

namespace Metron.Inspection;

/// <summary>
/// Streams of one database, up to a limit of memory: opened when first needed, used again afterwards. For one thread at a time.
/// </summary>
public sealed unsafe class StreamPool : IDisposable
{
    private readonly PatternDatabase _database;
    private readonly nint[] _streams;
    private readonly int[] _free;
    private int _opened;
    private int _freeCount;

    /// <param name="database">A database for streams.</param>
    /// <param name="memory">Most bytes that the streams may take; at least one stream is allowed.</param>
    public StreamPool(PatternDatabase database, long memory)
    {
        _database = database;
        Capacity = (int)Math.Clamp(memory / BytesOf(database), 1, MaximumStreams);
        _streams = new nint[Capacity];
        _free = new int[Capacity];
    }

    /// <summary>Frees the streams.</summary>
    ~StreamPool() => Free();

    /// <summary>Most streams of one pool.</summary>
    public const int MaximumStreams = 1 << 22;

    /// <summary>Most streams at a time.</summary>
    public int Capacity { get; }

    /// <summary>Streams in use.</summary>
    public int InUse => _opened - _freeCount;

    /// <summary>Bytes that the streams take, used or not.</summary>
    public long Bytes => (long)_opened * BytesOf(_database);

    /// <summary>Takes a new stream.</summary>
    /// <returns>False when all are in use, or there is no memory for another one.</returns>
    public bool TryTake(out int stream)
    {
        if (_freeCount > 0)
        {
            stream = _free[--_freeCount];
            return true;
        }

        stream = _opened;
        if (stream == Capacity)
        {
            return false;
        }

        fixed (nint* address = &_streams[stream])
        {
            if (Hs.OpenStream(_database.Address, 0, address) != Hs.Success)
            {
                return false;
            }
        }

        _opened++;
        return true;
    }

    /// <summary>Gives a stream back; nothing is reported for its end.</summary>
    public void Return(int stream)
    {
        VectorscanException.Check(Hs.ResetStream(_streams[stream], 0, 0, null, null), "hs_reset_stream");
        _free[_freeCount++] = stream;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>The hs_stream_t.</summary>
    internal nint this[int stream] => _streams[stream];

    /// <summary>A stream's state, its header and what the allocator adds (about 40 bytes).</summary>
    private static int BytesOf(PatternDatabase database) => database.StreamBytes + 40;

    private void Free()
    {
        for (; _opened > 0; _opened--)
        {
            _ = Hs.CloseStream(_streams[_opened - 1], 0, null, null);
        }

        _freeCount = 0;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Metron.Inspection.Native;

namespace Metron.Inspection;

/// <summary>
/// Scans data for the patterns of one or more databases. For one thread at a time; allocates nothing after it was made. A call costs the
/// scan itself and some 20 ns on the way into native code; a match some 10 ns on its way back.
/// </summary>
public sealed unsafe class Scanner : IDisposable
{
    private readonly PatternDatabase[] _databases; // kept alive as long as they are scanned for
    private MatchBuffer* _matches;
    private nint _scratch;

    /// <param name="databases">The databases that it will scan for.</param>
    /// <exception cref="VectorscanException">There is no memory.</exception>
    public Scanner(params IReadOnlyList<PatternDatabase> databases)
    {
        _databases = [.. databases];
        var capacity = _databases.Length == 0 ? 1 : _databases.Max(database => database.LargestId) + 1;
        _matches = (MatchBuffer*)NativeMemory.AllocZeroed((nuint)(sizeof(MatchBuffer) + (capacity * sizeof(int))));
        _matches->Capacity = capacity;
        nint scratch = 0;
        foreach (var database in _databases)
        {
            VectorscanException.Check(Hs.AllocateScratch(database.Address, &scratch), "hs_alloc_scratch");
        }

        _scratch = scratch;
    }

    /// <summary>Frees the scanner.</summary>
    ~Scanner() => Free();

    /// <summary>Scans data by itself.</summary>
    /// <param name="database">A database that is not for streams, one of those that the scanner was made for.</param>
    /// <param name="data">The data.</param>
    /// <returns>Ids of the patterns that are in it, each once, in the order in which they end; valid until the next call.</returns>
    public ReadOnlySpan<int> Scan(PatternDatabase database, ReadOnlySpan<byte> data)
    {
        _matches->Count = 0;
        if (data.IsEmpty)
        {
            return [];
        }

        fixed (byte* bytes = data)
        {
            var result = Hs.Scan(database.Address, bytes, (uint)data.Length, 0, _scratch, &OnMatch, _matches);
            VectorscanException.Check(result, "hs_scan");
        }

        return Matches;
    }

    /// <summary>Scans the next piece of a stream.</summary>
    /// <param name="pool">The stream's pool, of one of the databases that the scanner was made for.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="data">What follows what was scanned before.</param>
    /// <returns>Ids of the patterns that end in this piece and were not reported for the stream; valid until the next call.</returns>
    public ReadOnlySpan<int> Scan(StreamPool pool, int stream, ReadOnlySpan<byte> data)
    {
        _matches->Count = 0;
        if (data.IsEmpty)
        {
            return [];
        }

        fixed (byte* bytes = data)
        {
            var result = Hs.ScanStream(pool[stream], bytes, (uint)data.Length, 0, _scratch, &OnMatch, _matches);
            VectorscanException.Check(result, "hs_scan_stream");
        }

        return Matches;
    }

    /// <summary>Says that a stream has ended, and makes it new.</summary>
    /// <returns>Ids of patterns that match only because the stream ends here (<c>$</c>); valid until the next call.</returns>
    public ReadOnlySpan<int> Finish(StreamPool pool, int stream)
    {
        _matches->Count = 0;
        VectorscanException.Check(Hs.ResetStream(pool[stream], 0, _scratch, &OnMatch, _matches), "hs_reset_stream");
        return Matches;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private ReadOnlySpan<int> Matches => new(_matches + 1, _matches->Count);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnMatch(uint id, ulong from, ulong to, uint flags, void* context)
    {
        var matches = (MatchBuffer*)context;
        if (matches->Count < matches->Capacity)
        {
            ((int*)(matches + 1))[matches->Count++] = (int)id;
        }

        return 0; // go on
    }

    private void Free()
    {
        if (_scratch != 0)
        {
            _ = Hs.FreeScratch(_scratch);
            _scratch = 0;
        }

        NativeMemory.Free(_matches);
        _matches = null;
    }

    /// <summary>Matches of one scan; the ids follow it. Each pattern is reported once, so there are never more than patterns.</summary>
    private struct MatchBuffer
    {
        public int Count;
        public int Capacity;
    }
}

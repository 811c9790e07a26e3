using System.Runtime.InteropServices;
using Metron.Inspection.Native;

namespace Metron.Inspection;

/// <summary>
/// Patterns compiled to be looked for together. Immutable and free of threads: all workers scan by one. A scan reports each pattern once
/// (once a stream, of a database for streams).
/// </summary>
public sealed unsafe class PatternDatabase : SafeHandle
{
    private PatternDatabase(nint database, int largestId, bool isForStreams)
        : base(0, ownsHandle: true)
    {
        SetHandle(database);
        LargestId = largestId;
        IsForStreams = isForStreams;
        nuint bytes = 0;
        VectorscanException.Check(Hs.DatabaseSize(database, &bytes), "hs_database_size");
        Bytes = (long)bytes;
        if (isForStreams)
        {
            VectorscanException.Check(Hs.StreamSize(database, &bytes), "hs_stream_size");
            StreamBytes = (int)bytes;
        }
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Largest id of its patterns.</summary>
    public int LargestId { get; }

    /// <summary>Whether it scans data that comes in pieces; otherwise each scan is for itself.</summary>
    public bool IsForStreams { get; }

    /// <summary>Bytes of memory that it takes.</summary>
    public long Bytes { get; }

    /// <summary>Bytes of memory that each stream takes; 0 when it is not for streams.</summary>
    public int StreamBytes { get; }

    /// <summary>The hs_database_t; valid while this object is reachable.</summary>
    internal nint Address => handle;

    /// <summary>Compiles patterns. Takes milliseconds to seconds; not for a worker's thread.</summary>
    /// <param name="patterns">At least one; their ids are unique.</param>
    /// <param name="forStreams">Whether data comes in pieces.</param>
    /// <exception cref="PatternException">A pattern cannot be compiled, or all together cannot.</exception>
    /// <exception cref="VectorscanMissingException">The library is not there.</exception>
    public static PatternDatabase Compile(IReadOnlyList<Pattern> patterns, bool forStreams)
    {
        Vectorscan.Require();
        var areLiterals = patterns.All(pattern => pattern.IsPlainLiteral);
        using var input = new PatternInput(patterns, areLiterals);
        nint database = 0;
        Hs.CompileError* error = null;
        var mode = forStreams ? Hs.ModeStream : Hs.ModeBlock;
        var count = (uint)patterns.Count;
        var result = areLiterals
            ? Hs.CompileLiterals(input.Expressions, input.Flags, input.Ids, input.Lengths, count, mode, null, &database, &error)
            : Hs.CompileMulti(input.Expressions, input.Flags, input.Ids, input.Extensions, count, mode, null, &database, &error);
        ThrowIfWrong(result, error, index => index < 0 ? -1 : patterns[index].Id);
        return new PatternDatabase(database, patterns.Max(pattern => pattern.Id), forStreams);
    }

    /// <summary>Checks one pattern as far as it can be checked without compiling it.</summary>
    /// <param name="pattern">A literal or a regular expression.</param>
    /// <returns>Null when it is right; else what is wrong, in Vectorscan's words, with the offset in the expression where it knows one.</returns>
    /// <exception cref="VectorscanMissingException">The library is not there.</exception>
    public static string? FindProblem(Pattern pattern)
    {
        Vectorscan.Require();
        using var input = new PatternInput([pattern], areLiterals: false);
        void* information = null;
        Hs.CompileError* error = null;
        var result = Hs.ExpressionInformation(input.Expressions[0], input.Flags[0], input.Extensions[0], &information, &error);
        var minimumWidth = information is null ? 1 : *(uint*)information; // hs_expr_info_t.min_width
        NativeMemory.Free(information);
        try
        {
            ThrowIfWrong(result, error, _ => pattern.Id);
            return minimumWidth == 0 ? "Pattern matches without a single byte" : null;
        }
        catch (PatternException exception)
        {
            return exception.Message;
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Hs.FreeDatabase(handle) == Hs.Success;

    private static void ThrowIfWrong(int result, Hs.CompileError* error, Func<int, int> idOf)
    {
        if (result == Hs.CompilerError && error != null)
        {
            var exception = new PatternException(
                idOf(error->Expression), Marshal.PtrToStringUTF8((nint)error->Message) ?? "cannot be compiled");
            _ = Hs.FreeCompileError(error);
            throw exception;
        }

        VectorscanException.Check(result, "compiling patterns");
    }
}

/// <summary>A pattern that Vectorscan cannot compile.</summary>
/// <param name="id">Id of the pattern; -1 when it is not about one of them.</param>
/// <param name="message">Vectorscan's message.</param>
public sealed class PatternException(int id, string message) : Exception(message.TrimEnd('.'))
{
    /// <summary>Id of the pattern; -1 when it is not about one of them.</summary>
    public int PatternId { get; } = id;
}

/// <summary>Vectorscan refused a call: out of memory, or a mistake of the caller.</summary>
public sealed class VectorscanException(string call, int error) : Exception($"Vectorscan: {call} failed with error {error}")
{
    /// <summary>Throws when a call has failed.</summary>
    internal static void Check(int result, string call)
    {
        if (result != Hs.Success)
        {
            throw new VectorscanException(call, result);
        }
    }
}

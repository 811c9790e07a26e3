using System.Collections.Immutable;
using System.Numerics;

namespace Metron.Dataplane;

/// <summary>How many durations were how long, since a worker or a program started: a log-linear histogram of fixed size. Immutable.</summary>
/// <param name="Counts">By length: eight steps for each power of two of nanoseconds. Empty: nothing was counted.</param>
public sealed record DurationCounts(ImmutableArray<ulong> Counts)
{
    private const int StepBits = 3;
    private const int Steps = 1 << StepBits;
    private const int LargestExponent = 36; // a minute

    /// <summary>Steps that are counted.</summary>
    internal const int Length = (LargestExponent - StepBits + 2) * Steps;

    /// <summary>Nothing was counted.</summary>
    public static DurationCounts None { get; } = new(ImmutableArray<ulong>.Empty);

    /// <summary>Number of durations since an earlier reading; null: since the start.</summary>
    public ulong Since(DurationCounts? earlier)
    {
        ulong total = 0;
        for (var step = 0; step < Counts.Length; step++)
        {
            total += Since(step, earlier);
        }

        return total;
    }

    /// <summary>The duration that a share of all since an earlier reading did not exceed, in microseconds: up to an eighth too long.</summary>
    /// <param name="share">0.5 for the median; 0 to 1.</param>
    /// <param name="earlier">The earlier reading; null: since the start.</param>
    /// <returns>0 when there was none.</returns>
    public double MicrosecondsOf(double share, DurationCounts? earlier)
    {
        var total = Since(earlier);
        var rank = (ulong)Math.Ceiling(total * share);
        ulong seen = 0;
        for (var step = 0; step < Counts.Length && total > 0; step++)
        {
            seen += Since(step, earlier);
            if (seen >= Math.Max(rank, 1))
            {
                return EndOf(step) / 1000.0;
            }
        }

        return 0;
    }

    /// <summary>Reads what a worker counts.</summary>
    /// <param name="counts">As many words as there are steps, which only grow.</param>
    internal static unsafe DurationCounts Read(ulong* counts)
    {
        var read = ImmutableArray.CreateBuilder<ulong>(Length);
        for (var step = 0; step < Length; step++)
        {
            read.Add(Volatile.Read(ref counts[step]));
        }

        return new DurationCounts(read.MoveToImmutable());
    }

    /// <summary>The step that a duration belongs to.</summary>
    internal static int StepOf(ulong nanoseconds)
    {
        if (nanoseconds < Steps)
        {
            return (int)nanoseconds;
        }

        var exponent = BitOperations.Log2(nanoseconds);
        return exponent > LargestExponent ? Length - 1
            : ((exponent - StepBits + 1) << StepBits) | ((int)(nanoseconds >> (exponent - StepBits)) & (Steps - 1));
    }

    /// <summary>The longest duration of a step, in nanoseconds.</summary>
    internal static ulong EndOf(int step)
    {
        if (step < Steps)
        {
            return (ulong)step;
        }

        var shift = (step >> StepBits) - 1;
        return (((ulong)(step & (Steps - 1)) + Steps + 1) << shift) - 1;
    }

    private ulong Since(int step, DurationCounts? earlier) => Counts[step] - (earlier is { Counts.IsEmpty: false } ? earlier.Counts[step] : 0);
}

using System.Numerics;

namespace Metron.Balancing.Simulation;

/// <summary>Latencies in logarithmic buckets: 64 per factor of two, so that a percentile is within 1.6% of the value.</summary>
public sealed class LatencyHistogram
{
    private const int FractionBits = 6;
    private const int Fractions = 1 << FractionBits;
    private readonly long[] buckets = new long[(64 - FractionBits) * Fractions];
    private double sum;

    /// <summary>Number of packets.</summary>
    public long Count { get; private set; }

    /// <summary>Mean latency in nanoseconds; 0 without packets.</summary>
    public double Mean => Count == 0 ? 0 : sum / Count;

    /// <summary>Adds a packet.</summary>
    /// <param name="nanoseconds">Its latency, 0 or more.</param>
    public void Add(double nanoseconds)
    {
        buckets[Bucket((ulong)nanoseconds)]++;
        sum += nanoseconds;
        Count++;
    }

    /// <summary>Forgets all packets.</summary>
    public void Clear()
    {
        Array.Clear(buckets);
        (Count, sum) = (0, 0);
    }

    /// <summary>The latency in nanoseconds that a share of the packets does not exceed; 0 without packets.</summary>
    /// <param name="share">0 to 1.</param>
    public double Percentile(double share)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(share * Count));
        for (int bucket = 0, last = buckets.Length - 1; bucket <= last && Count > 0; bucket++)
        {
            wanted -= buckets[bucket];
            if (wanted <= 0)
            {
                return (Lowest(bucket) + Lowest(bucket + 1)) / 2;
            }
        }

        return 0;
    }

    private static int Bucket(ulong value)
    {
        if (value < Fractions)
        {
            return (int)value;
        }

        var exponent = BitOperations.Log2(value) - FractionBits;
        return ((exponent + 1) << FractionBits) + (int)((value >> exponent) - Fractions);
    }

    private static double Lowest(int bucket)
    {
        var exponent = (bucket >> FractionBits) - 1;
        return exponent < 0 ? bucket : Math.ScaleB(Fractions + (bucket & (Fractions - 1)), exponent);
    }
}

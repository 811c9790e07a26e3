namespace Metron.NetworkFunctions.Policer;

/// <summary>
/// How fast a bucket fills and what packets cost, in units of which one millisecond brings <see cref="PerMillisecond"/>: thousandths of a bit or
/// packet, divided by the number of workers. So all numbers are whole, and the workers' shares add up to the rate exactly.
/// </summary>
internal readonly struct MeterRate
{
    private const long LargestFrame = ushort.MaxValue;
    private const long LongestFill = 7 * 24 * 3600 * 1000L;

    private readonly long _perByte;
    private readonly long _perPacket;
    private readonly long _longestFill;

    /// <param name="limit">The limit.</param>
    /// <param name="workers">How many workers share it.</param>
    public MeterRate(PolicerLimit limit, int workers)
    {
        (_perByte, _perPacket) = limit.InPackets ? (0L, 1000L * workers) : (8 * 1000L * workers, 0L);
        PerMillisecond = limit.Rate;
        Capacity = limit.Burst * (limit.InPackets ? 1000L : 8 * 1000L);
        _longestFill = ((Capacity + CostOf((int)LargestFrame)) / PerMillisecond) + 1;
    }

    /// <summary>Units that a millisecond brings.</summary>
    public long PerMillisecond { get; }

    /// <summary>Units of a full bucket.</summary>
    public long Capacity { get; }

    /// <summary>After how many milliseconds without packets a bucket is as good as new, at most seven days.</summary>
    public long FillMilliseconds => Math.Min(LongestFill, _longestFill);

    /// <summary>Units that a packet costs.</summary>
    public long CostOf(int bytes) => _perPacket + (_perByte * bytes);

    /// <summary>Units that some milliseconds bring, at most enough to fill any bucket.</summary>
    public long Since(long milliseconds) => Math.Min(milliseconds, _longestFill) * PerMillisecond;
}

/// <summary>
/// A token bucket. A packet that costs more than a full bucket holds passes when the bucket is full, which then owes the rest: the rate holds for
/// packets of any size.
/// </summary>
internal struct TokenBucket
{
    private long _level;
    private long _updated;

    /// <summary>A full bucket.</summary>
    public TokenBucket(in MeterRate rate, long now) => (_level, _updated) = (rate.Capacity, now);

    /// <summary>Takes what a packet costs; false when there is not enough, and nothing is taken. About 10 cycles.</summary>
    /// <param name="rate">The bucket's rate.</param>
    /// <param name="now">Milliseconds; never less than before.</param>
    /// <param name="bytes">Length of the packet.</param>
    public bool TryTake(in MeterRate rate, long now, int bytes)
    {
        var level = Math.Min(rate.Capacity, _level + rate.Since(now - _updated));
        var cost = rate.CostOf(bytes);
        var conforms = level >= cost || level == rate.Capacity;
        _level = conforms ? level - cost : level;
        _updated = now;
        return conforms;
    }
}

namespace Metron.Bench.StateSharing;

/// <summary>How a flow table is written: by one thread, or by several at once. The table's code is compiled for either.</summary>
internal interface ISharing
{
    /// <summary>Adds to a counter; returns the sum.</summary>
    static abstract ulong Add(ref ulong counter, ulong amount);

    /// <summary>Writes to a place that is 0, after all that was written before.</summary>
    /// <returns>False when it is not 0 any more.</returns>
    static abstract bool TryClaim(ref ulong place, ulong value);
}

/// <summary>The table is one worker's own.</summary>
internal readonly struct Alone : ISharing
{
    public static ulong Add(ref ulong counter, ulong amount) => counter += amount;

    public static bool TryClaim(ref ulong place, ulong value)
    {
        place = value;
        return true;
    }
}

/// <summary>The table is all workers'.</summary>
internal readonly struct Shared : ISharing
{
    public static ulong Add(ref ulong counter, ulong amount) => Interlocked.Add(ref counter, amount);

    public static bool TryClaim(ref ulong place, ulong value) => Interlocked.CompareExchange(ref place, value, 0) == 0;
}

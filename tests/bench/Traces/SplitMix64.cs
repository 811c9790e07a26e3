namespace Metron.Bench.Traces;

/// <summary>Numbers from a seed, the same on every machine and version (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).</summary>
internal sealed class SplitMix64(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        var z = _state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// <summary>0 to limit - 1.</summary>
    public int Next(int limit) => (int)((UInt128)Next() * (ulong)limit >> 64);

    /// <summary>0 to below 1.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));
}

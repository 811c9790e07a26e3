namespace Metron.Generators;

/// <summary>Numbers from a seed, the same on every machine and version (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).</summary>
public sealed class SplitMix64(ulong seed)
{
    private ulong _state = seed;

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        var z = _state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// <summary>0 to limit - 1.</summary>
    public int Next(int limit) => (int)((UInt128)Next() * (ulong)limit >> 64);

    /// <summary>True in so many of a hundred cases.</summary>
    public bool Percent(int share) => Next(100) < share;

    /// <summary>128 random bits.</summary>
    public UInt128 NextAddress() => new(Next(), Next());

    /// <summary>One of several values, each as often as its weight says.</summary>
    public T Pick<T>(params ReadOnlySpan<(int Weight, T Value)> choices)
    {
        var total = 0;
        foreach (var (weight, _) in choices)
        {
            total += weight;
        }

        var left = Next(total);
        foreach (var (weight, value) in choices)
        {
            left -= weight;
            if (left < 0)
            {
                return value;
            }
        }

        return choices[^1].Value;
    }
}

using System.Numerics;

namespace Metron.Balancing.Simulation;

/// <summary>Random numbers from a seed, the same on every machine and runtime: xoshiro256++ (Blackman and Vigna), seeded by SplitMix64.</summary>
internal sealed class SeededRandom
{
    private ulong s0;
    private ulong s1;
    private ulong s2;
    private ulong s3;

    public SeededRandom(ulong seed)
    {
        s0 = Mix(ref seed);
        s1 = Mix(ref seed);
        s2 = Mix(ref seed);
        s3 = Mix(ref seed);
    }

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        var result = BitOperations.RotateLeft(s0 + s3, 23) + s0;
        var t = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= t;
        s3 = BitOperations.RotateLeft(s3, 45);
        return result;
    }

    /// <summary>Uniform in (0, 1].</summary>
    public double Unit() => ((Next() >> 11) + 1) * (1.0 / (1UL << 53));

    /// <summary>Uniform in 0 to <paramref name="bound"/> less one.</summary>
    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>Exponentially distributed with mean 1.</summary>
    public double Exponential() => -Math.Log(Unit());

    /// <summary>Pareto distributed with a mean of 1. The variance is infinite for shapes up to 2.</summary>
    /// <param name="shape">Above 1.</param>
    public double Pareto(double shape) => (shape - 1) / shape * Math.Pow(Unit(), -1 / shape);

    private static ulong Mix(ref ulong seed)
    {
        seed += 0x9e3779b97f4a7c15;
        var z = seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}

namespace Metron.Offline.Tests;

/// <summary>Random decisions that a seed repeats.</summary>
internal sealed class Dice(int seed)
{
    // The same numbers on every machine and in every version of .NET.
    private readonly Random _random = new(seed);

    /// <summary>0 to <paramref name="below"/> - 1.</summary>
    public int Below(int below) => _random.Next(below);

    /// <summary>Between both, inclusive.</summary>
    public int Between(int first, int last) => _random.Next(first, last + 1);

    /// <summary>True in so many of a hundred cases.</summary>
    public bool Percent(int percent) => _random.Next(100) < percent;

    public T Of<T>(params IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];
}

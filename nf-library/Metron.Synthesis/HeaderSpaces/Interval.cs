namespace Metron.Synthesis;

/// <summary>An inclusive range of numbers, never empty.</summary>
public readonly record struct Interval(UInt128 First, UInt128 Last)
{
    /// <summary>One number.</summary>
    public static Interval Of(UInt128 value) => new(value, value);

    /// <summary>All numbers of so many bits: 1 to 128.</summary>
    public static Interval OfWidth(int bits) => new(0, bits == 128 ? UInt128.MaxValue : (UInt128.One << bits) - 1);

    public bool Contains(UInt128 value) => value >= First && value <= Last;

    /// <summary>Whether every number of <paramref name="other"/> is in this range.</summary>
    public bool Covers(Interval other) => other.First >= First && other.Last <= Last;

    public bool Overlaps(Interval other) => First <= other.Last && other.First <= Last;

    /// <summary>The numbers in both; only when they overlap.</summary>
    public Interval Intersect(Interval other) => new(UInt128.Max(First, other.First), UInt128.Min(Last, other.Last));

    /// <summary>The smallest range that holds both.</summary>
    public Interval Hull(Interval other) => new(UInt128.Min(First, other.First), UInt128.Max(Last, other.Last));

    /// <summary>What is left of this range without another: nothing, one range or two.</summary>
    public IEnumerable<Interval> Subtract(Interval other)
    {
        if (!Overlaps(other))
        {
            yield return this;
            yield break;
        }

        if (First < other.First)
        {
            yield return new Interval(First, other.First - 1);
        }

        if (Last > other.Last)
        {
            yield return new Interval(other.Last + 1, Last);
        }
    }
}

/// <summary>The sets of eight flags whose bits under <paramref name="Mask"/> equal those of <paramref name="Value"/>.</summary>
/// <param name="Value">Required bits; 0 outside the mask.</param>
/// <param name="Mask">Bits that are compared.</param>
public readonly record struct FlagSet(byte Value, byte Mask)
{
    /// <summary>Any flags.</summary>
    public static FlagSet All => default;

    public bool Contains(byte flags) => (flags & Mask) == Value;

    public bool Covers(FlagSet other) => (Mask & ~other.Mask) == 0 && (other.Value & Mask) == Value;

    public bool Overlaps(FlagSet other) => ((Value ^ other.Value) & Mask & other.Mask) == 0;

    /// <summary>The flags in both; only when they overlap.</summary>
    public FlagSet Intersect(FlagSet other) => new((byte)(Value | other.Value), (byte)(Mask | other.Mask));

    /// <summary>The smallest set of this form that holds both.</summary>
    public FlagSet Hull(FlagSet other)
    {
        var mask = (byte)(Mask & other.Mask & ~(Value ^ other.Value));
        return new FlagSet((byte)(Value & mask), mask);
    }

    /// <summary>What is left without another: disjoint sets, one for each bit that only the other one demands.</summary>
    public IEnumerable<FlagSet> Subtract(FlagSet other)
    {
        if (!Overlaps(other))
        {
            yield return this;
            yield break;
        }

        var rest = this;
        for (var bit = 0; bit < 8; bit++)
        {
            var one = (byte)(1 << bit);
            if ((other.Mask & one) == 0 || (rest.Mask & one) != 0)
            {
                continue;
            }

            yield return new FlagSet((byte)(rest.Value | (one & ~other.Value)), (byte)(rest.Mask | one));
            rest = new FlagSet((byte)(rest.Value | (one & other.Value)), (byte)(rest.Mask | one));
        }
    }
}

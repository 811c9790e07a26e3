namespace Metron.Synthesis;

/// <summary>
/// Numbers of a range whose bits under a mask equal those of a value: what rules write (ranges) and what switches match (masks) in one
/// form, closed under intersection. Never empty. Two sets are equal exactly when they have the same members.
/// </summary>
public readonly record struct FieldSet
{
    private FieldSet(UInt128 first, UInt128 last, UInt128 value, UInt128 mask) => (First, Last, Value, Mask) = (first, last, value, mask);

    /// <summary>The smallest member.</summary>
    public UInt128 First { get; }

    /// <summary>The largest member.</summary>
    public UInt128 Last { get; }

    /// <summary>What the bits under <see cref="Mask"/> are; 0 elsewhere.</summary>
    public UInt128 Value { get; }

    /// <summary>Bits that all members share although the range would leave them free; 0 for a plain range.</summary>
    public UInt128 Mask { get; }

    /// <summary>How many members there are, less one.</summary>
    public UInt128 CountLessOne => Rank(Last) - Rank(First);

    /// <summary>One number.</summary>
    public static FieldSet Of(UInt128 value) => new(value, value, 0, 0);

    /// <summary>A range without a mask.</summary>
    public static implicit operator FieldSet(Interval range) => FromInterval(range);

    /// <summary>A range without a mask.</summary>
    public static FieldSet FromInterval(Interval range) => new(range.First, range.Last, 0, 0);

    /// <summary>The members of a range whose bits under a mask equal those of a value; false when there are none.</summary>
    public static bool TryCreate(Interval range, UInt128 value, UInt128 mask, out FieldSet set)
    {
        var found = TryTighten(range.First, range.Last, value & mask, mask, out var first, out var last);
        set = found ? Normal(first, last, value & mask, mask) : default;
        return found;
    }

    public bool Contains(UInt128 number) => number >= First && number <= Last && (number & Mask) == Value;

    /// <summary>Whether every member of <paramref name="other"/> is in this set.</summary>
    public bool Covers(in FieldSet other)
    {
        if (other.First < First || other.Last > Last)
        {
            return false;
        }

        // A bit that neither the other's mask nor its range fixes takes both values among its members.
        var known = other.Mask | ~Free(other.First, other.Last);
        return (Mask & ~known) == 0 && (other.First & Mask) == Value;
    }

    public bool Overlaps(in FieldSet other)
    {
        if (First > other.Last || other.First > Last)
        {
            return false;
        }

        return (Mask | other.Mask) == 0
            || (((Value ^ other.Value) & Mask & other.Mask) == 0
                && TryTighten(UInt128.Max(First, other.First), UInt128.Min(Last, other.Last), Value | other.Value, Mask | other.Mask, out _, out _));
    }

    /// <summary>The members of both; false when there are none.</summary>
    public bool TryIntersect(in FieldSet other, out FieldSet both)
    {
        both = default;
        if (First > other.Last || other.First > Last || ((Value ^ other.Value) & Mask & other.Mask) != 0)
        {
            return false;
        }

        var (first, last) = (UInt128.Max(First, other.First), UInt128.Min(Last, other.Last));
        var (value, mask) = (Value | other.Value, Mask | other.Mask);
        if (mask == 0)
        {
            both = new FieldSet(first, last, 0, 0);
            return true;
        }

        return TryCreate(new Interval(first, last), value, mask, out both);
    }

    /// <summary>What is left without another set: disjoint sets, those outside its range first, then one for each bit of its mask.</summary>
    public List<FieldSet> Subtract(in FieldSet other)
    {
        if (!TryIntersect(new FieldSet(other.First, other.Last, 0, 0), out var agreeing) || !Overlaps(other))
        {
            return [this];
        }

        List<FieldSet> rest = [];
        if (First < other.First && TryCreate(new Interval(First, other.First - 1), Value, Mask, out var below))
        {
            rest.Add(below);
        }

        if (Last > other.Last && TryCreate(new Interval(other.Last + 1, Last), Value, Mask, out var above))
        {
            rest.Add(above);
        }

        var (value, mask) = (agreeing.Value, agreeing.Mask);
        for (var open = other.Mask & ~agreeing.Mask; open != 0; open &= open - 1)
        {
            var bit = open & (~open + 1);
            if (TryCreate(new Interval(agreeing.First, agreeing.Last), value | (bit & ~other.Value), mask | bit, out var differing))
            {
                rest.Add(differing);
            }

            (value, mask) = (value | (bit & other.Value), mask | bit);
        }

        return rest;
    }

    /// <summary>A set that holds both and is no larger than it must be in range and in mask.</summary>
    public FieldSet Hull(in FieldSet other)
    {
        var (first, last) = (UInt128.Min(First, other.First), UInt128.Max(Last, other.Last));
        var mask = Known & other.Known & ~(First ^ other.First);
        return Normal(first, last, first & mask, mask);
    }

    /// <summary>A member chosen by a seeded source of randomness; the smallest and the largest are as likely as all between them together.</summary>
    public UInt128 Sample(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var which = random.Next(3);
        if (which < 2 || First == Last)
        {
            return which == 0 ? First : Last;
        }

        var bits = new UInt128(unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue)), unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue)));
        var size = Last - First;
        var chosen = First + (size == UInt128.MaxValue ? bits : bits % (size + 1));
        return TryTighten(chosen, Last, Value, Mask, out var member, out _) ? member : Last;
    }

    /// <summary>Whether "0x10-0x1f" or, with a mask, "0x10-0x1f &amp; 0x3 = 0x1".</summary>
    public override string ToString() => Mask == 0 ? $"{First}-{Last}" : $"{First}-{Last} & 0x{Mask:x} = 0x{Value:x}";

    /// <summary>Bits that are the same in all members.</summary>
    private UInt128 Known => Mask | ~Free(First, Last);

    /// <summary>The bits from the highest in which two numbers differ down; those above are the same in all numbers between them.</summary>
    private static UInt128 Free(UInt128 first, UInt128 last)
    {
        var differing = first ^ last;
        return differing == 0 ? UInt128.Zero : UInt128.MaxValue >> (int)UInt128.LeadingZeroCount(differing);
    }

    private static FieldSet Normal(UInt128 first, UInt128 last, UInt128 value, UInt128 mask)
    {
        mask &= Free(first, last);
        return new FieldSet(first, last, value & mask, mask);
    }

    private static bool TryTighten(UInt128 first, UInt128 last, UInt128 value, UInt128 mask, out UInt128 smallest, out UInt128 largest)
    {
        largest = default;
        if (first > last || !TrySmallest(first, value, mask, out smallest) || smallest > last)
        {
            smallest = default;
            return false;
        }

        // The largest at most x is the complement of the smallest at least the complement of x.
        TrySmallest(~last, ~value & mask, mask, out largest);
        largest = ~largest;
        return true;
    }

    /// <summary>The smallest number, not below another one, whose bits under a mask equal a value.</summary>
    private static bool TrySmallest(UInt128 least, UInt128 value, UInt128 mask, out UInt128 found)
    {
        var wrong = (least ^ value) & mask;
        found = least;
        if (wrong == 0)
        {
            return true;
        }

        var bit = UInt128.One << (127 - (int)UInt128.LeadingZeroCount(wrong));
        if ((value & bit) == 0)
        {
            // This bit must go back to 0, so a free bit above it has to go up.
            var candidates = ~least & ~mask & ~(bit | (bit - 1));
            if (candidates == 0)
            {
                return false;
            }

            bit = candidates & (~candidates + 1);
        }

        found = (least & ~(bit | (bit - 1))) | bit | (value & (bit - 1));
        return true;
    }

    /// <summary>The number that a member's free bits make up.</summary>
    private UInt128 Rank(UInt128 member)
    {
        if (Mask == 0)
        {
            return member;
        }

        var rank = UInt128.Zero;
        var place = 0;
        for (var bit = 0; bit < 128; bit++)
        {
            if ((Mask >> bit & 1) == 0)
            {
                rank |= (member >> bit & 1) << place++;
            }
        }

        return rank;
    }
}

namespace Metron.Generators;

/// <summary>An IP prefix.</summary>
/// <param name="IsV6">Whether it is one of IPv6.</param>
/// <param name="First">Its first address, in the low 32 or in all 128 bits.</param>
/// <param name="Length">Leading bits that count: 0-32 or 0-128.</param>
public readonly record struct Prefix(bool IsV6, UInt128 First, int Length)
{
    /// <summary>Bits of an address.</summary>
    public int Width => IsV6 ? 128 : 32;

    /// <summary>Its last address.</summary>
    public UInt128 Last => First | Host(Width - Length);

    /// <summary>The prefix of a length that an address lies in.</summary>
    public static Prefix Of(bool isV6, UInt128 address, int length)
    {
        var all = isV6 ? UInt128.MaxValue : uint.MaxValue;
        return new Prefix(isV6, address & all & ~Host((isV6 ? 128 : 32) - length), length);
    }

    /// <summary>A longer prefix inside, or this one when it is not longer.</summary>
    public Prefix Narrow(int length, SplitMix64 random) =>
        length <= Length ? this : Of(IsV6, First | (random.NextAddress() & Host(Width - Length)), length);

    private static UInt128 Host(int bits) => bits == 128 ? UInt128.MaxValue : (UInt128.One << bits) - 1;
}

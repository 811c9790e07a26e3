using System.Numerics;

namespace Metron.Offload;

/// <summary>
/// A 256-bit fingerprint of content, for telling whether something changed: the same on every machine and in every run, not meant against
/// forgers. Fingerprints of the members of a set add up to the fingerprint of the set, whatever their order.
/// </summary>
public readonly record struct ContentHash(ulong A, ulong B, ulong C, ulong D)
{
    private static readonly ContentHash Start = new(0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89);

    /// <summary>The fingerprint of no content.</summary>
    public static ContentHash Empty => Start;

    /// <summary>The sum of no members.</summary>
    public static ContentHash NoMembers => default;

    /// <summary>Adds a member to a set.</summary>
    public static ContentHash operator +(ContentHash left, ContentHash right) =>
        new(left.A + right.A, left.B + right.B, left.C + right.C, left.D + right.D);

    /// <summary>This content and a number behind it.</summary>
    public ContentHash With(ulong number)
    {
        // Four lanes with multipliers of their own, each stirred by its neighbour: every bit reaches all lanes within a few numbers.
        var a = (BitOperations.RotateLeft(A, 23) ^ number) * 0x9e3779b97f4a7c15;
        var b = (BitOperations.RotateLeft(B, 29) ^ (number + a)) * 0xbf58476d1ce4e5b9;
        var c = (BitOperations.RotateLeft(C, 31) ^ (number + b)) * 0x94d049bb133111eb;
        var d = (BitOperations.RotateLeft(D, 37) ^ (number + c)) * 0xd6e8feb86659fd93;
        return new ContentHash(a ^ (d >> 32), b ^ (a >> 29), c ^ (b >> 31), d ^ (c >> 33));
    }

    /// <summary>This content and a text behind it.</summary>
    public ContentHash With(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var hash = With((ulong)text.Length);
        var word = 0UL;
        for (var i = 0; i < text.Length; i++)
        {
            word = (word << 16) | text[i];
            if (i % 4 == 3)
            {
                hash = hash.With(word);
                word = 0;
            }
        }

        return text.Length % 4 == 0 ? hash : hash.With(word);
    }

    /// <summary>This content and bytes behind it.</summary>
    public ContentHash With(ReadOnlySpan<byte> bytes)
    {
        var hash = With((ulong)bytes.Length);
        var word = 0UL;
        for (var i = 0; i < bytes.Length; i++)
        {
            word = (word << 8) | bytes[i];
            if (i % 8 == 7)
            {
                hash = hash.With(word);
                word = 0;
            }
        }

        return bytes.Length % 8 == 0 ? hash : hash.With(word);
    }

    /// <summary>This content and other content behind it.</summary>
    public ContentHash With(ContentHash other) => With(other.A).With(other.B).With(other.C).With(other.D);

    /// <summary>64 hexadecimal digits.</summary>
    public override string ToString() => $"{A:x16}{B:x16}{C:x16}{D:x16}";
}

using System.Buffers.Binary;
using System.Collections;
using System.Numerics;

namespace Metron.OpenFlow;

/// <summary>A set of protocol versions, as the version bitmap of HELLO holds it.</summary>
/// <param name="Bits">Bit n stands for wire version n, 0 to 31.</param>
public readonly record struct VersionSet(uint Bits) : IEnumerable<OpenFlowVersion>
{
    /// <summary>What this library speaks: 1.0, 1.3, 1.4 and 1.5. It knows 1.1 and 1.2 by name only.</summary>
    public static VersionSet Spoken { get; } =
        Of(OpenFlowVersion.OpenFlow10, OpenFlowVersion.OpenFlow13, OpenFlowVersion.OpenFlow14, OpenFlowVersion.OpenFlow15);

    /// <summary>What a connection offers unless told otherwise: 1.3, 1.4 and 1.5. A switch of 1.0 has one table and neither groups nor bundles.</summary>
    public static VersionSet Default { get; } = Of(OpenFlowVersion.OpenFlow13, OpenFlowVersion.OpenFlow14, OpenFlowVersion.OpenFlow15);

    /// <summary>Whether no version is in the set.</summary>
    public bool IsEmpty => Bits == 0;

    /// <summary>The highest version of a set that is not empty.</summary>
    public OpenFlowVersion Highest => (OpenFlowVersion)(31 - BitOperations.LeadingZeroCount(Bits));

    /// <summary>The set of these versions.</summary>
    public static VersionSet Of(params ReadOnlySpan<OpenFlowVersion> versions)
    {
        var bits = 0U;
        foreach (var version in versions)
        {
            bits |= 1U << (byte)version;
        }

        return new VersionSet(bits);
    }

    /// <summary>The versions of a bitmap element's body; only its first word is looked at, no version above 31 exists.</summary>
    public static VersionSet FromBitmap(ReadOnlySpan<byte> body) =>
        new(body.Length < 4 ? 0 : BinaryPrimitives.ReadUInt32BigEndian(body));

    public bool Contains(OpenFlowVersion version) => (byte)version < 32 && (Bits >> (byte)version & 1) != 0;

    /// <summary>The versions in both sets.</summary>
    public VersionSet Intersect(VersionSet other) => new(Bits & other.Bits);

    /// <summary>The versions of this set up to <paramref name="highest"/>.</summary>
    public VersionSet UpTo(OpenFlowVersion highest) =>
        (byte)highest >= 31 ? this : new VersionSet(Bits & ((2U << (byte)highest) - 1));

    /// <summary>Dotted versions in braces: "{1.3, 1.4}".</summary>
    public override string ToString() => $"{{{ToList()}}}";

    /// <summary>Dotted versions separated by commas: "1.3, 1.4".</summary>
    public string ToList() => string.Join(", ", this.Select(static version => version.ToDotted()));

    public IEnumerator<OpenFlowVersion> GetEnumerator()
    {
        for (var number = 0; number < 32; number++)
        {
            if ((Bits >> number & 1) != 0)
            {
                yield return (OpenFlowVersion)number;
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

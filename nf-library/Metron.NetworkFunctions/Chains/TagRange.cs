namespace Metron.NetworkFunctions.Chains;

/// <summary>Which values tags of a kind can have, and what the kind is called in configurations.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Name">In configurations and reports: "vlan".</param>
/// <param name="First">Lowest value that is given out.</param>
/// <param name="Last">Highest value.</param>
public sealed record TagRange(TagKind Kind, string Name, uint First, uint Last)
{
    /// <summary>All kinds.</summary>
    public static IReadOnlyList<TagRange> All { get; } =
    [
        // VLAN 0 means "no VLAN", 1 is the default of many switches, and 4095 is reserved (IEEE 802.1Q table 9-2).
        new(TagKind.Vlan, "vlan", 2, 4094),
        new(TagKind.Mac, "mac", 1, 0xff_ffff),
        new(TagKind.QinQ, "qinq", 2, 4094),

        // Labels 0 to 15 have meanings of their own (RFC 3032 section 2.1); the low two bits of a label are not the tag's.
        new(TagKind.Mpls, "mpls", 16, 0x3_ffff),

        // Code point 0 is that of packets without a tag (RFC 2474 section 4.1).
        new(TagKind.Dscp, "dscp", 1, 63),
    ];

    /// <summary>Number of values.</summary>
    public uint Count => Last - First + 1;

    /// <summary>The values of a kind.</summary>
    public static TagRange Of(TagKind kind) => All.First(range => range.Kind == kind);

    /// <summary>The kind that a configuration names; null for none.</summary>
    public static TagRange? Named(string? name) => All.FirstOrDefault(range => range.Name == name);
}

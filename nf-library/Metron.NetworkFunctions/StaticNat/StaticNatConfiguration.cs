using Metron.NetworkFunctions.Hashing;
using Metron.Packets;

namespace Metron.NetworkFunctions.StaticNat;

/// <summary>Configuration of a static one-to-one NAT (RFC 2663, section 4.1.1, static address assignment).</summary>
public sealed record StaticNatConfiguration(string Name) : NetworkFunctionConfiguration(Name)
{
    /// <summary>The pairs; neither their insides nor their outsides overlap each other.</summary>
    public IReadOnlyList<AddressPair> Pairs { get; init; } = [];

    /// <summary>Whether packets of no pair pass unchanged instead of being dropped.</summary>
    public bool PassOthers { get; init; }

    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => HashDispatchTraits.Parting;
}

/// <summary>Addresses inside and what they are outside, host by host: prefixes of one IP version and length.</summary>
public sealed record AddressPair(IpPrefix Inside, IpPrefix Outside);

using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Hashing;

namespace Metron.NetworkFunctions.Vlan;

/// <summary>Configuration of a function that adds, removes or translates the 802.1Q header. Not both ids are 0.</summary>
public sealed record VlanConfiguration(string Name) : NetworkFunctionConfiguration(Name)
{
    /// <summary>VLAN id of frames on the inside, 1-4094; 0: they have no VLAN header there.</summary>
    public ushort InsideId { get; init; }

    /// <summary>VLAN id of frames on the outside, 1-4094; 0: they have no VLAN header there.</summary>
    public ushort OutsideId { get; init; }

    /// <summary>Priority code point (PCP) to write, 0-7; null: as the header had it, or, for a new header, the upper three bits of the packet's DSCP.</summary>
    public byte? Priority { get; init; }

    /// <summary>The VLAN id at a port; 0 for none.</summary>
    public ushort IdAt(int port) => port == 0 ? InsideId : OutsideId;

    /// <inheritdoc/>
    public override LinkFrames FramesAt(int port) => IdAt(port) == 0 ? LinkFrames.Ip : LinkFrames.Tagged;

    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => HashDispatchTraits.Impossible(
        "has frames with VLAN headers of their own, behind which not every NIC hashes");
}

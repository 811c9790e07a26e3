using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Hashing;

namespace Metron.NetworkFunctions.Mpls;

/// <summary>Configuration of an MPLS function: a label edge when <see cref="Edge"/> is there, otherwise it swaps labels.</summary>
public sealed record MplsConfiguration(string Name) : NetworkFunctionConfiguration(Name)
{
    /// <summary>Puts a label on packets from inside and takes it off frames from outside; null when labels are swapped.</summary>
    public MplsEdge? Edge { get; init; }

    /// <summary>Labels of the inside and of the outside that stand for each other; each only once on its side.</summary>
    public IReadOnlyList<LabelPair> Swaps { get; init; } = [];

    /// <inheritdoc/>
    public override LinkFrames FramesAt(int port) => port == 0 && Edge is not null ? LinkFrames.Ip : LinkFrames.Labelled;

    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => HashDispatchTraits.Impossible(
        "has frames with labels, behind which NICs do not hash");
}

/// <summary>What a label edge does. Labels are 16-1048575.</summary>
/// <param name="OutLabel">Label of frames that leave outside.</param>
/// <param name="InLabel">Label of frames that come from outside.</param>
public sealed record MplsEdge(uint OutLabel, uint InLabel)
{
    /// <summary>TTL of labels, 1-255 (pipe model, RFC 3443); null: that of the packet, and back (uniform model).</summary>
    public byte? TimeToLive { get; init; }

    /// <summary>Traffic class of labels (RFC 5462), 0-7; null: the upper three bits of the packet's DSCP.</summary>
    public byte? TrafficClass { get; init; }

    /// <summary>Longest label stack and packet to send outside, in bytes: 1280-9216.</summary>
    public int Mtu { get; init; } = 1500;
}

/// <summary>Two labels that stand for each other.</summary>
/// <param name="Inside">Label on the inside, 16-1048575.</param>
/// <param name="Outside">Label on the outside, 16-1048575.</param>
public readonly record struct LabelPair(uint Inside, uint Outside);

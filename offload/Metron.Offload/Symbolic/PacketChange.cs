using System.Globalization;

namespace Metron.Offload;

/// <summary>How a switch has changed a packet since it came in.</summary>
public readonly record struct PacketChange
{
    /// <summary>Nothing changed.</summary>
    public static PacketChange None => default;

    /// <summary>Whether the 802.1Q header that it came with is gone.</summary>
    public bool IsVlanRemoved { get; init; }

    /// <summary>Id written into the 802.1Q header that it came with; null for none.</summary>
    public ushort? RewrittenVlan { get; init; }

    /// <summary>Id of an 802.1Q header put on it; null for none.</summary>
    public ushort? PushedVlan { get; init; }

    /// <summary>Whether <see cref="PushedVlan"/> is a service tag (Ethernet type 0x88a8).</summary>
    public bool IsServiceTag { get; init; }

    /// <summary>Label of an MPLS header put on it; null for none.</summary>
    public uint? PushedLabel { get; init; }

    /// <summary>Ethernet type written in place of the MPLS header that it came with; null for none.</summary>
    public ushort? RemovedLabelFrom { get; init; }

    /// <summary>Differentiated services code point written; null for none.</summary>
    public byte? Dscp { get; init; }

    /// <summary>Number of the meter that it passed; null for none.</summary>
    public uint? Meter { get; init; }

    /// <summary>Source MAC written; null for none.</summary>
    public ulong? SourceMac { get; init; }

    /// <summary>Destination MAC written; null for none.</summary>
    public ulong? DestinationMac { get; init; }

    /// <summary>The outermost VLAN that is certain after the change, as <see cref="Metron.Synthesis.HeaderField.Vlan"/>; null: as it came.</summary>
    /// <remarks>Below a removed header no other is expected: endpoints take packets with one VLAN at most.</remarks>
    public ushort? KnownVlan =>
        PushedVlan is { } pushed ? (ushort)(pushed | 0x1000)
        : IsVlanRemoved ? (ushort)0
        : RewrittenVlan is { } written ? (ushort)(written | 0x1000)
        : null;

    /// <summary>The same change, where replacing a header by another counts as writing its id.</summary>
    public PacketChange Canonical() => IsVlanRemoved && !IsServiceTag && PushedVlan is { } pushed
        ? this with { IsVlanRemoved = false, PushedVlan = null, RewrittenVlan = pushed }
        : this;

    /// <summary>In words: "VLAN removed, VLAN 7 added"; "unchanged".</summary>
    public override string ToString()
    {
        List<string> parts = [];
        void Add(string what, string? value)
        {
            if (value is not null)
            {
                parts.Add(what + value);
            }
        }

        Add("VLAN removed", IsVlanRemoved ? "" : null);
        Add("VLAN set to ", RewrittenVlan?.ToString(CultureInfo.InvariantCulture));
        Add(IsServiceTag ? "service tag added: " : "VLAN added: ", PushedVlan?.ToString(CultureInfo.InvariantCulture));
        Add("label removed from 0x", RemovedLabelFrom?.ToString("x4", CultureInfo.InvariantCulture));
        Add("label added: ", PushedLabel?.ToString(CultureInfo.InvariantCulture));
        Add("DSCP set to ", Dscp?.ToString(CultureInfo.InvariantCulture));
        Add("limited by meter ", Meter?.ToString(CultureInfo.InvariantCulture));
        Add("source MAC ", SourceMac?.ToString("x12", CultureInfo.InvariantCulture));
        Add("destination MAC ", DestinationMac?.ToString("x12", CultureInfo.InvariantCulture));
        return parts.Count == 0 ? "unchanged" : string.Join(", ", parts);
    }
}

/// <summary>What a switch does with a packet in the end.</summary>
/// <param name="Outputs">Where it goes and how it looks then; none when it is dropped.</param>
/// <param name="IsMissed">Whether it is dropped because no rule matched in the first table: others may want it.</param>
public sealed record SwitchFate(IReadOnlyList<SymbolicOutput> Outputs, bool IsMissed = false)
{
    public bool IsDrop => Outputs.Count == 0;

    public bool Equals(SwitchFate? other) => other is not null && IsMissed == other.IsMissed && Outputs.SequenceEqual(other.Outputs);

    public override int GetHashCode() => Outputs.Aggregate(IsMissed ? 1 : 0, HashCode.Combine);

    /// <summary>In words.</summary>
    public override string ToString() =>
        IsMissed ? "no rule takes it" : IsDrop ? "it is dropped" : string.Join(", and ", Outputs.Select(output => $"it leaves by {output.Where} ({output.Change})"));
}

/// <summary>A packet that leaves.</summary>
/// <param name="Port">OpenFlow port number; never a reserved one.</param>
/// <param name="Change">How it differs from what came in.</param>
public readonly record struct SymbolicOutput(uint Port, PacketChange Change)
{
    /// <summary>What a group chooses among; null where it leaves by <see cref="Port"/>, whatever happens. <see cref="Port"/> is 0 then.</summary>
    public PortChoice? Choice { get; init; }

    /// <summary>In words: "port 3", "the first of the ports 1, 3 that is up".</summary>
    public string Where => Choice?.ToString() ?? $"port {Port}";
}

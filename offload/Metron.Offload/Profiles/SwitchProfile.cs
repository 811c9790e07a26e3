using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>What a kind of switch, or one switch as it was probed, can do: the data that drivers work by.</summary>
/// <remarks>The default of each property is what Open vSwitch can do, so a profile says only what is different.</remarks>
public sealed record SwitchProfile
{
    /// <summary>Name of the profile: "open-vswitch", "single-table", or what a probe was told to call it.</summary>
    public required string Name { get; init; }

    /// <summary>Maker, hardware and software as the switch describes itself; empty in a profile for a kind of switches.</summary>
    public string Description { get; init; } = string.Empty;

    /// <summary>Versions that it speaks, highest first.</summary>
    public EquatableArray<OpenFlowVersion> Versions { get; init; } =
        [OpenFlowVersion.OpenFlow14, OpenFlowVersion.OpenFlow13];

    /// <summary>Whether a HELLO may carry a version bitmap; firmware of 1.3.0 takes it for an error.</summary>
    public bool HelloElements { get; init; } = true;

    /// <summary>Tables in the order in which a packet can pass them, the first one being where it begins.</summary>
    public EquatableArray<TableProfile> Tables { get; init; } = [];

    /// <summary>Whether metadata can be written and matched.</summary>
    public bool Metadata { get; init; } = true;

    /// <summary>Whether bundles are carried out atomically.</summary>
    public bool Bundles { get; init; } = true;

    /// <summary>What a barrier's reply is worth.</summary>
    public BarrierTruth Barriers { get; init; } = BarrierTruth.Truthful;

    /// <summary>Whether packets and bytes are counted per rule.</summary>
    public bool RuleCounters { get; init; } = true;

    /// <summary>Whether meters drop what exceeds a rate.</summary>
    public bool Meters { get; init; } = true;

    /// <summary>Group types that work.</summary>
    public EquatableArray<GroupKind> Groups { get; init; } = [GroupKind.All, GroupKind.Select, GroupKind.Indirect, GroupKind.FastFailover];

    /// <summary>Flow-mods between two barriers, 1 to 10,000.</summary>
    public int RulesPerBarrier { get; init; } = 1000;

    /// <summary>Most flow-mods that may be on the way without the barrier behind them being answered.</summary>
    public int RulesInFlight { get; init; } = 5000;
}

/// <summary>What a table can do.</summary>
/// <param name="Number">Number on the wire.</param>
public sealed record TableProfile(byte Number)
{
    /// <summary>Rules that fit; null when no limit is known.</summary>
    public int? Capacity { get; init; }

    /// <summary>Fields that can be matched; null for all.</summary>
    public EquatableArray<FieldProfile>? Match { get; init; }

    /// <summary>Fields that can be set; null for all.</summary>
    public EquatableArray<OxmType>? SetFields { get; init; }

    /// <summary>Actions that work; null for all.</summary>
    public EquatableArray<ActionType>? Actions { get; init; }

    /// <summary>Tables that goto-table may name; null for all with a higher number.</summary>
    public EquatableArray<byte>? Next { get; init; }

    /// <summary>Whether the rules must all match the same fields, with the same masks (TTP-like exact-match tables).</summary>
    public bool SameFieldsOnly { get; init; }
}

/// <summary>A field that a table can match.</summary>
/// <param name="Field">The field.</param>
/// <param name="Masks">Which masks it takes.</param>
public readonly record struct FieldProfile(OxmType Field, MaskSupport Masks);

/// <summary>Which masks a field takes.</summary>
public enum MaskSupport
{
    /// <summary>None: all bits or the field is absent.</summary>
    Exact,

    /// <summary>Leading ones only.</summary>
    Prefix,

    /// <summary>Any.</summary>
    Any,
}

/// <summary>What a barrier's reply is worth.</summary>
public enum BarrierTruth
{
    /// <summary>Everything before it is in force.</summary>
    Truthful,

    /// <summary>It comes before the rules are in force, or in another order: only reading back tells.</summary>
    Early,

    /// <summary>Barriers are refused or not answered.</summary>
    Missing,
}

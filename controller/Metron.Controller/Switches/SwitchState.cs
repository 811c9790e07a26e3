using System.Collections.Immutable;
using Metron.Controller.Configuration;
using Metron.OpenFlow;

namespace Metron.Controller.Switches;

/// <summary>A configured switch as last heard of.</summary>
/// <param name="Configuration">What the operator configured.</param>
/// <param name="TransitionTime">When it last connected or was lost; the start of the controller before that.</param>
public sealed record SwitchState(ConfiguredSwitch Configuration, DateTimeOffset TransitionTime)
{
    /// <summary>Its connection; null while it is not connected.</summary>
    public ISwitchConnection? Connection { get; init; }

    /// <summary>Whether it is connected.</summary>
    public bool Connected => Connection is not null;

    /// <summary>What it said when it connected last.</summary>
    public SwitchIdentity Identity { get; init; } = new(string.Empty, string.Empty, string.Empty);

    /// <summary>This controller's role with it, while it is connected.</summary>
    public ControllerRole Role { get; init; } = ControllerRole.Equal;

    /// <summary>Its ports by number.</summary>
    public ImmutableSortedDictionary<uint, SwitchPortState> Ports { get; init; } = ImmutableSortedDictionary<uint, SwitchPortState>.Empty;

    /// <summary>All its rules as last read on this connection, ours and those of others; null before the first read.</summary>
    public IReadOnlyList<CountedRule>? Rules { get; init; }

    /// <summary>Meters and groups that it has, as last made sure of on this connection; null when that is not known.</summary>
    public ResourceSet? Resources { get; init; }

    /// <summary>When <see cref="Rules"/> were read.</summary>
    public DateTimeOffset ReadTime { get; init; }

    /// <summary>How <see cref="Rules"/> differ from what was in force; null before they were compared.</summary>
    public SwitchDrift? Drift { get; init; }

    /// <summary>The last drift, also when it is over; null when there was none since the controller started.</summary>
    public SeenDrift? LastDrift { get; init; }

    /// <summary>What drifted since the controller started.</summary>
    public DriftTotals DriftTotals { get; init; } = new(0, 0, 0);

    /// <summary>Why and when its last session ended; null when none has ended since the controller started.</summary>
    public LostSession? LastLoss { get; init; }

    /// <summary>What was noticed about it, oldest first.</summary>
    public ImmutableArray<string> Remarks { get; init; } = [];
}

/// <summary>The end of a session.</summary>
/// <param name="Time">When.</param>
/// <param name="Reason">Why, in one line.</param>
public sealed record LostSession(DateTimeOffset Time, string Reason);

/// <summary>What a switch says of itself.</summary>
/// <param name="OpenFlowVersion">Negotiated version: "1.3", "1.4".</param>
/// <param name="Description">Maker, hardware and software.</param>
/// <param name="Address">Address of the other end of the connection.</param>
public sealed record SwitchIdentity(string OpenFlowVersion, string Description, string Address)
{
    /// <summary>Whether it carries out bundles: many messages in one step.</summary>
    public bool HasBundles { get; init; }
}

/// <summary>A port of a switch.</summary>
/// <param name="Number">OpenFlow port number.</param>
/// <param name="Name">Name.</param>
/// <param name="Mac">MAC address, as text.</param>
/// <param name="LinkUp">Whether the link is up.</param>
public sealed record SwitchPortState(uint Number, string Name, string Mac, bool LinkUp);

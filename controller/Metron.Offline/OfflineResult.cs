using Metron.Offload;

namespace Metron.Offline;

/// <summary>What became of a packet in a compiled chain.</summary>
public sealed record OfflineResult
{
    /// <summary>Index of the endpoint where it left; -1 when it was dropped.</summary>
    public int Egress { get; init; } = -1;

    /// <summary>OpenFlow port that it left by; 0 when it was dropped.</summary>
    public uint Port { get; init; }

    /// <summary>The frame as it left; null when it was dropped.</summary>
    public byte[]? Frame { get; init; }

    /// <summary>Why it was dropped, in camel case as counters are named; null when it left.</summary>
    public string? DropReason { get; init; }

    /// <summary>Where it was dropped: "switch", or "worker N"; null when it left.</summary>
    public string? DropPlace { get; init; }

    /// <summary>The function that dropped it on a worker; null when none did.</summary>
    public string? Function { get; init; }

    /// <summary>Worker that handled it last; -1 when no server saw it.</summary>
    public int Worker { get; init; } = -1;

    /// <summary>Whether a worker asked the functions; false when a flow entry decided, or no server saw it.</summary>
    public bool WasSlow { get; init; }

    /// <summary>Whether one worker sent it to another, about whose flow it is.</summary>
    public bool WasRetagged { get; init; }

    /// <summary>Id of its traffic class in the plan; 0 when it has none.</summary>
    public int ClassId { get; init; }

    /// <summary>Copies that functions sent besides, in order: endpoint (-1 for none), OpenFlow port, and frame (null when the switch dropped it).</summary>
    public IReadOnlyList<(int Egress, uint Port, byte[]? Frame)> Copies { get; init; } = [];

    /// <summary>Rules of the switch that it matched, in order, also on its way back from a server.</summary>
    public IReadOnlyList<SwitchRule> Rules { get; init; } = [];

    /// <summary>Functions that a worker showed it to, in order.</summary>
    public IReadOnlyList<FunctionCall> Calls { get; init; } = [];
}

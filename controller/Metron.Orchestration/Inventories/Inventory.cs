using Metron.NetworkFunctions.Chains;
using Metron.Offload;

namespace Metron.Orchestration;

/// <summary>The switches and servers that chains can use, as known at one moment.</summary>
public sealed record Inventory
{
    public static Inventory Empty { get; } = new();

    /// <summary>Every switch of the controller's configuration, connected or not.</summary>
    public IReadOnlyList<SwitchDescription> Switches { get; init; } = [];

    /// <summary>Every server whose agent ever registered, connected or not.</summary>
    public IReadOnlyList<ServerDescription> Servers { get; init; } = [];

    public SwitchDescription? FindSwitch(string name) => Switches.FirstOrDefault(candidate => candidate.Name == name);

    public ServerDescription? FindServer(string name) => Servers.FirstOrDefault(candidate => candidate.Name == name);
}

/// <summary>A switch.</summary>
/// <param name="Name">Name in the controller's configuration.</param>
/// <param name="TagKind">How it tags.</param>
public sealed record SwitchDescription(string Name, TagKind TagKind)
{
    /// <summary>Whether it is connected now, so that <see cref="Ports"/> is what it has.</summary>
    public bool IsConnected { get; init; }

    /// <summary>Whether it is connected and carries out bundles: many messages at once or none (OpenFlow 1.4).</summary>
    public bool HasBundles { get; init; }

    /// <summary>Whether limits of policers may become meters of it.</summary>
    public bool HasMeters { get; init; }

    /// <summary>What it can do.</summary>
    public SwitchProfile Profile { get; init; } = SwitchProfiles.OpenVSwitch;

    /// <summary>Rules that its tables were found to hold in all, by table: where it refused one for want of room.</summary>
    public IReadOnlyDictionary<byte, int> LearntCapacity { get; init; } = new Dictionary<byte, int>();

    /// <summary>Whether it takes rules as they are written for Open vSwitch, without limits.</summary>
    public bool IsUnlimited => Profile is { Tables.IsEmpty: true, Metadata: true } && LearntCapacity.Count == 0;

    /// <summary>OpenFlow port numbers; only checked against while connected.</summary>
    public IReadOnlyList<uint> Ports { get; init; } = [];

    /// <summary>Those of <see cref="Ports"/> whose links are down.</summary>
    public IReadOnlyList<uint> PortsDown { get; init; } = [];
}

/// <summary>A server.</summary>
/// <param name="Name">Name that its agent registered with.</param>
public sealed record ServerDescription(string Name)
{
    /// <summary>Whether its agent is connected now. New placements go to connected servers only; existing ones stay.</summary>
    public bool IsConnected { get; init; }

    /// <summary>Whether its agent has been silent for so long that chains leave it for another server, where there is one.</summary>
    public bool IsLost { get; init; }

    /// <summary>What the operator wants of it.</summary>
    public ServerUse Use { get; init; }

    /// <summary>Labels of its agent's configuration.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Cores that were busy when it last reported: the sum of its workers' loads.</summary>
    public double BusyCores { get; init; }

    /// <summary>Its workers by index; its flow groups by number when it balances them itself.</summary>
    public IReadOnlyList<WorkerDescription> Workers { get; init; } = [];

    /// <summary>Workers that it spreads its flow groups over; 0 when tags stand for workers.</summary>
    public int BalancedWorkers { get; init; }
}

/// <summary>What an operator wants of a server.</summary>
public enum ServerUse
{
    /// <summary>Chains may be placed on it.</summary>
    InUse,

    /// <summary>No chain is newly placed on it; those that it has stay.</summary>
    Cordoned,

    /// <summary>No chain is newly placed on it, and those that it has are placed elsewhere.</summary>
    Draining,
}

/// <summary>A worker of a server, or a flow group of one that balances, and the switch port that packets reach it by.</summary>
/// <param name="Index">Index on the server, or number of the flow group.</param>
/// <param name="Switch">Name of the switch that the worker's NIC is attached to.</param>
/// <param name="SwitchPort">OpenFlow port number there.</param>
public sealed record WorkerDescription(int Index, string Switch, uint SwitchPort)
{
    /// <summary>The closed programs that it has interfaces to, by the names of the server's configuration.</summary>
    public IReadOnlyList<string> Appliances { get; init; } = [];
}

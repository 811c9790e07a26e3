using Metron.Controller.Store;
using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Controller.Configuration;

/// <summary>Everything an operator can set about a controller. README.md lists the keys of the file it is read from.</summary>
public sealed record ControllerConfiguration
{
    /// <summary>Where gRPC is served: cleartext HTTP/2, or TLS when <see cref="Tls"/> is given. Unix sockets are always cleartext.</summary>
    public IReadOnlyList<ListenAddress> Grpc { get; init; } = [ListenAddress.Tcp("127.0.0.1", 7080)];

    /// <summary>Where the same API is served as REST and JSON over HTTP/1.1; empty for nowhere.</summary>
    public IReadOnlyList<ListenAddress> Rest { get; init; } = [ListenAddress.Tcp("127.0.0.1", 7081)];

    /// <summary>File of the SQLite database.</summary>
    public string Database { get; init; } = "/var/lib/metron/controller.db";

    /// <summary>Where switches connect to; null when the controller connects to all of them.</summary>
    public ListenAddress? OpenFlow { get; init; } = ListenAddress.Tcp("127.0.0.1", 6653);

    /// <summary>Mutual TLS with switches: <see cref="OpenFlow"/> takes no others then, and <see cref="ConfiguredSwitch.ConnectsByTls"/> uses it; null for none.</summary>
    public TlsFiles? OpenFlowTls { get; init; }

    /// <summary>How switches are spoken with.</summary>
    public SwitchSessionSettings OpenFlowSessions { get; init; } = new();

    /// <summary>Certificate for the TCP endpoints of gRPC and REST; null for cleartext.</summary>
    public TlsFiles? Tls { get; init; }

    /// <summary>The switches, by unique name and unique datapath id.</summary>
    public IReadOnlyList<ConfiguredSwitch> Switches { get; init; } = [];

    /// <summary>Intervals and deadlines.</summary>
    public ControllerTimings Timings { get; init; } = new();

    /// <summary>How much is kept of the past of chains.</summary>
    public HistoryLimits History { get; init; } = new();
}

/// <summary>A switch that the controller may program.</summary>
/// <param name="Name">Name that chains refer to.</param>
/// <param name="DatapathId">Datapath id, as the switch says it in its features.</param>
/// <param name="Tagging">How packets are tagged between this switch and its servers.</param>
/// <param name="Connect">Address of a switch that waits for its controller; null when the switch connects by itself.</param>
public sealed record ConfiguredSwitch(string Name, ulong DatapathId, TagKind Tagging, ListenAddress? Connect = null)
{
    /// <summary>Whether <see cref="Connect"/> is reached by TLS.</summary>
    public bool ConnectsByTls { get; init; }

    /// <summary>What its certificate must say: a DNS name or common name, the whole subject, or the SHA-256 fingerprint; null for any of the authority.</summary>
    public string? Certificate { get; init; }

    /// <summary>The controller's role with it; null for that of <see cref="ControllerConfiguration.OpenFlowSessions"/>.</summary>
    public ControllerRole? Role { get; init; }

    /// <summary>What it can do, as `metronctl switch check` found out or as its kind of switches can; null when nothing was ever said.</summary>
    public SwitchProfile? Profile { get; init; }

    /// <summary>What is at the other ends of its ports, as far as the operator says.</summary>
    public EquatableArray<ConfiguredLink> Links { get; init; } = [];

    /// <summary>Whether its meters enforce limits of policers.</summary>
    public bool UsesMeters { get; init; }

    /// <summary>What is done when rules of chains in force are no longer what they were.</summary>
    public DriftPolicy DriftPolicy { get; init; }
}

/// <summary>A link of a switch, which nobody discovers: no packet of ours leaves by ports but those of chains.</summary>
/// <param name="Port">OpenFlow port number.</param>
/// <param name="Server">Server at the other end; null for none.</param>
/// <param name="Peer">Who else is there, in words; null for nobody.</param>
public sealed record ConfiguredLink(uint Port, string? Server, string? Peer);

/// <summary>What is done when someone or something changed rules of chains behind the controller's back.</summary>
public enum DriftPolicy
{
    /// <summary>It is said, and put right at once.</summary>
    Repair,

    /// <summary>It is said, and left for a human; a switch that lost all rules, since it was restarted, gets them back all the same.</summary>
    Alarm,
}

/// <summary>PEM files of a TLS server.</summary>
/// <param name="Certificate">Certificate, followed by intermediate certificates if there are any.</param>
/// <param name="Key">Private key, not encrypted.</param>
/// <param name="ClientAuthority">Certificate authority that clients must be certified by; null to accept every client.</param>
public sealed record TlsFiles(string Certificate, string Key, string? ClientAuthority);

/// <summary>Intervals and deadlines.</summary>
public sealed record ControllerTimings
{
    /// <summary>Time between two comparisons of intent and reality when nothing happens.</summary>
    public TimeSpan ReconcileInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long packets may still be on their way to a program after the last rule that led there is gone.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an agent or a switch may take to answer.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a deletion waits for a server that is not connected.</summary>
    public TimeSpan ForgetServerAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a new plan may be compared with the chain as written before packets are tried instead of proven; zero: not at all.</summary>
    public TimeSpan Verification { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time between two load reports of an agent.</summary>
    public TimeSpan LoadInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a connected agent may give no sign of life until its server counts as lost. An agent whose connection breaks is lost at once.
    /// </summary>
    public TimeSpan ServerLoss { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How long after a start of the controller agents have for coming back, before those that have not count as lost.</summary>
    public TimeSpan ServerGrace { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Time between two looks at a chain of which a switch has only a part for want of room: whether other rules would keep more packets away from
    /// servers; zero: never.
    /// </summary>
    public TimeSpan OffloadReview { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Time between two heartbeats of an agent: three of them fit into <see cref="ServerLoss"/>.</summary>
    public TimeSpan Heartbeat => ServerLoss / 3;
}

using Metron.Balancing;

namespace Metron.Agent.Configuration;

/// <summary>What the configuration file says, checked as a whole.</summary>
internal sealed record AgentConfiguration
{
    /// <summary>Name of the server, unique among the controller's servers.</summary>
    public required string Server { get; init; }

    /// <summary>Labels that chains can ask for.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Where the controller is.</summary>
    public required ControllerAddress Controller { get; init; }

    /// <summary>TLS, for https:// addresses.</summary>
    public TlsFiles Tls { get; init; } = new(null, null, null);

    public DpdkConfiguration Dpdk { get; init; } = new();

    public MbufConfiguration Mbufs { get; init; } = new();

    /// <summary>The ports; a worker's port is an index of this list.</summary>
    public IReadOnlyList<PortConfiguration> Ports { get; init; } = [];

    /// <summary>The workers; their index is their place in this list.</summary>
    public IReadOnlyList<WorkerConfiguration> Workers { get; init; } = [];

    /// <summary>The closed programs that workers have interfaces to.</summary>
    public IReadOnlyList<ApplianceConfiguration> Appliances { get; init; } = [];

    public LimitConfiguration Limits { get; init; } = new();

    public IdleConfiguration Idle { get; init; } = new();

    public SamplingConfiguration Sampling { get; init; } = new();

    /// <summary>How flow groups are spread over the workers; null when no port dispatches by flow groups.</summary>
    public BalancingConfiguration? Balancing { get; init; }

    /// <summary>Where <see cref="KeyDirectory"/> is when nothing is said.</summary>
    public const string DefaultKeyDirectory = "/etc/metron/keys";

    /// <summary>Directory of the keys that chains name: one file each.</summary>
    public string KeyDirectory { get; init; } = DefaultKeyDirectory;

    /// <summary>Number of RX queues that a port needs: one for each of its workers.</summary>
    public int QueuesOf(int port) => Workers.Count(worker => worker.Port == port);

    /// <summary>Names of the appliances that a worker has interfaces to.</summary>
    public IReadOnlyList<string> AppliancesOf(int worker) =>
        [.. Appliances.Where(appliance => appliance.Interfaces.Any(pair => pair.Worker == worker)).Select(appliance => appliance.Name)];

    /// <summary>Device of a worker's interface to an appliance; side 0 is its inside.</summary>
    public string DeviceOf(int worker, string appliance, int side) =>
        Appliances.First(candidate => candidate.Name == appliance).Interfaces.First(pair => pair.Worker == worker).Device(side);
}

/// <summary>TLS of the connection to the controller.</summary>
/// <param name="Authority">PEM file of the authority that the controller's certificate must be signed by; null: the system's.</param>
/// <param name="Certificate">PEM file of the agent's own certificate; null: none is shown.</param>
/// <param name="Key">PEM file of its key.</param>
internal sealed record TlsFiles(string? Authority, string? Certificate, string? Key);

/// <summary>How DPDK is started.</summary>
internal sealed record DpdkConfiguration
{
    /// <summary>Whether its memory comes from hugepages.</summary>
    public bool HugePages { get; init; } = true;

    /// <summary>Its memory in MiB; 0: as needed, or without hugepages, what the mbufs take and some more.</summary>
    public int MemoryMegabytes { get; init; }

    /// <summary>Prefix of its files; null: one of its own.</summary>
    public string? FilePrefix { get; init; }

    /// <summary>More arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
}

/// <summary>The pool that all ports share.</summary>
internal sealed record MbufConfiguration
{
    /// <summary>Number of mbufs.</summary>
    public int Count { get; init; } = 16_383;

    /// <summary>Mbufs that each worker keeps for itself.</summary>
    public int Cache { get; init; } = 256;

    /// <summary>Bytes of each, headroom of 128 included.</summary>
    public int Bytes { get; init; } = 2176;
}

/// <summary>A port.</summary>
/// <param name="Device">PCI address, or vdev with arguments, as DPDK takes them.</param>
internal sealed record PortConfiguration(string Device)
{
    /// <summary>Name of the switch that it is attached to; empty when it is attached to none.</summary>
    public string Switch { get; init; } = string.Empty;

    /// <summary>OpenFlow port number there.</summary>
    public uint SwitchPort { get; init; }

    /// <summary>How packets reach the right worker.</summary>
    public Dispatch Dispatch { get; init; } = Dispatch.PortPerWorker;

    /// <summary>MTU in bytes; 0 leaves it as it is.</summary>
    public int Mtu { get; init; }

    /// <summary>Descriptors of each RX queue.</summary>
    public int ReceiveDescriptors { get; init; } = 1024;

    /// <summary>Descriptors of each TX queue.</summary>
    public int TransmitDescriptors { get; init; } = 1024;

    /// <summary>Whether it is a device on the PCI bus.</summary>
    public bool IsPci => PciAddress.IsPciDevice(Device);
}

/// <summary>How packets reach the right worker.</summary>
internal enum Dispatch
{
    /// <summary>The switch outputs to the worker's own port.</summary>
    PortPerWorker,

    /// <summary>The device puts packets into the worker's queue, by rules from tag to queue.</summary>
    QueuePerWorker,

    /// <summary>An indirection table says which worker's queue the packets of each flow group go to; the balancer writes it.</summary>
    FlowGroups,
}

/// <summary>A worker.</summary>
/// <param name="Core">CPU that it is pinned to.</param>
/// <param name="Port">Index of its port.</param>
/// <param name="Queue">Its RX and TX queue there.</param>
internal sealed record WorkerConfiguration(int Core, int Port, int Queue);

/// <summary>A closed program, and the interfaces by which workers reach it.</summary>
/// <param name="Name">Name that blackboxes of chains call it by.</param>
/// <param name="Interfaces">Two for each worker that may use it.</param>
internal sealed record ApplianceConfiguration(string Name, IReadOnlyList<ApplianceDevices> Interfaces)
{
    /// <summary>MTU in bytes; 0 leaves it as it is.</summary>
    public int Mtu { get; init; }

    /// <summary>Descriptors of each RX and TX queue.</summary>
    public int Descriptors { get; init; } = 512;
}

/// <summary>A worker's interfaces to a closed program: PCI addresses, or vdevs with arguments, as DPDK takes them.</summary>
/// <param name="Worker">Index of the worker.</param>
/// <param name="Inside">Device that leads to the program's inside.</param>
/// <param name="Outside">Device that leads to its outside.</param>
internal sealed record ApplianceDevices(int Worker, string Inside, string Outside)
{
    /// <summary>Device of a side: 0 inside, 1 outside.</summary>
    public string Device(int side) => side == 0 ? Inside : Outside;
}

/// <summary>How much a worker may remember.</summary>
internal sealed record LimitConfiguration
{
    /// <summary>Flow entries of a worker, for each IP version.</summary>
    public int FlowsPerWorker { get; init; } = 1 << 20;

    /// <summary>Connections or bindings of one function on a worker.</summary>
    public int ConnectionsPerFunction { get; init; } = 262_144;

    /// <summary>Pairs of addresses that a monitor counts on a worker.</summary>
    public int TalkersPerMonitor { get; init; } = 32_768;

    /// <summary>How long a flow entry is kept without packets.</summary>
    public TimeSpan FlowIdle { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>What a worker does when nothing arrives.</summary>
internal sealed record IdleConfiguration
{
    /// <summary>How long it sleeps; zero: it never sleeps.</summary>
    public TimeSpan Sleep { get; init; }

    /// <summary>Polls in a row that find nothing before it sleeps.</summary>
    public int PollsBeforeSleep { get; init; } = 1000;
}

/// <summary>How often a worker measures what its cycles go to.</summary>
internal sealed record SamplingConfiguration
{
    /// <summary>Of the polls that found packets one in so many, on average; 0: never.</summary>
    public int OneIn { get; init; } = 256;
}

/// <summary>How flow groups are spread over the workers.</summary>
internal sealed record BalancingConfiguration
{
    /// <summary>Whose indirection table steers.</summary>
    public BalancedNic Nic { get; init; }

    /// <summary>Number of flow groups, a power of two; the device's own table size when the device steers.</summary>
    public int FlowGroups { get; init; } = 64;

    /// <summary>What is done with decisions.</summary>
    public BalancingMode Mode { get; init; }

    /// <summary>CPU of the emulated NIC's thread; -1: not pinned.</summary>
    public int NicCore { get; init; } = -1;

    /// <summary>Fewest workers in use; a chain may ask for more.</summary>
    public int MinimumWorkers { get; init; } = 1;

    /// <summary>Most workers in use; 0: all.</summary>
    public int MaximumWorkers { get; init; }

    /// <summary>What the balancer is told where the other keys say nothing.</summary>
    public BalancingProfile Profile { get; init; }

    /// <summary>Load that workers shall have: 0.1-0.95; null: as in the profile.</summary>
    public double? TargetLoad { get; init; }

    /// <summary>Shortest time between two decisions; null: as in the profile.</summary>
    public TimeSpan? ShortestTick { get; init; }

    /// <summary>Longest time between two decisions: when nothing was to be done for a while; null: as in the profile.</summary>
    public TimeSpan? LongestTick { get; init; }

    /// <summary>Nothing moves while all workers are this close to what they should carry: 0-1; null: as in the profile.</summary>
    public double? Threshold { get; init; }

    /// <summary>Time constant with which rising loads are followed; null: as in the profile.</summary>
    public TimeSpan? Rise { get; init; }

    /// <summary>Time constant with which falling loads are followed; null: as in the profile.</summary>
    public TimeSpan? Fall { get; init; }

    /// <summary>File that every tick is recorded to; null: none.</summary>
    public string? Recording { get; init; }

    /// <summary>Bytes at which the recording begins anew; the one before is kept as FILE.1.</summary>
    public long RecordingBytes { get; init; } = 64L << 20;

    /// <summary>What the balancer is told.</summary>
    public BalancerSettings ToSettings()
    {
        var profile = Profile switch
        {
            BalancingProfile.Economical => BalancerSettings.Economical,
            BalancingProfile.Calm => BalancerSettings.Default,
            _ => BalancerSettings.Responsive,
        };
        var threshold = Threshold ?? profile.Solver.Threshold;
        return profile with
        {
            Load = profile.Load with { RiseSeconds = Rise?.TotalSeconds ?? profile.Load.RiseSeconds, FallSeconds = Fall?.TotalSeconds ?? profile.Load.FallSeconds },
            Scaling = profile.Scaling with { Enabled = Mode != BalancingMode.Off, Target = TargetLoad ?? profile.Scaling.Target },
            Interval = profile.Interval with
            {
                MinimumSeconds = ShortestTick?.TotalSeconds ?? profile.Interval.MinimumSeconds,
                MaximumSeconds = LongestTick?.TotalSeconds ?? profile.Interval.MaximumSeconds,
            },
            Solver = profile.Solver with
            {
                Threshold = threshold,
                Precision = Math.Min(profile.Solver.Precision, threshold),
                MaximumMoves = Mode == BalancingMode.Off ? 0 : profile.Solver.MaximumMoves,
            },
        };
    }
}

/// <summary>Whose indirection table steers flow groups.</summary>
internal enum BalancedNic
{
    /// <summary>A NIC that is emulated on a thread of its own, in front of a device that has no indirection table.</summary>
    Emulated,

    /// <summary>The device: its RSS hash chooses the flow group, its RETA the queue.</summary>
    Device,

    /// <summary>The kernel, on an interface of its own: an eBPF program hashes and steers, without a driver of DPDK.</summary>
    Linux,
}

/// <summary>Settings of the balancer with a name.</summary>
internal enum BalancingProfile
{
    /// <summary>For loads near what the workers can do: <see cref="BalancerSettings.Responsive"/>.</summary>
    Responsive,

    /// <summary>For few workers: <see cref="BalancerSettings.Economical"/>.</summary>
    Economical,

    /// <summary>For few decisions: <see cref="BalancerSettings.Default"/>.</summary>
    Calm,
}

/// <summary>What the balancer does with its decisions.</summary>
internal enum BalancingMode
{
    /// <summary>Carries them out.</summary>
    Auto,

    /// <summary>Only says what it would do.</summary>
    Suggest,

    /// <summary>Makes none.</summary>
    Off,
}

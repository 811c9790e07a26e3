using Metron.Kernel.Bpf;

namespace Metron.Agent.KernelBalancing;

/// <summary>How packets are steered.</summary>
internal enum SteeringChoice
{
    /// <summary>By the NIC's indirection table where that works, else by XDP.</summary>
    Auto,

    /// <summary>By the NIC's indirection table.</summary>
    Hardware,

    /// <summary>By XDP, from the CPU that received a packet to the one that handles it.</summary>
    Xdp,
}

/// <summary>What an operator wants of <c>metron-agent balance</c>.</summary>
internal sealed record BalanceOptions
{
    /// <summary>The interface.</summary>
    public required string Interface { get; init; }

    /// <summary>CPUs that handle packets; null for all that run, or those that serve the NIC's queues.</summary>
    public IReadOnlyList<int>? Cpus { get; init; }

    /// <summary>Number of flow groups with XDP: a power of two. A NIC has as many as its indirection table has entries.</summary>
    public int Groups { get; init; } = 128;

    /// <summary>Time between two decisions.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Nothing moves while all CPUs are within this share of the mean.</summary>
    public double Threshold { get; init; } = 0.05;

    /// <summary>As many CPUs are used as keep their mean below this share; null to use all.</summary>
    public double? Target { get; init; }

    /// <summary>How to steer.</summary>
    public SteeringChoice Steering { get; init; }

    /// <summary>How XDP is attached; null for the best way.</summary>
    public XdpMode? Mode { get; init; }

    /// <summary>Decide and show, change nothing.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>End after one interval.</summary>
    public bool IsOnce { get; init; }

    /// <summary>Print one line of JSON per interval instead of a table.</summary>
    public bool IsJson { get; init; }

    /// <summary>Directory for locks and for indirection tables as they were.</summary>
    public string StateDirectory { get; init; } = "/run/metron";
}

using Metron.Bench.Traces;
using Metron.NetworkFunctions;

namespace Metron.Bench.Dataplane;

/// <summary>A program of the dataplane, and how to see that it is right.</summary>
/// <param name="Name">"C0", "C1-1k", …</param>
internal sealed record DataplaneCase(string Name)
{
    private static readonly string[] MostTraces = ["T1", "T2", "T3", "T4", "T6"];

    private readonly Lazy<IReadOnlyList<NetworkFunctionConfiguration>> _functions = new(() => []);

    /// <summary>The functions of the chain, from the clients on; none: packets are sent as they came.</summary>
    public IReadOnlyList<NetworkFunctionConfiguration> Functions => _functions.Value;

    /// <summary>What the packets must look like afterwards.</summary>
    public required Expectation Expectation { get; init; }

    /// <summary>Names of the traces that it is measured with.</summary>
    public IReadOnlyList<string> Traces { get; init; } = MostTraces;

    /// <summary>Destination port of all flows of the traces; 0: as they are.</summary>
    public ushort DestinationPort { get; init; }

    /// <summary>Virtual services that all flows go to; 0: none.</summary>
    public int Services { get; init; }

    /// <summary>Whether payloads are looked into: then the bare Vectorscan competes too, and throughput is given.</summary>
    public bool IsInspection { get; init; }

    /// <summary>Workers, each on a core and a queue of its own.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Flow groups of the one worker that could move to others; 0: it has one for good.</summary>
    public int FlowGroups { get; init; }

    /// <summary>
    /// Percentage of packets whose flow has no entry. A trace is replayed for ever, so these are flows of one packet each, half again as many as
    /// the table has room for beside the others: when a flow comes again, its entry has made room for another.
    /// </summary>
    public int NewFlowsPercent { get; init; }

    /// <summary>Most flow entries.</summary>
    public int MaximumFlows { get; init; } = 1 << 20;

    /// <summary>Of a worker's polls that found packets one in so many is measured; 0: none.</summary>
    public int SampleInterval { get; init; } = new Metron.Dataplane.DataplaneOptions { Workers = [] }.SampleInterval;

    /// <summary>Whether workers have their ports themselves, not as the agent gives them, which may write over tags.</summary>
    public bool HasBarePorts { get; init; }

    /// <summary>How Open vSwitch does the same; null when it cannot.</summary>
    public Func<Trace, IReadOnlyList<string>>? SwitchRules { get; init; }

    /// <summary>Makes the functions.</summary>
    public Func<IReadOnlyList<NetworkFunctionConfiguration>> Build
    {
        init => _functions = new Lazy<IReadOnlyList<NetworkFunctionConfiguration>>(value);
    }

    /// <summary>Names as on the command line, with their traces: "C0/T1".</summary>
    public IEnumerable<TracedCase> WithTraces() => Traces.Select(name => new TracedCase($"{Name}/{name}", this, Adapt(Trace.Known.Single(trace => trace.Name == name))));

    private Trace Adapt(Trace trace) => trace with
    {
        Name = NewFlowsPercent == 0 ? trace.Name : $"{trace.Name}-new{NewFlowsPercent}",
        Packets = NewFlowsPercent == 0 ? trace.Packets : KnownCases.PacketsWithNewFlows,
        DestinationPort = DestinationPort,
        Services = Services,
        NewFlowsPercent = NewFlowsPercent,
        Workers = Workers,
        FlowGroups = FlowGroups,
    };
}

/// <summary>A case with one of its traces.</summary>
/// <param name="Name">"C4/T2".</param>
/// <param name="Case">The case.</param>
/// <param name="Trace">The trace, as the case needs it.</param>
internal sealed record TracedCase(string Name, DataplaneCase Case, Trace Trace)
{
    /// <summary>All of them, by name.</summary>
    public static IReadOnlyDictionary<string, TracedCase> Known { get; } =
        KnownCases.All.SelectMany(known => known.WithTraces()).ToDictionary(traced => traced.Name);
}

using Metron.Bench.Traces;
using Metron.NetworkFunctions;

namespace Metron.Bench.Dataplane;

/// <summary>A program of the dataplane, and how to see that it is right.</summary>
/// <param name="Name">"C0", "C1-1k", …</param>
internal sealed record DataplaneCase(string Name)
{
    private static readonly string[] AllTraces = ["T1", "T2", "T3", "T4", "T6"];

    private readonly Lazy<IReadOnlyList<NetworkFunctionConfiguration>> _functions = new(() => []);

    /// <summary>The functions of the chain, from the clients on; none: packets are sent as they came.</summary>
    public IReadOnlyList<NetworkFunctionConfiguration> Functions => _functions.Value;

    /// <summary>What the packets must look like afterwards.</summary>
    public required Expectation Expectation { get; init; }

    /// <summary>Names of the traces that it is measured with.</summary>
    public IReadOnlyList<string> Traces { get; init; } = AllTraces;

    /// <summary>Destination port of all flows of the traces; 0: as they are.</summary>
    public ushort DestinationPort { get; init; }

    /// <summary>Whether payloads are looked into: then the bare Vectorscan competes too, and throughput is given.</summary>
    public bool IsInspection { get; init; }

    /// <summary>All of them.</summary>
    public static IReadOnlyList<DataplaneCase> Known { get; } =
    [
        new("C0") { Expectation = new Expectation() },
        new("C1-1k") { Build = () => [ChainFunctions.Router(1_000)], Expectation = Expectation.OfChain with { NextHop = ChainFunctions.NextHopOf } },
        new("C1-100k") { Build = () => [ChainFunctions.Router(100_000)], Expectation = Expectation.OfChain with { NextHop = ChainFunctions.NextHopOf } },
        new("C2-10") { Build = () => [ChainFunctions.Firewall(10)], Expectation = Expectation.OfChain },
        new("C2-100") { Build = () => [ChainFunctions.Firewall(100)], Expectation = Expectation.OfChain },
        new("C2-1k") { Build = () => [ChainFunctions.Firewall(1_000)], Expectation = Expectation.OfChain },
        new("C2-10k") { Build = () => [ChainFunctions.Firewall(10_000)], Expectation = Expectation.OfChain },
        new("C3") { Build = () => [ChainFunctions.Napt()], Expectation = Expectation.OfChain with { IsTranslated = true } },
        new("C4")
        {
            Build = () => [ChainFunctions.Firewall(100), ChainFunctions.Router(1_000), ChainFunctions.Napt()],
            Expectation = Expectation.OfChain with { NextHop = ChainFunctions.NextHopOf, IsTranslated = true },
        },
        new("C6")
        {
            Build = () => [ChainFunctions.Inspection(1_000)],
            Expectation = Expectation.OfChain,
            Traces = ["T7"],
            IsInspection = true,
        },
        new("sample-chain")
        {
            Build = () => SampleChain.Functions,
            Expectation = Expectation.OfChain with { NextHop = _ => SampleChain.NextHop, IsTranslated = true },
            DestinationPort = SampleChain.AllowedPort,
            // One outside address has not enough ports for the 100,000 flows of T4.
            Traces = ["T1", "T2", "T3", "T6"],
        },
    ];

    /// <summary>Makes the functions.</summary>
    private Func<IReadOnlyList<NetworkFunctionConfiguration>> Build
    {
        init => _functions = new Lazy<IReadOnlyList<NetworkFunctionConfiguration>>(value);
    }

    /// <summary>The case of a name.</summary>
    public static DataplaneCase Find(string name) =>
        Known.FirstOrDefault(known => known.Name == name) ?? throw new ArgumentException($"no case '{name}'");

    /// <summary>Names as on the command line, with their traces: "C0/T1".</summary>
    public IEnumerable<(string Name, Trace Trace)> WithTraces() =>
        Traces.Select(name => ($"{Name}/{name}", Trace.Known.Single(trace => trace.Name == name) with { DestinationPort = DestinationPort }));
}

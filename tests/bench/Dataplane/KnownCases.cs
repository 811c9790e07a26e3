using Metron.NetworkFunctions;

namespace Metron.Bench.Dataplane;

/// <summary>The cases of the suite.</summary>
internal static class KnownCases
{
    /// <summary>Packets of a trace with new flows.</summary>
    public const int PacketsWithNewFlows = 250_000;

    /// <summary>
    /// After so many packets a flow of one packet makes room for another: before it comes again, and long after those 10,000 flows that stay
    /// have come again, every 11,000 to 20,000 packets on average.
    /// </summary>
    private const int PacketsUntilEvicted = 160_000;

    private const int FlowsThatStay = 10_000;

    /// <summary>Flow entries where no flow stays: a quarter of the flows.</summary>
    private const int EntriesWhereNoneStays = PacketsWithNewFlows / 4;

    private const int LongestChain = 10;

    private static readonly Expectation Routed = Expectation.OfChain with { NextHop = ChainFunctions.NextHopOf, Routers = 1 };

    private static readonly string[] TracesWithMillionFlows = ["T1", "T2", "T3", "T4", "T5", "T6"];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<DataplaneCase> All { get; } =
    [
        new("C0") { Expectation = new Expectation(), Traces = TracesWithMillionFlows, SwitchRules = SwitchProgram.Forward },
        Router("C1-1k", 1_000),
        Router("C1-100k", 100_000),
        Firewall("C2-10", 10),
        Firewall("C2-100", 100),
        Firewall("C2-1k", 1_000),
        Firewall("C2-10k", 10_000),
        new("C2-10k-first")
        {
            Build = () => [ChainFunctions.Firewall(10_000)],
            Expectation = Expectation.OfChain,
            Traces = ["T2"],
            NewFlowsPercent = 100,
            MaximumFlows = EntriesFor(100),
        },
        new("C3")
        {
            Build = () => [ChainFunctions.Napt(0)],
            Expectation = Expectation.OfChain with { Pool = 0 },
            SwitchRules = SwitchProgram.Translate,
        },
        Chain("C4") with { Traces = TracesWithMillionFlows },
        Chain("C4-64g") with { Traces = ["T2", "T4"], FlowGroups = 64 },
        Chain("C4-2w") with { Traces = ["T2", "T4"], Workers = 2 },
        new("C5")
        {
            Build = () => [.. FirewallRouterNapt(), ChainFunctions.LoadBalancer()],
            Expectation = Routed with { Pool = 0, IsBalanced = true },
            DestinationPort = ChainFunctions.ServicePort,
            Services = ChainFunctions.Services,
        },
        .. Enumerable.Range(1, LongestChain).Select(length => new DataplaneCase($"CN-{length}")
        {
            Build = () => ChainFunctions.Repeated(length),
            Expectation = ChainFunctions.ExpectationOfRepeated(length),
            Traces = ["T2", "T4"],
        }),
        new("C6") { Build = () => [ChainFunctions.Inspection(1_000)], Expectation = Expectation.OfChain, Traces = ["T7"], IsInspection = true },
        new("C6-stream") { Build = () => [ChainFunctions.Inspection(1_000)], Expectation = Expectation.OfChain, Traces = ["T8"], IsInspection = true },
        NewFlows("C7-10", 10),
        NewFlows("C7-50", 50),
        NewFlows("C7-100", 100),
        Chain("C4-unmeasured") with { Traces = ["T2"], SampleInterval = 0 },
        Chain("C4-all-measured") with { Traces = ["T2"], SampleInterval = 1 },
        Chain("C4-bare-ports") with { Traces = ["T2"], HasBarePorts = true },
        NewFlows("C7-100-unmeasured", 100) with { SampleInterval = 0 },
        NewFlows("C7-100-all-measured", 100) with { SampleInterval = 1 },
        new("sample-chain")
        {
            Build = () => SampleChain.Functions,
            Expectation = Expectation.OfChain with { NextHop = _ => SampleChain.NextHop, Routers = 1, Pool = 0 },
            DestinationPort = SampleChain.AllowedPort,
            // One outside address has not enough ports for the 100,000 flows of T4.
            Traces = ["T1", "T2", "T3", "T6"],
        },
    ];

    private static DataplaneCase Router(string name, int routes) => new(name)
    {
        Build = () => [ChainFunctions.Router(routes)],
        Expectation = Routed,
        SwitchRules = trace => SwitchProgram.Route(ChainFunctions.Router(routes), trace),
    };

    private static DataplaneCase Firewall(string name, int rules) => new(name)
    {
        Build = () => [ChainFunctions.Firewall(rules)],
        Expectation = Expectation.OfChain,
        SwitchRules = trace => SwitchProgram.Filter(ChainFunctions.Firewall(rules), trace),
    };

    private static IReadOnlyList<NetworkFunctionConfiguration> FirewallRouterNapt() =>
        [ChainFunctions.Firewall(100), ChainFunctions.Router(1_000), ChainFunctions.Napt(0)];

    private static DataplaneCase Chain(string name) => new(name) { Build = FirewallRouterNapt, Expectation = Routed with { Pool = 0 } };

    private static DataplaneCase NewFlows(string name, int percent) =>
        Chain(name) with { Traces = ["T2"], NewFlowsPercent = percent, MaximumFlows = EntriesFor(percent) };

    private static int EntriesFor(int percent) =>
        percent == 100 ? EntriesWhereNoneStays : FlowsThatStay + (PacketsUntilEvicted / 100 * percent);
}

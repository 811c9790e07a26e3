using System.Globalization;
using Metron.Balancing;
using Metron.Balancing.Simulation;
using Metron.Cli.Specs;

namespace Metron.Cli.Simulate;

/// <summary>A field of a scenario file: its path, what it takes, and how it changes the scenario.</summary>
/// <param name="Path">Names from the top, joined by dots: "traffic.kind".</param>
/// <param name="Takes">What it takes, with article.</param>
/// <param name="Set">The scenario with the field's value; null when the value is not what it takes.</param>
internal sealed record ScenarioField(string Path, string Takes, Func<SimulationScenario, YamlScalar, SimulationScenario?> Set)
{
    /// <summary>All fields that are single values.</summary>
    public static IReadOnlyList<ScenarioField> All { get; } =
    [
        Whole("cores", (s, value) => s with { Cores = value }),
        Number("load", (s, value) => s with { Load = value }),
        Whole("groups", (s, value) => s with { Groups = value }),
        Whole("descriptors", (s, value) => s with { Descriptors = value }),
        Number("seconds", (s, value) => s with { Seconds = value }),
        Number("warmUpSeconds", (s, value) => s with { WarmUpSeconds = value }),
        Number("sampleSeconds", (s, value) => s with { SampleSeconds = value }),
        new("seed", "a whole number, 0 or more", (s, text) => ulong.TryParse(text.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? s with { Seed = seed } : null),
        Flag("scaleCores", (s, value) => s with { ScaleCores = value }),
        Flag("sharedState", (s, value) => s with { SharedState = value }),
        new("traffic.kind", $"one of {string.Join(", ", Kinds)}", (s, text) => Kind(text.Text) is { } kind ? s with { Traffic = s.Traffic with { Kind = kind } } : null),
        Whole("traffic.flows", (s, value) => s with { Traffic = s.Traffic with { Flows = value } }),
        Number("traffic.zipfExponent", (s, value) => s with { Traffic = s.Traffic with { ZipfExponent = value } }),
        Number("traffic.lifetimeSeconds", (s, value) => s with { Traffic = s.Traffic with { LifetimeSeconds = value } }),
        Number("traffic.lifetimeShape", (s, value) => s with { Traffic = s.Traffic with { LifetimeShape = value } }),
        Number("traffic.trainPackets", (s, value) => s with { Traffic = s.Traffic with { TrainPackets = value } }),
        Number("traffic.periodSeconds", (s, value) => s with { Traffic = s.Traffic with { PeriodSeconds = value } }),
        Number("traffic.lowestShare", (s, value) => s with { Traffic = s.Traffic with { LowestShare = value } }),
        Number("traffic.burstSeconds", (s, value) => s with { Traffic = s.Traffic with { BurstSeconds = value } }),
        Number("cost.hertz", (s, value) => s with { Cost = s.Cost with { Hertz = value } }),
        Number("cost.cyclesPerPacket", (s, value) => s with { Cost = s.Cost with { CyclesPerPacket = value } }),
        Number("cost.cyclesPerByte", (s, value) => s with { Cost = s.Cost with { CyclesPerByte = value } }),
        Number("cost.firstPacketCycles", (s, value) => s with { Cost = s.Cost with { FirstPacketCycles = value } }),
        Number("cost.foreignStateShare", (s, value) => s with { Cost = s.Cost with { ForeignStateShare = value } }),
        Number("cost.sharedTableShare", (s, value) => s with { Cost = s.Cost with { SharedTableShare = value } }),
        Number("cost.sharedQueueNanoseconds", (s, value) => s with { Cost = s.Cost with { SharedQueueNanoseconds = value } }),
        Number("cost.handOverNanoseconds", (s, value) => s with { Cost = s.Cost with { HandOverNanoseconds = value } }),
        Number("cost.wakeUpNanoseconds", (s, value) => s with { Cost = s.Cost with { WakeUpNanoseconds = value } }),
        Balancer("intervalMinimumSeconds", (b, value) => b with { Interval = b.Interval with { MinimumSeconds = value } }),
        Balancer("intervalMaximumSeconds", (b, value) => b with { Interval = b.Interval with { MaximumSeconds = value } }),
        Balancer("riseSeconds", (b, value) => b with { Load = b.Load with { RiseSeconds = value } }),
        Balancer("fallSeconds", (b, value) => b with { Load = b.Load with { FallSeconds = value } }),
        Balancer("threshold", (b, value) => b with { Solver = b.Solver with { Threshold = value } }),
        Balancer("precision", (b, value) => b with { Solver = b.Solver with { Precision = value } }),
        Balancer("moveCost", (b, value) => b with { Solver = b.Solver with { MoveCost = value } }),
        Balancer("targetUtilisation", (b, value) => b with { Scaling = b.Scaling with { Target = value } }),
        Balancer("addSeconds", (b, value) => b with { Scaling = b.Scaling with { AddSeconds = value } }),
        Balancer("removeSeconds", (b, value) => b with { Scaling = b.Scaling with { RemoveSeconds = value } }),
        Balancer("removeMargin", (b, value) => b with { Scaling = b.Scaling with { RemoveMargin = value } }),
        Balancer("regret", (b, value) => b with { Scaling = b.Scaling with { Regret = value } }),
    ];

    /// <summary>Names of the kinds of traffic.</summary>
    public static IEnumerable<string> Kinds => Enum.GetNames<TrafficKind>().Select(name => name.ToLowerInvariant());

    /// <summary>The kind of traffic of a name; null when there is none.</summary>
    public static TrafficKind? Kind(string name) =>
        Kinds.Contains(name) ? Enum.Parse<TrafficKind>(name, ignoreCase: true) : null;

    private static ScenarioField Whole(string path, Func<SimulationScenario, int, SimulationScenario> set) => new(
        path,
        "a whole number",
        (scenario, text) => int.TryParse(text.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && text.IsNumber ? set(scenario, value) : null);

    private static ScenarioField Number(string path, Func<SimulationScenario, double, SimulationScenario> set) => new(
        path,
        "a number",
        (scenario, text) => double.TryParse(text.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && text.IsNumber && double.IsFinite(value) ? set(scenario, value) : null);

    private static ScenarioField Balancer(string name, Func<BalancerSettings, double, BalancerSettings> set) =>
        Number("balancer." + name, (scenario, value) => scenario with { Balancer = set(scenario.Balancer, value) });

    private static ScenarioField Flag(string path, Func<SimulationScenario, bool, SimulationScenario> set) => new(
        path, "true or false", (scenario, text) => text.IsBoolean ? set(scenario, text.Text is "true" or "True" or "TRUE") : null);
}

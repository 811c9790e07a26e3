using System.Text.Json;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Declarations;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Optimization;
using Metron.NetworkFunctions.Policer;
using Metron.NetworkFunctions.Router;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>Checks that a function of the program does what the function of the chain does: by its settings, and by rules and routes whatever their form.</summary>
internal sealed class ConfigurationCheck(VerificationRun run)
{
    /// <summary>How two configurations differ, in words; null when they mean the same.</summary>
    /// <param name="function">Index of the function.</param>
    /// <param name="sent">As it was compiled, or as a server gets it.</param>
    /// <param name="packet">A packet that they treat differently, when it is known.</param>
    public string? Difference(int function, NetworkFunctionConfiguration sent, out HeaderPoint? packet)
    {
        var written = run.Spec.Functions[function];
        var arrivals = run.ArrivalsAt(function);
        packet = null;
        if (ReferenceEquals(written, sent))
        {
            return null;
        }

        return (written, sent) switch
        {
            (FirewallConfiguration one, FirewallConfiguration other) => Firewalls(one, other, arrivals, out packet),
            (RouterConfiguration one, RouterConfiguration other) => Routers(one, other, arrivals, out packet),
            (NaptConfiguration one, NaptConfiguration other) =>
                one.Pool.SequenceEqual(other.Pool) && one.Pool6.SequenceEqual(other.Pool6)
                && one with { Pool = other.Pool, Pool6 = other.Pool6 } == other ? null : "its settings differ",
            (LoadBalancerConfiguration one, LoadBalancerConfiguration other) =>
                one with { Services = other.Services } == other && one.Services.Count == other.Services.Count
                && one.Services.Zip(other.Services).All(pair =>
                    pair.First.Backends.SequenceEqual(pair.Second.Backends) && pair.First with { Backends = pair.Second.Backends } == pair.Second)
                    ? null : "its services differ",
            (PolicerConfiguration one, PolicerConfiguration other) =>
                Json(one).AsSpan().SequenceEqual(Json(other with { Limits = [.. other.Limits.Select(limit => limit with { MeteredPorts = 0 })] })) ? null : "its settings differ",
            _ => Json(written).AsSpan().SequenceEqual(Json(sent)) ? null : "its settings differ",
        };
    }

    /// <summary>
    /// Only packets that can arrive are compared: others open no connection either, so that rules for them mean nothing for answers.
    /// </summary>
    private string? Firewalls(
        FirewallConfiguration written, FirewallConfiguration sent, IReadOnlyList<HeaderSpace>? arrivals, out HeaderPoint? packet)
    {
        packet = null;
        if (written with { Rules = sent.Rules, AllowByDefault = sent.AllowByDefault } != sent)
        {
            return "its settings differ";
        }

        if (written.Rules.SequenceEqual(sent.Rules) && written.AllowByDefault == sent.AllowByDefault)
        {
            return null;
        }

        for (var port = 0; port < 2; port++)
        {
            var packets = arrivals is null ? RealPackets.Ip : RealPackets.Ip.Intersect(arrivals[port]);
            packet = run.Compare(ClassifierPipeline.Of(Rules(written, port)), ClassifierPipeline.Of(Rules(sent, port)), packets, ResultRelation.Same);
            if (packet is not null)
            {
                return $"its rules say something else about packets from its {written.Ports[port]}";
            }
        }

        return null;
    }

    /// <summary>
    /// What a server leaves to meters must be what a meter of the plan does: all that enters by that port has this limit, and the meter its rate.
    /// </summary>
    /// <returns>What it leaves to others wrongly; null for nothing.</returns>
    public string? Unmetered(int function, NetworkFunctionConfiguration configuration)
    {
        if (configuration is not PolicerConfiguration sent)
        {
            return null;
        }

        var possible = MeterPlanner.Find(run.Spec);
        for (var index = 0; index < sent.Limits.Count; index++)
        {
            for (var port = 0; port < 2; port++)
            {
                var meter = run.Plan.Meters?.FirstOrDefault(meter => meter.Function == new NetworkFunctions.Chains.FunctionPort(function, port) && meter.Limit == index);
                if (sent.Limits[index].IsMetered(port) != (meter is not null) || (meter is not null && !possible.Contains(meter with { Number = 0 })))
                {
                    return $"limit {sent.LabelOf(index)} is left to a meter that does something else";
                }
            }
        }

        return null;
    }

    private static byte[] Json(NetworkFunctionConfiguration configuration) => JsonSerializer.SerializeToUtf8Bytes(configuration, PlanJson.Options);

    private static Classifier Rules(FirewallConfiguration firewall, int port) => Classifier.Of(
        firewall.Rules
            .SelectMany((rule, index) => rule.FromPort is null || rule.FromPort == port
                ? rule.Match.ToHeaderMatch().ToSpace().Cubes.Select(cube => new ClassifierRule(cube, index, rule.Allow ? 1 : 0, index)) : [])
            .ToList(),
        firewall.AllowByDefault ? 1 : 0);

    private static string? Routers(
        RouterConfiguration written, RouterConfiguration sent, IReadOnlyList<HeaderSpace>? arrivals, out HeaderPoint? packet)
    {
        // Routes lie within each other, so that leaving out those that nothing goes to leaves the others what they are.
        written = arrivals is null ? written : (RouterConfiguration)FunctionOptimizer.WithoutUnreachable(written, arrivals);
        packet = null;
        if (written.Name != sent.Name || !written.RouterPorts.SequenceEqual(sent.RouterPorts))
        {
            return "its ports differ";
        }

        if (written.Routes.SequenceEqual(sent.Routes))
        {
            return null;
        }

        foreach (var isV6 in new[] { false, true })
        {
            if (RouteSweep.Difference(written.Routes, sent.Routes, isV6) is { } destination)
            {
                packet = new HeaderPoint { IsV6 = isV6, Destination = destination };
                return "its routes lead elsewhere";
            }
        }

        return null;
    }
}

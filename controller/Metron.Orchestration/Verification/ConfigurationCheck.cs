using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Declarations;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Router;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>Checks that a function of the program does what the function of the chain does: by its settings, and by rules and routes whatever their form.</summary>
internal sealed class ConfigurationCheck(VerificationRun run)
{
    /// <summary>How two configurations differ, in words; null when they mean the same.</summary>
    /// <param name="written">As the operator wrote it.</param>
    /// <param name="sent">As a server gets it.</param>
    /// <param name="packet">A packet that they treat differently, when it is known.</param>
    public string? Difference(NetworkFunctionConfiguration written, NetworkFunctionConfiguration sent, out HeaderPoint? packet)
    {
        packet = null;
        if (ReferenceEquals(written, sent))
        {
            return null;
        }

        return (written, sent) switch
        {
            (FirewallConfiguration one, FirewallConfiguration other) => Firewalls(one, other, out packet),
            (RouterConfiguration one, RouterConfiguration other) => Routers(one, other, out packet),
            (NaptConfiguration one, NaptConfiguration other) =>
                one.Pool.SequenceEqual(other.Pool) && one.Pool6.SequenceEqual(other.Pool6)
                && one with { Pool = other.Pool, Pool6 = other.Pool6 } == other ? null : "its settings differ",
            (LoadBalancerConfiguration one, LoadBalancerConfiguration other) =>
                one with { Services = other.Services } == other && one.Services.Count == other.Services.Count
                && one.Services.Zip(other.Services).All(pair =>
                    pair.First.Backends.SequenceEqual(pair.Second.Backends) && pair.First with { Backends = pair.Second.Backends } == pair.Second)
                    ? null : "its services differ",
            _ => written == sent ? null : "its settings differ",
        };
    }

    private string? Firewalls(FirewallConfiguration written, FirewallConfiguration sent, out HeaderPoint? packet)
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
            packet = run.Compare(ClassifierPipeline.Of(Rules(written, port)), ClassifierPipeline.Of(Rules(sent, port)), RealPackets.Ip, ResultRelation.Same);
            if (packet is not null)
            {
                return $"its rules say something else about packets from its {written.Ports[port]}";
            }
        }

        return null;
    }

    private static Classifier Rules(FirewallConfiguration firewall, int port) => Classifier.Of(
        firewall.Rules
            .SelectMany((rule, index) => rule.FromPort is null || rule.FromPort == port
                ? rule.Match.ToHeaderMatch().ToSpace().Cubes.Select(cube => new ClassifierRule(cube, index, rule.Allow ? 1 : 0, index)) : [])
            .ToList(),
        firewall.AllowByDefault ? 1 : 0);

    private static string? Routers(RouterConfiguration written, RouterConfiguration sent, out HeaderPoint? packet)
    {
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

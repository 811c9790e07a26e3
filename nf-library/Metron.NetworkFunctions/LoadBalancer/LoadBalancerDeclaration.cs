using System.Globalization;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.LoadBalancer;

/// <summary>What a load balancer does, as data. Outcomes: pass, then one for each service.</summary>
public static class LoadBalancerDeclaration
{
    /// <summary>Index of the outcome "pass"; service i has index 1 + i.</summary>
    public const int Pass = 0;

    public static FunctionDeclaration Declare(LoadBalancerConfiguration configuration) =>
        new(configuration.Name, [DeclareInside(configuration), DeclareOutside(configuration)])
        {
            Outcomes = ["pass", .. configuration.Services.Select(service => $"service {service.Name}")],
            NeedsServer = true,
            KeepsFlowState = true,
            KnowsClientSide = true,
        };

    private static PortDeclaration DeclareInside(LoadBalancerConfiguration configuration)
    {
        var entries = configuration.Services.Select((service, index) => new StageEntry(
            new HeaderMatch
            {
                IpVersion = Version(service),
                Destination = FieldCondition.Of(service.Address.Value),
                Protocol = FieldCondition.Of((UInt128)service.Protocol),
                DestinationPort = FieldCondition.Of((UInt128)service.Port),
            },
            StageResult.OneOf(1 + index),
            $"service {service.Name}"));
        return new PortDeclaration(configuration.Ports[0])
        {
            Stages = [new StageTable([.. entries], StageResult.OneOf(Pass))],
            SwitchStages = [],
            Treatments = [Treatment.Forward(1), .. configuration.Services.Select(ToBackends)],
        };
    }

    private static PortDeclaration DeclareOutside(LoadBalancerConfiguration configuration)
    {
        // Whether a backend's packet answers a client or is about a connection of its own, only the connections tell.
        var entries = configuration.Services
            .SelectMany((service, index) => service.Backends.Select(backend => (Key: (backend.Address, service.Protocol, backend.Port), index)))
            .GroupBy(backend => backend.Key, backend => backend.index)
            .Select(group => new StageEntry(
                new HeaderMatch
                {
                    IpVersion = group.Key.Address.IsV6 ? 6 : 4,
                    Source = FieldCondition.Of(group.Key.Address.Value),
                    Protocol = FieldCondition.Of((UInt128)group.Key.Protocol),
                    SourcePort = FieldCondition.Of((UInt128)group.Key.Port),
                },
                StageResult.OneOf([Pass, .. group.Distinct().Select(index => 1 + index)]),
                string.Create(CultureInfo.InvariantCulture, $"backend {group.Key.Address} port {group.Key.Port}")));
        return new PortDeclaration(configuration.Ports[1])
        {
            Stages = [new StageTable([.. entries], StageResult.OneOf(Pass))],
            SwitchStages = [],
            Treatments =
            [
                Treatment.Forward(0) with { WhenStateDecides = "belongs to no connection of a service" },
                .. configuration.Services.Select(service => ToClients(service) with { WhenStateDecides = $"belongs to a connection of {service.Name}" }),
            ],
        };
    }

    private static Treatment ToBackends(VirtualService service) => Treatment.Forward(1) with
    {
        Rewrites =
        [
            .. service.Backends.Select(backend => new HeaderRewrite(
                Version(service),
                [
                    new FieldValues(HeaderField.Destination, Interval.Of(backend.Address.Value)),
                    new FieldValues(HeaderField.DestinationPort, Interval.Of(backend.Port)),
                ])),
        ],
        Writes =
        [
            new HeaderWrite("destination address", "of " + Join(service.Backends.Select(backend => backend.Address.ToString()))),
            new HeaderWrite("destination port", "of " + Join(service.Backends.Select(backend => backend.Port.ToString(CultureInfo.InvariantCulture)))),
        ],
    };

    private static Treatment ToClients(VirtualService service) => Treatment.Forward(0) with
    {
        Rewrites =
        [
            new HeaderRewrite(
                Version(service),
                [
                    new FieldValues(HeaderField.Source, Interval.Of(service.Address.Value)),
                    new FieldValues(HeaderField.SourcePort, Interval.Of(service.Port)),
                ]),
        ],
        Writes =
        [
            new HeaderWrite("source address", service.Address.ToString()),
            new HeaderWrite("source port", service.Port.ToString(CultureInfo.InvariantCulture)),
        ],
    };

    private static string Join(IEnumerable<string> values)
    {
        const int most = 4;
        var distinct = values.Distinct().ToList();
        return string.Join(", ", distinct.Take(most)) + (distinct.Count > most ? $" and {distinct.Count - most} more" : "");
    }

    private static int Version(VirtualService service) => service.Address.IsV6 ? 6 : 4;
}

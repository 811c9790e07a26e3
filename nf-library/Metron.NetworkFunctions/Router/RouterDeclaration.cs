using Metron.NetworkFunctions.Declarations;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.Router;

/// <summary>What a router does, as data. Outcomes: one for each distinct next hop in the order of <see cref="RouterConfiguration.NextHops"/>, then "no route".</summary>
public static class RouterDeclaration
{
    /// <summary>Most prefixes, of those that lie in no other, whose absence a switch checks.</summary>
    public const int MaximumSwitchRoutes = 1024;

    /// <summary>Most routes that traffic classes are computed from; with more, every next hop is taken to be possible.</summary>
    public const int MaximumClassRoutes = 4096;

    public static FunctionDeclaration Declare(RouterConfiguration configuration) => Declare(configuration, []);

    /// <summary>The declaration of a router.</summary>
    /// <param name="configuration">The router.</param>
    /// <param name="unreachable">Prefixes, none of them a route's, whose addresses have no route unless a longer one says so.</param>
    internal static FunctionDeclaration Declare(RouterConfiguration configuration, IReadOnlyList<IpPrefix> unreachable)
    {
        var nextHops = configuration.NextHops;
        var outcomes = new Dictionary<NextHop, int>();
        for (var i = 0; i < nextHops.Count; i++)
        {
            outcomes[nextHops[i]] = i;
        }

        var noRoute = nextHops.Count;
        StageTable[] stages = [ClassTable(configuration, outcomes, noRoute, unreachable)];
        var switchStages = SwitchStages(configuration, noRoute);
        var ports = configuration.RouterPorts.Select((port, index) => new PortDeclaration(port.Name)
        {
            Stages = stages,
            SwitchStages = switchStages,
            Treatments = [.. nextHops.Select(hop => Towards(configuration, hop, index)), Treatment.Drop("noRoute")],
            Mac = port.Mac.ToString(),
        });
        return new FunctionDeclaration(configuration.Name, [.. ports])
        {
            Outcomes = [.. nextHops.Select(hop => $"via {PortName(configuration, hop)} {hop.Mac}"), "no route"],
            NeedsServer = true,
            WritesMacs = true,
        };
    }

    private static string PortName(RouterConfiguration configuration, NextHop hop) => configuration.RouterPorts[hop.Port].Name;

    private static Treatment Towards(RouterConfiguration configuration, NextHop hop, int entryPort) =>
        hop.Port == entryPort
            ? Treatment.Drop("routeToIngress")
            : Treatment.Forward(hop.Port) with
            {
                Writes =
                [
                    new HeaderWrite("source MAC", configuration.RouterPorts[hop.Port].Mac.ToString()),
                    new HeaderWrite("destination MAC", hop.Mac.ToString()),
                    new HeaderWrite("TTL", "-1", -1),
                ],
            };

    /// <summary>The ranges of destinations by next hop, each destination in one of them.</summary>
    private static StageTable ClassTable(
        RouterConfiguration configuration, Dictionary<NextHop, int> outcomes, int noRoute, IReadOnlyList<IpPrefix> unreachable)
    {
        if (configuration.Routes.Count > MaximumClassRoutes)
        {
            return StageTable.Always(StageResult.OneOf([.. Enumerable.Range(0, noRoute + 1)]));
        }

        List<StageEntry> entries = [];
        foreach (var isV6 in new[] { false, true })
        {
            var prefixes = configuration.Routes
                .Where(route => route.Prefix.Address.IsV6 == isV6)
                .Select(route => new RoutedRange(new Interval(route.Prefix.First, route.Prefix.Last), outcomes[route.NextHop]))
                .Concat(unreachable.Where(prefix => prefix.Address.IsV6 == isV6).Select(prefix => new RoutedRange(new Interval(prefix.First, prefix.Last), noRoute)));
            entries.AddRange(LongestPrefixRanges.Of(prefixes, isV6 ? 128 : 32, noRoute).Select(range => new StageEntry(
                new HeaderMatch
                {
                    IpVersion = isV6 ? 6 : 4,
                    Destination = new FieldCondition(range.Destinations.First, range.Destinations.Last),
                },
                StageResult.OneOf(range.Outcome),
                "routes")));
        }

        return new StageTable(entries, StageResult.OneOf(noRoute)) { IsDisjoint = true };
    }

    /// <summary>The prefixes that lie in no other, by address.</summary>
    private static List<IpPrefix> Outermost(IReadOnlyList<Route> routes)
    {
        List<IpPrefix> outermost = [];
        foreach (var prefix in routes.Select(route => route.Prefix).OrderBy(prefix => prefix.Address).ThenBy(prefix => prefix.Length))
        {
            if (outermost.Count == 0 || !outermost[^1].Contains(prefix.Address))
            {
                outermost.Add(prefix);
            }
        }

        return outermost;
    }

    /// <summary>Lets what has any route pass, drops the rest; nothing when there are too many routes or default routes for both IP versions.</summary>
    private static List<StageTable> SwitchStages(RouterConfiguration configuration, int noRoute)
    {
        var outermost = Outermost(configuration.Routes);
        if (outermost.Count > MaximumSwitchRoutes || outermost.Count(prefix => prefix.Length == 0) == 2)
        {
            return [];
        }

        var entries = outermost.Select(prefix => new StageEntry(
            new HeaderMatch
            {
                IpVersion = prefix.Address.IsV6 ? 6 : 4,
                Destination = prefix.Length == 0 ? null : HeaderMatches.Condition(new AddressSpan(prefix)),
            },
            StageResult.Next,
            $"route {prefix}"));
        return [new StageTable([.. entries], StageResult.OneOf(noRoute)) { DefaultPurpose = "no route" }];
    }
}

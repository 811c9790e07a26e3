using Metron.Mapping.Syntax;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Mapping.Functions;

/// <summary>Reads a router.</summary>
internal static class RouterMapper
{
    /// <summary>Reads a router; routes with problems are left out, ports stay so that links can be checked.</summary>
    public static RouterConfiguration Map(string name, V1.Router router, SpecNode at)
    {
        var indices = new Dictionary<string, int>();
        return new RouterConfiguration(name)
        {
            RouterPorts = Ports(router, indices, at),
            Routes = Routes(router, indices, at),
        };
    }

    private static List<RouterPort> Ports(V1.Router router, Dictionary<string, int> indices, SpecNode at)
    {
        Counts.Check(router.Ports.Count, 2, SpecLimits.RouterPorts, "ports", at);
        var ports = new List<RouterPort>();
        for (var i = 0; i < router.Ports.Count; i++)
        {
            var port = router.Ports[i];
            var portAt = at.Item("ports", i);
            if (Names.Check(port.Name, portAt) && !indices.TryAdd(port.Name, i))
            {
                portAt.Report(
                    "name",
                    $"{Text.Quote(port.Name)} is the name of ports[{indices[port.Name]}] already; names are unique within a router");
            }

            ports.Add(new RouterPort(port.Name, Addresses.Mac(port.Mac, portAt, "mac", required: true) ?? default));
        }

        return ports;
    }

    private static List<Route> Routes(V1.Router router, Dictionary<string, int> ports, SpecNode at)
    {
        Counts.Check(router.Routes.Count, 0, SpecLimits.Routes, "routes", at);
        var seen = new Dictionary<IpPrefix, int>(Math.Min(router.Routes.Count, SpecLimits.Routes));
        var routes = new List<Route>(Math.Min(router.Routes.Count, SpecLimits.Routes));
        for (var i = 0; i < Math.Min(router.Routes.Count, SpecLimits.Routes); i++)
        {
            var route = router.Routes[i];
            var routeAt = at.Item("routes", i);
            var prefixRead = Addresses.TryPrefix(route.Prefix, routeAt, "prefix", out var prefix);
            if (prefixRead && !seen.TryAdd(prefix, i))
            {
                routeAt.Report("prefix", $"{prefix} is the prefix of routes[{seen[prefix]}] already; a prefix has one route");
            }

            var mac = Addresses.Mac(route.NextHopMac, routeAt, "nextHopMac", required: true);
            if (!ports.TryGetValue(route.Port, out var port))
            {
                routeAt.Report("port", route.Port.Length == 0
                    ? "must be given: the name of one of the router's ports"
                    : $"{Text.Quote(route.Port)} is not a port of this router{Suggestion.Phrase(route.Port, ports.Keys)}");
            }
            else if (prefixRead && mac is not null)
            {
                routes.Add(new Route(prefix, new NextHop(port, mac.Value)));
            }
        }

        return routes;
    }
}

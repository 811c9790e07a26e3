using System.Globalization;
using Metron.Import.Syntax;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Import.Routes;

/// <summary>A route as the source has it.</summary>
/// <param name="NextHop">Address of the next hop.</param>
/// <param name="Device">Interface, or empty.</param>
/// <param name="Rank">Which of several routes to a prefix wins: the lowest.</param>
/// <param name="At">Where it stands.</param>
internal sealed record SourceRoute(IpAddress NextHop, string Device, (long First, long Second) Rank, Place At);

/// <summary>Collects routes and makes a router of them.</summary>
internal sealed class RouteTable(RouteImportOptions options, ImportLog log)
{
    private const int MostRoutes = 1_000_000; // of the API

    private readonly NextHopMap _map = new(options, log);
    private readonly Dictionary<IpPrefix, SourceRoute> _routes = [];
    private readonly Dictionary<IpPrefix, (NextHop Hop, Place At)> _hosts = [];
    private readonly Dictionary<IpPrefix, (Place At, bool IsNoted)> _discarded = [];

    /// <summary>Adds a route. Of several to a prefix the one with the lowest rank stays; equal ones with different next hops are a problem.</summary>
    public void Add(IpPrefix prefix, SourceRoute route)
    {
        if (!_routes.TryGetValue(prefix, out var other) || route.Rank.CompareTo(other.Rank) < 0)
        {
            _routes[prefix] = route;
        }
        else if (route.Rank == other.Rank && (route.NextHop, route.Device) != (other.NextHop, other.Device))
        {
            log.Problem(route.At, $"{prefix} has next hop {route.NextHop}, and on line {other.At.Line} {other.NextHop} with the same preference; a route of Metron has one next hop, remove one");
        }
    }

    /// <summary>Adds a prefix whose packets are dropped (blackhole, unreachable, prohibit).</summary>
    public void Discard(IpPrefix prefix, Place at) => _discarded.TryAdd(prefix, (at, false));

    /// <summary>Adds a network that an interface is in.</summary>
    public void AddConnected(IpPrefix network, string device, Place at)
    {
        switch (options.Connected)
        {
            case ConnectedRoutes.Refuse:
                log.Problem(at, $"{network} is directly connected, and a route of Metron has one next hop; route its hosts one by one (--connected hosts "
                    + "takes the neighbours of --neighbors), or leave it out (--connected skip)");
                break;
            case ConnectedRoutes.Skip:
                log.Note(at, $"{network} is directly connected and left out; packets to it follow a shorter route, if there is one");
                break;
            default:
                var count = 0;
                foreach (var (address, hop) in _map.NeighborsIn(network, device))
                {
                    _hosts.TryAdd(new IpPrefix(address, address.Width), (hop, at));
                    count++;
                }

                // Without this the hosts that are no neighbours now would follow a shorter route.
                _discarded.TryAdd(network, (at, true));
                log.Note(at, $"{network} is directly connected: {count} of its hosts are neighbours at {device} and have routes, the others have none");
                break;
        }
    }

    /// <summary>The router; null when there are problems.</summary>
    public RouterConfiguration? Finish()
    {
        var found = Resolve();
        if (log.HasProblems)
        {
            return null;
        }

        foreach (var (prefix, (hop, at)) in _hosts)
        {
            found.TryAdd(prefix, hop);
        }

        // Shortest first: when one is cut out, nothing that holds it is left that a longer one could fill it from.
        foreach (var (prefix, (at, isNoted)) in _discarded.OrderBy(one => one.Key.Length).ThenBy(one => one.Key.Address))
        {
            CutOut(prefix, found);
            if (!isNoted)
            {
                log.Note(at, $"{prefix} is dropped as noRoute; no ICMP message is sent");
            }
        }

        if (found.Count > MostRoutes)
        {
            log.Problem(default, $"has {found.Count:N0} routes; a router has at most {MostRoutes:N0}");
            return null;
        }

        return new RouterConfiguration(options.Name)
        {
            RouterPorts = options.Ports,
            Routes = [.. found.OrderBy(route => route.Key.Address).ThenBy(route => route.Key.Length).Select(route => new Route(route.Key, route.Value))],
        };
    }

    private Dictionary<IpPrefix, NextHop> Resolve()
    {
        var found = new Dictionary<IpPrefix, NextHop>(_routes.Count);
        var unknown = new Dictionary<(IpAddress, string), (Place At, string Problem, int Count)>();
        foreach (var (prefix, route) in _routes)
        {
            if (_discarded.TryGetValue(prefix, out var dropped))
            {
                log.Problem(route.At, $"{prefix} has a next hop, and is dropped on line {dropped.At.Line}; remove one");
            }
            else if (_map.Find(route.NextHop, route.Device, out var hop) is { } problem)
            {
                var key = (route.NextHop, route.Device);
                unknown[key] = unknown.TryGetValue(key, out var before) ? before with { Count = before.Count + 1 } : (route.At, problem, 1);
            }
            else
            {
                found.Add(prefix, hop);
            }
        }

        foreach (var (at, problem, count) in unknown.Values.OrderBy(one => one.At.Line).ThenBy(one => one.At.Column))
        {
            log.Problem(at, count == 1 ? problem : string.Create(CultureInfo.InvariantCulture, $"{problem} ({count} routes need it)"));
        }

        return found;
    }

    /// <summary>
    /// Takes a prefix out of the shorter ones that hold it, as a router of Metron drops only what has no route: each of them is replaced by
    /// the prefixes beside the way down to the one taken out, which lead where the longest of them led.
    /// </summary>
    private static void CutOut(IpPrefix prefix, Dictionary<IpPrefix, NextHop> routes)
    {
        List<IpPrefix> outer = [];
        NextHop? longest = null;
        for (var length = 0; length < prefix.Length; length++)
        {
            var above = Shortened(prefix, length);
            if (routes.TryGetValue(above, out var hop))
            {
                outer.Add(above);
                longest = hop;
            }

            if (longest is { } leads)
            {
                routes.TryAdd(Sibling(Shortened(prefix, length + 1)), leads);
            }
        }

        outer.ForEach(above => routes.Remove(above));
        routes.Remove(prefix); // what another prefix that was cut out left beside it
    }

    private static IpPrefix Shortened(IpPrefix prefix, int length)
    {
        var width = prefix.Address.Width;
        var mask = length == 0 ? 0 : UInt128.MaxValue << (width - length);
        return new IpPrefix(new IpAddress(prefix.Address.Value & mask, prefix.Address.IsV6), length);
    }

    private static IpPrefix Sibling(IpPrefix prefix) =>
        new(new IpAddress(prefix.Address.Value ^ (UInt128.One << (prefix.Address.Width - prefix.Length)), prefix.Address.IsV6), prefix.Length);
}

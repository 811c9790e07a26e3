using System.Globalization;
using Metron.Mapping.Syntax;
using Metron.NetworkFunctions.L3Switch;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Mapping.Functions;

/// <summary>Reads a layer 3 switch; what has problems is left out, ports stay so that links can be checked.</summary>
internal sealed class L3SwitchMapper(V1.L3Switch l3Switch, SpecNode at)
{
    private readonly List<(IpPrefix Subnet, int Port)> _subnets = [];
    private readonly Dictionary<IpAddress, string> _own = [];
    private readonly Dictionary<IpAddress, (int Index, NextHop Hop)> _neighbors = [];

    public L3SwitchConfiguration Map(string name)
    {
        var ports = Ports();
        return new L3SwitchConfiguration(name) { SwitchPorts = ports, Neighbors = Neighbors(), Routes = Routes() };
    }

    private List<L3SwitchPort> Ports()
    {
        Counts.Check(l3Switch.Ports.Count, 2, SpecLimits.RouterPorts, "ports", at);
        var names = new Dictionary<string, int>();
        var ports = new List<L3SwitchPort>();
        for (var i = 0; i < l3Switch.Ports.Count; i++)
        {
            var (port, portAt) = (l3Switch.Ports[i], at.Item("ports", i));
            if (Names.Check(port.Name, portAt) && !names.TryAdd(port.Name, i))
            {
                portAt.Report("name", $"{Text.Quote(port.Name)} is the name of ports[{names[port.Name]}] already; names are unique within a layer 3 switch");
            }

            var mac = Addresses.Mac(port.Mac, portAt, "mac", required: true) ?? default;
            Counts.Check(port.Addresses.Count, 1, SpecLimits.PortAddresses, "addresses", portAt);
            ports.Add(new L3SwitchPort(port.Name, mac) { Addresses = [.. port.Addresses.Select((text, at) => Own(text, i, portAt.Item("addresses", at))).OfType<PortAddress>()] });
        }

        return ports;
    }

    private PortAddress? Own(string text, int port, SpecNode node)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !IpAddress.TryParse(text[..slash], out var address)
            || !int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length < 1 || length >= address.Width)
        {
            node.Report($"{Text.Quote(text)} is not an address with the length of its subnet such as 10.1.0.1/24 or 2001:db8:1::1/64");
            return null;
        }

        if (!Addresses.TryHost(text[..slash], node, "", out _))
        {
            return null;
        }

        var hostBits = (UInt128.One << (address.Width - length)) - 1;
        var subnet = new IpPrefix(new IpAddress(address.Value & ~hostBits, address.IsV6), length);
        var overlap = _subnets.Find(known => known.Subnet != subnet && (known.Subnet.Contains(subnet.Address) || subnet.Contains(known.Subnet.Address)));
        var taken = _subnets.Find(known => known.Subnet == subnet && known.Port != port);
        if ((overlap.Subnet.Length > 0 ? overlap : taken) is { Subnet.Length: > 0 } other)
        {
            node.Report($"its subnet {subnet} overlaps {other.Subnet} of ports[{other.Port}]; an address must be in one subnet");
            return null;
        }

        if (!_own.TryAdd(address, l3Switch.Ports[port].Name))
        {
            node.Report($"{address} is an address of port {_own[address]} already");
            return null;
        }

        _subnets.Add((subnet, port));
        return new PortAddress(address, subnet);
    }

    private List<L3SwitchNeighbor> Neighbors()
    {
        Counts.Check(l3Switch.Neighbors.Count, 0, SpecLimits.Neighbors, "neighbors", at);
        var neighbors = new List<L3SwitchNeighbor>();
        for (var i = 0; i < Math.Min(l3Switch.Neighbors.Count, SpecLimits.Neighbors); i++)
        {
            var (neighbor, node) = (l3Switch.Neighbors[i], at.Item("neighbors", i));
            var mac = Addresses.Mac(neighbor.Mac, node, "mac", required: true);
            if (Addresses.TryHost(neighbor.Address, node, "address", out var address) && PortOf(address, node) is { } port && mac is { } given)
            {
                var hop = new NextHop(port, given);
                if (_neighbors.TryAdd(address, (i, hop)))
                {
                    neighbors.Add(new L3SwitchNeighbor(address, hop));
                }
                else
                {
                    node.Report("address", $"{address} is the address of neighbors[{_neighbors[address].Index}] already");
                }
            }
        }

        return neighbors;
    }

    private int? PortOf(IpAddress address, SpecNode node)
    {
        if (_own.TryGetValue(address, out var own))
        {
            node.Report("address", $"{address} is the switch's own address on port {own}");
            return null;
        }

        var found = _subnets.FindIndex(known => known.Subnet.Contains(address));
        if (found < 0)
        {
            node.Report("address", $"{address} is in no subnet of a port");
            return null;
        }

        return _subnets[found].Port;
    }

    private List<Route> Routes()
    {
        Counts.Check(l3Switch.Routes.Count, 0, SpecLimits.L3SwitchRoutes, "routes", at);
        var seen = new Dictionary<IpPrefix, int>();
        var routes = new List<Route>();
        for (var i = 0; i < Math.Min(l3Switch.Routes.Count, SpecLimits.L3SwitchRoutes); i++)
        {
            var (route, node) = (l3Switch.Routes[i], at.Item("routes", i));
            var isPrefix = Addresses.TryPrefix(route.Prefix, node, "prefix", out var prefix) && IsOutside(prefix, node);
            if (isPrefix && !seen.TryAdd(prefix, i))
            {
                node.Report("prefix", $"{prefix} is the prefix of routes[{seen[prefix]}] already; a prefix has one route");
            }
            else if (Addresses.TryHost(route.Via, node, "via", out var via) && IsNeighbor(via, prefix, isPrefix, node) && isPrefix)
            {
                routes.Add(new Route(prefix, _neighbors[via].Hop));
            }
        }

        return routes;
    }

    private bool IsOutside(IpPrefix prefix, SpecNode node)
    {
        var found = _subnets.FindIndex(known => known.Subnet.Length <= prefix.Length && known.Subnet.Contains(prefix.Address));
        if (found >= 0)
        {
            node.Report("prefix", $"{prefix} is within {_subnets[found].Subnet}, the subnet of port {l3Switch.Ports[_subnets[found].Port].Name}; neighbours are reached there directly");
        }

        return found < 0;
    }

    private bool IsNeighbor(IpAddress via, IpPrefix prefix, bool isPrefix, SpecNode node)
    {
        if (!_neighbors.ContainsKey(via))
        {
            node.Report("via", $"{via} is none of the neighbors; add it there with its MAC address");
            return false;
        }

        if (isPrefix && via.IsV6 != prefix.Address.IsV6)
        {
            node.Report("via", $"{via} is IPv{(via.IsV6 ? 6 : 4)}, but {prefix} is not");
            return false;
        }

        return true;
    }
}

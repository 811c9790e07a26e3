using Metron.Import.Syntax;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Import.Routes;

/// <summary>Finds the router's port and the MAC address of next hops.</summary>
internal sealed class NextHopMap
{
    private readonly RouteImportOptions _options;
    private readonly Dictionary<string, int> _ports = [];
    private readonly Dictionary<IpAddress, (int Port, string Device, MacAddress Mac)> _known = [];
    private readonly Dictionary<(IpAddress Address, string Device), MacAddress> _linkLocal = [];

    /// <summary>Reads options and neighbour files; problems are reported.</summary>
    public NextHopMap(RouteImportOptions options, ImportLog log)
    {
        _options = options;
        for (var i = 0; i < options.Ports.Count; i++)
        {
            if (!_ports.TryAdd(options.Ports[i].Name, i))
            {
                log.Problem(default, $"the port {Quote.Of(options.Ports[i].Name)} is given twice");
            }
        }

        if (options.Ports.Count < 2)
        {
            log.Problem(default, "a router has at least two ports; give each by --port NAME=MAC, its own MAC address there");
        }

        var file = log.File;
        foreach (var neighbors in options.Neighbors)
        {
            log.File = neighbors.File;
            ReadNeighbors(neighbors, log);
        }

        log.File = file;
        foreach (var (address, place) in options.NextHops)
        {
            if (!_ports.TryGetValue(place.Port, out var port))
            {
                log.Problem(default, $"next hop {address} is said to be at port {Quote.Of(place.Port)}, which the router does not have{Ports}");
            }
            else if (Usable(place.Mac))
            {
                _known[address] = (port, string.Empty, place.Mac);
            }
            else
            {
                log.Problem(default, $"next hop {address} has MAC address {place.Mac}, which is not the address of one interface");
            }
        }
    }

    private string Ports => _ports.Count == 0 ? string.Empty : $"; it has {string.Join(", ", _ports.Keys)}";

    /// <summary>Finds a next hop.</summary>
    /// <param name="address">Its address.</param>
    /// <param name="device">Interface that the route names, or empty.</param>
    /// <param name="hop">The next hop.</param>
    /// <returns>Null when it is known, else what is wrong.</returns>
    public string? Find(IpAddress address, string device, out NextHop hop)
    {
        hop = default;
        if (device.Length > 0 && _linkLocal.TryGetValue((address, device), out var mac))
        {
            if (!TryPort(device, out var port))
            {
                return $"next hop {address} is at interface {Quote.Of(device)}, which is no port of the router{Ports}; say which by --interface {device}=PORT";
            }

            hop = new NextHop(port, mac);
            return null;
        }

        if (!_known.TryGetValue(address, out var known))
        {
            return $"next hop {address} is not known: neither its port nor its MAC address; give --next-hop {address}=PORT,MAC, or the output of 'ip -j neigh' by --neighbors";
        }

        // What is said by an option holds whatever the route's interface; a neighbour's port is that of its interface.
        if (known.Device.Length > 0 && device.Length > 0 && known.Device != device)
        {
            return $"next hop {address} is reached by interface {Quote.Of(device)}, but it is a neighbour at {Quote.Of(known.Device)}; give --next-hop {address}=PORT,MAC";
        }

        if (known.Port < 0)
        {
            return $"next hop {address} is at interface {Quote.Of(known.Device)}, which is no port of the router{Ports}; say which by --interface {known.Device}=PORT";
        }

        hop = new NextHop(known.Port, known.Mac);
        return null;
    }

    /// <summary>The neighbours at an interface that a network has.</summary>
    public IEnumerable<(IpAddress Address, NextHop Hop)> NeighborsIn(IpPrefix network, string device) => _known
        .Where(known => known.Value.Device == device && known.Value.Port >= 0 && network.Contains(known.Key))
        .OrderBy(known => known.Key)
        .Select(known => (known.Key, new NextHop(known.Value.Port, known.Value.Mac)));

    /// <summary>Whether an interface is a port.</summary>
    public bool TryPort(string device, out int port) =>
        _ports.TryGetValue(_options.Interfaces.TryGetValue(device, out var name) ? name : device, out port);

    private static bool Usable(MacAddress mac) => !mac.IsGroup && mac.Value != 0;

    private void ReadNeighbors(SourceText source, ImportLog log)
    {
        if (JsonSource.Read(source, log) is not { } document)
        {
            return;
        }

        if (document is not JsonList list)
        {
            log.Problem(document.At, $"is {document.Kind}; expected the array that 'ip -j neigh' prints");
            return;
        }

        foreach (var item in list.Items)
        {
            if (item is not JsonObject neighbor || !AddressSets.TryAddress(neighbor.Text("dst") ?? string.Empty, out var address)
                || neighbor.Text("dev") is not { } device)
            {
                log.Problem(item.At, "is not a neighbour with 'dst' and 'dev'");
                continue;
            }

            // Entries without address (FAILED, INCOMPLETE) say nothing.
            if (neighbor.Text("lladdr") is { } text && MacAddress.TryParse(text, out var mac) && Usable(mac))
            {
                Add(address, device, mac, item.At, log);
            }
        }
    }

    private void Add(IpAddress address, string device, MacAddress mac, Place at, ImportLog log)
    {
        _linkLocal[(address, device)] = mac;
        var isLinkLocal = address.IsV6 && address.Value >> 118 == 0x3fa; // fe80::/10: meaningful together with its interface only
        if (isLinkLocal)
        {
            return;
        }

        var port = TryPort(device, out var found) ? found : -1;
        if (_known.TryGetValue(address, out var other) && other != (port, device, mac))
        {
            log.Problem(at, $"neighbour {address} is at {Quote.Of(other.Device)} ({other.Mac}) and at {Quote.Of(device)} ({mac}); remove one");
        }

        _known[address] = (port, device, mac);
    }
}

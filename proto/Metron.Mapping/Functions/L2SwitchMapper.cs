using Metron.Mapping.Syntax;
using Metron.NetworkFunctions.L2Switch;
using Metron.Packets;

namespace Metron.Mapping.Functions;

/// <summary>Reads a layer 2 switch.</summary>
internal static class L2SwitchMapper
{
    /// <summary>Reads a layer 2 switch; hosts with problems are left out, ports stay so that links can be checked.</summary>
    public static L2SwitchConfiguration Map(string name, V1.L2Switch l2Switch, SpecNode at)
    {
        Counts.Check(l2Switch.Ports.Count, 2, SpecLimits.RouterPorts, "ports", at);
        var ports = new Dictionary<string, int>();
        for (var i = 0; i < l2Switch.Ports.Count; i++)
        {
            var port = l2Switch.Ports[i];
            if (Names.Problem(port) is { } problem)
            {
                at.Item("ports", i).Report(problem);
            }
            else if (!ports.TryAdd(port, i))
            {
                at.Item("ports", i).Report($"{Text.Quote(port)} is ports[{ports[port]}] already; names are unique within a layer 2 switch");
            }
        }

        int? other = l2Switch.DefaultPort.Length > 0 ? Port(l2Switch.DefaultPort, ports, at, "defaultPort") : null;
        return new L2SwitchConfiguration(name) { SwitchPorts = [.. l2Switch.Ports], Hosts = Hosts(l2Switch, ports, at), DefaultPort = other };
    }

    private static List<L2SwitchHost> Hosts(V1.L2Switch l2Switch, Dictionary<string, int> ports, SpecNode at)
    {
        Counts.Check(l2Switch.Hosts.Count, 0, SpecLimits.Neighbors, "hosts", at);
        var seen = new Dictionary<MacAddress, int>();
        var hosts = new List<L2SwitchHost>();
        for (var i = 0; i < Math.Min(l2Switch.Hosts.Count, SpecLimits.Neighbors); i++)
        {
            var (host, node) = (l2Switch.Hosts[i], at.Item("hosts", i));
            var mac = Addresses.Mac(host.Mac, node, "mac", required: true);
            if (Port(host.Port, ports, node, "port") is { } port && mac is { } given)
            {
                if (seen.TryAdd(given, i))
                {
                    hosts.Add(new L2SwitchHost(given, port));
                }
                else
                {
                    node.Report("mac", $"{given} is hosts[{seen[given]}] already; a host is behind one port");
                }
            }
        }

        return hosts;
    }

    private static int? Port(string name, Dictionary<string, int> ports, SpecNode at, string field)
    {
        if (ports.TryGetValue(name, out var port))
        {
            return port;
        }

        at.Report(field, name.Length == 0
            ? "must be given: the name of one of the switch's ports"
            : $"{Text.Quote(name)} is not a port of this switch{Suggestion.Phrase(name, ports.Keys)}");
        return null;
    }
}

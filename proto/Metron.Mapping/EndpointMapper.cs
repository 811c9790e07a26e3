using Metron.Mapping.Syntax;
using Metron.NetworkFunctions.Chains;

namespace Metron.Mapping;

/// <summary>Reads an endpoint.</summary>
internal static class EndpointMapper
{
    private const uint LastPort = 65_279;   // OFPP_MAX is 0xff00 (OpenFlow 1.3.5, 7.2.1); above are reserved ports.
    private const uint LastVlan = 4094;     // 4095 is reserved (IEEE 802.1Q).

    /// <summary>Reads an endpoint, apart from the uniqueness of its name.</summary>
    public static ChainEndpoint Map(V1.Endpoint endpoint, SpecNode at)
    {
        if (endpoint.Switch.Length == 0)
        {
            at.Report("switch", "must be given: the name of a switch");
        }
        else
        {
            Names.CheckPeer(endpoint.Switch, at, "switch");
        }

        if (endpoint.Port == 0)
        {
            at.Report("port", $"must be given: an OpenFlow port number 1-{LastPort}");
        }
        else
        {
            Counts.CheckRange(endpoint.Port, 1, LastPort, at, "port");
        }

        Counts.CheckRange(endpoint.Vlan, 0, LastVlan, at, "vlan", "; 0 for untagged");
        Enums.Check(endpoint.Role, at, "role");
        return new ChainEndpoint(endpoint.Name, endpoint.Switch, endpoint.Port)
        {
            Match = PacketMatchMapper.Map(endpoint.Match, at.Field("match")),
            Vlan = (ushort)Math.Min(endpoint.Vlan, LastVlan),
            IsIngress = endpoint.Role != V1.EndpointRole.Egress,
            IsEgress = endpoint.Role != V1.EndpointRole.Ingress,
            PeerMac = Addresses.Mac(endpoint.PeerMac, at, "peerMac", required: false),
            LocalMac = Addresses.Mac(endpoint.LocalMac, at, "localMac", required: false),
            BackupPorts = BackupPortsOf(endpoint, at),
            PortUse = UseOf(endpoint, at),
        };
    }

    private static PortList BackupPortsOf(V1.Endpoint endpoint, SpecNode at)
    {
        Counts.Check(endpoint.BackupPorts.Count, 0, SpecLimits.BackupPorts, "backupPorts", at);
        var ports = endpoint.BackupPorts.Take(SpecLimits.BackupPorts).ToList();
        for (var i = 0; i < ports.Count; i++)
        {
            var field = $"backupPorts[{i}]";
            if (!Counts.CheckRange(ports[i], 1, LastPort, at, field))
            {
                continue;
            }

            if (ports[i] == endpoint.Port)
            {
                at.Report(field, $"{ports[i]} is the endpoint's port already; name other ports");
            }
            else if (ports.IndexOf(ports[i]) is var first && first < i)
            {
                at.Report(field, $"{ports[i]} is named twice, by backupPorts[{first}] too");
            }
        }

        return [.. ports];
    }

    private static PortUse UseOf(V1.Endpoint endpoint, SpecNode at)
    {
        if (Enums.Check(endpoint.PortUse, at, "portUse") && endpoint.PortUse != V1.PortUse.Unspecified && endpoint.BackupPorts.Count == 0)
        {
            at.Report("portUse", "says which of several ports packets leave by, but the endpoint has one port only; name others by backupPorts, or leave it out");
        }

        return endpoint.PortUse == V1.PortUse.Spread ? PortUse.Spread : PortUse.Failover;
    }
}

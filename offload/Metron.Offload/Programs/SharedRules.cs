using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>A place where some chain takes packets.</summary>
/// <param name="Port">OpenFlow port number.</param>
/// <param name="Vlan">VLAN id, or 0 for untagged.</param>
/// <param name="TakesAll">Whether it takes every IPv4 and IPv6 packet there.</param>
public readonly record struct EndpointUse(uint Port, ushort Vlan, bool TakesAll);

/// <summary>Rules that serve all chains: they count what no chain wants at a port.</summary>
public static class SharedRules
{
    /// <summary>The rules for all the places of a switch where chains take packets.</summary>
    public static IReadOnlyList<SwitchRule> Write(IEnumerable<EndpointUse> uses)
    {
        var writer = new RuleWriter("", 0, 0);
        foreach (var port in uses.GroupBy(use => use.Port).OrderBy(group => group.Key))
        {
            var inPort = OxmField.InPort(port.Key);
            Drop(writer, TableLayout.VlanPriority, [inPort], "another VLAN than a chain's", "vlanTagged");
            foreach (var vlan in port.GroupBy(use => use.Vlan).OrderBy(group => group.Key))
            {
                var onWire = vlan.Key == 0 ? OxmField.VlanAbsent() : OxmField.VlanId(vlan.Key);
                Drop(writer, TableLayout.NotIpPriority, [inPort, onWire], "neither IPv4 nor IPv6", "notIp");
                if (!vlan.Any(use => use.TakesAll))
                {
                    const string purpose = "for no chain";
                    const string reason = "notMatched";
                    Drop(writer, TableLayout.NotMatchedPriority, [inPort, onWire, OxmField.EthernetType(EtherType.Ipv4)], purpose, reason);
                    Drop(writer, TableLayout.NotMatchedPriority, [inPort, onWire, OxmField.EthernetType(EtherType.Ipv6)], purpose, reason);
                }
            }
        }

        return writer.Rules;
    }

    private static void Drop(RuleWriter writer, ushort priority, IReadOnlyList<OxmField> match, string purpose, string reason) =>
        writer.Add(RuleRole.Shared, TableLayout.Entrance, priority, match, [], new RuleNote(purpose, 0, reason));
}

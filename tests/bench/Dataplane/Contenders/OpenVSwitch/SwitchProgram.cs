using System.Globalization;
using Metron.Bench.Traces;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Bench.Dataplane;

/// <summary>What measured functions are as OpenFlow rules of Open vSwitch (ovs-fields(7), ovs-actions(7)); packets leave by the port that they came by.</summary>
internal static class SwitchProgram
{
    private const int HighestPriority = 65_000;

    private static readonly string SetSource = $"set_field:{ChainProgram.InternetTagMac}->eth_src";

    /// <summary>To the internet, when no router writes another destination.</summary>
    private static readonly string Leave = $"set_field:{ChainProgram.InternetPeer}->eth_dst,{SetSource},IN_PORT";

    /// <summary>Everything, unchanged.</summary>
    public static IReadOnlyList<string> Forward(Trace trace) => ["priority=1,actions=IN_PORT"];

    /// <summary>A stateless firewall: its rules in order, for what comes from inside.</summary>
    public static IReadOnlyList<string> Filter(FirewallConfiguration firewall, Trace trace) =>
    [
        .. firewall.Rules.SelectMany((rule, index) => Matches(rule.Match, trace)
            .Select(match => Line(HighestPriority - index, match, rule.Allow ? Leave : "drop"))),
    ];

    /// <summary>The routes of the trace's IP version, the longest first.</summary>
    public static IReadOnlyList<string> Route(RouterConfiguration router, Trace trace) =>
    [
        .. router.Routes.Where(route => route.Prefix.Address.IsV6 == trace.IsV6).Select(route => Line(
            1 + route.Prefix.Length,
            $"{(trace.IsV6 ? "ipv6,ipv6_dst" : "ip,nw_dst")}={route.Prefix}",
            $"dec_ttl,set_field:{route.NextHop.Mac}->eth_dst,{SetSource},IN_PORT")),
    ];

    /// <summary>Source translation by connection tracking (ovs-actions(7), ct).</summary>
    public static IReadOnlyList<string> Translate(Trace trace)
    {
        var pool = ChainFunctions.Pool(0, trace.IsV6);
        var range = trace.IsV6 ? $"[{pool.First}]-[{pool.Last}]" : $"{pool.First}-{pool.Last}";
        var version = trace.IsV6 ? "ipv6" : "ip";
        return
        [
            $"table=0,priority=1,{version},actions=ct(zone=1,nat,table=1)",
            $"table=1,priority=2,ct_state=+trk+new,{version},actions=ct(commit,zone=1,nat(src={range})),{Leave}",
            $"table=1,priority=1,ct_state=+trk+est,{version},actions={Leave}",
        ];
    }

    private static string Line(int priority, string match, string actions) => string.Create(
        CultureInfo.InvariantCulture, $"priority={priority},{match},actions={actions}");

    /// <summary>A condition as one match or several, as ranges of ports become masks.</summary>
    private static IEnumerable<string> Matches(PacketMatch match, Trace trace)
    {
        var version = trace.IsV6 ? "6" : "";
        var isV4 = match.Source is { } source ? !source.Value.Address.IsV6 : match.Destination is { } destination ? !destination.Value.Address.IsV6 : !trace.IsV6;
        var protocol = match.Protocol?.Value switch
        {
            null => isV4 ? "ip" : "ipv6",
            IpProtocol.Tcp => isV4 ? "tcp" : "tcp6",
            IpProtocol.Udp => isV4 ? "udp" : "udp6",
            var other => throw new InvalidOperationException($"no rule of the bench is about protocol {other}{version}"),
        };
        var addresses = (match.Source is { } from ? $",{(isV4 ? "nw_src" : "ipv6_src")}={from.Value}" : "")
            + (match.Destination is { } to ? $",{(isV4 ? "nw_dst" : "ipv6_dst")}={to.Value}" : "");
        return match.DestinationPort is { } ports
            ? PortMasks(ports.Value).Select(mask => $"{protocol}{addresses},tp_dst={mask}")
            : [protocol + addresses];
    }

    private static IEnumerable<string> PortMasks(PortRange ports)
    {
        for (int first = ports.First; first <= ports.Last;)
        {
            var size = first == 0 ? 1 << 16 : first & -first;
            while (first + size - 1 > ports.Last)
            {
                size >>= 1;
            }

            yield return string.Create(CultureInfo.InvariantCulture, $"{first}/0x{0x10000 - size:x4}");
            first += size;
        }
    }
}

namespace Metron.Cli.Output;

/// <summary>Configurations of functions in a few lines. Long lists are cut; `-o yaml` has them whole.</summary>
internal static class FunctionText
{
    private const int MostLines = 20;

    /// <summary>The kind, as the spec names it.</summary>
    public static string Kind(V1.NetworkFunction function) => function.ConfigurationCase switch
    {
        V1.NetworkFunction.ConfigurationOneofCase.None => string.Empty,
        var kind => char.ToLowerInvariant(kind.ToString()[0]) + kind.ToString()[1..],
    };

    /// <summary>At least one line.</summary>
    public static IReadOnlyList<string> Lines(V1.NetworkFunction function) => function.ConfigurationCase switch
    {
        V1.NetworkFunction.ConfigurationOneofCase.Firewall => Firewall(function.Firewall),
        V1.NetworkFunction.ConfigurationOneofCase.Router => Router(function.Router),
        V1.NetworkFunction.ConfigurationOneofCase.Napt => Napt(function.Napt),
        V1.NetworkFunction.ConfigurationOneofCase.LoadBalancer => LoadBalancer(function.LoadBalancer),
        V1.NetworkFunction.ConfigurationOneofCase.Monitor =>
            [$"top talkers: {(function.Monitor.TopTalkers == 0 ? 10 : function.Monitor.TopTalkers)}"],
        V1.NetworkFunction.ConfigurationOneofCase.Dpi => Dpi(function.Dpi),
        V1.NetworkFunction.ConfigurationOneofCase.Policer => [.. Cut(function.Policer.Limits.Select(Limit), function.Policer.Limits.Count, "limits")],
        V1.NetworkFunction.ConfigurationOneofCase.WanOptimizer => [WanOptimizer(function.WanOptimizer)],
        V1.NetworkFunction.ConfigurationOneofCase.Dispatcher => Dispatcher(function.Dispatcher),
        V1.NetworkFunction.ConfigurationOneofCase.Mirror => [Mirror(function.Mirror)],
        V1.NetworkFunction.ConfigurationOneofCase.StaticNat => StaticNat(function.StaticNat),
        V1.NetworkFunction.ConfigurationOneofCase.Tunnel => [Tunnel(function.Tunnel)],
        V1.NetworkFunction.ConfigurationOneofCase.Blackbox => Blackbox(function.Blackbox),
        V1.NetworkFunction.ConfigurationOneofCase.Esp => Esp(function.Esp),
        V1.NetworkFunction.ConfigurationOneofCase.Vlan => [Vlan(function.Vlan)],
        V1.NetworkFunction.ConfigurationOneofCase.Mpls => Mpls(function.Mpls),
        V1.NetworkFunction.ConfigurationOneofCase.L3Switch => L3Switch(function.L3Switch),
        V1.NetworkFunction.ConfigurationOneofCase.L2Switch => L2Switch(function.L2Switch),
        V1.NetworkFunction.ConfigurationOneofCase.NeighborResponder =>
            [.. Cut(function.NeighborResponder.Answers.Select(Answer), function.NeighborResponder.Answers.Count, "answers")],
        _ => [string.Empty],
    };

    private static string WanOptimizer(V1.WanOptimizer optimizer) =>
        $"path MTU {optimizer.PathMtu}"
        + (optimizer.KeepOneAcknowledgementIn > 1 ? $", keeps one acknowledgement in {optimizer.KeepOneAcknowledgementIn}" : "");

    /// <summary>A match as "protocol=tcp destinationPort=80"; "any" when it has no condition.</summary>
    public static string Match(V1.PacketMatch? match)
    {
        if (match is null)
        {
            return "any";
        }

        (string Name, string Value)[] parts =
        [
            ("ipVersion", Text.Name(match.IpVersion)),
            ("source", match.Source),
            ("destination", match.Destination),
            ("protocol", match.Protocol),
            ("sourcePort", match.SourcePort),
            ("destinationPort", match.DestinationPort),
            ("tcpFlags", match.TcpFlags),
            ("icmpType", match.HasIcmpType ? Text.Number((ulong)match.IcmpType) : string.Empty),
            ("icmpCode", match.HasIcmpCode ? Text.Number((ulong)match.IcmpCode) : string.Empty),
        ];
        var given = parts.Where(part => part.Value.Length > 0).Select(part => $"{part.Name}={part.Value}").ToList();
        return given.Count == 0 ? "any" : string.Join(' ', given);
    }

    private static List<string> Blackbox(V1.Blackbox blackbox)
    {
        var check = blackbox.HealthCheck ?? new V1.BlackboxHealthCheck();
        var milliseconds = check.IntervalMilliseconds == 0 ? 1000 : check.IntervalMilliseconds;
        var missed = check.MissedProbes == 0 ? 3 : check.MissedProbes;
        return
        [
            $"appliance: {blackbox.Appliance}, {(blackbox.Policy == V1.BlackboxPolicy.FailOpen ? "packets pass it by" : "packets are dropped")} while it is down",
            $"client ports: {(blackbox.KeepsClientPorts ? "kept" : "may change")}",
            check.Probe is V1.BlackboxProbe.Ethernet or V1.BlackboxProbe.Udp
                ? $"probes: {Text.Name(check.Probe)} every {Text.Number((ulong)milliseconds)} ms, down after {Text.Number((ulong)missed)} missed"
                : "probes: none, its links are looked at",
        ];
    }

    private static List<string> Firewall(V1.Firewall firewall)
    {
        var allowsByDefault = firewall.DefaultAction == V1.FirewallAction.Allow;
        var passesFragments = firewall.Fragments == V1.FragmentPolicy.Pass;
        var rules = firewall.Rules.Select(rule =>
        {
            var side = rule.From == V1.Side.Unspecified ? string.Empty : $" from {Text.Name(rule.From)}";
            var name = rule.Name.Length == 0 ? string.Empty : $" ({rule.Name})";
            return $"{Text.Name(rule.Action)}{side}: {Match(rule.Match)}{name}";
        });
        return
        [
            (firewall.Stateful ? "stateful" : "stateless")
                + (allowsByDefault ? ", default ALLOW" : ", default DENY")
                + (passesFragments ? ", fragments PASS" : ", fragments DROP"),
            .. Cut(rules, firewall.Rules.Count, "rules"),
        ];
    }

    private static List<string> Router(V1.Router router) =>
    [
        string.Join(", ", router.Ports.Select(port => $"{port.Name} {port.Mac}")),
        .. Cut(router.Routes.Select(route => $"{route.Prefix} via {route.Port} {route.NextHopMac}"), router.Routes.Count, "routes"),
    ];

    private static List<string> Napt(V1.Napt napt)
    {
        var lines = new List<string>();
        if (napt.Pool.Count > 0)
        {
            var ports = napt.PortRange.Length == 0 ? "1024-65535" : napt.PortRange;
            var blocks = napt.PortBlockSize == 0 ? string.Empty : $", blocks of {napt.PortBlockSize}";
            var limit = napt.MaxBlocksPerHost == 0 ? string.Empty : $", at most {napt.MaxBlocksPerHost} per host";
            lines.Add($"IPv4 to {string.Join(", ", napt.Pool)}, ports {ports}{blocks}{limit}");
        }

        switch (napt.Ipv6?.ModeCase)
        {
            case V1.Ipv6Translation.ModeOneofCase.Prefix:
                lines.Add($"IPv6 prefix {napt.Ipv6.Prefix.Inside} to {napt.Ipv6.Prefix.Outside}");
                break;
            case V1.Ipv6Translation.ModeOneofCase.Nat66:
                lines.Add($"IPv6 to {string.Join(", ", napt.Ipv6.Nat66.Pool)}");
                break;
        }

        return lines.Count == 0 ? [string.Empty] : lines;
    }

    private static List<string> LoadBalancer(V1.LoadBalancer balancer)
    {
        var all = new List<string>();
        foreach (var service in balancer.Services)
        {
            var affinity = service.Affinity == V1.Affinity.ClientAddress ? ", by client address" : string.Empty;
            all.Add($"{service.Name}: {service.Address} {service.Protocol} port {service.Port}{affinity}");
            all.AddRange(service.Backends.Select(backend =>
            {
                var port = backend.Port == 0 ? service.Port : backend.Port;
                return $"  to {backend.Address} port {port}, weight {(backend.HasWeight ? backend.Weight : 1)}";
            }));
        }

        return all.Count == 0 ? [string.Empty] : [.. Cut(all, all.Count, "services and backends")];
    }

    private static List<string> Dispatcher(V1.Dispatcher dispatcher) =>
    [
        .. Cut(
            dispatcher.Rules.Select(rule => $"to {rule.Output}: {Match(rule.Match)}{(rule.Name.Length == 0 ? string.Empty : $" ({rule.Name})")}"),
            dispatcher.Rules.Count,
            "rules"),
        dispatcher.DefaultOutput.Length > 0 ? $"to {dispatcher.DefaultOutput}: all else" : "all else DROP",
    ];

    private static string Mirror(V1.Mirror mirror)
    {
        var matches = mirror.Matches.Count == 0 ? "any" : string.Join(" or ", mirror.Matches.Select(Match));
        var side = mirror.From == V1.Side.Unspecified ? string.Empty : $" from {Text.Name(mirror.From)}";
        var sample = mirror.SampleOneIn > 1 ? $", one in {mirror.SampleOneIn}" : string.Empty;
        var length = mirror.TruncateTo > 0 ? $", cut to {mirror.TruncateTo} bytes" : string.Empty;
        return $"copies {matches}{side}{sample}{length}";
    }

    private static string Limit(V1.PolicerLimit limit)
    {
        var rate = limit.PacketsPerSecond > 0 ? $"{limit.PacketsPerSecond} packets/s" : $"{Text.Scaled(limit.BitsPerSecond)}bit/s";
        var burst = limit.Burst == 0 ? string.Empty : $", burst {limit.Burst} {(limit.PacketsPerSecond > 0 ? "packets" : "bytes")}";
        var side = limit.From == V1.Side.Unspecified ? string.Empty : $" from {Text.Name(limit.From)}";
        var name = limit.Name.Length == 0 ? string.Empty : $" ({limit.Name})";
        return $"{rate}{(limit.PerFlow ? " per flow" : string.Empty)}{burst}{side}: {Match(limit.Match)}{name}";
    }

    private static List<string> StaticNat(V1.StaticNat nat) =>
    [
        nat.PassOthers ? "others PASS" : "others DROP",
        .. Cut(nat.Pairs.Select(pair => $"{pair.Inside} is {pair.Outside} outside"), nat.Pairs.Count, "pairs"),
    ];

    private static List<string> Dpi(V1.Dpi dpi)
    {
        var mode = dpi.Mode == V1.DpiMode.Block ? "segments one by one" : "streams";
        var failMode = dpi.FailMode == V1.FailMode.Closed ? "closed" : "open";
        var bytes = dpi.InspectedBytes == 0 ? 65_536 : dpi.InspectedBytes;
        var memory = dpi.StreamMebibytes == 0 ? 64 : dpi.StreamMebibytes;
        return
        [
            $"{mode}, fails {failMode}, cleared after {bytes} bytes, {memory} MiB per worker",
            .. Cut(dpi.Rules.Select(Rule), dpi.Rules.Count, "rules"),
        ];
    }

    private static string Rule(V1.DpiRule rule)
    {
        var patterns = rule.Patterns.Select(pattern => pattern.Pcre.Length > 0 ? $"/{pattern.Pcre}/" : $"\"{pattern.Content}\"");
        var matches = rule.Matches.Count == 0 ? "any" : string.Join(" or ", rule.Matches.Select(Match));
        var side = rule.From == V1.Side.Unspecified ? string.Empty : $" from {Text.Name(rule.From)}";
        var direction = rule.Direction == V1.FlowDirection.Unspecified ? string.Empty : $" {Text.Name(rule.Direction)}";
        var name = rule.Name.Length == 0 ? string.Empty : $" ({rule.Name})";
        return $"{Text.Name(rule.Action)}{side}{direction}: {matches}: {string.Join(" and ", patterns)}{name}";
    }

    private static string Tunnel(V1.Tunnel tunnel)
    {
        var protocol = tunnel.ProtocolCase switch
        {
            V1.Tunnel.ProtocolOneofCase.Vxlan => $"VXLAN {tunnel.Vxlan.Vni}, port {(tunnel.Vxlan.Port == 0 ? 4789 : tunnel.Vxlan.Port)}",
            V1.Tunnel.ProtocolOneofCase.Gre => tunnel.Gre.HasKey ? $"GRE, key {tunnel.Gre.Key}" : "GRE",
            _ => string.Empty,
        };
        return $"{protocol}, {tunnel.LocalAddress} to {tunnel.RemoteAddress}, MTU {(tunnel.Mtu == 0 ? 1500 : tunnel.Mtu)}, "
            + $"TTL {(tunnel.Ttl == 0 ? 64 : tunnel.Ttl)}";
    }

    private static List<string> Esp(V1.Esp esp) =>
    [
        $"{esp.LocalAddress} to {esp.RemoteAddress}, MTU {(esp.Mtu == 0 ? 1500 : esp.Mtu)}, TTL {(esp.Ttl == 0 ? 64 : esp.Ttl)}",
        .. esp.Outbound.Select(association => $"outbound {Association(association)}"),
        .. esp.Inbound.Select(association => $"inbound {Association(association)}"
            + (association.NoReplayProtection ? ", no replay protection" : $", window {(association.ReplayWindow == 0 ? 64 : association.ReplayWindow)}")),
    ];

    private static string Association(V1.SecurityAssociation association)
    {
        var numbers = association.ExtendedSequenceNumbers ? ", extended numbers" : string.Empty;
        var bytes = association.LifetimeBytes == 0 ? string.Empty : $", at most {association.LifetimeBytes} bytes";
        var seconds = association.LifetimeSeconds == 0 ? string.Empty : $", at most {association.LifetimeSeconds} s";
        return $"{association.Spi}: key {association.Key}{numbers}{bytes}{seconds}";
    }

    private static string Answer(V1.NeighborAnswer answer) =>
        $"{answer.Prefix} is at {answer.Mac}{(answer.IsRouter ? ", a router" : string.Empty)}"
        + (answer.From == V1.Side.Unspecified ? string.Empty : $" for {Text.Name(answer.From)}");

    private static List<string> L3Switch(V1.L3Switch l3Switch) =>
    [
        .. l3Switch.Ports.Select(port => $"{port.Name} {port.Mac}: {string.Join(", ", port.Addresses)}"),
        .. Cut(l3Switch.Neighbors.Select(neighbor => $"{neighbor.Address} is at {neighbor.Mac}"), l3Switch.Neighbors.Count, "neighbors"),
        .. Cut(l3Switch.Routes.Select(route => $"{route.Prefix} via {route.Via}"), l3Switch.Routes.Count, "routes"),
    ];

    private static List<string> L2Switch(V1.L2Switch l2Switch) =>
    [
        .. Cut(l2Switch.Hosts.Select(host => $"{host.Mac} to {host.Port}"), l2Switch.Hosts.Count, "hosts"),
        l2Switch.DefaultPort.Length > 0 ? $"all else to {l2Switch.DefaultPort}" : "all else DROP",
    ];

    private static string Vlan(V1.Vlan vlan)
    {
        static string Id(uint id) => id == 0 ? "no VLAN" : $"VLAN {id}";
        return $"inside {Id(vlan.InsideId)}, outside {Id(vlan.OutsideId)}{(vlan.HasPriority ? $", priority {vlan.Priority}" : string.Empty)}";
    }

    private static List<string> Mpls(V1.Mpls mpls)
    {
        if (mpls.RoleCase != V1.Mpls.RoleOneofCase.Edge)
        {
            return [.. Cut((mpls.Swap?.Labels ?? []).Select(pair => $"label {pair.Inside} inside is {pair.Outside} outside"), mpls.Swap?.Labels.Count ?? 0, "labels")];
        }

        var edge = mpls.Edge;
        var trafficClass = edge.HasTrafficClass ? $", traffic class {edge.TrafficClass}" : string.Empty;
        return [$"label {edge.OutLabel} out, {edge.InLabel} in, TTL {(edge.Ttl == 0 ? "of packets" : edge.Ttl)}{trafficClass}, MTU {(edge.Mtu == 0 ? 1500 : edge.Mtu)}"];
    }

    private static IEnumerable<string> Cut(IEnumerable<string> lines, int count, string what) =>
        count <= MostLines ? lines : lines.Take(MostLines).Append($"… {count - MostLines} more {what}; see -o yaml");
}

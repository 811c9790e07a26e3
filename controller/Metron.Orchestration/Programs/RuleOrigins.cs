using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Dispatcher;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Policer;
using Metron.NetworkFunctions.Router;
using Metron.NetworkFunctions.StaticNat;

namespace Metron.Orchestration;

/// <summary>Finds the place of the spec that a rule of the switch, or an entry of a function's table, comes from.</summary>
public static class RuleOrigins
{
    /// <summary>The path of the spec behind the purpose of a switch rule: "fw rule deny-ssh" → "spec.functions[0].firewall.rules[3]".</summary>
    /// <returns>The closest place that is known: empty for rules that come from no place in particular.</returns>
    public static string OfRule(ChainSpec spec, string purpose)
    {
        var words = purpose.Split(' ', 3);
        if (words.Length >= 2 && words[0] is "ingress" or "egress" or "steer" or "neighbours" && IndexOfEndpoint(spec, words[1]) is >= 0 and var endpoint)
        {
            return SpecPaths.Endpoint(endpoint);
        }

        if (purpose.StartsWith("neighbour discovery", StringComparison.Ordinal))
        {
            return "spec.passNeighborDiscovery";
        }

        var function = spec.Functions.ToList().FindIndex(candidate => candidate.Name == words[0]);
        return function < 0 ? "" : OfEntry(spec, function, purpose[words[0].Length..].TrimStart());
    }

    /// <summary>The path of the spec behind the purpose of an entry in a function's tables: "rule deny-ssh", "route 10.0.0.0/8".</summary>
    public static string OfEntry(ChainSpec spec, int function, string purpose)
    {
        var configuration = spec.Functions[function];
        var field = Field(configuration, purpose);
        return field is null ? SpecPaths.Function(function) : SpecPaths.Configuration(function, configuration, field);
    }

    private static string? Field(NetworkFunctionConfiguration configuration, string purpose) => configuration switch
    {
        FirewallConfiguration firewall => Rule(firewall, purpose),
        RouterConfiguration router => Route(router, purpose),
        LoadBalancerConfiguration balancer => Service(balancer, purpose),
        NaptConfiguration napt => Translation(napt, purpose),
        StaticNatConfiguration nat => Pair(nat, purpose),
        PolicerConfiguration policer => Limit(policer, purpose),
        DispatcherConfiguration dispatcher => Output(dispatcher, purpose),
        _ => null,
    };

    private static string? Rule(FirewallConfiguration firewall, string purpose)
    {
        var index = IndexOfRule(firewall, purpose);
        return index >= 0 ? $"rules[{index}]" : purpose == "default" ? "defaultAction" : purpose == "fragments" ? "fragments" : null;
    }

    /// <summary>What a rule says of answers, and of packets that its negations let go on, is told behind a comma.</summary>
    private static int IndexOfRule(FirewallConfiguration firewall, string purpose)
    {
        for (var i = 0; i < firewall.Rules.Count; i++)
        {
            var own = FirewallDeclaration.PurposeOf(firewall, i);
            if (purpose == own || purpose.StartsWith(own + ", ", StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }

    private static string Route(RouterConfiguration router, string purpose)
    {
        var index = purpose.StartsWith("route ", StringComparison.Ordinal)
            ? router.Routes.ToList().FindIndex(route => route.Prefix.ToString() == purpose[6..])
            : -1;
        return index >= 0 ? $"routes[{index}]" : "routes";
    }

    private static string? Service(LoadBalancerConfiguration balancer, string purpose)
    {
        var index = purpose.StartsWith("service ", StringComparison.Ordinal)
            ? balancer.Services.ToList().FindIndex(service => service.Name == purpose[8..])
            : -1;
        return index >= 0 ? $"services[{index}]" : null;
    }

    private static string? Translation(NaptConfiguration napt, string purpose) =>
        napt.PrefixTranslation is not null && purpose.Contains("prefix", StringComparison.Ordinal) ? "ipv6.prefix"
        : napt.Pool.Count > 0 ? "pool"
        : napt.Pool6.Count > 0 ? "ipv6.nat66"
        : null;

    private static string? Output(DispatcherConfiguration dispatcher, string purpose)
    {
        var index = Enumerable.Range(0, dispatcher.Rules.Count).FirstOrDefault(rule => purpose == dispatcher.PurposeOf(rule), -1);
        return index >= 0 ? $"rules[{index}]" : dispatcher.DefaultOutput >= 0 ? "defaultOutput" : "rules";
    }

    private static string Limit(PolicerConfiguration policer, string purpose)
    {
        var index = Enumerable.Range(0, policer.Limits.Count).FirstOrDefault(limit => purpose == $"limit {policer.LabelOf(limit)}", -1);
        return index >= 0 ? $"limits[{index}]" : "limits";
    }

    /// <summary>"pair PREFIX", by either of its prefixes, perhaps with more behind a comma.</summary>
    private static string? Pair(StaticNatConfiguration nat, string purpose)
    {
        var prefix = purpose.StartsWith("pair ", StringComparison.Ordinal) ? purpose[5..].Split(',')[0] : "";
        var index = nat.Pairs.ToList().FindIndex(pair => pair.Inside.ToString() == prefix || pair.Outside.ToString() == prefix);
        return index >= 0 ? $"pairs[{index}]" : nat.PassOthers ? "passOthers" : "pairs";
    }

    private static int IndexOfEndpoint(ChainSpec spec, string name) => spec.Endpoints.ToList().FindIndex(endpoint => endpoint.Name == name);
}

using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Router;

namespace Metron.Mapping.Programs;

/// <summary>Functions on the wire without rules and routes that were left out because they have no effect.</summary>
internal static class KeptParts
{
    /// <summary>A function as the operator wrote it, reduced to what is left of it.</summary>
    /// <param name="function">What is left.</param>
    /// <param name="original">As written.</param>
    /// <param name="rules">The numbers of a firewall's rules; null when it has all of them.</param>
    public static V1.NetworkFunction Of(NetworkFunctionConfiguration function, V1.NetworkFunction original, out V1.KeptRules? rules)
    {
        rules = null;
        if (function is FirewallConfiguration firewall && firewall.Rules.Count < original.Firewall.Rules.Count)
        {
            var numbers = firewall.Rules.Select((rule, index) => rule.NumberAt(index)).ToList();
            rules = new V1.KeptRules { Function = function.Name };
            rules.Rules.AddRange(numbers.Select(number => (uint)number));
            var written = original.Firewall;
            var kept = new V1.Firewall
            {
                DefaultAction = written.DefaultAction,
                Stateful = written.Stateful,
                Fragments = written.Fragments,
                Timeouts = written.Timeouts?.Clone(),
            };
            kept.Rules.AddRange(numbers.Select(number => written.Rules[number].Clone()));
            return new V1.NetworkFunction { Name = original.Name, Firewall = kept };
        }

        if (function is RouterConfiguration router && router.Routes.Count < original.Router.Routes.Count)
        {
            var kept = new V1.Router();
            kept.Ports.AddRange(original.Router.Ports.Select(port => port.Clone()));
            kept.Routes.AddRange(router.Routes.Select(route => new V1.Route
            {
                Prefix = route.Prefix.ToString(),
                Port = router.RouterPorts[route.NextHop.Port].Name,
                NextHopMac = route.NextHop.Mac.ToString(),
            }));
            return new V1.NetworkFunction { Name = original.Name, Router = kept };
        }

        return original.Clone();
    }

    /// <summary>Gives rules their numbers back.</summary>
    /// <returns>Null when the numbers do not fit the firewall.</returns>
    public static FirewallConfiguration? Number(FirewallConfiguration firewall, V1.KeptRules kept)
    {
        var isRising = kept.Rules.Zip(kept.Rules.Skip(1)).All(pair => pair.First < pair.Second);
        return isRising && kept.Rules.Count == firewall.Rules.Count && kept.Rules.All(number => number < SpecLimits.FirewallRules)
            ? firewall with { Rules = [.. firewall.Rules.Zip(kept.Rules, (rule, number) => rule with { Position = (int)number })] }
            : null;
    }
}

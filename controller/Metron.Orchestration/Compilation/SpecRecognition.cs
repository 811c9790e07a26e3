using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Router;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>
/// Finds what a spec shares with the revision before, and puts the objects of that one in its place: what is the same object is known to be
/// the same from then on, without comparing or hashing it.
/// </summary>
internal static class SpecRecognition
{
    /// <summary>An equal spec. Functions that did not change, and rules of firewalls that did not, are the objects of the one before.</summary>
    public static ChainSpec Recognize(ChainSpec spec, ChainSpec before)
    {
        var known = new Dictionary<string, NetworkFunctionConfiguration>(StringComparer.Ordinal);
        foreach (var function in before.Functions)
        {
            known.TryAdd(function.Name, function);
        }

        return spec with
        {
            Functions = [.. spec.Functions.Select(function => known.TryGetValue(function.Name, out var old) ? Recognize(function, old) : function)],
        };
    }

    private static NetworkFunctionConfiguration Recognize(NetworkFunctionConfiguration function, NetworkFunctionConfiguration before) =>
        (function, before) switch
        {
            (FirewallConfiguration firewall, FirewallConfiguration old) => Recognize(firewall, old),
            (RouterConfiguration router, RouterConfiguration old) => IsSame(router, old) ? old : router,
            _ => function.Equals(before) ? before : function,
        };

    private static FirewallConfiguration Recognize(FirewallConfiguration firewall, FirewallConfiguration before)
    {
        var origins = ListAlignment.Of(firewall.Rules, before.Rules);
        var isSame = origins.Length == before.Rules.Count;
        var rules = new FirewallRule[origins.Length];
        for (var i = 0; i < rules.Length; i++)
        {
            rules[i] = origins[i] < 0 ? firewall.Rules[i] : before.Rules[origins[i]];
            isSame &= origins[i] >= 0;
        }

        return isSame && firewall with { Rules = before.Rules } == before ? before : firewall with { Rules = rules };
    }

    private static bool IsSame(RouterConfiguration router, RouterConfiguration before)
    {
        if (router.Routes.Count != before.Routes.Count || !router.RouterPorts.SequenceEqual(before.RouterPorts)
            || router with { Routes = before.Routes, RouterPorts = before.RouterPorts } != before)
        {
            return false;
        }

        for (var i = 0; i < router.Routes.Count; i++)
        {
            var (route, old) = (router.Routes[i], before.Routes[i]);
            if (route.NextHop != old.NextHop || route.Prefix != old.Prefix)
            {
                return false;
            }
        }

        return true;
    }
}

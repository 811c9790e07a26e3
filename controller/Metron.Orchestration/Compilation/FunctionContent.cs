using System.Text.Json;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Router;
using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>Fingerprints of a configured function.</summary>
/// <param name="AsWritten">Of everything that the operator wrote.</param>
/// <param name="AsRun">
/// Of what a server that runs it does: the order of a firewall's rules counts only where they depend on each other. Names of rules count,
/// since servers report by them; an unnamed rule is reported by its place in the list, which then counts.
/// </param>
internal readonly record struct FunctionContent(ContentHash AsWritten, ContentHash AsRun)
{
    public static FunctionContent Of(NetworkFunctionConfiguration configuration, CompilationMemory memory) => configuration switch
    {
        FirewallConfiguration firewall => Of(firewall, memory),
        RouterConfiguration router => Same(Of(router)),
        _ => Same(Json(configuration)),
    };

    /// <summary>The fingerprint of a rule.</summary>
    public static ContentHash Of(FirewallRule rule) => ContentHash.Empty.With(JsonSerializer.SerializeToUtf8Bytes(rule, PlanJson.Options));

    private static FunctionContent Same(ContentHash content) => new(content, content);

    private static FunctionContent Of(FirewallConfiguration firewall, CompilationMemory memory)
    {
        var settings = Json(firewall with { Rules = [] });
        var asWritten = settings;
        for (var i = 0; i < firewall.Rules.Count; i++)
        {
            asWritten = asWritten.With(memory.ContentOf(firewall.Rules[i])).With(PlaceOf(firewall.Rules[i], i));
        }

        return new FunctionContent(asWritten, settings.With(RulesAsRun(firewall, memory)));
    }

    /// <summary>Rules with their depths, in any order: evaluating the deepest match first is evaluating the first match first.</summary>
    private static ContentHash RulesAsRun(FirewallConfiguration firewall, CompilationMemory memory)
    {
        var depths = memory.DepthsOf(firewall.Name, [.. firewall.Rules.Select(rule => new OrderedRule(memory.HeaderMatchOf(rule.Match), rule.Allow ? 1 : 0))]);
        var sum = ContentHash.NoMembers;
        for (var i = 0; i < firewall.Rules.Count; i++)
        {
            var rule = firewall.Rules[i];
            sum += memory.ContentOf(rule).With((ulong)depths[i]).With(PlaceOf(rule, i));
        }

        return sum.With((ulong)firewall.Rules.Count);
    }

    /// <summary>Its number, if that is how it is told from others.</summary>
    private static ulong PlaceOf(FirewallRule rule, int index) => rule.Name.Length > 0 ? 0 : (ulong)rule.NumberAt(index) + 1;

    private static ContentHash Of(RouterConfiguration router)
    {
        var hash = Json(router with { Routes = [] }).With((ulong)router.Routes.Count);
        foreach (var (prefix, nextHop) in router.Routes)
        {
            var address = prefix.Address;
            hash = hash.With((ulong)(address.Value >> 64)).With((ulong)address.Value)
                .With(((ulong)prefix.Length << 40) | ((ulong)(uint)nextHop.Port << 1) | (address.IsV6 ? 1UL : 0))
                .With(nextHop.Mac.Value);
        }

        return hash;
    }

    private static ContentHash Json(NetworkFunctionConfiguration configuration) =>
        ContentHash.Empty.With(JsonSerializer.SerializeToUtf8Bytes(configuration, PlanJson.Options));
}

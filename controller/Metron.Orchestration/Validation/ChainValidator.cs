using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Router;

namespace Metron.Orchestration;

/// <summary>Checks what field-level validation cannot see: the chain as a graph, its surroundings, and other chains.</summary>
public static class ChainValidator
{
    /// <summary>Most rules that the match of one endpoint may take on a switch.</summary>
    public const int MaximumEntranceRules = 4096;

    /// <summary>Finds everything that is wrong, in the order of the spec. Empty: the chain can be planned.</summary>
    /// <param name="spec">The chain. Names are unique; each field is right by itself, or missing.</param>
    /// <param name="inventory">Switches and servers.</param>
    /// <param name="others">The other chains (a chain of the same name is ignored).</param>
    /// <param name="isComplete">
    /// False when values with problems are missing from <paramref name="spec"/>: then only its links, switches, ports and resources are looked at.
    /// </param>
    /// <param name="before">
    /// The chain as it was, when it is changed. Where this object was validated or planned before, only what is different is compiled; the
    /// result is the same without.
    /// </param>
    public static IReadOnlyList<Violation> Validate(
        ChainSpec spec, Inventory inventory, IReadOnlyList<ChainSpec> others, bool isComplete = true, ChainSpec? before = null)
    {
        List<Violation> violations = [];
        new EndpointChecks(spec, inventory, violations).Check(isComplete ? others : []);
        CheckRoutes(spec, violations);
        var beforeLinks = violations.Count;
        LinkChecks.Check(spec, violations);
        if (violations.Count == beforeLinks)
        {
            FrameChecks.Check(spec, violations);
        }

        if (violations.Count == beforeLinks && spec.Functions.All(AreRoutesRight))
        {
            CheckGraph(spec, before, inventory, violations, isComplete);
        }

        ResourceChecks.Check(spec, inventory, violations);
        return [.. violations.Distinct().OrderBy(violation => Rank(violation.Path))];
    }

    private static void CheckGraph(ChainSpec spec, ChainSpec? before, Inventory inventory, List<Violation> violations, bool isComplete)
    {
        var checks = new FunctionChecks(spec, before, violations);
        checks.CheckReachable();
        checks.CheckLength();
        checks.CheckAppliances();
        checks.CheckMirrors();
        if (!isComplete)
        {
            return;
        }

        checks.CheckBackends();
        checks.CheckWorkers();
        if (spec.Endpoints.Count > 0 && inventory.FindSwitch(spec.Endpoints[0].Switch)?.TagKind == TagKind.Mac)
        {
            checks.CheckMacs();
        }
    }

    private static void CheckRoutes(ChainSpec spec, List<Violation> violations)
    {
        for (var i = 0; i < spec.Functions.Count; i++)
        {
            if (spec.Functions[i] is RouterConfiguration router)
            {
                violations.AddRange(router.Routes
                    .Select((route, index) => (route, index))
                    .Where(pair => !HasPort(router, pair.route))
                    .Select(pair => new Violation(
                        SpecPaths.Configuration(i, router, $"routes[{pair.index}].port"),
                        $"{router.Name} has no such port; it has {Suggestion.List([.. router.Ports])}")));
            }
        }
    }

    private static bool AreRoutesRight(NetworkFunctions.NetworkFunctionConfiguration function) =>
        function is not RouterConfiguration router || router.Routes.All(route => HasPort(router, route));

    private static bool HasPort(RouterConfiguration router, Route route) =>
        route.NextHop.Port >= 0 && route.NextHop.Port < router.RouterPorts.Count;

    /// <summary>Orders by the fields of a spec as the API lists them.</summary>
    private static int Rank(string path)
    {
        string[] fields = ["spec.endpoints", "spec.functions", "spec.links", "spec.resources"];
        var rank = Array.FindIndex(fields, field => path.StartsWith(field, StringComparison.Ordinal));
        return rank < 0 ? fields.Length : rank;
    }
}

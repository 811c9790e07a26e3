using Metron.NetworkFunctions.Chains;

namespace Metron.Orchestration;

/// <summary>Checks that the servers that are known can have what the chain asks for.</summary>
internal static class ResourceChecks
{
    public static void Check(ChainSpec spec, Inventory inventory, List<Violation> violations)
    {
        var (wanted, name) = (spec.Resources.MinimumCores, spec.Endpoints.Count == 0 ? "" : spec.Endpoints[0].Switch);
        if (inventory.FindSwitch(name) is null)
        {
            return;
        }

        if (spec.Resources.Server is { } pinned)
        {
            CheckPinned(pinned, wanted, name, inventory, violations);
            return;
        }

        // Servers may still register; then this one will do or another.
        var largest = inventory.Servers.OrderByDescending(server => Workers(server, name)).FirstOrDefault();
        if (largest is not null && Workers(largest, name) < wanted)
        {
            violations.Add(new Violation("spec.resources.minCores", Workers(largest, name) == 0
                ? $"no known server has a worker attached to switch {name}"
                : $"{wanted} workers are more than any server has: {largest.Name}, the largest on switch {name}, has {Workers(largest, name)}"));
        }
    }

    private static void CheckPinned(string pinned, int wanted, string switchName, Inventory inventory, List<Violation> violations)
    {
        if (inventory.FindServer(pinned) is not { } server)
        {
            var known = inventory.Servers.Select(candidate => candidate.Name).ToList();
            violations.Add(new Violation("spec.resources.server", $"server {pinned} is not known{Suggestion.Of(pinned, known)}"));
        }
        else if (Workers(server, switchName) == 0)
        {
            violations.Add(new Violation("spec.resources.server", $"server {pinned} has no worker attached to switch {switchName}, where the endpoints are"));
        }
        else if (Workers(server, switchName) < wanted)
        {
            violations.Add(new Violation(
                "spec.resources.minCores", $"{wanted} workers are more than server {pinned} has on switch {switchName}: {Workers(server, switchName)}"));
        }
    }

    private static int Workers(ServerDescription server, string switchName)
    {
        var attached = server.Workers.Count(worker => worker.Switch == switchName);
        return attached > 0 && server.BalancedWorkers > 0 ? server.BalancedWorkers : attached;
    }
}

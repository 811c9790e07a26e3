using Metron.NetworkFunctions.Blackbox;

namespace Metron.Orchestration;

/// <summary>Chooses server and workers: the one before if it still fits, else the one with the fewest chains per worker.</summary>
internal sealed class PlacementPlanner(PlanRequest request, string switchName)
{
    private readonly List<string> _appliances = [.. request.Spec.Functions.OfType<BlackboxConfiguration>().Select(blackbox => blackbox.Appliance).Distinct()];

    /// <summary>Chooses, or says why it cannot.</summary>
    /// <param name="singleWorker">Whether the chain can use one worker only.</param>
    /// <param name="problem">Why there is no placement.</param>
    public ServerPlacement? Place(bool singleWorker, out PlanProblem? problem)
    {
        var resources = request.Spec.Resources;
        var before = request.Previous?.Placement;
        var server = request.Inventory.Servers.FirstOrDefault(candidate => candidate.Name == before?.Server && Fits(candidate))
            ?? request.Inventory.Servers
                .Where(candidate => candidate.IsConnected && Fits(candidate))
                .OrderBy(candidate => Attached(candidate).Average(worker => Usage(candidate, worker)))
                .ThenByDescending(candidate => Attached(candidate).Count)
                .ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
                .FirstOrDefault();
        problem = server is null ? new PlanProblem("noServer", Explain()) : null;
        if (server is null)
        {
            return null;
        }

        var attached = Attached(server);
        var count = singleWorker ? 1 : resources.MaximumCores == 0 || server.BalancedWorkers > 0 ? attached.Count : Math.Min(resources.MaximumCores, attached.Count);
        var kept = before?.Server == server.Name ? before.Workers : [];
        var chosen = attached
            .OrderBy(worker => kept.Contains(new PlacedWorker(worker.Index, worker.SwitchPort)) ? 0 : 1)
            .ThenBy(worker => Usage(server, worker))
            .ThenBy(worker => worker.Index)
            .Take(count)
            .OrderBy(worker => worker.Index);
        return new ServerPlacement(server.Name, [.. chosen.Select(worker => new PlacedWorker(worker.Index, worker.SwitchPort))])
        {
            IsBalanced = server.BalancedWorkers > 0,
        };
    }

    private bool Fits(ServerDescription server) =>
        (request.Spec.Resources.Server is null || request.Spec.Resources.Server == server.Name)
        && WorkersFor(server) >= request.Spec.Resources.MinimumCores;

    /// <summary>Workers that the chain could have on a server: where it balances, all of them serve all flow groups.</summary>
    private int WorkersFor(ServerDescription server)
    {
        var attached = Attached(server).Count;
        return attached > 0 && server.BalancedWorkers > 0 ? server.BalancedWorkers : attached;
    }

    private List<WorkerDescription> Attached(ServerDescription server) =>
    [
        .. server.Workers.Where(worker => worker.Switch == switchName
            && _appliances.All(appliance => worker.Appliances.Contains(appliance) && !IsTaken(server, worker, appliance))),
    ];

    /// <summary>Whether another chain gives its packets to a closed program: what comes out of it could not be told apart.</summary>
    private bool IsTaken(ServerDescription server, WorkerDescription worker, string appliance) => request.Held.Any(plan =>
        plan.Spec.Name != request.Spec.Name && plan.Placement?.Server == server.Name
        && plan.Placement.Workers.Any(used => used.Index == worker.Index)
        && plan.Spec.Functions.OfType<BlackboxConfiguration>().Any(blackbox => blackbox.Appliance == appliance));

    /// <summary>Number of other chains on a worker.</summary>
    private int Usage(ServerDescription server, WorkerDescription worker) => request.Held
        .Where(plan => plan.Spec.Name != request.Spec.Name && plan.Placement?.Server == server.Name)
        .Where(plan => plan.Placement!.Workers.Any(used => used.Index == worker.Index))
        .Select(plan => plan.Spec.Name)
        .Distinct()
        .Count();

    private string Explain()
    {
        var resources = request.Spec.Resources;
        var wanted = resources.MinimumCores == 1 ? "a worker" : $"{resources.MinimumCores} workers";
        var servers = request.Inventory.Servers.Where(server => resources.Server is null || resources.Server == server.Name).ToList();
        var findings = servers.Select(server =>
            WorkersFor(server) < resources.MinimumCores ? $"{server.Name} has {WorkersFor(server)}" : $"{server.Name} is not connected");
        var needs = _appliances.Count == 0 ? "" : $" with interfaces to {string.Join(" and ", _appliances)} that no other chain uses";
        return $"no connected server has {wanted} attached to switch {switchName}{needs}: "
            + (servers.Count == 0 ? $"{(resources.Server is { } pinned ? $"server {pinned} has not" : "no server has")} registered yet" : string.Join(", ", findings));
    }
}

using System.Globalization;
using Metron.NetworkFunctions.Blackbox;

namespace Metron.Orchestration;

/// <summary>Which servers a chain could run on, what speaks against the others, and how many cores they have left.</summary>
internal sealed class ServerCandidates
{
    /// <summary>Servers that a message names; more would not be read.</summary>
    private const int MostNamed = 10;

    private readonly PlanRequest _request;
    private readonly string _switch;
    private readonly List<string> _appliances;
    private readonly ILookup<string, ChainPlan> _others;

    /// <summary>Looks at what other chains have.</summary>
    public ServerCandidates(PlanRequest request, string switchName)
    {
        _request = request;
        _switch = switchName;
        _appliances = [.. request.Spec.Functions.OfType<BlackboxConfiguration>().Select(blackbox => blackbox.Appliance).Distinct()];
        _others = request.Held.Where(plan => plan.Spec.Name != request.Spec.Name && plan.Placement is not null).ToLookup(plan => plan.Placement!.Server, StringComparer.Ordinal);
    }

    /// <summary>What speaks against placing the chain on a server anew: words that follow its name; null for nothing.</summary>
    public string? Obstacle(ServerDescription server) =>
        Unfit(server)
        ?? (server.Use == ServerUse.Cordoned ? "is cordoned" : null)
        ?? (server.Use == ServerUse.Draining ? "is drained" : null)
        ?? (!server.IsConnected ? "is not connected" : null)
        ?? (server.IsLost ? "does not answer" : null);

    /// <summary>What speaks against leaving the chain on the server that it is on, whether that is connected or not; null for nothing.</summary>
    public string? ObstacleToStay(ServerDescription server) => Unfit(server);

    /// <summary>Cores that a server has left.</summary>
    public PlacementCandidate Measure(ServerDescription server)
    {
        // A chain that was placed a moment ago counts by what it needs at least, before its load shows.
        var promised = _others[server.Name].DistinctBy(plan => plan.Spec.Name).Sum(plan => plan.Spec.Resources.MinimumCores);
        return new PlacementCandidate(server.Name, Math.Round(CoresOf(server) - Math.Max(promised, server.BusyCores), 2));
    }

    /// <summary>Workers, or flow groups, of a server that the chain could use.</summary>
    public List<WorkerDescription> Attached(ServerDescription server) =>
    [
        .. server.Workers.Where(worker => worker.Switch == _switch
            && _appliances.All(appliance => worker.Appliances.Contains(appliance) && !IsTaken(server, worker, appliance))),
    ];

    /// <summary>Number of other chains on a worker.</summary>
    public int Usage(ServerDescription server, WorkerDescription worker) => _others[server.Name]
        .Where(plan => plan.Placement!.Workers.Any(used => used.Index == worker.Index))
        .Select(plan => plan.Spec.Name)
        .Distinct()
        .Count();

    /// <summary>Why there is no server, in a sentence.</summary>
    public string Explain(IReadOnlyList<RejectedServer> rejected)
    {
        var resources = _request.Spec.Resources;
        var wanted = resources.MinimumCores == 1 ? "a worker" : $"{resources.MinimumCores} workers";
        var needs = _appliances.Count == 0 ? "" : $" with interfaces to {string.Join(" and ", _appliances)} that no other chain uses";
        var concerned = resources.Server is null ? rejected : [.. rejected.Where(server => server.Server == resources.Server)];
        var more = concerned.Count > MostNamed ? string.Create(CultureInfo.InvariantCulture, $", and {concerned.Count - MostNamed} more") : "";
        return $"no connected server has {wanted} attached to switch {_switch}{needs}{Conditions()}: "
            + (concerned.Count == 0
                ? $"{(resources.Server is { } pinned ? $"server {pinned} has not" : "no server has")} registered yet"
                : string.Join(", ", concerned.Take(MostNamed).Select(server => $"{server.Server} {server.Reason}")) + more);
    }

    private string Conditions()
    {
        var resources = _request.Spec.Resources;
        var labels = resources.ServerLabels.Count == 0 ? "" : $", with {string.Join(" and ", resources.ServerLabels.Select(label => $"label {label.Key}={label.Value}"))}";
        return labels + (resources.ApartFrom.Count == 0 ? "" : $", apart from {string.Join(" and ", resources.ApartFrom)}");
    }

    private string? Unfit(ServerDescription server)
    {
        var resources = _request.Spec.Resources;
        if (resources.Server is { } pinned && pinned != server.Name)
        {
            return $"is not {pinned}, which the chain is pinned to";
        }

        if (resources.ServerLabels.Where(label => server.Labels.GetValueOrDefault(label.Key) != label.Value).Select(label => $"{label.Key}={label.Value}").ToList() is { Count: > 0 } lacking)
        {
            return $"lacks {(lacking.Count == 1 ? "label" : "labels")} {string.Join(" and ", lacking)}";
        }

        if (_others[server.Name].FirstOrDefault(IsApart) is { } other)
        {
            return $"runs chain {other.Spec.Name}, which this one is kept apart from";
        }

        var workers = WorkersFor(server);
        return workers >= resources.MinimumCores ? null : $"has {workers}";
    }

    private bool IsApart(ChainPlan other) =>
        _request.Spec.Resources.ApartFrom.Contains(other.Spec.Name) || other.Spec.Resources.ApartFrom.Contains(_request.Spec.Name);

    /// <summary>Workers that the chain could have on a server: where it balances, all of them serve all flow groups.</summary>
    private int WorkersFor(ServerDescription server)
    {
        var attached = Attached(server).Count;
        return attached > 0 && server.BalancedWorkers > 0 ? server.BalancedWorkers : attached;
    }

    private static int CoresOf(ServerDescription server) => server.BalancedWorkers > 0 ? server.BalancedWorkers : server.Workers.Select(worker => worker.Index).Distinct().Count();

    /// <summary>Whether another chain gives its packets to a closed program: what comes out of it could not be told apart.</summary>
    private bool IsTaken(ServerDescription server, WorkerDescription worker, string appliance) => _others[server.Name].Any(plan =>
        plan.Placement!.Workers.Any(used => used.Index == worker.Index)
        && plan.Spec.Functions.OfType<BlackboxConfiguration>().Any(blackbox => blackbox.Appliance == appliance));
}

namespace Metron.Orchestration;

/// <summary>
/// Chooses server and workers: the server before while chains may stay there, else the one of two with more free cores. Two choices by chance spread
/// chains almost as well as a look at all servers (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001), and only those two have to be asked.
/// </summary>
internal sealed class PlacementPlanner(PlanRequest request, string switchName)
{
    private readonly ServerCandidates _candidates = new(request, switchName);

    /// <summary>Chooses, or says why it cannot.</summary>
    /// <param name="singleWorker">Whether the chain can use one worker only.</param>
    public PlacementResult Place(bool singleWorker)
    {
        var before = request.Previous?.Placement is { } placed ? request.Inventory.FindServer(placed.Server) : null;
        var stays = before is not null && _candidates.ObstacleToStay(before) is null;
        if (stays && !before!.IsLost && before.Use != ServerUse.Draining)
        {
            return Take(before, singleWorker, request.Previous!.Choice ?? new PlacementChoice("where it was", [_candidates.Measure(before)], [], 0));
        }

        var fitting = new List<ServerDescription>();
        var rejected = new List<RejectedServer>();
        foreach (var server in request.Inventory.Servers)
        {
            if (_candidates.Obstacle(server) is { } obstacle)
            {
                rejected.Add(new RejectedServer(server.Name, obstacle));
            }
            else
            {
                fitting.Add(server);
            }
        }

        rejected.Sort((one, other) => string.CompareOrdinal(one.Server, other.Server));
        var compared = TwoChoices.Compare(fitting.Select(server => server.Name), request.Spec.Name, name => _candidates.Measure(request.Inventory.FindServer(name)!), request.Spec.Resources.MinimumCores);
        if (compared.Count > 0)
        {
            return Take(request.Inventory.FindServer(compared[0].Server)!, singleWorker, Choice(Reason(compared, before), compared, rejected));
        }

        // A chain that has nowhere to go stays where it is: what still runs there goes on.
        return stays
            ? Take(before!, singleWorker, Choice(before!.IsLost ? "no other server can take it" : "no other server can take what is drained", [_candidates.Measure(before)], rejected))
            : new PlacementResult(null, null, new PlanProblem("noServer", _candidates.Explain(rejected)));
    }

    private static PlacementChoice Choice(string reason, IReadOnlyList<PlacementCandidate> compared, List<RejectedServer> rejected) =>
        new(reason, compared, [.. rejected.Take(PlacementChoice.MostRejected)], Math.Max(0, rejected.Count - PlacementChoice.MostRejected));

    private static string Reason(IReadOnlyList<PlacementCandidate> compared, ServerDescription? before)
    {
        var moved = before switch
        {
            { IsLost: true } => $"{before.Name} is lost; ",
            { Use: ServerUse.Draining } => $"{before.Name} is drained; ",
            null => string.Empty,
            _ => $"{before.Name} no longer fits; ",
        };
        return moved + (compared.Count == 1 ? "the only one that fits" : $"most free cores of {compared.Count} that were compared");
    }

    private PlacementResult Take(ServerDescription server, bool singleWorker, PlacementChoice choice)
    {
        var resources = request.Spec.Resources;
        var attached = _candidates.Attached(server);
        var count = singleWorker ? 1 : resources.MaximumCores == 0 || server.BalancedWorkers > 0 ? attached.Count : Math.Min(resources.MaximumCores, attached.Count);
        var kept = request.Previous?.Placement is { } before && before.Server == server.Name ? before.Workers : [];
        var chosen = attached
            .OrderBy(worker => kept.Contains(new PlacedWorker(worker.Index, worker.SwitchPort)) ? 0 : 1)
            .ThenBy(worker => _candidates.Usage(server, worker))
            .ThenBy(worker => worker.Index)
            .Take(count)
            .OrderBy(worker => worker.Index);
        var placement = new ServerPlacement(server.Name, [.. chosen.Select(worker => new PlacedWorker(worker.Index, worker.SwitchPort))])
        {
            IsBalanced = server.BalancedWorkers > 0,
        };
        return new PlacementResult(placement, choice, null);
    }
}

/// <summary>Where a chain is placed.</summary>
/// <param name="Placement">Where; null when <paramref name="Problem"/> says why nowhere.</param>
/// <param name="Choice">How that was chosen.</param>
/// <param name="Problem">Why nowhere.</param>
internal sealed record PlacementResult(ServerPlacement? Placement, PlacementChoice? Choice, PlanProblem? Problem);

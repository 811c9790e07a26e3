namespace Metron.Balancing;

/// <summary>
/// Gives active workers that own nothing their share of the flow groups by number, the lightest ones, when load alone asks for no move: what arrives after a quiet
/// time then meets all workers, not the one that was enough for little.
/// </summary>
internal static class EmptyWorkers
{
    /// <summary>Writes the moves.</summary>
    /// <param name="problem">How things are; nothing moves for the sake of load.</param>
    /// <param name="maximumMoves">Most moves.</param>
    /// <param name="moves">Gets the moves.</param>
    /// <returns>Number of moves.</returns>
    public static int Fill(in BalanceProblem problem, int maximumMoves, Span<FlowGroupMove> moves)
    {
        var counts = new int[problem.Workers.Length];
        foreach (var owner in problem.Owners)
        {
            counts[owner]++;
        }

        var active = problem.Workers.ToArray().Count(worker => worker.State == WorkerState.Active);
        var share = active == 0 ? 0 : problem.Owners.Length / active;
        var most = Math.Min(maximumMoves, moves.Length);
        if (!HasEmpty(problem.Workers, counts) || most == 0)
        {
            return 0;
        }

        var count = 0;
        var lightest = ByLoad(problem);
        for (var worker = 0; worker < counts.Length; worker++)
        {
            if (problem.Workers[worker].State != WorkerState.Active || counts[worker] > 0)
            {
                continue;
            }

            foreach (var group in lightest)
            {
                var owner = problem.Owners[group];
                if (counts[worker] >= share || count >= most)
                {
                    break;
                }

                if (counts[owner] > share && !IsMoved(moves[..count], group))
                {
                    moves[count++] = new FlowGroupMove((ushort)group, owner, (ushort)worker);
                    counts[owner]--;
                    counts[worker]++;
                }
            }
        }

        return count;
    }

    private static bool HasEmpty(ReadOnlySpan<BalanceWorker> workers, int[] counts)
    {
        for (var worker = 0; worker < counts.Length; worker++)
        {
            if (workers[worker].State == WorkerState.Active && counts[worker] == 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The flow groups of active workers that may move, the lightest first, equal ones by number.</summary>
    private static List<int> ByLoad(in BalanceProblem problem)
    {
        var groups = new List<int>();
        for (var group = 0; group < problem.Owners.Length; group++)
        {
            if (problem.Workers[problem.Owners[group]].State == WorkerState.Active && (problem.Resting.IsEmpty || problem.Resting[group] == 0))
            {
                groups.Add(group);
            }
        }

        var loads = problem.GroupLoads.ToArray();
        return [.. groups.OrderBy(group => loads[group]).ThenBy(group => group)];
    }

    private static bool IsMoved(ReadOnlySpan<FlowGroupMove> moves, int group)
    {
        foreach (var move in moves)
        {
            if (move.Group == group)
            {
                return true;
            }
        }

        return false;
    }
}

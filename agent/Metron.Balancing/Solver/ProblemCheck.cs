namespace Metron.Balancing;

/// <summary>Refuses problems that the solver's arrays or formulas could not bear.</summary>
internal static class ProblemCheck
{
    /// <exception cref="ArgumentException">The problem is wrong; the message says where.</exception>
    public static void ThrowIfWrong(in BalanceProblem problem, FlowGroupBalancer balancer, int room)
    {
        var (groups, workers) = (problem.GroupLoads.Length, problem.Workers.Length);
        if (groups > balancer.MaximumGroups || workers > balancer.MaximumWorkers)
        {
            throw new ArgumentException($"{groups} flow groups and {workers} workers are more than the {balancer.MaximumGroups} and {balancer.MaximumWorkers} this balancer was made for");
        }

        if (problem.Owners.Length != groups || (!problem.Resting.IsEmpty && problem.Resting.Length != groups) || room < groups)
        {
            throw new ArgumentException($"{groups} flow groups need as many owners, resting ticks and places for moves, not {problem.Owners.Length}, {problem.Resting.Length} and {room}");
        }

        for (var worker = 0; worker < workers; worker++)
        {
            var (capacity, load, _, _) = problem.Workers[worker];
            if (!(capacity > 0 && double.IsFinite(capacity) && load >= 0 && double.IsFinite(load)))
            {
                throw new ArgumentException($"worker {worker}: capacity {capacity} must be above 0, base load {load} at least 0");
            }
        }

        for (var group = 0; group < groups; group++)
        {
            if (!(problem.GroupLoads[group] >= 0 && double.IsFinite(problem.GroupLoads[group]) && problem.Owners[group] < workers))
            {
                throw new ArgumentException($"flow group {group}: load {problem.GroupLoads[group]} must be at least 0, owner {problem.Owners[group]} below {workers}");
            }
        }
    }
}

using Metron.Balancing.Published;

namespace Metron.Balancing.Tests;

/// <summary>One tick of the published algorithm on a problem with nominal workers.</summary>
internal static class PublishedGreedy
{
    private const double Threshold = 0.02;

    public static (double Imbalance, int Moves) Plan(SeededCase problem)
    {
        var totals = problem.Totals(problem.Owners);
        var mean = totals.Average();
        var counts = new int[totals.Length];
        foreach (var owner in problem.Owners)
        {
            counts[owner]++;
        }

        int[] over = [.. Enumerable.Range(0, totals.Length).Where(worker => totals[worker] - mean > Threshold && counts[worker] > 1)];
        int[] under = [.. Enumerable.Range(0, totals.Length).Where(worker => mean - totals[worker] > Threshold)];
        if (over.Length == 0 || under.Length == 0)
        {
            return (problem.Squared(problem.Owners), 0);
        }

        var sources = new int[totals.Length];
        Array.Fill(sources, -1);
        for (var i = 0; i < over.Length; i++)
        {
            sources[over[i]] = i;
        }

        int[] groups = [.. Enumerable.Range(0, problem.Loads.Length).Where(group => sources[problem.Owners[group]] >= 0)];
        var targets = new int[groups.Length];
        new PublishedSolver(problem.Loads.Length, totals.Length).Solve(
            [.. over.Select(worker => totals[worker] - mean)],
            [.. under.Select(worker => mean - totals[worker])],
            [.. groups.Select(group => problem.Loads[group])],
            [.. groups.Select(group => sources[problem.Owners[group]])],
            targets);
        var owners = (ushort[])problem.Owners.Clone();
        var moves = 0;
        for (var i = 0; i < groups.Length; i++)
        {
            if (targets[i] >= 0)
            {
                owners[groups[i]] = (ushort)under[targets[i]];
                moves++;
            }
        }

        return (problem.Squared(owners), moves);
    }
}

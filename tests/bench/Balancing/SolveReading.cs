using System.Diagnostics;

namespace Metron.Bench.Balancing;

/// <summary>A round of one contender: medians over the problems, and over all plans for the time.</summary>
internal sealed record SolveReading(double Microseconds, double SquaredImbalance, double Left, double Moves, double AllocatedBytes)
{
    /// <summary>Solves all problems again and again for the time given, at least once; the first quarter of the time is not counted.</summary>
    public static SolveReading Take(ISolver solver, IReadOnlyList<SeededCase> problems, TimeSpan duration)
    {
        var begin = Stopwatch.GetTimestamp();
        do
        {
            foreach (var problem in problems)
            {
                solver.Solve(problem);
            }
        }
        while (Stopwatch.GetElapsedTime(begin) < duration / 4);

        var times = new List<double>();
        var (imbalances, left, moves) = (new List<double>(), new List<double>(), new List<double>());
        var allocated = 0L;
        do
        {
            foreach (var problem in problems)
            {
                var bytes = GC.GetAllocatedBytesForCurrentThread();
                var start = Stopwatch.GetTimestamp();
                solver.Solve(problem);
                var time = Stopwatch.GetElapsedTime(start);
                allocated += GC.GetAllocatedBytesForCurrentThread() - bytes;
                times.Add(time.TotalMicroseconds);
                if (imbalances.Count < problems.Count)
                {
                    var bound = LowerBound.Of(problem.Loads, problem.Workers.Length);
                    imbalances.Add(solver.SquaredImbalance);
                    left.Add((solver.SquaredImbalance - bound) / (problem.Squared(problem.Owners) - bound));
                    moves.Add(solver.Moves);
                }
            }
        }
        while (Stopwatch.GetElapsedTime(begin) < duration);
        return new SolveReading(Median(times), Median(imbalances), Median(left), Median(moves), allocated / (double)times.Count);
    }

    private static double Median(List<double> figures)
    {
        figures.Sort();
        return (figures[(figures.Count - 1) / 2] + figures[figures.Count / 2]) / 2;
    }
}

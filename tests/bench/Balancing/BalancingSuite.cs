namespace Metron.Bench.Balancing;

/// <summary>
/// The balancer's solver next to the published one and, where it can be found, the optimum: one plan of each for seeded problems of three shapes of load, from
/// hashed and from drifted assignments, at a mean load of 0.6. Loads no DPDK library.
/// </summary>
internal sealed class BalancingSuite : ISuite
{
    private static readonly SolveCase[] Known =
    [
        new("solve-128-4", 128, 4),
        new("solve-512-16", 512, 16),
        new("solve-512-64", 512, 64),
        new("solve-512-64-uniform", 512, 64) { Shapes = [LoadShape.Uniform] },
        new("solve-512-64-lognormal", 512, 64) { Shapes = [LoadShape.Lognormal] },
        new("solve-512-64-zipf", 512, 64) { Shapes = [LoadShape.Zipf] },
        new("solve-4096-64", 4096, 64),
        new("solve-16-4", 16, 4) { HasOptimum = true },
    ];

    public string Name => "balancing";

    public IReadOnlyList<string> Cases => [.. Known.Select(known => known.Name)];

    public IReadOnlyList<string> Contenders(string caseName) => [.. Find(caseName).Contenders().Select(contender => contender.Name)];

    public IEnumerable<Result> Run(string caseName, Options options, Action<string> progress)
    {
        var measured = Find(caseName);
        var problems = measured.Problems();
        var contenders = measured.Contenders();
        var readings = contenders.ToDictionary(contender => contender.Name, _ => new List<SolveReading>());
        foreach (var contender in contenders)
        {
            Check(contender, problems);
        }

        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var contender in contenders.Skip(round % contenders.Count).Concat(contenders.Take(round % contenders.Count)))
            {
                var reading = SolveReading.Take(contender, problems, TimeSpan.FromSeconds(options.Seconds));
                readings[contender.Name].Add(reading);
                progress($"{Name} {caseName}: round {round + 1}: {contender.Name} {reading.Microseconds:0.0} µs, {reading.Moves} moves, squared imbalance {reading.SquaredImbalance:0.000000}");
            }
        }

        return contenders.SelectMany(contender => Summarise(caseName, contender.Name, readings[contender.Name]));
    }

    private static SolveCase Find(string name) => Known.Single(known => known.Name == name);

    // What a contender says of its plan must be what its moves do.
    private void Check(ISolver solver, IReadOnlyList<SeededCase> problems)
    {
        foreach (var problem in problems)
        {
            solver.Solve(problem);
            var owners = solver.Owners(problem);
            if (solver.Moves != owners.Zip(problem.Owners).Count(pair => pair.First != pair.Second) || Math.Abs(problem.Squared(owners) - solver.SquaredImbalance) > 1e-9)
            {
                throw new BenchmarkException($"{Name}: what {solver.Name} says of its plan is not what the plan does");
            }
        }
    }

    private IEnumerable<Result> Summarise(string caseName, string contender, List<SolveReading> readings)
    {
        Result Of(string metric, string unit, Func<SolveReading, double> value) => Result.Of(Name, caseName, contender, metric, unit, [.. readings.Select(value)]);
        yield return Of("microseconds", "µs per plan", reading => reading.Microseconds);
        yield return Of("squaredImbalance", "(shares of a worker)², after", reading => reading.SquaredImbalance);
        yield return Of("left", "of what a lower bound could remove", reading => reading.Left);
        yield return Of("moves", "flow groups", reading => reading.Moves);
        yield return Of("allocatedBytes", "B per plan", reading => reading.AllocatedBytes);
    }
}

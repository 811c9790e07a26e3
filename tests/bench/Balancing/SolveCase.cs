namespace Metron.Bench.Balancing;

/// <summary>Problems of one size.</summary>
internal sealed record SolveCase(string Name, int Groups, int Workers)
{
    private const int Seeds = 30;

    public LoadShape[] Shapes { get; init; } = Enum.GetValues<LoadShape>();

    public bool HasOptimum { get; init; }

    /// <summary>The skewed ones of the seeded problems: those of which a lower bound says that more can be won than workers within RSS++'s threshold leave.</summary>
    public IReadOnlyList<SeededCase> Problems() =>
        [.. from seed in Enumerable.Range(1, Seeds)
            from shape in Shapes
            from start in Enum.GetValues<Start>()
            let problem = SeededCase.Make(Groups, Workers, shape, start, (ulong)seed)
            where problem.Squared(problem.Owners) - LowerBound.Of(problem.Loads, Workers) > Workers * 0.02 * 0.02
            select problem];

    public IReadOnlyList<ISolver> Contenders() => HasOptimum
        ? [new MetronSolver(Groups, Workers), new PublishedContender(Groups, Workers), new OptimumSolver()]
        : [new MetronSolver(Groups, Workers), new PublishedContender(Groups, Workers)];
}

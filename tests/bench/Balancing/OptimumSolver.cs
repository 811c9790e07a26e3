namespace Metron.Bench.Balancing;

/// <summary>The least squared imbalance that there is, by branch and bound, whatever it takes to get there.</summary>
internal sealed class OptimumSolver : ISolver
{
    private ushort[] _owners = [];
    private SeededCase? _problem;

    public string Name => "optimum";

    public double SquaredImbalance => _problem!.Squared(_owners);

    public int Moves => _owners.Zip(_problem!.Owners).Count(pair => pair.First != pair.Second);

    public void Solve(SeededCase problem) =>
        (_problem, _owners) = (problem, Optimum.Assign(problem.Loads, problem.Workers.Length, problem.Owners));

    public ushort[] Owners(SeededCase problem) => _owners;
}

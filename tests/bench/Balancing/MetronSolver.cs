using Metron.Balancing;

namespace Metron.Bench.Balancing;

/// <summary>Ours, with its defaults.</summary>
internal sealed class MetronSolver(int groups, int workers) : ISolver
{
    private readonly FlowGroupBalancer _balancer = new(groups, workers);
    private readonly FlowGroupMove[] _moves = new FlowGroupMove[groups];
    private BalanceSummary _summary;

    public string Name => "metron";

    public double SquaredImbalance => _summary.ImbalanceAfter;

    public int Moves => _summary.Moves;

    public void Solve(SeededCase problem) =>
        _summary = _balancer.Plan(new BalanceProblem(problem.Loads, problem.Owners, problem.Workers), BalanceSettings.Default, _moves);

    public ushort[] Owners(SeededCase problem) => problem.After(_moves.AsSpan(0, _summary.Moves));
}

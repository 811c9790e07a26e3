namespace Metron.Bench.Balancing;

/// <summary>RSS++ as published in 2019: which cores give and take is found here, as the published balancer does it, and is part of the time.</summary>
internal sealed class PublishedContender(int groups, int workers) : ISolver
{
    private readonly PublishedGreedy _greedy = new(groups, workers);

    public string Name => "rsspp-2019";

    public double SquaredImbalance { get; private set; }

    public int Moves => _greedy.Moves;

    public void Solve(SeededCase problem) => SquaredImbalance = _greedy.Plan(problem);

    public ushort[] Owners(SeededCase problem) => _greedy.Owners.ToArray();
}

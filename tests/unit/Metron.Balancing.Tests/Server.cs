namespace Metron.Balancing.Tests;

/// <summary>A server whose flow groups have given loads and whose moves are carried out at once.</summary>
internal sealed class Server
{
    private readonly ushort[] _owners;

    public Server(double[] loads, int workers, BalancerSettings settings, ushort[]? owners = null, int logged = 64)
    {
        Loads = (double[])loads.Clone();
        Settings = settings;
        _owners = owners ?? [.. Enumerable.Range(0, loads.Length).Select(group => (ushort)(group % workers))];
        Health = new WorkerHealth[workers];
        Balancer = new Balancer(loads.Length, [.. Enumerable.Repeat(BalanceWorker.Nominal, workers)], settings, logged);
    }

    public Balancer Balancer { get; }

    public BalancerSettings Settings { get; }

    public double[] Loads { get; }

    public WorkerHealth[] Health { get; }

    /// <summary>Whether moves are carried out.</summary>
    public bool Carries { get; set; } = true;

    public BalancerDecision Tick()
    {
        var sample = new LoadSample(0.1, (double[])Loads.Clone(), new double[Health.Length], (ushort[])_owners.Clone(), (WorkerHealth[])Health.Clone(), double.NaN);
        var decision = Balancer.Tick(sample);
        foreach (var move in Carries ? decision.Moves : [])
        {
            _owners[move.Group] = move.To;
        }

        return decision;
    }
}

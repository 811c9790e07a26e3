namespace Metron.Balancing.Simulation.Policies;

/// <summary>RSS as NICs do it by themselves: groups dealt out to all cores in turn, and nothing moves.</summary>
internal sealed class StaticRss(int cores) : IGroupPolicy
{
    public int ActiveCores => cores;

    public double IntervalSeconds => double.PositiveInfinity;

    public void Begin(Span<int> owners)
    {
        for (var group = 0; group < owners.Length; group++)
        {
            owners[group] = group % cores;
        }
    }

    public bool IsActive(int core) => true;

    public void Tick(in TickReadings readings, Span<int> owners)
    {
    }
}

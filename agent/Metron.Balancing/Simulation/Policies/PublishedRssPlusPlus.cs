using Metron.Balancing.Published;

namespace Metron.Balancing.Simulation.Policies;

/// <summary>RSS++ as published.</summary>
internal sealed class PublishedRssPlusPlus : IGroupPolicy
{
    private readonly PublishedBalancer balancer;

    public PublishedRssPlusPlus(SimulationScenario scenario) => balancer = new PublishedBalancer(
        scenario.Groups, scenario.Cores, scenario.Cores, new PublishedParameters { ScaleCores = scenario.ScaleCores });

    public int ActiveCores => balancer.ActiveCores.Count;

    public double IntervalSeconds => balancer.IntervalSeconds;

    public void Begin(Span<int> owners) => balancer.Owners.CopyTo(owners);

    public bool IsActive(int core) => balancer.ActiveCores.Contains(core);

    public void Tick(in TickReadings readings, Span<int> owners)
    {
        balancer.Tick(readings.CoreLoads, readings.QueueFill, readings.GroupPackets);
        balancer.Owners.CopyTo(owners);
    }
}

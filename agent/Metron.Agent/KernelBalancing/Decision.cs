using Metron.Balancing;

namespace Metron.Agent.KernelBalancing;

/// <summary>What was decided for an interval.</summary>
/// <param name="Cpus">CPUs that handle packets, with the load that they have.</param>
/// <param name="Moves">Flow groups that change their CPU.</param>
/// <param name="Balancer">The decision as the balancer made it, workers being <paramref name="Cpus"/>; null while no CPU is known.</param>
internal sealed record Decision(IReadOnlyList<CpuShare> Cpus, IReadOnlyList<GroupMove> Moves, BalancerDecision? Balancer);

/// <summary>A CPU in a decision.</summary>
/// <param name="Load">What it did.</param>
/// <param name="Packets">Packets that it handled.</param>
/// <param name="Groups">Flow groups that it has.</param>
/// <param name="After">Busy share that is expected after the moves.</param>
/// <param name="IsUsed">Whether it is given flow groups.</param>
internal sealed record CpuShare(CpuLoad Load, ulong Packets, int Groups, double After, bool IsUsed);

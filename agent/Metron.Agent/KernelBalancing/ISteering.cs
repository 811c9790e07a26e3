using Metron.Kernel.Steering;

namespace Metron.Agent.KernelBalancing;

/// <summary>A way to give an interface's flow groups to CPUs. Disposing it leaves the interface as it was before.</summary>
internal interface ISteering : IDisposable
{
    /// <summary>What it is, for people: "XDP (native) to cpumap".</summary>
    string Description { get; }

    /// <summary>Counts packets per flow group.</summary>
    GroupCounters Counters { get; }

    /// <summary>CPUs that can be given flow groups now, in the order in which they are taken into use.</summary>
    IReadOnlyList<int> Cpus { get; }

    /// <summary>The CPU that handles each flow group.</summary>
    /// <param name="measurement">The last interval.</param>
    IReadOnlyList<int> ReadOwners(Measurement measurement);

    /// <summary>Gives flow groups to other CPUs.</summary>
    void Move(IReadOnlyList<GroupMove> moves);

    /// <summary>How long a CPU ever worked on the packets that were steered to it, without the rest that it does; null when that is not known.</summary>
    TimeSpan? ReadThreadTime(int cpu);
}

/// <summary>A flow group that changes its CPU.</summary>
/// <param name="Group">Its number.</param>
/// <param name="From">CPU that handles it.</param>
/// <param name="To">CPU that shall.</param>
/// <param name="Load">What it takes there, as share of a CPU.</param>
internal readonly record struct GroupMove(int Group, int From, int To, double Load);

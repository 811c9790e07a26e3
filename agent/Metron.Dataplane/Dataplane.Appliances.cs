using Metron.Dataplane.Appliances;
using Metron.Dpdk;

namespace Metron.Dataplane;

/// <summary>The part about closed programs: gates, probes and counters. Callable from any thread, and never waits.</summary>
public sealed partial class Dataplane
{
    private const int MostAppliances = 100;

    /// <summary>Decides what a worker does with packets for a closed program, from its next burst on.</summary>
    /// <exception cref="ArgumentException">The worker has no such appliance.</exception>
    public void SetGate(int worker, string appliance, ApplianceGate gate)
    {
        lock (_readLock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            StateOf(worker, appliance).Gate = gate;
        }
    }

    /// <summary>Lets a worker send a probe into a closed program, by its next turn.</summary>
    /// <param name="worker">Index of the worker.</param>
    /// <param name="appliance">Name of the appliance.</param>
    /// <param name="side">Side that it is sent into: 0 inside, 1 outside.</param>
    /// <param name="probe">A frame of <see cref="ProbeFrame"/>. When taken, it belongs to the worker.</param>
    /// <returns>False when the probe before was not sent yet, or the dataplane has ended: the mbuf stays the caller's.</returns>
    /// <exception cref="ArgumentException">The worker has no such appliance.</exception>
    public bool TryProbe(int worker, string appliance, int side, Mbuf probe)
    {
        lock (_readLock)
        {
            return !_isDisposed && StateOf(worker, appliance).TryPostProbe(side, probe);
        }
    }

    /// <summary>What went over the interfaces to closed programs, for each worker and appliance.</summary>
    public IReadOnlyList<ApplianceStatistics> ReadAppliances()
    {
        lock (_readLock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return [.. _workers.SelectMany(worker => worker.Appliances.Select(state => state.Read(worker.Index)))];
        }
    }

    private static void CheckAppliances<TPort>(DataplaneOptions options, IReadOnlyList<IReadOnlyList<TPort>>? ports)
    {
        for (var worker = 0; worker < options.Workers.Count; worker++)
        {
            var names = options.Workers[worker].Appliances;
            if (names.Count > MostAppliances || names.Distinct().Count() != names.Count || (ports?[worker].Count ?? 0) != names.Count * 2)
            {
                throw new ArgumentException($"worker {worker} needs two ports for each of at most {MostAppliances} appliances of different names", nameof(options));
            }
        }
    }

    private ApplianceState StateOf(int worker, string appliance) =>
        Array.Find(_workers[worker].Appliances, state => state.Name == appliance)
        ?? throw new ArgumentException($"worker {worker} has no appliance '{appliance}'", nameof(appliance));
}

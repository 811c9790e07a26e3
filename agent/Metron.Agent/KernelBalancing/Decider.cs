using Metron.Balancing;

namespace Metron.Agent.KernelBalancing;

/// <summary>
/// Decides from measurements which flow group belongs to which CPU: a flow group's load is its part of what its CPU spent on packets; what the CPU does
/// besides stays with it. Pure but for the balancer's memory.
/// </summary>
internal sealed class Decider(int groups, BalanceOptions options)
{
    private const int IntervalsBeforeRemoval = 5;
    private int[] _cpus = [];
    private Balancer? _balancer;

    /// <summary>Decides.</summary>
    /// <param name="measurement">The interval.</param>
    /// <param name="usable">CPUs that can be given flow groups, in the order in which they are taken into use.</param>
    /// <param name="ownerCpus">The CPU of each flow group; below 0 when not known.</param>
    public Decision Decide(Measurement measurement, IReadOnlyList<int> usable, IReadOnlyList<int> ownerCpus)
    {
        // CPUs that have flow groups and must not come last: they are emptied.
        int[] cpus = [.. usable.Concat(ownerCpus.Where(cpu => cpu >= 0)).Distinct()];
        if (usable.Count == 0)
        {
            return new Decision([], [], null);
        }

        if (_balancer is null || !cpus.SequenceEqual(_cpus))
        {
            _cpus = cpus;
            _balancer = new Balancer(
                groups,
                [.. cpus.Select((_, index) => BalanceWorker.Nominal with { State = index < usable.Count ? WorkerState.Active : WorkerState.Draining })],
                Settings());
        }

        var owners = ownerCpus.Select(cpu => (ushort)Math.Max(0, Array.IndexOf(cpus, cpu))).ToArray();
        var loads = cpus.Select(cpu => measurement.Cpus.FirstOrDefault(load => load.Cpu == cpu, new CpuLoad(cpu, 0, 0, 0))).ToArray();
        var packets = new ulong[cpus.Length];
        for (var group = 0; group < groups; group++)
        {
            packets[owners[group]] += measurement.GroupPackets[group];
        }

        var decision = _balancer.Tick(new LoadSample(
            measurement.Seconds,
            [.. owners.Select((owner, group) => packets[owner] == 0 ? 0 : loads[owner].Movable * measurement.GroupPackets[group] / packets[owner])],
            [.. loads.Select(load => Math.Max(0, load.Busy - load.Movable))],
            owners,
            [.. cpus.Select((_, index) => index < usable.Count ? WorkerHealth.Well : WorkerHealth.Dead)],
            double.NaN));
        var moves = decision.Moves.Select(move => new GroupMove(move.Group, cpus[move.From], cpus[move.To], _balancer.GroupLoads[move.Group])).ToArray();
        return new Decision(Shares(decision, loads, packets), moves, decision);
    }

    // A decision each interval; loads are known to about 10 ms, so they are followed over some intervals.
    private BalancerSettings Settings()
    {
        var seconds = options.Interval.TotalSeconds;
        return new BalancerSettings
        {
            Solver = BalanceSettings.Default with { Threshold = options.Threshold, Precision = Math.Min(options.Threshold, BalanceSettings.Default.Precision) },
            Load = LoadSettings.Default with { RiseSeconds = seconds, FallSeconds = 2 * seconds },
            Scaling = ScalingSettings.Default with { Enabled = options.Target is not null, Target = options.Target ?? 1, AddSeconds = 0, RemoveSeconds = IntervalsBeforeRemoval * seconds },
            Interval = new IntervalSettings { MinimumSeconds = seconds, MaximumSeconds = seconds },
        };
    }

    private CpuShare[] Shares(BalancerDecision decision, CpuLoad[] loads, ulong[] packets)
    {
        var owners = (ushort[])decision.Sample.Owners.Clone();
        var counts = owners.CountBy(owner => owner).ToDictionary(pair => pair.Key, pair => pair.Value);
        foreach (var move in decision.Moves)
        {
            owners[move.Group] = move.To;
        }

        var after = decision.Workers.Select(worker => worker.BaseLoad).ToArray();
        for (var group = 0; group < groups; group++)
        {
            after[owners[group]] += _balancer!.GroupLoads[group];
        }

        return [.. loads.Select((load, index) => new CpuShare(load, packets[index], counts.GetValueOrDefault((ushort)index), after[index], decision.Workers[index].State == WorkerState.Active))];
    }
}

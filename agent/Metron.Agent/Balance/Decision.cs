using Metron.Balancing;

namespace Metron.Agent.Balance;

/// <summary>What was decided for an interval.</summary>
/// <param name="Cpus">CPUs that handle packets, with the load that they have.</param>
/// <param name="Moves">Flow groups that change their CPU.</param>
/// <param name="Summary">What the solver says.</param>
/// <param name="Elephants">Flow groups that alone fill a CPU: no move helps.</param>
/// <param name="InUse">Number of CPUs that are given flow groups.</param>
internal sealed record Decision(IReadOnlyList<CpuShare> Cpus, IReadOnlyList<GroupMove> Moves, BalanceSummary Summary, IReadOnlyList<int> Elephants, int InUse);

/// <summary>A CPU in a decision.</summary>
/// <param name="Load">What it did.</param>
/// <param name="Packets">Packets that it handled.</param>
/// <param name="Groups">Flow groups that it has.</param>
/// <param name="After">Busy share that is expected after the moves.</param>
/// <param name="IsUsed">Whether it is given flow groups.</param>
internal sealed record CpuShare(CpuLoad Load, ulong Packets, int Groups, double After, bool IsUsed);

/// <summary>Decides from measurements which flow group belongs to which CPU. Pure but for what it remembers: smoothed loads and what moved last.</summary>
internal sealed class Decider(int groups, BalanceOptions options)
{
    private const int MostCpus = 1024;
    private const double Smoothing = 0.5;
    private const byte RestAfterMove = 2;

    private readonly FlowGroupBalancer _balancer = new(groups, MostCpus);
    private readonly BalanceSettings _settings = new() { Threshold = options.Threshold, Precision = Math.Min(0.01, options.Threshold) };
    private readonly double[] _loads = new double[groups];
    private readonly byte[] _resting = new byte[groups];
    private readonly CpuCount? _count = options.Target is { } target ? new CpuCount(target) : null;
    private readonly Dictionary<int, double> _base = [];
    private bool _hasLoads;
    private int _used = int.MaxValue;

    /// <summary>Decides.</summary>
    /// <param name="measurement">The interval.</param>
    /// <param name="usable">CPUs that can be given flow groups, in the order in which they are taken into use.</param>
    /// <param name="ownerCpus">The CPU of each flow group; below 0 when not known.</param>
    public Decision Decide(Measurement measurement, IReadOnlyList<int> usable, IReadOnlyList<int> ownerCpus)
    {
        // CPUs that have flow groups and must not: they are emptied.
        var cpus = usable.Concat(ownerCpus.Where(cpu => cpu >= 0)).Distinct().ToList();
        if (cpus.Count == 0)
        {
            return new Decision([], [], default, [], 0);
        }

        var owners = ownerCpus.Select(cpu => (ushort)Math.Max(0, cpus.IndexOf(cpu))).ToArray();
        var loads = cpus.Select(cpu => measurement.Cpus.FirstOrDefault(load => load.Cpu == cpu, new CpuLoad(cpu, 0, 0, 0))).ToArray();
        var packets = new ulong[cpus.Count];
        for (var group = 0; group < groups; group++)
        {
            packets[owners[group]] += measurement.GroupPackets[group];
        }

        Estimate(measurement, owners, loads, packets);
        var used = usable.Count;
        if (_count is not null)
        {
            used = _count.Next(_loads.Sum() + usable.Take(_used).Sum(cpu => _base[cpu]), usable.Count);
        }

        _used = used;
        var workers = cpus.Select((cpu, index) => new BalanceWorker(1, _base[cpu], 0, index < used ? WorkerState.Active : WorkerState.Draining)).ToArray();
        return Plan(cpus, owners, loads, packets, workers, used);
    }

    // A flow group's load is its part of what its CPU spent on packets. What the CPU does besides stays with it.
    private void Estimate(Measurement measurement, ushort[] owners, CpuLoad[] loads, ulong[] packets)
    {
        var weight = _hasLoads ? Smoothing : 1;
        for (var group = 0; group < groups; group++)
        {
            var owner = owners[group];
            var load = packets[owner] == 0 ? 0 : loads[owner].Movable * measurement.GroupPackets[group] / packets[owner];
            _loads[group] += weight * (load - _loads[group]);
        }

        foreach (var load in loads)
        {
            var rest = Math.Max(0, load.Busy - load.Movable);
            _base[load.Cpu] = _base.TryGetValue(load.Cpu, out var before) ? before + Smoothing * (rest - before) : rest;
        }

        _hasLoads = true;
    }

    private Decision Plan(List<int> cpus, ushort[] owners, CpuLoad[] loads, ulong[] packets, BalanceWorker[] workers, int used)
    {
        var moves = new FlowGroupMove[groups];
        var summary = _balancer.Plan(new BalanceProblem(_loads, owners, workers) { Resting = _resting }, _settings, moves);
        var decided = moves.Take(summary.Moves).Select(move => new GroupMove(move.Group, cpus[move.From], cpus[move.To], _loads[move.Group])).ToArray();
        for (var group = 0; group < groups; group++)
        {
            _resting[group] -= (byte)(_resting[group] > 0 ? 1 : 0);
        }

        var after = workers.Select(worker => worker.BaseLoad).ToArray();
        var moved = owners.ToArray();
        foreach (var move in moves.AsSpan(0, summary.Moves))
        {
            _resting[move.Group] = RestAfterMove;
            moved[move.Group] = move.To;
        }

        for (var group = 0; group < groups; group++)
        {
            after[moved[group]] += _loads[group];
        }

        var counts = owners.CountBy(owner => owner).ToDictionary(pair => pair.Key, pair => pair.Value);
        var shares = loads.Select((load, index) => new CpuShare(load, packets[index], counts.GetValueOrDefault((ushort)index), after[index], index < used));
        return new Decision([.. shares], decided, summary, [.. _balancer.Elephants.ToArray().Select(group => (int)group)], used);
    }
}

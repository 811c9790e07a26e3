using System.Diagnostics;
using Metron.Bench.Processes;
using Metron.Bench.StateSharing;
using Metron.Dataplane.Nics;
using Metron.Dpdk;

namespace Metron.Bench.Migration;

/// <summary>
/// Two workers behind an emulated NIC, 10,000 flows of which few are most of the traffic, and flow groups that move to the other worker every 100 ms. With
/// state per group they move with their state; with one shared table only the NIC's table is rewritten.
/// </summary>
internal sealed class MigrationSuite : ISuite
{
    private const string TwoWorkers = "two-workers";
    private const string Parking = "parking";
    private const int ParkingRounds = 100;
    private const string PerGroup = "per-group";
    private const string SharedTable = "shared-table";

    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    public string Name => "migration";

    public IReadOnlyList<string> Cases => [TwoWorkers, Parking];

    public IReadOnlyList<string> Contenders(string caseName) => caseName == Parking ? [PerGroup] : [PerGroup, SharedTable];

    public IEnumerable<Result> Run(string caseName, Options options, Action<string> progress)
    {
        if (caseName == Parking)
        {
            using var movers = new GroupMovers();
            var (average, longest) = movers.Park(ParkingRounds);
            yield return Result.Of(Name, caseName, PerGroup, "averageWakeMicroseconds", $"us, of {ParkingRounds}", [average]);
            yield return Result.Of(Name, caseName, PerGroup, "longestWakeMicroseconds", $"us, of {ParkingRounds}", [longest]);
            yield break;
        }

        var readings = new Dictionary<string, List<Reading>> { [PerGroup] = [], [SharedTable] = [] };
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var name in round % 2 == 0 ? [PerGroup, SharedTable] : new[] { SharedTable, PerGroup })
            {
                using IMovers movers = name == PerGroup ? new GroupMovers() : new TableMovers();
                readings[name].Add(Measure(movers, TimeSpan.FromSeconds(options.Seconds)));
                progress($"{Name} {caseName}: round {round + 1}: {name} {readings[name][^1]}");
            }
        }

        foreach (var (name, of) in readings)
        {
            Result Metric(string metric, string unit, Func<Reading, double> value) => Result.Of(Name, caseName, name, metric, unit, [.. of.Select(value)]);
            yield return Metric("mpps", "Mpps", reading => reading.Mpps);
            yield return Metric("lost", "packets", reading => reading.Lost);
            yield return Metric("reordered", "packets", reading => reading.Reordered);
            yield return Metric("rebound", "packets of a flow with another outside port", reading => reading.Rebound);
            yield return Metric("maxStallMicroseconds", "us, longest time from wire to wire", reading => reading.MaxStallMicroseconds);
            yield return Metric("moved", "flow groups", reading => reading.Moved);
            yield return Metric("medianMoveMicroseconds", "us, from the order to its end", reading => reading.MedianMoveMicroseconds);
        }
    }

    private static Reading Measure(IMovers movers, TimeSpan duration)
    {
        var traffic = movers.Traffic;
        var random = new Random(11);
        var moves = new List<double>();
        Task.Delay(Warmup).Wait();
        traffic.LongestTicks = 0;
        var (carried, clock) = (traffic.Carried, Stopwatch.StartNew());
        for (var next = Period; clock.Elapsed < duration; next += Period)
        {
            Task.Delay(next > clock.Elapsed ? next - clock.Elapsed : TimeSpan.Zero).Wait();
            var begin = Stopwatch.GetTimestamp();
            // The group of the largest flow, and some others.
            var groups = Enumerable.Range(0, MigrationTraffic.Groups).Where(group => group == MigrationTraffic.LargestGroup || random.Next(16) == 0).ToList();
            movers.Move(groups);
            moves.AddRange(groups.Select(_ => Stopwatch.GetElapsedTime(begin).TotalMicroseconds));
        }

        var mpps = (traffic.Carried - carried) / clock.Elapsed.TotalSeconds / 1e6;
        traffic.IsPaused = true;
        _ = Polling.Until(() => traffic.Sent == traffic.Carried); // what is not there then is lost
        moves.Sort();
        return new Reading(
            mpps, traffic.Sent - traffic.Carried, traffic.Reordered, traffic.Rebound, traffic.LongestTicks * 1e6 / Stopwatch.Frequency,
            moves.Count, moves.Count == 0 ? 0 : moves[moves.Count / 2]);
    }

    private sealed record Reading(
        double Mpps, double Lost, double Reordered, double Rebound, double MaxStallMicroseconds, double Moved, double MedianMoveMicroseconds)
    {
        public override string ToString() =>
            $"{Mpps:0.000} Mpps, {Lost} lost, {Reordered} reordered, {Rebound} rebound, longest {MaxStallMicroseconds:0} us, {Moved} moves of {MedianMoveMicroseconds:0} us";
    }
}

/// <summary>Two workers with traffic, and how their flow groups move.</summary>
internal interface IMovers : IDisposable
{
    SequencedTraffic Traffic { get; }

    /// <summary>Moves groups to the other worker.</summary>
    void Move(IReadOnlyList<int> groups);
}

/// <summary>Flow groups with their state, moved by the dataplane.</summary>
internal sealed class GroupMovers : IMovers
{
    private readonly EmulatedNic<SequencedPort> _nic;
    private readonly Metron.Dataplane.Dataplane _dataplane;

    public GroupMovers()
    {
        Traffic = MigrationTraffic.Start();
        _nic = MigrationTraffic.MakeNic(Traffic);
        var cores = CpuAffinity.Allowed();
        var options = new Metron.Dataplane.DataplaneOptions
        {
            Workers = [new() { Core = cores[0] }, new() { Core = cores[^1] }],
            FlowGroups = MigrationTraffic.Groups,
            EarlyPackets = MigrationTraffic.Mbufs,
            MigrationDeadline = TimeSpan.FromSeconds(10),
            IdleSleep = MigrationTraffic.IdleSleep,
        };
        _dataplane = Metron.Dataplane.Dataplane.Start(options, _nic.OpenQueues());
        _dataplane.DeployAsync(MigrationTraffic.Program).GetAwaiter().GetResult();
        _dataplane.SteerAsync(_nic).GetAwaiter().GetResult();
        _nic.Start();
    }

    public SequencedTraffic Traffic { get; }

    /// <summary>Takes all groups from worker 1, so that it parks, and gives it one, again and again.</summary>
    /// <returns>From the command that wakes it to its first turn, in microseconds.</returns>
    public (double Average, double Longest) Park(int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            Move([.. Enumerable.Range(0, MigrationTraffic.Groups).Where(group => _dataplane.GroupOwners[group] == 1)]);
            if (!SpinWait.SpinUntil(() => _dataplane.ReadGroupLoads().Workers[1].IsParked, TimeSpan.FromSeconds(10)))
            {
                throw new BenchmarkException("the worker does not park");
            }

            Task.Delay(1).Wait();
            Move([0]);
        }

        return _dataplane.ReadGroupLoads().Workers[1].WakeMicroseconds;
    }

    public void Move(IReadOnlyList<int> groups)
    {
        var owners = _dataplane.GroupOwners;
        var outcomes = _dataplane.MigrateAsync([.. groups.Select(group => new Metron.Dataplane.GroupMove(group, 1 - owners[group]))], _nic).GetAwaiter().GetResult();
        if (outcomes.FirstOrDefault(outcome => outcome.Result != Metron.Dataplane.MigrationResult.Moved) is { } failed)
        {
            throw new BenchmarkException($"group {failed.Group} was not moved: {failed.Result}, {failed.Problem}");
        }
    }

    public void Dispose()
    {
        _dataplane.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _nic.Dispose();
        Traffic.Dispose();
    }
}

/// <summary>One table for both workers: a group moves by the NIC's table alone, and packets that are under way may be overtaken.</summary>
internal sealed class TableMovers : IMovers
{
    private const int Capacity = 1 << 17;
    private const uint FirstAddress = 0xc633_6401; // 198.51.100.1

    private readonly NaptTable<Shared> _table = new(Capacity, FirstAddress);
    private readonly EmulatedNic<SequencedPort> _nic;
    private readonly Thread[] _threads;
    private volatile bool _isStopped;

    public TableMovers()
    {
        Traffic = MigrationTraffic.Start();
        _nic = MigrationTraffic.MakeNic(Traffic);
        var cores = CpuAffinity.Allowed();
        _threads = [.. Enumerable.Range(0, 2).Select(worker => new Thread(() => Run(worker, worker == 0 ? cores[0] : cores[^1])))];
        Array.ForEach(_threads, thread => thread.Start());
        _nic.Start();
    }

    public SequencedTraffic Traffic { get; }

    public void Move(IReadOnlyList<int> groups)
    {
        var table = new ushort[_nic.IndirectionSize];
        _nic.ReadIndirection(table);
        var changes = groups.Select(group => new IndirectionChange(group, (ushort)(1 - table[group]))).ToArray();
        _nic.WriteIndirection(changes, new ulong[changes.Length]);
    }

    public void Dispose()
    {
        _isStopped = true;
        Array.ForEach(_threads, thread => thread.Join());
        _nic.Dispose();
        Traffic.Dispose();
        _table.Dispose();
    }

    private void Run(int worker, int core)
    {
        CpuAffinity.Pin(core);
        var napt = new NaptWorker<Shared, EmulatedQueue<SequencedPort>>(_table, _nic.Queue(worker));
        var empty = 0;
        while (!_isStopped)
        {
            var sent = napt.Sent;
            napt.Poll();
            empty = napt.Sent == sent ? empty + 1 : 0;
            if (empty > 1000)
            {
                Thread.Yield();
            }
        }
    }
}

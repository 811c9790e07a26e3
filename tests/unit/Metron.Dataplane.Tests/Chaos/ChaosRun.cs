using Metron.Dataplane.Flows;
using Metron.Dataplane.Groups;
using Metron.Dataplane.Programs;
using Metron.Dataplane.Statistics;
using Metron.Dataplane.Workers;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Runtime;

namespace Metron.Dataplane.Tests.Chaos;

/// <summary>
/// Workers, NIC and control thread whose turns a seed chooses: bursts of packets, polls, moves of flow groups, workers that stall or die, and a NIC whose
/// table cannot be written. Everything is in one thread, so that a seed always does the same.
/// </summary>
internal sealed unsafe class ChaosRun : IDisposable
{
    private const int Groups = 4;
    private const int Entries = 2 * Groups;
    private const int Flows = 10;
    private const int Steps = 400;

    private static readonly ResidualProgram Program = Chains.Line(SampleChain.Functions).Spread(Groups);

    private static readonly DropReason[] Named = [DropReason.MigrationOverflow, DropReason.MigrationTimeout, DropReason.WorkerDied];

    private static readonly WorkerResources Resources = WorkerResources.Default with { MaximumConnections = 64, HashSeed = 7 };

    private readonly Random _random;
    private readonly ManualTime _time = new();
    private readonly DataplaneOptions _options;
    private readonly MbufPool _pool;
    private readonly ChaosNic _nic;
    private readonly FlowGroups _groups;
    private readonly ProgramRegistry _registry;
    private readonly Worker<ChaosPort, ManualClock>[] _workers;
    private readonly ChaosFlow[] _flows;
    private readonly long[] _stalledUntil;
    private readonly List<RefusedGroup> _refused = [];
    private Migrator? _migrator;
    private int _arrived;

    /// <param name="seed">Decides everything.</param>
    /// <param name="pool">Mbufs, all free.</param>
    public ChaosRun(int seed, MbufPool pool)
    {
        _random = new Random(seed);
        _pool = pool;
        var workers = _random.Next(2, 5);
        _options = new DataplaneOptions
        {
            Workers = [.. Enumerable.Range(0, workers).Select(_ => new WorkerOptions())],
            FlowGroups = Groups,
            MaximumFlowsPerWorker = 1024,
            SampleInterval = 3,
            EarlyPackets = _random.Next(2) == 0 ? 32 : 512,
            MigrationDeadline = TimeSpan.FromMilliseconds(_random.Next(1, 8)),
            WorkerTimeout = TimeSpan.FromMilliseconds(_random.Next(5, 40)),
            CreateFunction = configuration => NetworkFunctionFactory.Create(configuration, Resources),
        };
        _nic = new ChaosNic(workers, Entries, pool, _random) { FailureShare = _random.Next(3) == 0 ? _random.NextDouble() * 0.6 : 0 };
        _groups = new FlowGroups(_options, new HashSeed(11, 13, 17));
        _registry = new ProgramRegistry(_options, _groups);
        _workers = [.. Enumerable.Range(0, workers).Select(worker =>
            new Worker<ChaosPort, ManualClock>(worker, _options, _groups, new ChaosPort(_nic, worker), new ManualClock(_time)))];
        _stalledUntil = new long[workers];
        var failureShare = _nic.FailureShare;
        _nic.FailureShare = 0;
        Assert.NotNull(new IndirectionWriter(_nic, Groups).Write([.. Enumerable.Range(0, Groups).Select(group => (group, _groups.OwnerOf(group)))], out _));
        _nic.FailureShare = failureShare;
        Deploy();
        _flows = [.. Enumerable.Range(0, Flows).Select(index => new ChaosFlow(Program, index, (ushort)(20_000 + (_random.Next(2_000) * 20) + (index * 2))))];
    }

    private IEnumerable<Worker<ChaosPort, ManualClock>> Living => _workers.Where(worker => !worker.IsDead);

    /// <summary>Does what the seed says, lets everything come to rest, and checks.</summary>
    public void Run()
    {
        for (var step = 0; step < Steps; step++)
        {
            Step();
        }

        Rest();
        Check();
    }

    public void Dispose()
    {
        _registry.Dispose();
        Array.ForEach(_workers, worker => worker.Dispose());
        _groups.Dispose();
        _pool.Reset();
    }

    private void Deploy()
    {
        var added = _registry.Add(Program);
        foreach (var worker in _workers)
        {
            var command = new WorkerCommand
            {
                Snapshot = _registry.BuildSnapshot(worker.Index),
                Added = [.. added.OfType<WorkerProgram>().Where(program => _groups.OwnerOf(program.Group) == worker.Index)],
            };
            worker.Post(command);
            worker.Poll();
            Assert.True(command.IsDone);
        }
    }

    private void Step()
    {
        switch (_random.Next(100))
        {
            case < 30:
                Arrive();
                break;
            case < 62:
                Poll(_workers[_random.Next(_workers.Length)]);
                break;
            case < 72:
                Transmit(_random.Next(_workers.Length), _random.Next(1, 40));
                break;
            case < 94:
                Control();
                break;
            case < 98:
                _time.Advance(TimeSpan.FromMicroseconds(_random.Next(1, 3_000)));
                break;
            case 98:
                _stalledUntil[_random.Next(_workers.Length)] = _time.Nanoseconds + (_random.Next(100, 60_000) * 1_000L);
                break;
            default:
                Kill();
                break;
        }
    }

    /// <summary>A burst arrives, most of it of a few flows.</summary>
    private void Arrive()
    {
        for (var packets = _random.Next(1, 24); packets > 0 && _pool.Taken < 3_500; packets--)
        {
            var flow = _flows[_random.Next(3) == 0 ? _random.Next(Flows) : _random.Next(3)];
            var frame = flow.Translated != 0 && _random.Next(2) == 0 ? flow.NextReply() : flow.NextRequest();

            // One entry of the group for all that is of the flow.
            _nic.Arrive(flow.Group + (flow.Port / 2 % 2 * Groups), frame);
            _arrived++;
        }
    }

    private void Poll(Worker<ChaosPort, ManualClock> worker)
    {
        if (!worker.IsDead && _stalledUntil[worker.Index] <= _time.Nanoseconds)
        {
            worker.Poll();
        }
    }

    private void Transmit(int queue, int count)
    {
        var pair = _nic.Pairs[queue];
        for (; count > 0 && pair.ToSend.TryDequeue(out var mbuf); count--)
        {
            pair.Transmitted++;
            _flows[ChaosFlow.IndexOf(mbuf.Bytes)].Note(mbuf.Bytes);
            _pool.Free(mbuf);
        }
    }

    private void Control()
    {
        if (_migrator is not null)
        {
            _migrator = _migrator.Advance(_time.Nanoseconds) ? null : _migrator;
        }
        else if (_random.Next(2) == 0)
        {
            var moves = Enumerable.Range(0, Groups).Where(_ => _random.Next(2) == 0).Select(group => new GroupMove(group, _random.Next(_workers.Length)));
            _migrator = new Migrator(_groups, _workers, _nic, _options, _refused, [.. moves], _time.Nanoseconds);
        }
    }

    private void Kill()
    {
        if (Living.Count() > 1 && _random.Next(3) == 0)
        {
            _workers[_random.Next(_workers.Length)].SetDead();
        }
    }

    /// <summary>No packet arrives any more, nobody stalls, the NIC works: all comes to its end.</summary>
    private void Rest()
    {
        _nic.FailureShare = 0;
        Array.Clear(_stalledUntil);
        for (var turn = 0; turn < 10_000; turn++)
        {
            Control(_migrator);
            AdoptOrphans();
            foreach (var worker in Living)
            {
                worker.Poll();
            }

            for (var queue = 0; queue < _workers.Length; queue++)
            {
                Transmit(queue, int.MaxValue);
            }

            _time.Advance(TimeSpan.FromMicroseconds(200));
            if (_migrator is null && Living.All(worker => _nic.Pairs[worker.Index].Received.Count == 0 && !worker.IsBusy) && turn > 60)
            {
                break;
            }
        }

        foreach (var worker in _workers.Where(worker => worker.IsDead))
        {
            worker.Bury();
            Transmit(worker.Index, int.MaxValue);
        }
    }

    private void Control(Migrator? migrator) => _migrator = migrator?.Advance(_time.Nanoseconds) == false ? migrator : null;

    /// <summary>What no worker could take when it had to be given away is moved again, as a balancer does.</summary>
    private void AdoptOrphans()
    {
        var moves = Enumerable.Range(0, Groups).Where(group => _groups.OwnerOf(group) >= _workers.Length)
            .Select(group => new GroupMove(group, Living.First().Index)).ToList();
        if (_migrator is null && moves.Count > 0)
        {
            _migrator = new Migrator(_groups, _workers, _nic, _options, _refused, moves, _time.Nanoseconds);
        }
    }

    private void Check()
    {
        Assert.Null(_migrator);
        Assert.Equal(0, _pool.Taken);
        var statistics = StatisticsReader.Read(_options, _workers, _registry, _groups, new Dictionary<WorkerFunction, FunctionReport>());
        var drops = statistics.Workers.SelectMany(worker => worker.Drops).ToList();
        Assert.DoesNotContain(drops, drop => !Named.Contains(drop.Key));
        var sent = statistics.Workers.Sum(worker => (long)worker.Sent.Packets);
        Assert.Equal(_arrived, sent + drops.Sum(drop => (long)drop.Value));

        // All that was sent had been counted once, in the counters that move with the groups.
        Assert.Equal(sent, statistics.Programs.Single().Classes.Sum(entry => (long)entry.Count.Packets));
        Assert.Equal(sent, Enumerable.Range(0, Groups).Sum(group => (long)_groups.Views[group].Packets));
        // A dead worker does not say any more what it has.
        Assert.Equal(
            Enumerable.Range(0, Groups).Where(group => !_workers[_groups.OwnerOf(group)].IsDead).Sum(group => _groups[group].Flows.Count),
            statistics.Workers.Where(worker => !_workers[worker.Worker].IsDead).Sum(worker => (long)worker.FlowEntries));

        for (var group = 0; group < Groups; group++)
        {
            var owner = _groups.OwnerOf(group);
            Assert.True(owner < _workers.Length, $"group {group} is nobody's");
            Assert.True(_workers[owner].IsDead || _groups.Views[group].Owner == owner, $"worker {owner} did not take group {group}");
            Assert.True(
                _nic.HasFailed || _workers[owner].IsDead || _nic.QueueOf(group) == owner, $"group {group} is worker {owner}'s, and steered to {_nic.QueueOf(group)}");
        }
    }
}

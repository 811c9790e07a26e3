using System.Diagnostics;
using Metron.Dataplane.Flows;
using Metron.Dataplane.Groups;
using Metron.Dataplane.Programs;
using Metron.Dataplane.Statistics;
using Metron.Dataplane.Workers;
using Metron.Dpdk;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Runtime;

namespace Metron.Dataplane;

/// <summary>
/// The workers of a server and the programs that they run. Its methods are safe to call from any thread; changes are carried out one after the
/// other. Packets never wait for them.
/// </summary>
public sealed partial class Dataplane : IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(1);

    private readonly DataplaneOptions _options;
    private readonly Worker[] _workers;
    private readonly FlowGroups _groups;
    private readonly Thread[] _threads;
    private readonly ProgramRegistry _registry;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly Lock _readLock = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _runningWorkers;
    private bool _isDisposed;

    private Dataplane(DataplaneOptions options, FlowGroups groups, Worker[] workers)
    {
        _options = options;
        _groups = groups;
        _workers = workers;
        _registry = new ProgramRegistry(options, groups);
        _threads = [.. workers.Select(worker => new Thread(() => RunWorker(worker)) { IsBackground = true, Name = $"worker-{worker.Index}" })];
    }

    /// <summary>
    /// Completes when all workers have ended after <see cref="DisposeAsync"/>; fails as soon as one dies of an exception, which is a bug of a
    /// function or of the dataplane: that worker's queue is not polled any more.
    /// </summary>
    public Task Completion => _completion.Task;

    /// <summary>The programs that run, in the order of their deployment.</summary>
    public IReadOnlyList<DeployedProgram> DeployedPrograms => [.. _registry.Programs.Select(Describe)];

    /// <summary>Starts one worker per port.</summary>
    /// <typeparam name="TPort">Kind of port; the worker's loop is compiled for it.</typeparam>
    /// <param name="options">Options.</param>
    /// <param name="ports">One port per worker of the options. They must stay usable until the dataplane is disposed.</param>
    /// <exception cref="ArgumentException">Options are out of range, or name a CPU that the process may not use.</exception>
    /// <param name="appliancePorts">
    /// For each worker its interfaces to closed programs: two for each of <see cref="WorkerOptions.Appliances"/>, inside first; null when no worker
    /// has any. They are attached and detached with the worker's own port.
    /// </param>
    public static Dataplane Start<TPort>(
        DataplaneOptions options, IReadOnlyList<TPort> ports, IReadOnlyList<IReadOnlyList<TPort>>? appliancePorts = null)
        where TPort : struct, IPacketPort =>
        Start(options, ports, new SystemClock(), appliancePorts);

    /// <summary>As the other, with a time of its own.</summary>
    internal static Dataplane Start<TPort, TClock>(
        DataplaneOptions options, IReadOnlyList<TPort> ports, TClock clock, IReadOnlyList<IReadOnlyList<TPort>>? appliancePorts = null)
        where TPort : struct, IPacketPort
        where TClock : struct, IClock
    {
        Check(options, ports.Count);
        CheckAppliances(options, appliancePorts);
        var groups = new FlowGroups(options, HashSeed.FromRandom(Random.Shared));
        var workers = ports.Select((port, index) => (Worker)new Worker<TPort, TClock>(index, options, groups, port, clock, appliancePorts?[index] ?? []));
        var dataplane = new Dataplane(options, groups, [.. workers]);
        dataplane._runningWorkers = dataplane._workers.Length;
        foreach (var thread in dataplane._threads)
        {
            thread.Start();
        }

        return dataplane;
    }

    /// <summary>Runs a program next to what runs already. A program of the same chain and revision that runs already is left alone.</summary>
    /// <remarks>
    /// Functions of the same name and kind take over the state of the newest revision of the chain on the same worker. When this returns, all
    /// workers know the program's tags.
    /// </remarks>
    /// <exception cref="ProgramRejectedException">The program is not right, or one of its tags is taken; nothing was changed.</exception>
    /// <exception cref="TimeoutException">A worker did not take notice.</exception>
    public async Task DeployAsync(ResidualProgram program, CancellationToken cancellation = default)
    {
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_registry.Find(program.Chain, program.Revision) is not null)
            {
                return;
            }

            var added = _registry.Add(program);
            await CarryAsync(index => new WorkerCommand { Snapshot = _registry.BuildSnapshot(index), Added = OwnedBy(index, added) })
                .ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Stops running a revision and drops its flows. One that does not run is no error.</summary>
    /// <remarks>When this returns, no worker touches the program any more, and its tags may be used again.</remarks>
    /// <exception cref="TimeoutException">A worker did not take notice.</exception>
    public async Task UndeployAsync(string chain, long revision, CancellationToken cancellation = default)
    {
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_registry.Find(chain, revision) is not { } compiled)
            {
                return;
            }

            var retired = _registry.Remove(compiled);
            await CarryAsync(index => new WorkerCommand { Snapshot = _registry.BuildSnapshot(index), Retired = OwnedBy(index, retired) })
                .ConfigureAwait(false);
            lock (_readLock)
            {
                _registry.Release();
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Reads all counters without asking the workers. Begins a new interval for the longest poll gap.</summary>
    public DataplaneStatistics ReadStatistics()
    {
        lock (_readLock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return StatisticsReader.Read(_options, _workers, _registry, _groups, new Dictionary<WorkerFunction, FunctionReport>());
        }
    }

    /// <summary>
    /// As <see cref="ReadStatistics"/>, and asks every function for its own counters, which takes some of the workers' time.
    /// </summary>
    /// <exception cref="TimeoutException">A worker did not take notice.</exception>
    public async Task<DataplaneStatistics> ReadStatisticsAsync(CancellationToken cancellation = default)
    {
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var commands = await CarryAsync(index => new WorkerCommand { ToReport = FunctionsOf(index) }).ConfigureAwait(false);
            var reports = new Dictionary<WorkerFunction, FunctionReport>();
            foreach (var command in commands)
            {
                for (var i = 0; i < command.ToReport.Count; i++)
                {
                    reports.Add(command.ToReport[i].Function, command.Reports[i]);
                }
            }

            lock (_readLock)
            {
                return StatisticsReader.Read(_options, _workers, _registry, _groups, reports);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Stops the workers. Packets still in the ports stay there.</summary>
    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isDisposed)
            {
                return;
            }

            lock (_readLock)
            {
                _isDisposed = true;
            }

            foreach (var worker in _workers)
            {
                worker.Post(new WorkerCommand { Stop = true });
            }

            await Task.Run(() => Array.ForEach(_threads, thread => thread.Join())).ConfigureAwait(false);
            lock (_readLock)
            {
                _registry.Dispose();
                Array.ForEach(_workers, worker => worker.Dispose());
                _groups.Dispose();
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private static void Check(DataplaneOptions options, int ports)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ports);
        ArgumentOutOfRangeException.ThrowIfNotEqual(ports, options.Workers.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaximumFlowsPerWorker, 1024);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MaximumFlowsPerWorker, 1 << 25);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.FlowIdleTimeout, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.FlowIdleTimeout, TimeSpan.FromDays(1));
        ArgumentOutOfRangeException.ThrowIfNegative(options.SampleInterval);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.SampleInterval, 1 << 20);
        Require(FlowGroups.IsCount(options.FlowGroups), "the number of flow groups is 0 or a power of two up to 4096");
        Require(options.FlowGroups == 0 || options.Workers.All(worker => worker.Appliances.Count == 0), "flow groups that move cannot pass closed programs, whose interfaces belong to one worker each");
        Require(options.EarlyPackets is >= BurstProcessor.MaximumBurst and <= 1 << 16, "32 to 65536 packets may wait for a flow group");
        Require(options.MigrationDeadline > TimeSpan.Zero && options.MigrationDeadline <= TimeSpan.FromMinutes(1), "packets wait for their flow group for more than 0 and at most 60 seconds");
        var cpus = CpuAffinity.Allowed();
        foreach (var worker in options.Workers.Where(worker => worker.Core >= 0 && !cpus.Contains(worker.Core)))
        {
            throw new ArgumentException($"a worker cannot be pinned to CPU {worker.Core}: the process may use {string.Join(", ", cpus)}", nameof(options));
        }
    }

    private static void Require(bool holds, string rule)
    {
        if (!holds)
        {
            throw new ArgumentException(rule);
        }
    }

    private void RunWorker(Worker worker)
    {
        try
        {
            if (_options.Workers[worker.Index].Core is var core and >= 0)
            {
                CpuAffinity.Pin(core);
            }

            worker.Run();
            if (Interlocked.Decrement(ref _runningWorkers) == 0)
            {
                _completion.TrySetResult();
            }
        }
        catch (Exception exception)
        {
            // Whoever awaits Completion decides; the other workers go on.
            worker.SetDead();
            _completion.TrySetException(new WorkerFailedException(worker.Index, exception));
        }
    }

    private DeployedProgram Describe(CompiledProgram compiled) => new(
        compiled.Program,
        _groups.ArePrivate ? [.. compiled.Program.IngressTags.Select(tag => tag.Worker).Distinct().Order()] : [.. Enumerable.Range(0, _workers.Length)]);

    /// <summary>Of a program in each flow group, those in groups of a worker.</summary>
    private List<WorkerProgram> OwnedBy(int worker, WorkerProgram?[] programs) =>
        [.. programs.OfType<WorkerProgram>().Where(program => _groups.OwnerOf(program.Group) == worker)];

    /// <summary>The functions in the flow groups of a worker.</summary>
    private List<(int Group, WorkerFunction Function)> FunctionsOf(int worker) => [.. Enumerable.Range(0, _groups.Count)
        .Where(group => _groups.OwnerOf(group) == worker)
        .SelectMany(group => _registry.FunctionsOf(group), (group, function) => (group, function))];

    /// <summary>Gives every worker a command and waits until all have carried theirs out.</summary>
    private async Task<WorkerCommand[]> CarryAsync(Func<int, WorkerCommand> make)
    {
        var commands = Enumerable.Range(0, _workers.Length).Select(make).ToArray();
        for (var index = 0; index < commands.Length; index++)
        {
            _workers[index].Post(commands[index]);
        }

        var begin = Stopwatch.GetTimestamp();
        while (!Array.TrueForAll(commands, command => command.IsDone))
        {
            if (_completion.Task.IsFaulted)
            {
                await _completion.Task.ConfigureAwait(false);
            }

            if (Stopwatch.GetElapsedTime(begin) > _options.WorkerTimeout)
            {
                throw new TimeoutException($"a worker did not take notice within {_options.WorkerTimeout.TotalSeconds} s");
            }

            // Workers signal nobody: that would cost them a system call. Half a millisecond is lost on average.
            await Task.Delay(PollInterval, CancellationToken.None).ConfigureAwait(false);
        }

        return commands;
    }
}

using Metron.Dataplane.Appliances;
using Metron.Dataplane.Flows;
using Metron.Dataplane.Groups;
using Metron.Dataplane.Programs;
using Metron.Dataplane.Statistics;
using Metron.Dataplane.Workers;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Runtime;

namespace Metron.Dataplane.Tests;

/// <summary>Workers whose turns a test takes itself, on its own thread: the same loop as in production, over memory and with a manual clock.</summary>
internal sealed class WorkerRig : IDisposable
{
    private readonly DataplaneOptions _options;
    private readonly FlowGroups _groups;
    private readonly Worker<MemoryPort, ManualClock>[] _workers;

    public WorkerRig(
        int workers = 1, uint? untaggedIngress = null, int maximumFlows = 1024, TimeSpan? idleTimeout = null, int? maximumConnections = null, int sampleInterval = 256, params string[] appliances)
    {
        _options = new DataplaneOptions
        {
            Workers = [.. Enumerable.Range(0, workers).Select(_ => new WorkerOptions { UntaggedIngress = untaggedIngress, Appliances = appliances })],
            ProbeToken = ProbeToken,
            CreateFunction = maximumConnections is { } most
                ? configuration => NetworkFunctionFactory.Create(configuration, new WorkerResources { MaximumConnections = most })
                : Create,
            MaximumFlowsPerWorker = maximumFlows,
            SampleInterval = sampleInterval,
            FlowIdleTimeout = idleTimeout ?? TimeSpan.FromSeconds(30),
        };
        _groups = new FlowGroups(_options, new HashSeed(11, 13, 17));
        Registry = new ProgramRegistry(_options, _groups);
        Wires = [.. Enumerable.Range(0, workers).Select(_ => new MemoryWire())];
        ApplianceWires = [.. Wires.Select(wire => Enumerable.Range(0, appliances.Length * 2).Select(_ => new MemoryWire(wire)).ToArray())];
        _workers = [.. Wires.Select((wire, index) => new Worker<MemoryPort, ManualClock>(
            index, _options, _groups, new MemoryPort(wire), new ManualClock(Time), [.. ApplianceWires[index].Select(end => new MemoryPort(end))]))];
    }

    /// <summary>Secret number of probes.</summary>
    public const ulong ProbeToken = 0x1122334455667788;

    public ManualTime Time { get; } = new();

    /// <summary>For each worker the wires to closed programs: two for each appliance, inside first.</summary>
    public MemoryWire[][] ApplianceWires { get; }

    /// <summary>An appliance of worker 0, as the control thread sees it.</summary>
    public ApplianceState Appliance(int index = 0) => _workers[0].Appliances[index];

    public MemoryWire[] Wires { get; }

    public MemoryWire Wire => Wires[0];

    public ProgramRegistry Registry { get; }

    /// <summary>Reads as the dataplane does.</summary>
    public DataplaneStatistics Statistics => StatisticsReader.Read(_options, _workers, Registry, _groups, new Dictionary<WorkerFunction, FunctionReport>());

    public WorkerStatistics Worker => Statistics.Workers[0];

    public static NetworkFunction Create(NetworkFunctionConfiguration configuration) => configuration is ScriptedConfiguration scripted
        ? scripted.Make()
        : NetworkFunctionFactory.Create(configuration, WorkerResources.Default);

    public WorkerRig Deploy(ResidualProgram program)
    {
        var added = Registry.Add(program);
        Carry(index => new WorkerCommand { Snapshot = Registry.BuildSnapshot(index), Added = added[index] is { } mine ? [mine] : [] });
        return this;
    }

    public void Undeploy(string chain, long revision)
    {
        var retired = Registry.Remove(Registry.Find(chain, revision)!);
        Carry(index => new WorkerCommand { Snapshot = Registry.BuildSnapshot(index), Retired = retired[index] is { } mine ? [mine] : [] });
        Registry.Release();
    }

    /// <summary>The instance of a function on a worker.</summary>
    public NetworkFunction Function(string chain, long revision, string name, int worker = 0) => Registry
        .Find(Registry.Find(chain, revision)!, worker)!.Functions.Single(function => function.Instance.Name == name).Instance;

    /// <summary>Asks a function of worker 0 for its report, as the dataplane does.</summary>
    public FunctionReport Report(string chain, long revision, string name)
    {
        var function = Registry.Find(Registry.Find(chain, revision)!, 0)!.Functions.Single(function => function.Instance.Name == name);
        var command = new WorkerCommand { ToReport = [(0, function)] };
        Carry(index => index == 0 ? command : new WorkerCommand());
        return command.Reports.Single();
    }

    /// <summary>Gives one frame to a worker; returns what it sends for it, or null.</summary>
    public byte[]? Pass(ReadOnlySpan<byte> frame, int worker = 0) => PassAll([frame.ToArray()], worker).SingleOrDefault();

    /// <summary>As <see cref="Pass"/>, for a frame that must get through.</summary>
    public byte[] MustPass(ReadOnlySpan<byte> frame, int worker = 0)
    {
        var sent = Pass(frame, worker);
        Assert.True(sent is not null, $"dropped: {string.Join(", ", Statistics.Workers[worker].Drops)}");
        return sent;
    }

    /// <summary>Gives frames to a worker in one go, in as many bursts as it takes.</summary>
    public List<byte[]> PassAll(IEnumerable<byte[]> frames, int worker = 0)
    {
        foreach (var frame in frames)
        {
            Wires[worker].Inject(frame);
        }

        while (_workers[worker].Poll() > 0)
        {
        }

        // Housekeeping publishes what is not counted per packet.
        Time.Advance(TimeSpan.FromMilliseconds(1));
        _workers[worker].Poll();
        Assert.Equal(0, Wires[worker].Held);
        return Wires[worker].TakeSent();
    }

    /// <summary>Lets time pass with a turn of every worker each millisecond.</summary>
    public void Idle(TimeSpan time)
    {
        for (var elapsed = 0; elapsed < time.TotalMilliseconds; elapsed++)
        {
            Time.Advance(TimeSpan.FromMilliseconds(1));
            Array.ForEach(_workers, worker => worker.Poll());
        }
    }

    /// <summary>One turn of a worker.</summary>
    public int Poll(int worker = 0) => _workers[worker].Poll();

    public void Dispose()
    {
        Registry.Dispose();
        Array.ForEach(_workers, worker => worker.Dispose());
        _groups.Dispose();
        Array.ForEach(Wires, wire => wire.Dispose());
        Array.ForEach(ApplianceWires, wires => Array.ForEach(wires, wire => wire.Dispose()));
    }

    private void Carry(Func<int, WorkerCommand> make)
    {
        for (var index = 0; index < _workers.Length; index++)
        {
            var command = make(index);
            _workers[index].Post(command);
            for (var turns = 0; !command.IsDone; turns++)
            {
                Assert.True(turns < 10_000, "the worker does not carry out its command");
                _workers[index].Poll();
            }
        }
    }
}

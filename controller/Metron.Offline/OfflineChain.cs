using Metron.Dataplane;
using Metron.Dataplane.Stepping;
using Metron.NetworkFunctions.Blackbox;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Runtime;
using Metron.Offload;
using Metron.Orchestration;
using Metron.Packets;

namespace Metron.Offline;

/// <summary>
/// A chain as the platform carries it out, without any of the machines: planned for a virtual switch and server, the switch's rules run by
/// <see cref="SwitchModel"/>, the server's part by the dataplane's own workers. Deterministic: the same packets at the same times give the
/// same results. Not thread-safe.
/// </summary>
public sealed class OfflineChain : IDisposable
{
    private const int MostHops = 4;

    /// <summary>Time zero of captures, so that workers never see the time before their own start.</summary>
    private const long StartNanoseconds = 1_000_000_000;

    private readonly SwitchModel _switch;
    private readonly SteppedDataplane? _server;
    private readonly List<FunctionCall> _calls = [];
    private readonly List<(int Egress, uint Port, byte[]? Frame)> _copies = [];
    private readonly Dictionary<uint, int> _workers;
    private readonly bool _traceRules;
    private readonly int _workerCount;

    private OfflineChain(ChainPlan plan, OfflineOptions options)
    {
        Plan = plan;
        Rules = ChainPrograms.IntendedRules(plan.Switch, [plan], []);
        Program = ChainPrograms.ResidualPrograms(plan).Values.FirstOrDefault();
        _switch = new SwitchModel(Rules, ChainPrograms.Groups(plan), options.PortsDown);
        _traceRules = options.TraceRules;
        _workers = (plan.Placement?.Workers ?? []).ToDictionary(worker => worker.SwitchPort, worker => worker.Index);
        _workerCount = _workers.Values.DefaultIfEmpty(-1).Max() + 1;
        if (Program is not null)
        {
            var appliances = Program.Functions.OfType<BlackboxConfiguration>().Select(blackbox => blackbox.Appliance).Distinct().ToList();
            _server = new SteppedDataplane(
                new DataplaneOptions
                {
                    Workers = [.. Enumerable.Repeat(new WorkerOptions { Appliances = appliances }, _workerCount)],
                    CreateFunction = configuration => new WitnessFunction(options.CreateFunction(configuration), _calls),
                    MaximumFlowsPerWorker = options.MaximumFlowsPerWorker,
                },
                StartNanoseconds);
            _server.Deploy(Program);

            // Nobody knows what closed programs do; here they are wires.
            foreach (var (worker, appliance) in Enumerable.Range(0, _workerCount).SelectMany(worker => appliances.Select(appliance => (worker, appliance))))
            {
                _server.SetGate(worker, appliance, ApplianceGate.Bypassed);
            }
        }
    }

    /// <summary>The plan.</summary>
    public ChainPlan Plan { get; }

    /// <summary>All rules of the switch.</summary>
    public IReadOnlyList<SwitchRule> Rules { get; }

    /// <summary>The server's part; null when the switch does everything.</summary>
    public ResidualProgram? Program { get; }

    /// <summary>Bits of a port by which the switch chooses workers; 0 when there is one.</summary>
    public ushort SteeringMask => Program?.IngressTags.Select(tag => tag.SteeringMask).FirstOrDefault() ?? 0;

    /// <summary>Workers that share what is for all of them together.</summary>
    public int SharingWorkers => Math.Max(1, Program?.IngressTags.Select(tag => tag.Worker).Distinct().Count() ?? 1);

    /// <summary>Compiles a chain.</summary>
    /// <param name="spec">The chain, every field right by itself.</param>
    /// <param name="options">What for.</param>
    /// <exception cref="OfflineException">The chain has problems, or there is no plan for it.</exception>
    public static OfflineChain Compile(ChainSpec spec, OfflineOptions options)
    {
        var workers = options.Workers > 0 ? options.Workers : Math.Max(1, spec.Resources.MinimumCores);
        var inventory = VirtualInventory.For(spec, options.TagKind, workers);
        var violations = ChainValidator.Validate(spec, inventory, []);
        if (violations.Count > 0)
        {
            throw new OfflineException([.. violations.Select(violation => $"{violation.Path}: {violation.Message}")]);
        }

        var planned = ChainPlanner.Plan(new PlanRequest(spec, 1, 1, inventory));
        return planned.Plan is { } plan
            ? new OfflineChain(plan, options)
            : throw new OfflineException([planned.Problem!.Message]);
    }

    /// <summary>Runs a chain that is planned already; of the options, workers and tags are the plan's.</summary>
    public static OfflineChain Of(ChainPlan plan, OfflineOptions options) => new(plan, options);

    /// <summary>Carries one packet through the chain.</summary>
    /// <param name="endpoint">Endpoint at whose switch port it arrives.</param>
    /// <param name="frame">The frame as it is on the wire, without FCS.</param>
    /// <param name="nanoseconds">When, counted from the first packet; never less than at the packet before.</param>
    public OfflineResult Process(int endpoint, ReadOnlySpan<byte> frame, long nanoseconds)
    {
        _server?.AdvanceTo(StartNanoseconds + nanoseconds);
        _calls.Clear();
        _copies.Clear();
        List<SwitchRule>? rules = _traceRules ? [] : null;
        var output = _switch.Process(Plan.Spec.Endpoints[endpoint].Port, frame, rules);
        var state = new Journey(-1, false, false, output.LastRule?.ClassId ?? 0);
        for (var hop = 0; output.Frame is { } sent; hop++)
        {
            if (!_workers.TryGetValue(output.Port, out var worker))
            {
                return Left(output.Port, sent, state, rules);
            }

            if (hop == MostHops)
            {
                return Dropped("retagLoop", $"worker {worker}", state, rules);
            }

            var stepped = _server!.Process(worker, sent);
            foreach (var copy in stepped.Copies)
            {
                var left = _switch.Process(output.Port, copy);
                _copies.Add((left.Frame is { } frameLeft ? EgressAt(left.Port, frameLeft) : -1, left.Port, left.Frame));
            }

            state = new Journey(worker, stepped.WasSlow, state.WasRetagged || stepped.WasRetagged, stepped.ClassId);
            if (stepped.Frame is not { } returned)
            {
                return Dropped(NameOf(stepped.Reason), $"worker {worker}", state, rules);
            }

            output = _switch.Process(output.Port, returned, rules);
        }

        return Dropped(output.LastRule?.DropReason ?? "noRule", "switch", state with { ClassId = output.LastRule?.ClassId ?? 0 }, rules);
    }

    /// <summary>Reports of the functions on the server, for each worker in turn; empty when there is none.</summary>
    public IReadOnlyList<(int Worker, string Function, FunctionReport Report)> Reports() =>
        Program is not { } program ? []
        :
        [
            .. Enumerable.Range(0, _workerCount).SelectMany(worker => _server!.Report(program.Chain, program.Revision, worker)
                .Select((report, function) => (worker, program.Functions[function].Name, report))),
        ];

    /// <inheritdoc/>
    public void Dispose() => _server?.Dispose();

    private OfflineResult Left(uint port, byte[] frame, in Journey state, IReadOnlyList<SwitchRule>? rules) => new()
    {
        Egress = EgressAt(port, frame),
        Port = port,
        Frame = frame,
        Worker = state.Worker,
        WasSlow = state.WasSlow,
        WasRetagged = state.WasRetagged,
        ClassId = state.ClassId,
        Rules = rules ?? [],
        Calls = [.. _calls],
        Copies = _copies.Count == 0 ? [] : [.. _copies],
    };

    private OfflineResult Dropped(string reason, string place, in Journey state, IReadOnlyList<SwitchRule>? rules) => new()
    {
        DropReason = reason,
        DropPlace = place,
        Function = _calls.Count > 0 && _calls[^1].Verdict.IsDrop ? _calls[^1].Function : null,
        Worker = state.Worker,
        WasSlow = state.WasSlow,
        WasRetagged = state.WasRetagged,
        ClassId = state.ClassId,
        Rules = rules ?? [],
        Calls = [.. _calls],
        Copies = _copies.Count == 0 ? [] : [.. _copies],
    };

    /// <summary>The endpoint behind a port: the one with the frame's VLAN; -1 when there is none.</summary>
    private int EgressAt(uint port, byte[] frame)
    {
        var isTagged = frame.Length >= 16 && frame[12] == 0x81 && frame[13] == 0;
        var vlan = isTagged ? ((frame[14] & 15) << 8) | frame[15] : 0;
        var candidates = Enumerable.Range(0, Plan.Spec.Endpoints.Count).Where(index => Plan.Spec.Endpoints[index].Ports.Contains(port)).ToList();
        var exact = candidates.FindIndex(index => Plan.Spec.Endpoints[index].Vlan == vlan && Plan.Spec.Endpoints[index].IsEgress);
        return exact >= 0 ? candidates[exact] : candidates.Count > 0 ? candidates[0] : -1;
    }

    private static string NameOf(DropReason reason)
    {
        var name = reason.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    private readonly record struct Journey(int Worker, bool WasSlow, bool WasRetagged, int ClassId);
}

using System.Collections.Immutable;
using Google.Protobuf;
using Metron.Controller.Agents;
using Metron.Controller.Chains;
using Metron.Controller.Configuration;
using Metron.Controller.Reconciliation;
using Metron.Controller.Store;
using Metron.Controller.Switches;
using Metron.Mapping;
using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.Orchestration;

namespace Metron.Controller.Tests.Reconciliation;

/// <summary>Situations to decide about, put together from real plans.</summary>
internal sealed class Worlds
{
    public static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly List<ChainState> _chains = [];
    private readonly Dictionary<string, ServerState> _servers = [];
    private readonly Dictionary<RemoteKey, Failure> _failures = [];
    private readonly HashSet<RemoteKey> _inFlight = [];
    private readonly HashSet<string> _planned = [];
    private IReadOnlyList<SwitchRule>? _installed;
    private ResourceSet? _resources;
    private bool _switchConnected = true;
    private bool _settled = true;
    private DateTimeOffset _readTime = Now;

    public static Inventory Inventory(params string[] connected) => new()
    {
        Switches = [new SwitchDescription("br0", TagKind.Vlan) { IsConnected = true, Ports = [1, 2, 3, 101, 102] }],
        Servers =
        [
            new ServerDescription("s1")
            {
                IsConnected = connected.Contains("s1"),
                Workers = [new WorkerDescription(0, "br0", 101), new WorkerDescription(1, "br0", 102)],
            },
        ],
    };

    /// <summary>A plan of the monitor chain.</summary>
    public static PlanState Plan(
        long revision,
        PlanPhase phase,
        string chain = "web",
        VerificationVerdict? verdict = VerificationVerdict.Verified,
        Func<ChainPlan, ChainPlan>? change = null,
        params PlanState[] held)
    {
        var proto = Specs.Monitor(chain, to: (uint)(2 + (revision % 2)));
        Assert.True(ServiceChainMapper.Map(proto).TryGetSpec(out var spec));
        var result = ChainPlanner.Plan(new PlanRequest(spec!, 1, revision, Inventory("s1")) { Held = [.. held.Select(plan => plan.Plan)] });
        var plan = new PlanState(new StoredPlan(chain, revision, phase, revision, proto.Spec.ToByteArray(), "{}", []), change?.Invoke(result.Plan!) ?? result.Plan!, proto.Spec);
        return verdict is not { } given ? plan : plan.Verified(new ChainVerification(given)
        {
            Counterexample = given == VerificationVerdict.Refuted ? new Counterexample("clients", 1, null, "it passes", "it is dropped") : null,
        });
    }

    public Worlds Chain(long revision, bool deleting = false, params PlanState[] plans)
    {
        var proto = Specs.Monitor();
        ServiceChainMapper.Map(proto).TryGetSpec(out var graph);
        var stored = new StoredChain(
            "web", 1, ImmutableSortedDictionary<string, string>.Empty, proto.Spec.ToByteArray(), revision, "e", deleting, Now, Now);
        _chains.Add(new ChainState(stored, proto.Spec, graph) { Plans = [.. plans] });
        return this;
    }

    /// <summary>A server that runs the programs of plans.</summary>
    public Worlds Server(string name, bool connected = true, params PlanState[] running)
    {
        _servers[name] = new ServerState(name, FakeAgent.Resources(), connected, Now.AddHours(-1))
        {
            Deployed = [.. running.Select(plan => DeployedProgram.From(plan.Programs[name]))],
        };
        return this;
    }

    public Worlds Reports(string name, V1.ServerLoad load)
    {
        _servers[name] = _servers[name] with { Load = load };
        return this;
    }

    public Worlds ServerRuns(string name, DeployedProgram program)
    {
        _servers[name] = _servers[name] with { Deployed = _servers[name].Deployed.Add(program) };
        return this;
    }

    public Worlds LostAt(string name, DateTimeOffset time)
    {
        _servers[name] = _servers[name] with { TransitionTime = time };
        return this;
    }

    /// <summary>The switch has what plans in force and draining plans need.</summary>
    public Worlds Installed(PlanState[] inForce, params PlanState[] draining)
    {
        _installed = ChainPrograms.IntendedRules("br0", [.. inForce.Select(plan => plan.Plan)], [.. draining.Select(plan => plan.Plan)]);
        var resources = inForce.Select(plan => IntendedRulesCache.ResourcesOf(plan.Plan)).ToList();
        _resources = new ResourceSet([.. resources.SelectMany(set => set.Meters)], [.. resources.SelectMany(set => set.Groups)]);
        return this;
    }

    /// <summary>The switch has its rules, and nobody has made sure of meters and groups.</summary>
    public Worlds ResourcesUnknown()
    {
        _resources = null;
        return this;
    }

    public Worlds SwitchAway()
    {
        _switchConnected = false;
        return this;
    }

    public Worlds SwitchBeingProgrammed()
    {
        _settled = false;
        return this;
    }

    public Worlds ReadAt(DateTimeOffset time)
    {
        _readTime = time;
        return this;
    }

    public Worlds Failed(RemoteKey key, DateTimeOffset notBefore)
    {
        _failures[key] = new Failure(1, notBefore, "no");
        return this;
    }

    public Worlds Doing(RemoteKey key)
    {
        _inFlight.Add(key);
        return this;
    }

    public Worlds PlanningWasTried()
    {
        _planned.Add("web");
        return this;
    }

    public World Build()
    {
        var chains = _chains.ToImmutableSortedDictionary(chain => chain.Name, chain => chain);
        var (inForce, draining) = SwitchIntent.On("br0", chains.Values);
        var intended = ChainPrograms.IntendedRules("br0", [.. inForce.Select(plan => plan.Plan)], [.. draining.Select(plan => plan.Plan)]);
        var sight = !_switchConnected || _installed is null
            ? SwitchSight.Unknown("br0", _switchConnected)
            : SwitchSight.Compare("br0", intended, _installed.Select(rule => new InstalledRule(
                rule.Flow.Table, rule.Flow.Priority, rule.Flow.Match, rule.Flow.Cookie, rule.Flow.Instructions)), _readTime);
        return new World
        {
            Now = Now,
            StartTime = Now.AddHours(-2),
            Timings = new ControllerTimings(),
            Chains = chains,
            Servers = _servers.ToImmutableSortedDictionary(),
            Switches = new Dictionary<string, SwitchSight> { ["br0"] = _settled ? sight.With(_resources) : sight.With(_resources).Unsettled() },
            Inventory = Inventory([.. _servers.Values.Where(server => server.Connected).Select(server => server.Name)]),
            InFlight = _inFlight,
            Failures = _failures,
            Planned = _planned.ToDictionary(name => name, _ => new PlanningResult(1, 0, new PlanProblem("noServer", "no server"))),
        };
    }
}

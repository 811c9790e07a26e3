using Metron.Controller.Agents;
using Metron.Controller.Chains;
using Metron.Controller.Store;
using Metron.Offload;
using Metron.Orchestration;

namespace Metron.Controller.Reconciliation;

/// <summary>
/// Decides what to do next, from intent and reality alone: new before old, servers before switch, and nothing where both agree. Pure.
/// </summary>
internal static class ReconcileDecision
{
    /// <summary>Decides.</summary>
    public static Decision Decide(World world)
    {
        var steps = new Steps(world);
        foreach (var chain in world.Chains.Values)
        {
            DecideChain(chain, steps);
        }

        DropUnknownPrograms(steps);
        DecideSwitches(steps);
        return steps.ToDecision();
    }

    /// <summary>Whether a server runs a plan's program.</summary>
    internal static bool Runs(World world, string server, PlanState plan) =>
        world.Servers.TryGetValue(server, out var state) && state.Connected
        && state.Deployed.Any(program => program.IsRevision(plan.Chain, plan.ProgramRevision) && program.Digest == plan.Programs[server].Digest);

    /// <summary>Whether workers that a plan uses are no longer there, although their server is connected.</summary>
    internal static bool LostItsWorkers(World world, PlanState plan) =>
        plan.Plan.Placement is { } placement
        && world.Inventory.FindServer(placement.Server) is { IsConnected: true } server
        && placement.Workers.Any(worker => !server.Workers.Any(
            candidate => candidate.Index == worker.Index && candidate.SwitchPort == worker.SwitchPort && candidate.Switch == plan.Plan.Switch));

    private static void DecideChain(ChainState chain, Steps steps)
    {
        if (chain.Stored.Deleting)
        {
            DecideDeletion(chain, steps);
        }
        else
        {
            DecidePlanning(chain, steps);
            DecideVerification(chain, steps);
            DecideDeployment(chain, steps);
        }

        foreach (var plan in chain.Plans)
        {
            if (plan.Phase == PlanPhase.Draining)
            {
                DecideDraining(plan, steps);
            }
            else if (plan.Phase == PlanPhase.Removing)
            {
                DecideRemoval(plan, chain, steps);
            }
        }
    }

    private static void DecideDeletion(ChainState chain, Steps steps)
    {
        if (chain.Plans.IsEmpty)
        {
            steps.Add(new RemoveChain(chain.Name));
            return;
        }

        var changes = new List<PhaseChange>();
        foreach (var plan in chain.Plans)
        {
            switch (plan.Phase)
            {
                case PlanPhase.Prepared:
                    changes.Add(new PhaseChange(plan.Revision, PlanPhase.Removing));
                    break;
                case PlanPhase.Committed or PlanPhase.Running:
                    changes.Add(new PhaseChange(plan.Revision, PlanPhase.Draining));
                    break;
                default:
                    break;
            }
        }

        if (changes.Count > 0)
        {
            steps.Add(new SetPhases(chain.Name, changes));
        }
    }

    private static void DecidePlanning(ChainState chain, Steps steps)
    {
        if (chain.Graph is null)
        {
            return;
        }

        var target = chain.Target;
        var isCurrent = target is not null && target.StandsFor == chain.Stored.Revision;
        var isUsable = isCurrent && !LostItsWorkers(steps.World, target!) && !ShallLeave(steps.World, target!) && !IsOnLostServer(steps.World, target!) && !LacksBundles(steps.World.Inventory, target!)
            && !LacksRoom(steps.World, target!) && !HasMadeRoom(chain, target!) && !GroupPlanner.LeavesByWrongPort(target!.Plan, steps.World.Inventory);
        if (!isUsable && !steps.World.Planned.ContainsKey(chain.Name))
        {
            steps.Add(new PlanChain(chain.Name));
        }
    }

    /// <summary>Whether a plan that only makes room is in force and the rules of the one before are gone: now there is room for what was wanted.</summary>
    private static bool HasMadeRoom(ChainState chain, PlanState plan) =>
        plan is { Phase: PlanPhase.Running, Plan.Offload.IsInterim: true } && chain.Plans.Length == 1;

    /// <summary>Whether the server of a plan is lost or drained, so that the chain goes elsewhere if it can.</summary>
    internal static bool ShallLeave(World world, PlanState plan) =>
        plan.Plan.Placement is { } placement
        && world.Inventory.FindServer(placement.Server) is { } server
        && (server.IsLost || server.Use == ServerUse.Draining);

    /// <summary>A plan that no server has yet need not wait for a server that went away.</summary>
    private static bool IsOnLostServer(World world, PlanState plan) =>
        plan.Phase == PlanPhase.Prepared
        && plan.Plan.Placement is { } placement
        && !(world.Servers.TryGetValue(placement.Server, out var server) && server.Connected);

    /// <summary>
    /// Whether a plan that is not in force yet counts on bundles, and its switch, which came back another one, has none.
    /// </summary>
    internal static bool LacksBundles(Inventory inventory, PlanState plan) =>
        plan.Plan.Update == PlanUpdate.InPlace
        && plan.Phase is PlanPhase.Prepared or PlanPhase.Committed
        && inventory.FindSwitch(plan.Plan.Switch) is { IsConnected: true, HasBundles: false };

    /// <summary>
    /// Whether a plan that is not all on its switch was made when it was not known how little a table holds: the switch refused it, or will.
    /// </summary>
    internal static bool LacksRoom(World world, PlanState plan) =>
        world.Inventory.FindSwitch(plan.Plan.Switch) is { } target
        && target.LearntCapacity.Any(learnt => plan.Plan.Offload?.Limits.Any(limit => limit.Table == learnt.Key && limit.Learnt <= learnt.Value) != true)
        && (plan.Phase == PlanPhase.Prepared
            || (world.Switches.TryGetValue(plan.Plan.Switch, out var sight) && sight is { IsSettled: true, Change: not null } && sight.Lacks(plan)));

    /// <summary>Whether a plan may be sent: nothing of one that was not looked at, or that was refuted, ever is.</summary>
    internal static bool MayBeSent(PlanState plan, World world) =>
        plan.Phase != PlanPhase.Prepared
        || world.Timings.Verification == TimeSpan.Zero
        || plan.Verification is { Verdict: not VerificationVerdict.Refuted };

    /// <summary>Every plan is looked at once: a new one before it is sent, one in force after a start of the controller so that its status is known.</summary>
    private static void DecideVerification(ChainState chain, Steps steps)
    {
        if (steps.World.Timings.Verification > TimeSpan.Zero && chain.Target is { Verification: null } target)
        {
            steps.Add(new VerifyPlan(target));
        }
    }

    private static void DecideDeployment(ChainState chain, Steps steps)
    {
        foreach (var plan in chain.Plans.Where(plan =>
            plan.Phase is PlanPhase.Prepared or PlanPhase.Committed or PlanPhase.Running).Where(plan => MayBeSent(plan, steps.World)))
        {
            foreach (var server in plan.Programs.Keys)
            {
                DeployWhereMissing(server, plan, steps);
            }
        }

        if (chain.Prepared is { } prepared && MayBeSent(prepared, steps.World) && prepared.Programs.Keys.All(server => Runs(steps.World, server, prepared)))
        {
            var changes = new List<PhaseChange> { new(prepared.Revision, PlanPhase.Committed) };
            if (chain.Committed is { } overtaken)
            {
                changes.Add(new PhaseChange(overtaken.Revision, PlanPhase.Draining));
            }

            steps.Add(new SetPhases(chain.Name, changes));
        }
        else if (chain.Committed is { } committed
            && steps.World.Switches.TryGetValue(committed.Plan.Switch, out var sight) && sight.IsSettled && !sight.Lacks(committed) && sight.HasResourcesOf(committed))
        {
            var changes = new List<PhaseChange> { new(committed.Revision, PlanPhase.Running) };
            if (chain.Running is { } replaced)
            {
                changes.Add(new PhaseChange(replaced.Revision, PlanPhase.Draining));
            }

            steps.Add(new SetPhases(chain.Name, changes));
        }
    }

    private static void DeployWhereMissing(string server, PlanState plan, Steps steps)
    {
        if (!steps.World.Servers.TryGetValue(server, out var state) || !state.Connected || Runs(steps.World, server, plan))
        {
            return;
        }

        // The same revision with another content is from a store that this controller does not have: it has to go first.
        if (state.Deployed.Any(program => program.IsRevision(plan.Chain, plan.ProgramRevision)))
        {
            steps.Add(new Undeploy(server, plan.Chain, plan.ProgramRevision));
        }
        else
        {
            steps.Add(new Deploy(server, plan));
        }
    }

    private static void DecideDraining(PlanState plan, Steps steps)
    {
        var world = steps.World;
        if (world.Switches.TryGetValue(plan.Plan.Switch, out var sight) && (!sight.IsSettled || sight.HasStale(plan)))
        {
            return;
        }

        if (plan.Programs.Count == 0)
        {
            steps.Add(new SetPhases(plan.Chain, new PhaseChange(plan.Revision, PlanPhase.Removing)));
        }
        else if (plan.DrainTime is not { } since || since > world.Now)
        {
            // Also when the clock was set back since.
            steps.Add(new BeginDrain(plan.Chain, plan.Revision));
        }
        else if (since + world.Timings.Drain <= world.Now)
        {
            steps.Add(new SetPhases(plan.Chain, new PhaseChange(plan.Revision, PlanPhase.Removing)));
        }
        else
        {
            steps.WakeAt(since + world.Timings.Drain);
        }
    }

    private static void DecideRemoval(PlanState plan, ChainState chain, Steps steps)
    {
        // A switch that is no longer configured cannot be told anything.
        if (steps.World.Switches.TryGetValue(plan.Plan.Switch, out var sight) && (!sight.IsSettled || sight.HasStale(plan)))
        {
            return;
        }

        var isFree = true;
        foreach (var server in plan.Programs.Keys)
        {
            isFree &= IsShared(server, plan, chain) || LetsGo(server, plan, steps);
        }

        if (isFree)
        {
            steps.Add(new RemovePlan(plan.Chain, plan.Revision));
        }
    }

    /// <summary>Whether another plan of the chain goes on with the same program.</summary>
    private static bool IsShared(string server, PlanState plan, ChainState chain) => chain.Plans.Any(other =>
        other.Revision != plan.Revision && other.ProgramRevision == plan.ProgramRevision && other.Phase != PlanPhase.Removing
        && other.Programs.ContainsKey(server));

    private static bool LetsGo(string server, PlanState plan, Steps steps)
    {
        var world = steps.World;
        if (!world.Servers.TryGetValue(server, out var state))
        {
            return true;
        }

        if (state.Connected)
        {
            // Also while a deployment is under way: its acknowledgement may be about to arrive.
            if (state.Deployed.Any(program => program.IsRevision(plan.Chain, plan.ProgramRevision)))
            {
                steps.Add(new Undeploy(server, plan.Chain, plan.ProgramRevision));
                return false;
            }

            return !world.InFlight.Contains(new RemoteKey(RemoteKind.Deploy, server, plan.Chain, plan.ProgramRevision));
        }

        var lostAt = state.TransitionTime > world.StartTime ? state.TransitionTime : world.StartTime;
        if (lostAt + world.Timings.ForgetServerAfter <= world.Now)
        {
            return true;
        }

        steps.WakeAt(lostAt + world.Timings.ForgetServerAfter);
        return false;
    }

    /// <summary>What a server runs without any plan saying so is left over: from a plan that was forgotten while the server was away.</summary>
    private static void DropUnknownPrograms(Steps steps)
    {
        foreach (var server in steps.World.Servers.Values.Where(server => server.Connected))
        {
            foreach (var program in server.Deployed.Where(program => !IsPlanned(steps.World, server, program)))
            {
                steps.Add(new Undeploy(server.Name, program.Chain, program.Revision));
            }
        }
    }

    private static bool IsPlanned(World world, ServerState server, DeployedProgram program) =>
        world.Chains.TryGetValue(program.Chain, out var chain)
        && chain.Plans.Any(plan => plan.ProgramRevision == program.Revision && plan.Programs.ContainsKey(server.Name));

    private static void DecideSwitches(Steps steps)
    {
        var world = steps.World;
        foreach (var sight in world.Switches.Values.Where(sight => sight.Connected))
        {
            if (sight.Change is null || sight.ReadTime + world.Timings.ReconcileInterval <= world.Now)
            {
                steps.Add(new ReadSwitch(sight.Name));
                continue;
            }

            var waiting = ChainsToLeave(sight, steps);
            var change = SwitchSight.Without(sight.Change, waiting);
            if (!change.IsEmpty)
            {
                steps.Add(new ProgramSwitch(sight.Name, change) { AtOnce = ChainsChangedInPlace(sight.Name, change, steps.World) });
            }
            else if (world.Chains.Values.Any(chain => !waiting.Contains(chain.Stored.Number)
                && chain.InForce is { } plan && plan.Plan.Switch == sight.Name && !sight.HasResourcesOf(plan)))
            {
                // The rules stay the same, what they refer to does not: a reading puts it right.
                steps.Add(new ReadSwitch(sight.Name));
            }

            steps.WakeAt(sight.ReadTime + world.Timings.ReconcileInterval);
        }
    }

    /// <summary>
    /// The chains, by number, whose rules are changed in one bundle. A chain that only gets back what it lost needs none; a small one keeps
    /// its packets from meeting half of it.
    /// </summary>
    private static HashSet<uint> ChainsChangedInPlace(string name, SwitchChange change, World world)
    {
        if (world.Inventory.FindSwitch(name) is not { HasBundles: true })
        {
            return [];
        }

        var sizes = change.Phases.SelectMany(phase => phase.FlowMods)
            .CountBy(message => Cookie.TryRead(message.Cookie, out var cookie) ? cookie.Chain : 0)
            .ToDictionary();
        return
        [
            .. world.Chains.Values
                .Where(chain => chain.InForce is { Plan: { Update: PlanUpdate.InPlace } plan } state && plan.Switch == name
                    && (state.Phase == PlanPhase.Committed || sizes.GetValueOrDefault(chain.Stored.Number) <= ChainPlanner.MostRulesAtOnce))
                .Select(chain => chain.Stored.Number),
        ];
    }

    /// <summary>
    /// The chains, by number, whose rules are not touched now: they wait after a refusal, or for another plan, or what happened to them is to be
    /// left as it is.
    /// </summary>
    private static HashSet<uint> ChainsToLeave(SwitchSight sight, Steps steps)
    {
        var name = sight.Name;
        var waiting = sight.LeavesDrift ? sight.Drift.Chains.ToHashSet() : [];
        foreach (var chain in steps.World.Chains.Values)
        {
            if (chain.Committed is { } committed && committed.Plan.Switch == name && LacksBundles(steps.World.Inventory, committed))
            {
                waiting.Add(chain.Stored.Number);
            }

            if (steps.World.FailureOf(new RemoteKey(RemoteKind.ChainRules, name, chain.Name)) is { } failure && failure.NotBefore > steps.World.Now)
            {
                waiting.Add(chain.Stored.Number);
                steps.WakeAt(failure.NotBefore);
            }
        }

        return waiting;
    }

    /// <summary>Gathers steps; leaves out what is under way or waits after a failure.</summary>
    private sealed class Steps(World world)
    {
        private readonly List<LocalAction> _local = [];
        private readonly List<RemoteAction> _remote = [];
        private DateTimeOffset? _wakeAt;

        public World World { get; } = world;

        public void Add(LocalAction action) => _local.Add(action);

        public void Add(RemoteAction action)
        {
            if (World.IsFree(action.Key))
            {
                _remote.Add(action);
            }
            else if (World.FailureOf(action.Key) is { } failure && !World.InFlight.Contains(action.Key))
            {
                WakeAt(failure.NotBefore);
            }
        }

        public void WakeAt(DateTimeOffset time) => _wakeAt = _wakeAt is { } earlier && earlier <= time ? earlier : time;

        public Decision ToDecision() => new(_local, _remote, _wakeAt);
    }
}

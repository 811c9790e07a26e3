using System.Collections.Immutable;
using Metron.Controller.Chains;
using Metron.Controller.Store;
using Metron.Orchestration;

namespace Metron.Controller.Reconciliation;

/// <summary>Says how a chain stands, in words for its operator. Pure.</summary>
internal static class ConditionRules
{
    /// <summary>Reasons of a condition that is on its way to hold, as opposed to something that went wrong.</summary>
    private static readonly ImmutableHashSet<string> _onTheWay = ["Pending", "Verifying", "WaitingForVerification", "Deploying", "WaitingForServers", "Programming", "Reading"];

    /// <summary>The conditions of a chain; the time of one that says the same truth as before is kept.</summary>
    public static ImmutableArray<ChainCondition> Of(ChainState chain, World world)
    {
        Verdict[] parts =
            [Accepted(chain), Placed(chain, world), Verified(chain, world), OnSwitch(chain, world), OnServers(chain, world), .. Blackboxes(chain, world), .. Ports(chain, world)];
        return [.. parts.Append(Ready(chain, parts)).Select(verdict => verdict.ToCondition(chain, world.Now))];
    }

    private static Verdict Accepted(ChainState chain) => chain.Graph is not null
        ? new Verdict(ConditionTypes.Accepted, true, "Valid", "The spec is valid and was stored.")
        : new Verdict(
            ConditionTypes.Accepted, false, "InvalidSpec", "The stored spec is not valid for this version of the controller; apply it again to see why.");

    private static Verdict Placed(ChainState chain, World world)
    {
        const string Type = ConditionTypes.Placed;
        var problem = world.Planned.GetValueOrDefault(chain.Name)?.Problem;
        if (chain.Target is not { } target || target.StandsFor != chain.Stored.Revision)
        {
            var kept = chain.Running is { } running ? $" Revision {running.StandsFor} stays in force." : string.Empty;
            return problem is null
                ? new Verdict(Type, false, "Pending", "The chain is about to be planned.")
                : new Verdict(Type, false, UpperFirst(problem.Reason), $"{problem.Message.TrimEnd('.')}.{kept}");
        }

        if (ReconcileDecision.LostItsWorkers(world, target))
        {
            return new Verdict(
                Type, false, "WorkersGone", $"Server {target.Plan.Placement!.Server} no longer has the workers that the chain uses, and no other plan was found{(problem is null ? "." : $": {problem.Message}")}");
        }

        if (target.Plan.Placement is not { } placement)
        {
            return new Verdict(Type, true, "SwitchOnly", $"Switch {target.Plan.Switch} does everything; no server is used.{Notes(target)}");
        }

        var stays = ReconcileDecision.ShallLeave(world, target) && world.Planned.GetValueOrDefault(chain.Name)?.Choice is { } choice
            ? $" It would leave that server, but {choice.Reason}: {Obstacles(choice)}."
            : string.Empty;
        var workers = placement.IsBalanced
            ? placement.Workers.Count == 1 ? $"flow group {placement.Workers[0].Index}" : $"{placement.Workers.Count} flow groups"
            : $"{(placement.Workers.Count == 1 ? "worker" : "workers")} {string.Join(", ", placement.Workers.Select(worker => worker.Index))}";
        var single = target.Plan.Steering.SingleWorkerReason is { } reason ? $" {reason.TrimEnd('.')}." : string.Empty;
        return new Verdict(
            Type,
            true,
            "Placed",
            $"On server {placement.Server}, {workers}, by {target.Plan.IngressTags.Count} tags.{single}{Notes(target)}{stays}");
    }

    private static string Obstacles(PlacementChoice choice) => choice.Rejected.Count == 0
        ? "there is no other"
        : string.Join(", ", choice.Rejected.Select(server => $"{server.Server} {server.Reason}")) + (choice.RejectedNotListed > 0 ? $", and {choice.RejectedNotListed} more" : string.Empty);

    /// <summary>What the plan says of endpoints with several ports that have no group.</summary>
    private static string Notes(PlanState plan) =>
        string.Concat((plan.Plan.Groups ?? []).Select(group => group.Note).OfType<string>().Select(note => $" {char.ToUpperInvariant(note[0])}{note[1..]}."));

    private static Verdict Verified(ChainState chain, World world)
    {
        const string Type = ConditionTypes.Verified;
        if (world.Timings.Verification == TimeSpan.Zero)
        {
            return new Verdict(Type, null, "Off", "The controller's configuration says not to verify plans.") { IsRemark = true };
        }

        if (chain.Target is not { } target)
        {
            return new Verdict(Type, false, "Pending", "There is no plan yet.");
        }

        var kept = target.Phase == PlanPhase.Prepared && chain.InForce is { } running ? $" Revision {running.StandsFor} stays in force." : string.Empty;
        return target.Verification switch
        {
            null => new Verdict(Type, null, "Verifying", $"Revision {target.Revision} is being compared with the chain as written.") { IsRemark = target.Phase != PlanPhase.Prepared },
            { Verdict: VerificationVerdict.Verified } => new Verdict(
                Type, true, "Verified", $"Revision {target.Revision} is proven to do what the chain as written does, for every packet."),
            { Verdict: VerificationVerdict.VerifiedBySampling, Samples: var samples } => new Verdict(
                Type, true, "VerifiedBySampling", $"Revision {target.Revision} does what the chain as written does with {samples} packets that were tried; a proof takes longer than timings.verifySeconds."),
            { Verdict: VerificationVerdict.Refuted, Counterexample: var packet } => new Verdict(
                Type, false, "Refuted", $"Revision {target.Revision} is not what was written: {packet}.{kept}"),
            { Problem: var problem } => new Verdict(Type, null, "NotVerifiable", $"Whether revision {target.Revision} does what the chain as written does cannot be told: {problem}.") { IsRemark = true },
        };
    }

    private static Verdict OnServers(ChainState chain, World world)
    {
        const string Type = ConditionTypes.ServersProgrammed;
        if (chain.Target is not { } target)
        {
            return new Verdict(Type, false, "Pending", "There is no plan yet.");
        }

        if (target.Programs.Count == 0)
        {
            return new Verdict(Type, true, "NoServerNeeded", "The switch does everything.");
        }

        foreach (var server in target.Programs.Keys)
        {
            if (!world.Servers.TryGetValue(server, out var state) || !state.Connected)
            {
                var ran = target.Phase == PlanPhase.Running ? " What it runs is left as it is; the switch keeps sending packets to it." : string.Empty;
                return new Verdict(Type, null, "AgentDisconnected", $"The agent of server {server} is not connected.{ran}");
            }

            if (!ReconcileDecision.Runs(world, server, target))
            {
                if (!ReconcileDecision.MayBeSent(target, world))
                {
                    return new Verdict(Type, false, "WaitingForVerification", $"Nothing of revision {target.Revision} is sent before it is verified.");
                }

                return world.FailureOf(new RemoteKey(RemoteKind.Deploy, server, target.Chain, target.ProgramRevision)) is { } failure
                    ? new Verdict(Type, false, "DeployFailed", $"Server {server}: {failure.Message} (tried {Times(failure.Count)}).")
                    : new Verdict(Type, false, "Deploying", $"Server {server} is getting the program of revision {target.ProgramRevision}.");
            }
        }

        return new Verdict(Type, true, "Deployed", $"Server {string.Join(", ", target.Programs.Keys)} runs revision {target.Revision}.");
    }

    /// <summary>Chains without blackbox do not have this condition. What is not known of a program keeps no chain from being ready.</summary>
    private static IEnumerable<Verdict> Blackboxes(ChainState chain, World world) => BlackboxHealth.Of(chain.InForce, world) is { } health
        ? [new Verdict(ConditionTypes.BlackboxHealthy, health.Holds, health.Reason, health.Message) { IsRemark = health.Holds is null }]
        : [];

    /// <summary>Chains whose ports have been up all the time do not have this condition. An endpoint that runs on its other ports keeps no chain from being ready.</summary>
    private static IEnumerable<Verdict> Ports(ChainState chain, World world) =>
        PortHealth.Of(chain.InForce, world) is { } health && (!health.IsUp || chain.Conditions.Any(condition => condition.Type == ConditionTypes.PortsUp))
            ? [new Verdict(ConditionTypes.PortsUp, health.IsUp, health.Reason, health.Message) { IsRemark = health.IsBridged }]
            : [];

    private static Verdict OnSwitch(ChainState chain, World world)
    {
        const string Type = ConditionTypes.SwitchProgrammed;
        if (chain.Target is not { } target)
        {
            return new Verdict(Type, false, "Pending", "There is no plan yet.");
        }

        var name = target.Plan.Switch;
        if (!world.Switches.TryGetValue(name, out var sight))
        {
            return new Verdict(Type, false, "SwitchUnknown", $"Switch {name} is not in the controller's configuration any more.");
        }

        if (!sight.Connected)
        {
            return new Verdict(Type, null, "SwitchDisconnected", $"Switch {name} is not connected; it keeps the rules that it has.");
        }

        if (!ReconcileDecision.MayBeSent(target, world))
        {
            return new Verdict(Type, false, "WaitingForVerification", $"Nothing of revision {target.Revision} is sent before it is verified.");
        }

        if (target.Phase == PlanPhase.Prepared)
        {
            return new Verdict(Type, false, "WaitingForServers", $"The rules go to switch {name} as soon as the servers have their programs.");
        }

        if (sight.Change is null)
        {
            return world.FailureOf(new RemoteKey(RemoteKind.Switch, name)) is { } unread
                ? new Verdict(Type, null, "SwitchFails", $"Switch {name}: {unread.Message}.")
                : new Verdict(Type, null, "Reading", $"The rules of switch {name} are being read.");
        }

        return OnReadSwitch(Type, target, sight, world);
    }

    private static Verdict OnReadSwitch(string type, PlanState target, SwitchSight sight, World world)
    {
        if (!sight.Lacks(target) && sight.HasResourcesOf(target))
        {
            return new Verdict(type, true, "Programmed", $"Switch {sight.Name} has all rules of revision {target.Revision}.");
        }

        if (sight.Conflict(target) is { } conflict)
        {
            return new Verdict(
                type, false, "RuleConflict", $"Switch {sight.Name} has a rule of someone else in the place of: {conflict}. Delete that rule, or move one of the two.");
        }

        if (sight.LeavesDriftOf(target))
        {
            return new Verdict(
                type, false, "Drifted", $"Someone changed the rules of switch {sight.Name} ({sight.Drift}). Its driftPolicy is alarm: they stay as they are until the chain is changed.");
        }

        var failure = world.FailureOf(new RemoteKey(RemoteKind.ChainRules, sight.Name, target.Chain)) ?? world.FailureOf(new RemoteKey(RemoteKind.Switch, sight.Name));
        return failure is not null
            ? new Verdict(type, false, "RulesRefused", $"Switch {sight.Name}: {failure.Message} (tried {Times(failure.Count)}).")
            : new Verdict(type, false, "Programming", sight.Lacks(target)
                ? $"{sight.CountMissing(target)} rules are being added to switch {sight.Name}."
                : $"Meters and groups of revision {target.Revision} are being made sure of on switch {sight.Name}.");
    }

    private static Verdict Ready(ChainState chain, Verdict[] parts)
    {
        const string Type = ConditionTypes.Ready;
        if (chain.Stored.Deleting)
        {
            return new Verdict(Type, false, ReadyReasons.Deleting, $"The chain is being removed; {chain.Plans.Length} plans are still on switch or servers.");
        }

        var wrong = parts.Where(part => part.Holds != true && !part.IsRemark).OrderBy(part => _onTheWay.Contains(part.Reason)).ThenBy(part => part.Holds is null).ToList();
        if (wrong.Count == 0)
        {
            return chain.Running is { } running && running.StandsFor == chain.Stored.Revision && running == chain.Target
                ? new Verdict(Type, true, ReadyReasons.Ready, $"Revision {chain.Stored.Revision} is in force.")
                : new Verdict(Type, false, ReadyReasons.InProgress, $"Revision {chain.Stored.Revision} is being brought into force.");
        }

        var first = wrong[0];
        var isOnTheWay = wrong.All(part => _onTheWay.Contains(part.Reason)) && chain.Running?.StandsFor != chain.Stored.Revision;
        return new Verdict(
            Type,
            wrong.Exists(part => part.Holds == false) ? false : null,
            isOnTheWay ? ReadyReasons.InProgress : ReadyReasons.NotInForce,
            $"{first.Type}: {first.Message}");
    }

    private static string Times(int count) => count == 1 ? "once" : $"{count} times";

    private static string UpperFirst(string word) => word.Length == 0 ? "NotPlaced" : $"{char.ToUpperInvariant(word[0])}{word[1..]}";

    private sealed record Verdict(string Type, bool? Holds, string Reason, string Message)
    {
        /// <summary>Whether it is only said, and does not keep the chain from being ready.</summary>
        public bool IsRemark { get; init; }

        public ChainCondition ToCondition(ChainState chain, DateTimeOffset now)
        {
            var before = chain.Conditions.FirstOrDefault(condition => condition.Type == Type);
            return new ChainCondition(Type, Holds, Reason, Message, before is not null && before.Holds == Holds ? before.Since : now);
        }
    }
}

using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Orchestration;

/// <summary>What a plan is made from.</summary>
/// <param name="Spec">A chain that <see cref="ChainValidator"/> has nothing to say about.</param>
/// <param name="ChainNumber">Number of the chain in cookies: 1 to 2^24 - 1, the same for all revisions.</param>
/// <param name="Revision">Revision of the spec.</param>
/// <param name="Inventory">Switches and servers.</param>
public sealed record PlanRequest(ChainSpec Spec, uint ChainNumber, long Revision, Inventory Inventory)
{
    /// <summary>What was measured, for choosing what a switch is to do that cannot do everything.</summary>
    public IRuleRates Rates { get; init; } = RuleRates.Unknown;

    /// <summary>The plan in force; its placement is kept where possible, and all of it when nothing would change.</summary>
    public ChainPlan? Previous { get; init; }

    /// <summary>
    /// Whether a plan of its own is wanted even if it does what <see cref="Previous"/> does, as that cannot be brought into force.
    /// </summary>
    public bool Anew { get; init; }

    /// <summary>
    /// Every plan, of any chain, whose tags and positions are not free again: those in force (also of this chain), being brought into
    /// force, and draining.
    /// </summary>
    public IReadOnlyList<ChainPlan> Held { get; init; } = [];
}

/// <summary>A plan, or why there is none.</summary>
public sealed record PlanResult
{
    /// <summary>The plan; null when <see cref="Problem"/> says why not.</summary>
    public ChainPlan? Plan { get; init; }

    /// <summary>Whether <see cref="Plan"/> is <see cref="PlanRequest.Previous"/>, so that there is nothing to send.</summary>
    public bool IsUnchanged { get; init; }

    public PlanProblem? Problem { get; init; }

    /// <summary>How the server was chosen, also where that is the one before; null when none is needed or there is none.</summary>
    public PlacementChoice? Choice { get; init; }
}

/// <summary>Why there is no plan at the moment: something that may change without a new spec.</summary>
/// <param name="Reason">One word in camel case, for the condition <c>Placed</c>: "noServer", "tagsExhausted", "tooManyRules", …</param>
/// <param name="Message">A sentence for humans.</param>
public sealed record PlanProblem(string Reason, string Message);

/// <summary>Decides where a chain runs and which tags and positions it uses.</summary>
public static class ChainPlanner
{
    /// <summary>
    /// Most rules that are added and deleted in one bundle. While a switch carries out a bundle it may do nothing else: Open vSwitch took about
    /// 0.1 s for 10,000 rules, and lost some hundred of 12,500 packets a second (suite openflow of the benchmarks, exchange-10k).
    /// </summary>
    public const int MostRulesAtOnce = 1000;

    /// <summary>
    /// Plans a chain. The same request gives the same plan. When what switch and servers would be told equals the previous plan apart
    /// from numbers, the previous plan itself is returned. Where <see cref="PlanRequest.Previous"/> is a plan that this method returned, only
    /// what is different from it is compiled; with a plan that was read from its JSON the result is the same, and takes longer.
    /// </summary>
    public static PlanResult Plan(PlanRequest request)
    {
        var chain = CompiledChain.Of(request.Spec, request.Previous is { } known ? PlanMeaning.IfKnown(known)?.Chain : null);
        var target = request.Inventory.FindSwitch(request.Spec.Endpoints[0].Switch);
        if (target is null)
        {
            return Failed(new PlanProblem("unknownSwitch", $"switch {request.Spec.Endpoints[0].Switch} is not configured"));
        }

        if (EntranceProblem(chain) is { } tooComplex)
        {
            return Failed(tooComplex);
        }

        if (!target.IsUnlimited)
        {
            return SideBySide.Plan(request, chain, target);
        }

        return Draft(request, chain, target, target.TagKind, null, out var problem) is { } draft ? Number(request, chain, draft) : Failed(problem!);
    }

    /// <summary>A plan without numbers, or why there is none.</summary>
    /// <param name="request">What is to be planned.</param>
    /// <param name="chain">The chain with the switch's part that is planned.</param>
    /// <param name="target">The switch.</param>
    /// <param name="tagKind">How it tags.</param>
    /// <param name="singleWorkerReason">Why the switch can choose no worker; null when it can.</param>
    /// <param name="problem">Why there is no plan.</param>
    internal static ChainPlan? Draft(
        PlanRequest request, CompiledChain chain, SwitchDescription target, TagKind tagKind, string? singleWorkerReason, out PlanProblem? problem)
    {
        var synthesis = chain.Synthesis;
        problem = null;
        var draft = new ChainPlan(request.Spec, request.ChainNumber, request.Revision)
        {
            Switch = target.Name,
            TagKind = tagKind,
            Steering = new SteeringPlan(0),
            Classes = ClassPlanner.Describe(chain, synthesis),
            HasAllClasses = synthesis.IsComplete,
            Meters = target.HasMeters && target.IsUnlimited ? MeterPlanner.Find(request.Spec) : null,
            Groups = GroupPlanner.Find(request.Spec, target),
            Update = target.HasBundles && !request.Anew && request.Previous?.Switch == target.Name ? PlanUpdate.InPlace : PlanUpdate.TwoPhase,
        };
        if (chain.SwitchPart.NeedsServer)
        {
            problem = MacProblem(chain, target, tagKind) ?? TagProblems.Of(request.Spec, target with { TagKind = tagKind });
            if (problem is not null)
            {
                return null;
            }

            var reason = singleWorkerReason ?? SteeringPlanner.SingleWorkerReason(chain.Graph, chain.SwitchPart, synthesis);
            var placed = new PlacementPlanner(request, target.Name).Place(reason is not null);
            problem = placed.Problem;
            if (placed.Placement is not { } placement)
            {
                return null;
            }

            if (Taken(request.Spec, placement) is { } taken)
            {
                problem = taken;
                return null;
            }

            draft = draft with { Placement = placement, Choice = placed.Choice, Steering = new SteeringPlan(SteeringPlanner.BitsFor(placement.Workers.Count), reason) };
        }

        return draft;
    }

    /// <summary>The plan with its numbers; the plan before when nothing would change.</summary>
    internal static PlanResult Number(PlanRequest request, CompiledChain chain, ChainPlan draft)
    {
        // With numbers as if the switch were empty, two plans compare by what they do.
        var digest = PlanNumbering.Canonical(chain, draft) is { } canonical ? PlanDigest.Of(chain, canonical) : "";
        if (request is { Previous: { } previous, Anew: false } && previous.Digest == digest && digest.Length > 0)
        {
            return new PlanResult { Plan = previous, IsUnchanged = true, Choice = draft.Choice };
        }

        var held = request.Held.Concat(request.Previous is { } before ? [before] : []).Where(plan => plan.Switch == draft.Switch).ToList();
        var onSameSwitch = request.Previous?.Switch == draft.Switch && !request.Anew ? request.Previous : null;
        if (PlanNumbering.Assign(chain, draft, held, onSameSwitch) is { } numbered)
        {
            var plan = Keep(chain, LoweredPlan.WithRange(numbered with { Digest = digest }, chain, request.Previous));

            // A switch with limits may have no room for two plans side by side.
            if (onSameSwitch is not null && plan is { Update: PlanUpdate.InPlace, Offload: null } && CountChanges(onSameSwitch, plan) > MostRulesAtOnce
                && PlanNumbering.Assign(chain, draft with { Update = PlanUpdate.TwoPhase }, held, onSameSwitch) is { } apart)
            {
                plan = Keep(chain, apart with { Digest = digest });
            }

            return new PlanResult { Plan = plan, Choice = plan.Choice };
        }

        return Failed(new PlanProblem("tagsExhausted", TagProblems.Exhausted(draft, TagsNeeded(chain, draft), held)));
    }

    private static ChainPlan Keep(CompiledChain chain, ChainPlan plan)
    {
        PlanMeaning.Keep(plan, chain);
        return plan;
    }

    /// <summary>How many rules would be added, replaced and deleted.</summary>
    private static int CountChanges(ChainPlan before, ChainPlan after)
    {
        var old = new Dictionary<RuleIdentity, EquatableArray<Instruction>>();
        foreach (var rule in ChainPrograms.SwitchRules(before))
        {
            old[RuleIdentity.Of(rule.Flow)] = rule.Flow.Instructions;
        }

        var added = 0;
        foreach (var rule in ChainPrograms.SwitchRules(after))
        {
            added += old.Remove(RuleIdentity.Of(rule.Flow), out var instructions) && instructions == rule.Flow.Instructions ? 0 : 1;
        }

        return added + old.Count;
    }

    private static int TagsNeeded(CompiledChain chain, ChainPlan draft) =>
        (chain.ServerPaths.Count() * (draft.Placement?.Workers.Count ?? 0))
        + ServerPart.Of(chain.Graph, chain.SwitchPart).Endpoints.Count(endpoint => chain.Graph.Endpoints[endpoint].IsEgress);

    /// <summary>What leaves by a group never leaves by the port that it came by, so that no server may be at a port of an endpoint with several.</summary>
    private static PlanProblem? Taken(ChainSpec spec, ServerPlacement placement) =>
        spec.Endpoints.Where(endpoint => endpoint.BackupPorts.Count > 0)
            .SelectMany(endpoint => endpoint.Ports, (endpoint, port) => (endpoint, port))
            .FirstOrDefault(pair => placement.Workers.Any(worker => worker.SwitchPort == pair.port)) is (not null, _) found
            ? new PlanProblem("portTaken", $"port {found.port} of endpoint {found.endpoint.Name} leads to server {placement.Server}; name another port")
            : null;

    private static PlanProblem? EntranceProblem(CompiledChain chain) =>
        chain.Graph.Endpoints.FirstOrDefault(endpoint => MatchExpansion.Count(endpoint.Match) > ChainValidator.MaximumEntranceRules) is { } endpoint
            ? new PlanProblem("tooManyRules", $"the match of endpoint {endpoint.Name} takes more than {ChainValidator.MaximumEntranceRules} rules")
            : null;

    internal static PlanProblem? MacProblem(CompiledChain chain, SwitchDescription target, TagKind tagKind)
    {
        var missing = tagKind != TagKind.Mac ? -1 : ServerPart.Of(chain.Graph, chain.SwitchPart).Endpoints
            .Where(endpoint => chain.Graph.Endpoints[endpoint] is { IsEgress: true, IsOnServer: false })
            .Append(-1)
            .First(endpoint => endpoint < 0 || EndpointMacs.LocalMac(chain.Graph, chain.Spec, endpoint) is null);
        return missing < 0 ? null : new PlanProblem(
            "macMissing",
            $"switch {target.Name} tags by MAC address, so endpoint {chain.Spec.Endpoints[missing].Name} needs localMac and peerMac, or a router");
    }

    private static PlanResult Failed(PlanProblem problem) => new() { Problem = problem };
}

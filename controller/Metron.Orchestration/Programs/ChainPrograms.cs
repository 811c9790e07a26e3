using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Declarations;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Orchestration;

/// <summary>What a plan means for switch and servers.</summary>
public static class ChainPrograms
{
    /// <summary>The program of each server, by its name; empty when the switch does everything.</summary>
    public static IReadOnlyDictionary<string, ResidualProgram> ResidualPrograms(ChainPlan plan) =>
        ProgramWriter.ResidualPrograms(PlanMeaning.Of(plan).Chain, plan);

    /// <summary>The plan's rules on its switch, without those that serve all chains. Computed once for a plan object.</summary>
    public static IReadOnlyList<SwitchRule> SwitchRules(ChainPlan plan) => PlanMeaning.Of(plan).Rules;

    /// <summary>
    /// Fingerprint (64 hexadecimal digits) of what a server does that runs the program, whatever its revision and the order of rules that do
    /// not depend on each other; for <c>ResidualProgram.digest</c> on the wire.
    /// </summary>
    public static string Digest(ResidualProgram program)
    {
        var memory = CompilationMemory.Begin();
        return PlanDigest.Of(program, memory.ContentOf);
    }

    /// <summary>
    /// All rules that a switch should have: those of the plans in force, the tag rules of the plans that drain, and rules that count what
    /// no chain wants at their ports. This is what to compare with the switch by <see cref="SwitchDiff.Compare"/>.
    /// </summary>
    /// <param name="switchName">The switch; plans for other switches are ignored.</param>
    /// <param name="inForce">Plans in force.</param>
    /// <param name="draining">Plans whose packets may still be on the way.</param>
    public static IReadOnlyList<SwitchRule> IntendedRules(
        string switchName, IReadOnlyList<ChainPlan> inForce, IReadOnlyList<ChainPlan> draining)
    {
        var plans = inForce.Where(plan => plan.Switch == switchName).ToList();
        var rules = plans.SelectMany(SwitchRules).ToList();

        // A plan whose programs are those of the plan before has its tags, too.
        var tags = rules.Where(rule => rule.Role == RuleRole.Tag).Select(rule => RuleIdentity.Of(rule.Flow)).ToHashSet();
        var shared = SharedRules.Write(plans.SelectMany(plan => plan.Spec.Endpoints.SelectMany(
            (endpoint, index) => endpoint.Ports.Select(port => new EndpointUse(port, endpoint.Vlan, TakesAll(plan.Spec, endpoint, index))))));
        return
        [
            .. rules,
            .. draining.Where(plan => plan.Switch == switchName).SelectMany(SwitchRules)
                .Where(rule => rule.Role == RuleRole.Tag && tags.Add(RuleIdentity.Of(rule.Flow))),
            .. plans.Find(plan => plan.Profile is not null) is { Profile: { } profile } ? SwitchDriver.LowerShared(shared, profile) : shared,
        ];
    }

    /// <summary>The groups that the rules of a plan send packets to.</summary>
    public static IReadOnlyList<GroupDescription> Groups(ChainPlan plan) =>
        [.. (plan.Groups ?? []).Where(group => group.Number != 0).Select(group => group.ToDescription())];

    private static bool TakesAll(ChainSpec spec, ChainEndpoint endpoint, int index) =>
        endpoint.IsIngress && endpoint.Match.ToHeaderMatch().IsAny && spec.FramesOf(index) != LinkFrames.Labelled;
}

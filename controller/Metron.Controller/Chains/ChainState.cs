using System.Collections.Immutable;
using Metron.Controller.Store;
using Metron.Mapping.Programs;
using Metron.NetworkFunctions.Chains;
using Metron.Orchestration;

namespace Metron.Controller.Chains;

/// <summary>A chain as the controller holds it: what the operator wants, what was decided, and how it stands.</summary>
/// <param name="Stored">As stored.</param>
/// <param name="Spec">The spec on the wire; not to be changed.</param>
/// <param name="Graph">The spec as the planner reads it; null when this controller does not accept it (stored by another version).</param>
public sealed record ChainState(StoredChain Stored, V1.ServiceChainSpec Spec, ChainSpec? Graph)
{
    /// <summary>Name of the chain.</summary>
    public string Name => Stored.Name;

    /// <summary>Its plans, by revision.</summary>
    public ImmutableArray<PlanState> Plans { get; init; } = [];

    /// <summary>How it stands, as last decided.</summary>
    public ImmutableArray<ChainCondition> Conditions { get; init; } = [];

    /// <summary>The plan that is being prepared, if any.</summary>
    public PlanState? Prepared => InPhase(PlanPhase.Prepared);

    /// <summary>The plan whose rules are being put on the switch, if any.</summary>
    public PlanState? Committed => InPhase(PlanPhase.Committed);

    /// <summary>The plan in force, if any.</summary>
    public PlanState? Running => InPhase(PlanPhase.Running);

    /// <summary>The plan that everything moves towards: the newest one that is not on its way out.</summary>
    public PlanState? Target => Prepared ?? Committed ?? Running;

    /// <summary>The plan whose rules belong on the switch now.</summary>
    public PlanState? InForce => Committed ?? Running;

    private PlanState? InPhase(PlanPhase phase) => Plans.FirstOrDefault(plan => plan.Phase == phase);
}

/// <summary>A plan as the controller holds it.</summary>
public sealed class PlanState
{
    private readonly Lazy<IReadOnlyDictionary<string, V1.ResidualProgram>> _programs;
    private readonly StoredPlan _stored;

    /// <summary>Joins a stored plan with what it was read into.</summary>
    /// <param name="stored">As stored.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="spec">The spec that it was made from, on the wire.</param>
    public PlanState(StoredPlan stored, ChainPlan plan, V1.ServiceChainSpec spec)
        : this(stored, plan, new Lazy<IReadOnlyDictionary<string, V1.ResidualProgram>>(() => ChainPrograms.ResidualPrograms(plan).ToDictionary(
            program => program.Key,
            program => ResidualProgramWriter.ToProto(program.Value, spec.Functions, plan.ProgramDigest.Length > 0 ? plan.ProgramDigest : null),
            StringComparer.Ordinal)))
    {
    }

    private PlanState(
        StoredPlan stored, ChainPlan plan, Lazy<IReadOnlyDictionary<string, V1.ResidualProgram>> programs, ChainVerification? verification = null)
    {
        _stored = stored;
        Plan = plan;
        _programs = programs;
        Verification = verification;
    }

    /// <summary>The plan.</summary>
    public ChainPlan Plan { get; }

    /// <summary>Name of the chain.</summary>
    public string Chain => _stored.Chain;

    /// <summary>Revision of the plan.</summary>
    public long Revision => _stored.Revision;

    /// <summary>Revision that servers run its programs under: of this plan, or of an earlier one whose programs do the same.</summary>
    public long ProgramRevision => Plan.DeployedRevision;

    /// <summary>Newest revision of the spec that it carries out.</summary>
    public long StandsFor => _stored.StandsFor;

    /// <summary>How far it is.</summary>
    public PlanPhase Phase => _stored.Phase;

    /// <summary>Since when nothing leads to it any more, so that its packets drain; null while something may.</summary>
    public DateTimeOffset? DrainTime => _stored.DrainTime;

    /// <summary>The program of each server, by the server's name; not to be changed.</summary>
    public IReadOnlyDictionary<string, V1.ResidualProgram> Programs => _programs.Value;

    /// <summary>Whether it does what the chain as written does; null until this controller has looked.</summary>
    public ChainVerification? Verification { get; }

    /// <summary>The same plan further on.</summary>
    public PlanState In(PlanPhase phase) => new(_stored with { Phase = phase }, Plan, _programs, Verification);

    /// <summary>The same plan, which nothing leads to since a time.</summary>
    public PlanState DrainingSince(DateTimeOffset time) => new(_stored with { DrainTime = time }, Plan, _programs, Verification);

    /// <summary>The same plan, looked at.</summary>
    public PlanState Verified(ChainVerification verification) => new(_stored, Plan, _programs, verification);

    /// <summary>The same plan for a later revision of the spec.</summary>
    public PlanState For(long revision) => new(_stored with { StandsFor = revision }, Plan, _programs, Verification);

    /// <summary>"web revision 3".</summary>
    public override string ToString() => $"{Chain} revision {Revision}";
}

/// <summary>One aspect of how a chain stands.</summary>
/// <param name="Type">Which aspect; one of <see cref="ConditionTypes"/>.</param>
/// <param name="Holds">True, false, or null when it cannot be told.</param>
/// <param name="Reason">One word in camel case, for programs.</param>
/// <param name="Message">A sentence, for humans.</param>
/// <param name="Since">When <paramref name="Holds"/> last changed.</param>
public sealed record ChainCondition(string Type, bool? Holds, string Reason, string Message, DateTimeOffset Since);

/// <summary>The aspects that conditions speak of.</summary>
public static class ConditionTypes
{
    /// <summary>The spec is valid.</summary>
    public const string Accepted = "Accepted";

    /// <summary>There is a plan: server, workers and tags are chosen.</summary>
    public const string Placed = "Placed";

    /// <summary>The plan does what the chain as written does.</summary>
    public const string Verified = "Verified";

    /// <summary>The switch has the plan's rules.</summary>
    public const string SwitchProgrammed = "SwitchProgrammed";

    /// <summary>The servers have the plan's programs.</summary>
    public const string ServersProgrammed = "ServersProgrammed";

    /// <summary>The closed programs of the chain's blackboxes work; only of chains that have some.</summary>
    public const string BlackboxHealthy = "BlackboxHealthy";

    /// <summary>The ports of the switch that the chain uses are up; only of chains one of whose ports is down, or was.</summary>
    public const string PortsUp = "PortsUp";

    /// <summary>All of the above, for the newest revision.</summary>
    public const string Ready = "Ready";
}

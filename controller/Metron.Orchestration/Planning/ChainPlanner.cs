using Metron.NetworkFunctions.Chains;

namespace Metron.Orchestration;

/// <summary>What a plan is made from.</summary>
/// <param name="Spec">A chain that <see cref="ChainValidator"/> has nothing to say about.</param>
/// <param name="ChainNumber">Number of the chain in cookies: 1 to 2^24 - 1, the same for all revisions.</param>
/// <param name="Revision">Revision of the spec.</param>
/// <param name="Inventory">Switches and servers.</param>
public sealed record PlanRequest(ChainSpec Spec, uint ChainNumber, long Revision, Inventory Inventory)
{
    /// <summary>The plan in force; its placement is kept where possible, and all of it when nothing would change.</summary>
    public ChainPlan? Previous { get; init; }

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
}

/// <summary>Why there is no plan at the moment: something that may change without a new spec.</summary>
/// <param name="Reason">One word in camel case, for the condition <c>Placed</c>: "noServer", "tagsExhausted", "tooManyRules", …</param>
/// <param name="Message">A sentence for humans.</param>
public sealed record PlanProblem(string Reason, string Message);

/// <summary>Decides where a chain runs and which tags and positions it uses.</summary>
public static class ChainPlanner
{
    /// <summary>
    /// Plans a chain. The same request gives the same plan. When what switch and servers would be told equals the previous plan apart
    /// from numbers, the previous plan itself is returned.
    /// </summary>
    public static PlanResult Plan(PlanRequest request) => throw new NotSupportedException();
}

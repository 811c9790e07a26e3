using System.Collections.Immutable;
using Metron.Controller.Chains;
using Metron.Controller.Store;
using Metron.Offload;

namespace Metron.Controller.Reconciliation;

/// <summary>What was decided: first the local steps, one after the other, then (with a new decision) the remote ones, side by side.</summary>
/// <param name="Local">Steps in store and memory.</param>
/// <param name="Remote">Steps on servers and switches.</param>
/// <param name="WakeAt">When to decide again even if nothing happens; null for no special time.</param>
internal sealed record Decision(IReadOnlyList<LocalAction> Local, IReadOnlyList<RemoteAction> Remote, DateTimeOffset? WakeAt);

/// <summary>A step in the controller's own store and memory.</summary>
internal abstract record LocalAction(string Chain);

/// <summary>Ask the planner for a plan of the newest revision.</summary>
internal sealed record PlanChain(string Chain) : LocalAction(Chain);

/// <summary>Move plans to new phases.</summary>
internal sealed record SetPhases(string Chain, params IReadOnlyList<PhaseChange> Changes) : LocalAction(Chain);

/// <summary>Nothing leads to this plan any more: its packets drain from now on.</summary>
internal sealed record BeginDrain(string Chain, long Revision) : LocalAction(Chain);

/// <summary>Everybody let go of this plan: forget it.</summary>
internal sealed record RemovePlan(string Chain, long Revision) : LocalAction(Chain);

/// <summary>Everybody let go of this deleted chain: forget it.</summary>
internal sealed record RemoveChain(string Chain) : LocalAction(Chain);

/// <summary>A step on another machine, or one that takes long.</summary>
internal abstract record RemoteAction(RemoteKey Key);

/// <summary>Look whether a plan does what the chain as written does.</summary>
internal sealed record VerifyPlan(PlanState Plan) : RemoteAction(new RemoteKey(RemoteKind.Verify, string.Empty, Plan.Chain, Plan.Revision));

/// <summary>Give a server a program.</summary>
internal sealed record Deploy(string Server, PlanState Plan)
    : RemoteAction(new RemoteKey(RemoteKind.Deploy, Server, Plan.Chain, Plan.ProgramRevision));

/// <summary>Let a server drop a program.</summary>
internal sealed record Undeploy(string Server, string Chain, long Revision)
    : RemoteAction(new RemoteKey(RemoteKind.Undeploy, Server, Chain, Revision));

/// <summary>Change the rules of a switch, then read them back.</summary>
internal sealed record ProgramSwitch(string Switch, SwitchChange Change) : RemoteAction(new RemoteKey(RemoteKind.Switch, Switch))
{
    /// <summary>Chains, by number, whose messages take effect together or not at all: their plans keep the positions of those before.</summary>
    public IReadOnlySet<uint> AtOnce { get; init; } = ImmutableHashSet<uint>.Empty;
}

/// <summary>Read the rules of a switch.</summary>
internal sealed record ReadSwitch(string Switch) : RemoteAction(new RemoteKey(RemoteKind.Switch, Switch));

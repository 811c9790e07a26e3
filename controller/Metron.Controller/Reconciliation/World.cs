using System.Collections.Immutable;
using Metron.Controller.Agents;
using Metron.Controller.Chains;
using Metron.Controller.Configuration;
using Metron.Controller.Switches;
using Metron.Orchestration;

namespace Metron.Controller.Reconciliation;

/// <summary>Everything that a decision of the reconciler depends on, at one moment.</summary>
internal sealed record World
{
    /// <summary>The moment.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>When the controller started.</summary>
    public required DateTimeOffset StartTime { get; init; }

    /// <summary>Intervals and deadlines.</summary>
    public required ControllerTimings Timings { get; init; }

    /// <summary>Intent: chains and their plans.</summary>
    public required ImmutableSortedDictionary<string, ChainState> Chains { get; init; }

    /// <summary>Reality of the servers.</summary>
    public required ImmutableSortedDictionary<string, ServerState> Servers { get; init; }

    /// <summary>Reality of the configured switches, compared with intent.</summary>
    public required IReadOnlyDictionary<string, SwitchSight> Switches { get; init; }

    /// <summary>The configured switches with their ports.</summary>
    public ImmutableSortedDictionary<string, SwitchState> Ports { get; init; } = ImmutableSortedDictionary<string, SwitchState>.Empty;

    /// <summary>Switches and servers as the planner sees them.</summary>
    public required Inventory Inventory { get; init; }

    /// <summary>What is being done at the moment and must not be begun twice.</summary>
    public IReadOnlySet<RemoteKey> InFlight { get; init; } = ImmutableHashSet<RemoteKey>.Empty;

    /// <summary>What failed and when it may be tried again.</summary>
    public IReadOnlyDictionary<RemoteKey, Failure> Failures { get; init; } = ImmutableDictionary<RemoteKey, Failure>.Empty;

    /// <summary>How the last planning of chains went, where nothing relevant has changed since.</summary>
    public IReadOnlyDictionary<string, PlanningResult> Planned { get; init; } = ImmutableDictionary<string, PlanningResult>.Empty;

    /// <summary>The failure of an action, if it failed when tried last.</summary>
    public Failure? FailureOf(RemoteKey key) => Failures.GetValueOrDefault(key);

    /// <summary>Whether an action may be begun now.</summary>
    public bool IsFree(RemoteKey key) => !InFlight.Contains(key) && !(Failures.TryGetValue(key, out var failure) && failure.NotBefore > Now);
}

/// <summary>What names an action on another machine, so that it is not begun twice and its failures are counted.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Peer">Server or switch.</param>
/// <param name="Chain">Chain; empty for a switch as a whole.</param>
/// <param name="Revision">Revision of the plan; 0 when it does not matter.</param>
internal readonly record struct RemoteKey(RemoteKind Kind, string Peer, string Chain = "", long Revision = 0);

/// <summary>What is done on another machine.</summary>
internal enum RemoteKind
{
    /// <summary>A plan is compared with the chain as written; the peer is empty.</summary>
    Verify,

    /// <summary>A server gets a program.</summary>
    Deploy,

    /// <summary>A server drops a program.</summary>
    Undeploy,

    /// <summary>A switch is read or changed.</summary>
    Switch,

    /// <summary>The rules of one chain on a switch; only failures have this key.</summary>
    ChainRules,
}

/// <summary>An action failed.</summary>
/// <param name="Count">How often in a row.</param>
/// <param name="NotBefore">When it may be tried again.</param>
/// <param name="Message">Why, in words of the peer.</param>
internal sealed record Failure(int Count, DateTimeOffset NotBefore, string Message);

/// <summary>How planning a chain went.</summary>
/// <param name="Revision">Revision of the spec.</param>
/// <param name="Epoch">Counts what planning depends on; a result of an older epoch is worth another try.</param>
/// <param name="Problem">Why there is no plan; null when there is one.</param>
internal sealed record PlanningResult(long Revision, long Epoch, PlanProblem? Problem)
{
    /// <summary>How its server was chosen; null when none is needed, or planning has not ended.</summary>
    public PlacementChoice? Choice { get; init; }
}

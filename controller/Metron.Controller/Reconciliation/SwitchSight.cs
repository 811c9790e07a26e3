using System.Collections.Immutable;
using Metron.Controller.Chains;
using Metron.Controller.Configuration;
using Metron.Controller.Switches;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Controller.Reconciliation;

/// <summary>A switch as compared with intent: what would have to be sent to it.</summary>
internal sealed class SwitchSight
{
    // By chain: a rule of the switch may have been installed by any revision, and a rule to add be needed by several.
    private readonly HashSet<uint> _lacking;
    private readonly HashSet<uint> _stale;

    private SwitchSight(SwitchSight other)
    {
        (Name, Connected, Change, ReadTime, _lacking, _stale) = (other.Name, other.Connected, other.Change, other.ReadTime, other._lacking, other._stale);
        (IsSettled, Drift, LeavesDrift, Resources) = (other.IsSettled, other.Drift, other.LeavesDrift, other.Resources);
    }

    private SwitchSight(string name, bool connected, SwitchChange? change, DateTimeOffset readTime)
    {
        Name = name;
        Connected = connected;
        Change = change;
        ReadTime = readTime;
        IsSettled = change is not null;
        (_lacking, _stale) = ([], []);
        foreach (var message in change?.Phases.SelectMany(phase => phase.FlowMods) ?? [])
        {
            if (Cookie.TryRead(message.Cookie, out var cookie))
            {
                (IsDeletion(message) ? _stale : _lacking).Add(cookie.Chain);
            }
        }
    }

    /// <summary>Name of the switch.</summary>
    public string Name { get; }

    /// <summary>Whether it is connected.</summary>
    public bool Connected { get; }

    /// <summary>What would have to be sent; null when its rules are not known.</summary>
    public SwitchChange? Change { get; }

    /// <summary>When its rules were read.</summary>
    public DateTimeOffset ReadTime { get; }

    /// <summary>Whether the switch has the rules that were read: false also while it is being changed.</summary>
    public bool IsSettled { get; private init; }

    /// <summary>What differs from what was in force, as opposed to what is yet to be done.</summary>
    public SwitchDrift Drift { get; private init; } = SwitchDrift.None;

    /// <summary>Whether drift is left as it is.</summary>
    public bool LeavesDrift { get; private init; }

    /// <summary>The meters and groups that it is sure to have.</summary>
    public ResourceSet Resources { get; private init; } = ResourceSet.Empty;

    /// <summary>Whether it has the meters and groups that the rules of a plan refer to.</summary>
    public bool HasResourcesOf(PlanState plan) => Resources.Covers(IntendedRulesCache.ResourcesOf(plan.Plan));

    /// <summary>Whether drift of a plan's chain is left as it is.</summary>
    public bool LeavesDriftOf(PlanState plan) => LeavesDrift && Drift.Chains.Contains(plan.Plan.ChainNumber);

    /// <summary>The same switch with its drift, and what is to be done about it.</summary>
    public SwitchSight With(SwitchDrift drift, DriftPolicy policy) =>
        new(this) { Drift = drift, LeavesDrift = policy == DriftPolicy.Alarm && drift.Any && !drift.LostAll };

    /// <summary>The same switch with what is known of its meters and groups.</summary>
    public SwitchSight With(ResourceSet? resources) => ReferenceEquals(resources ?? ResourceSet.Empty, Resources) ? this : new(this) { Resources = resources ?? ResourceSet.Empty };

    /// <summary>The same switch while it is being changed.</summary>
    public SwitchSight Unsettled() => new(this) { IsSettled = false };

    /// <summary>A switch whose rules are not known.</summary>
    public static SwitchSight Unknown(string name, bool connected) => new(name, connected, null, default);

    /// <summary>Compares a switch with intent.</summary>
    public static SwitchSight Compare(string name, IReadOnlyList<SwitchRule> intended, IEnumerable<InstalledRule> installed, DateTimeOffset readTime) =>
        new(name, true, SwitchDiff.Compare(intended, installed), readTime);

    /// <summary>Whether rules of a plan's chain are missing that should be there.</summary>
    public bool Lacks(PlanState plan) => _lacking.Contains(plan.Plan.ChainNumber) || Conflict(plan) is not null;

    /// <summary>Whether rules of a plan's chain are there that should not be.</summary>
    public bool HasStale(PlanState plan) => _stale.Contains(plan.Plan.ChainNumber);

    /// <summary>A rule of a plan's chain that cannot be added because a rule of someone else is in its place; null for none.</summary>
    public SwitchRule? Conflict(PlanState plan) => Change?.Conflicts.FirstOrDefault(rule => rule.Chain == plan.Chain);

    /// <summary>How many rules of a plan's chain are missing.</summary>
    public int CountMissing(PlanState plan) => Change?.Phases
        .SelectMany(phase => phase.FlowMods)
        .Count(message => !IsDeletion(message) && Cookie.TryRead(message.Cookie, out var cookie) && cookie.Chain == plan.Plan.ChainNumber) ?? 0;

    /// <summary>The change without what concerns some chains.</summary>
    public static SwitchChange Without(SwitchChange change, IReadOnlySet<uint> chains) => chains.Count == 0 ? change : change with
    {
        Phases = [.. change.Phases
            .Select(phase => phase with { FlowMods = [.. phase.FlowMods.Where(message => !Concerns(message, chains))] })
            .Where(phase => phase.FlowMods.Count > 0)],
    };

    /// <summary>Whether a message is about a rule of one of these chains.</summary>
    public static bool Concerns(FlowMod message, IReadOnlySet<uint> chains) =>
        Cookie.TryRead(message.Cookie, out var cookie) && chains.Contains(cookie.Chain);

    private static bool IsDeletion(FlowMod message) => message.Command is FlowModCommand.Delete or FlowModCommand.DeleteStrict;
}

/// <summary>Which plans' rules belong on a switch: pure, from the phases.</summary>
internal static class SwitchIntent
{
    /// <summary>The plans in force on a switch, and those whose packets may still be on the way there.</summary>
    public static (ImmutableArray<PlanState> InForce, ImmutableArray<PlanState> Draining) On(string name, IEnumerable<ChainState> chains)
    {
        var inForce = ImmutableArray.CreateBuilder<PlanState>();
        var draining = ImmutableArray.CreateBuilder<PlanState>();
        foreach (var plan in chains.SelectMany(chain => chain.Plans, (chain, plan) => (Chain: chain, Plan: plan)).Where(pair => pair.Plan.Plan.Switch == name))
        {
            if (ReferenceEquals(plan.Plan, plan.Chain.InForce))
            {
                inForce.Add(plan.Plan);
            }
            else if (plan.Plan.Phase is Store.PlanPhase.Running or Store.PlanPhase.Draining)
            {
                draining.Add(plan.Plan);
            }
        }

        return (inForce.ToImmutable(), draining.ToImmutable());
    }

    /// <summary>
    /// The chains, by number, that are being changed on a switch: what it lacks of them, or has too much, is yet to be done. If there are any, 0
    /// is among them, as the rules that serve all chains follow from those of all.
    /// </summary>
    public static HashSet<uint> BeingChanged(string name, IEnumerable<ChainState> chains)
    {
        var changing = chains
            .Where(chain => chain.Plans.Any(plan => plan.Plan.Switch == name && plan.Phase is not (Store.PlanPhase.Prepared or Store.PlanPhase.Running)))
            .Select(chain => chain.Stored.Number).ToHashSet();
        if (changing.Count > 0)
        {
            changing.Add(0);
        }

        return changing;
    }
}

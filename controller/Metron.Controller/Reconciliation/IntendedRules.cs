using System.Collections.Immutable;
using Metron.Controller.Chains;
using Metron.Controller.Switches;
using Metron.Offload;
using Metron.Orchestration;

namespace Metron.Controller.Reconciliation;

/// <summary>The rules that a switch should have, findable by what identifies a rule.</summary>
public sealed class IntendedRules
{
    private readonly Dictionary<RuleIdentity, SwitchRule> _byIdentity;

    internal IntendedRules(IReadOnlyList<SwitchRule> rules, ResourceSet resources)
    {
        (Rules, Resources) = (rules, resources);
        _byIdentity = new Dictionary<RuleIdentity, SwitchRule>(rules.Count);
        foreach (var rule in rules)
        {
            _byIdentity[RuleIdentity.Of(rule.Flow)] = rule;
        }
    }

    /// <summary>The rules.</summary>
    public IReadOnlyList<SwitchRule> Rules { get; }

    /// <summary>The meters and groups that rules refer to.</summary>
    public ResourceSet Resources { get; }

    /// <summary>The intended rule that has the table, priority and match of a rule of the switch, whatever that does; null when there is none.</summary>
    public SwitchRule? InPlaceOf(InstalledRule installed) => _byIdentity.GetValueOrDefault(RuleIdentity.Of(installed));

    /// <summary>The intended rule that a rule of the switch is, whichever revision of its chain installed it; null when it is none.</summary>
    public SwitchRule? Find(InstalledRule installed) =>
        _byIdentity.TryGetValue(RuleIdentity.Of(installed), out var rule)
            && Cookie.OfSameChain(installed.Cookie, rule.Flow.Cookie) && installed.Instructions == rule.Flow.Instructions
            ? rule
            : null;
}

/// <summary>Computes the intended rules of switches, anew only when other plans are in force. Thread-safe.</summary>
public sealed class IntendedRulesCache
{
    private readonly Lock _turn = new();
    private readonly Dictionary<string, (string Key, IntendedRules Rules)> _cached = new(StringComparer.Ordinal);

    /// <summary>What a switch should have.</summary>
    /// <param name="name">Name of the switch.</param>
    /// <param name="chains">All chains.</param>
    public IntendedRules On(string name, ImmutableSortedDictionary<string, ChainState> chains)
    {
        var (inForce, draining) = SwitchIntent.On(name, chains.Values);
        var key = $"{Names(inForce)} / {Names(draining)}";
        lock (_turn)
        {
            if (!_cached.TryGetValue(name, out var cached) || cached.Key != key)
            {
                var rules = ChainPrograms.IntendedRules(name, [.. inForce.Select(plan => plan.Plan)], [.. draining.Select(plan => plan.Plan)]);

                // Where the plan in force has another group by a number than the one that drains, its group is the one to have.
                var plans = inForce.Concat(draining).Select(plan => plan.Plan).ToList();
                var resources = plans.Select(ResourcesOf).ToList();
                _cached[name] = cached = (key, new IntendedRules(rules, new ResourceSet(
                    [.. resources.SelectMany(set => set.Meters).DistinctBy(meter => meter.Meter)], [.. resources.SelectMany(set => set.Groups).DistinctBy(group => group.Group)])));
            }

            return cached.Rules;
        }
    }

    /// <summary>What the rules of a plan refer to.</summary>
    internal static ResourceSet ResourcesOf(ChainPlan plan) => plan is { Meters: null, Groups: null } ? ResourceSet.Empty
        : new([.. (plan.Meters ?? []).Select(meter => meter.ToDescription())], ChainPrograms.Groups(plan));

    /// <summary>A deleted chain's name may come back: its number tells the two apart.</summary>
    private static string Names(ImmutableArray<PlanState> plans) => string.Join(',', plans.Select(plan => $"{plan.Plan.ChainNumber}:{plan.Revision}"));
}

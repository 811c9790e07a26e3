using System.Collections.Immutable;
using Metron.Controller.Chains;
using Metron.Controller.Store;
using Metron.Orchestration;

namespace Metron.Controller.Reconciliation;

/// <summary>Carries out what was decided in the controller's own store and memory. Used by the reconciler's loop alone.</summary>
internal sealed class LocalExecutor(
    ChainRegistry registry, CounterBook counters, CounterFeed feed, PlanningDesk desk, TimeProvider time, ILogger<LocalExecutor> log)
{
    private long _epoch;

    /// <summary>Planning a chain has ended: its name, and the plan where that is a new one. Raised on the loop.</summary>
    public event Action<string, ChainPlan?>? PlanningEnded;

    /// <summary>How planning went, where nothing that it depends on has changed since.</summary>
    public ImmutableDictionary<string, PlanningResult> Planned { get; private set; } = ImmutableDictionary<string, PlanningResult>.Empty;

    /// <summary>Planning a chain is worth another try. What is being planned is not begun twice: its result will be thrown away.</summary>
    public void ForgetPlanning(string chain)
    {
        if (!desk.Outdate(chain))
        {
            Planned = Planned.Remove(chain);
        }
    }

    /// <summary>Planning is worth another try.</summary>
    public void ForgetPlanning()
    {
        _epoch++;
        foreach (var chain in Planned.Keys)
        {
            ForgetPlanning(chain);
        }
    }

    /// <summary>Carries out one step.</summary>
    public void Run(LocalAction action, World world)
    {
        switch (action)
        {
            case PlanChain:
                BeginPlanning(action.Chain, world);
                break;
            case SetPhases set:
                TakeOverCounts(set);
                registry.SetPhases(set.Chain, set.Changes);
                foreach (var change in set.Changes)
                {
                    ReconcileLog.Phase(log, set.Chain, change.Revision, PhaseWord(change.Phase));
                }

                break;
            case BeginDrain drain:
                registry.SetDrainTime(drain.Chain, drain.Revision, time.GetUtcNow());
                ReconcileLog.Draining(log, drain.Chain, drain.Revision);
                break;
            case RemovePlan remove:
                Remove(remove);
                break;
            case RemoveChain:
                registry.Remove(action.Chain);
                ReconcileLog.ChainRemoved(log, action.Chain);
                break;
            default:
                throw new InvalidOperationException($"unknown action {action}");
        }
    }

    private static string PhaseWord(PlanPhase phase) => phase switch
    {
        PlanPhase.Prepared => "prepared",
        PlanPhase.Committed => "where servers need it; its rules go to the switch",
        PlanPhase.Running => "in force",
        PlanPhase.Draining => "replaced or deleted; its entrances go",
        _ => "drained; its last rules and its programs go",
    };

    private void Remove(RemovePlan action)
    {
        registry.RemovePlan(action.Chain, action.Revision);
        counters.KeepOnly(registry.Chains.Values.SelectMany(chain => chain.Plans).Select(plan => (plan.Chain, plan.Revision)).ToHashSet());
        ReconcileLog.PlanRemoved(log, action.Chain, action.Revision);

        // The freed numbers may be what another chain waits for.
        ForgetPlanning();
    }

    /// <summary>A plan that comes into force goes on counting where the one before ends.</summary>
    private void TakeOverCounts(SetPhases set)
    {
        if (registry.Chains.TryGetValue(set.Chain, out var chain) && chain.InForce is { } before
            && set.Changes.FirstOrDefault(change => change.Phase == PlanPhase.Committed) is { Revision: > 0 } change
            && chain.Plans.FirstOrDefault(plan => plan.Revision == change.Revision) is { } plan)
        {
            feed.TakeOver(before, plan);
        }
    }

    private void BeginPlanning(string name, World world)
    {
        // The newest state: a step of this round may have changed it.
        if (registry.Chains.GetValueOrDefault(name) is { } chain)
        {
            Planned = Planned.SetItem(name, new PlanningResult(chain.Stored.Revision, _epoch, null));
            desk.Begin(chain, registry.Chains, world.Inventory, EndPlanning);
        }
    }

    /// <summary>Takes what the planner found, unless something that it depends on has changed meanwhile: then it is asked again.</summary>
    private void EndPlanning(FinishedPlanning finished)
    {
        var name = finished.Chain.Name;
        if (finished.IsOutdated || !registry.Chains.TryGetValue(name, out var chain)
            || chain.Stored.Number != finished.Chain.Stored.Number || chain.Stored.Revision != finished.Chain.Stored.Revision
            || !ReferenceEquals(chain.InForce?.Plan, finished.Chain.InForce?.Plan) || TakesNumbersOfOthers(finished.Result.Plan, chain))
        {
            Planned = Planned.Remove(name);
            return;
        }

        var result = finished.Result;
        PlanningEnded?.Invoke(name, result.IsUnchanged ? null : result.Plan);
        Planned = Planned.SetItem(name, new PlanningResult(chain.Stored.Revision, _epoch, result.Problem) { Choice = result.Choice });
        if (result.Plan is not { } plan)
        {
            ReconcileLog.NotPlanned(log, name, chain.Stored.Revision, result.Problem!.Message);
        }
        else if (result.IsUnchanged)
        {
            KeepRunning(chain, plan.Revision);
        }
        else
        {
            Store(chain, plan, finished.Json);
        }
    }

    /// <summary>Whether another chain was given a number of the plan while that was being made.</summary>
    private bool TakesNumbersOfOthers(ChainPlan? plan, ChainState chain)
    {
        if (plan is null || chain.Plans.Any(known => ReferenceEquals(known.Plan, plan)))
        {
            return false;
        }

        var mine = PlanAllocations.Of(plan).ToHashSet();
        var resources = PlanAllocations.ResourcesOf(plan).ToHashSet();
        return registry.Chains.Values.Where(other => other.Name != chain.Name).SelectMany(other => other.Plans).Any(
            other => PlanAllocations.Of(other.Plan).Any(mine.Contains) || PlanAllocations.ResourcesOf(other.Plan).Any(resources.Contains));
    }

    private void Store(ChainState chain, ChainPlan plan, string json)
    {
        try
        {
            if (!registry.TryAddPlan(chain, plan, json))
            {
                ForgetPlanning(chain.Name);
                return;
            }

            var where = plan.Placement is { } placement ? $"{placement.Workers.Count} {(placement.IsBalanced ? "flow groups" : "workers")} of server {placement.Server}" : "the switch does everything";
            ReconcileLog.Planned(log, chain.Name, plan.Revision, where, plan.IngressTags.Count, plan.Classes.Count);
        }
        catch (DatabaseException error)
        {
            Planned = Planned.SetItem(
                chain.Name, new PlanningResult(chain.Stored.Revision, _epoch, new PlanProblem("planningFailed", $"The plan cannot be stored: {error.Message}")));
            ReconcileLog.PlanningFailed(log, chain.Name, chain.Stored.Revision, error);
        }
    }

    /// <summary>The plan in force carries out the newest revision too; one that was being prepared meanwhile is not needed.</summary>
    private void KeepRunning(ChainState chain, long revision)
    {
        if (chain.Prepared is { } needless)
        {
            registry.SetPhases(chain.Name, [new PhaseChange(needless.Revision, PlanPhase.Removing)]);
        }

        if (chain.InForce is { } kept && kept.StandsFor != chain.Stored.Revision)
        {
            registry.SetStandsFor(chain.Name, revision, chain.Stored.Revision);
            ReconcileLog.Unchanged(log, chain.Name, chain.Stored.Revision, revision);
        }
    }
}

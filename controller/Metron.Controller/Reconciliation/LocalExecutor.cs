using System.Collections.Immutable;
using Metron.Controller.Chains;
using Metron.Controller.Store;
using Metron.Orchestration;

namespace Metron.Controller.Reconciliation;

/// <summary>Carries out what was decided in the controller's own store and memory. Used by the reconciler's loop alone.</summary>
internal sealed class LocalExecutor(ChainRegistry registry, CounterBook counters, TimeProvider time, ILogger<LocalExecutor> log)
{
    private long _epoch;

    /// <summary>How planning went, where nothing that it depends on has changed since.</summary>
    public ImmutableDictionary<string, PlanningResult> Planned { get; private set; } = ImmutableDictionary<string, PlanningResult>.Empty;

    /// <summary>Since when nothing leads to a draining plan.</summary>
    public ImmutableDictionary<PlanKey, DateTimeOffset> Draining { get; private set; } = ImmutableDictionary<PlanKey, DateTimeOffset>.Empty;

    /// <summary>Planning a chain is worth another try.</summary>
    public void ForgetPlanning(string chain) => Planned = Planned.Remove(chain);

    /// <summary>Planning is worth another try.</summary>
    public void ForgetPlanning()
    {
        _epoch++;
        Planned = ImmutableDictionary<string, PlanningResult>.Empty;
    }

    /// <summary>Carries out one step.</summary>
    public void Run(LocalAction action, World world)
    {
        switch (action)
        {
            case PlanChain:
                Plan(world.Chains[action.Chain], world);
                break;
            case SetPhases set:
                registry.SetPhases(set.Chain, set.Changes);
                foreach (var change in set.Changes)
                {
                    ReconcileLog.Phase(log, set.Chain, change.Revision, PhaseWord(change.Phase));
                }

                break;
            case BeginDrain drain:
                Draining = Draining.SetItem(new PlanKey(drain.Chain, drain.Revision), time.GetUtcNow());
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
        Draining = Draining.Remove(new PlanKey(action.Chain, action.Revision));
        counters.KeepOnly(registry.Chains.Values.SelectMany(chain => chain.Plans).Select(plan => (plan.Chain, plan.Revision)).ToHashSet());
        ReconcileLog.PlanRemoved(log, action.Chain, action.Revision);

        // The freed numbers may be what another chain waits for.
        ForgetPlanning();
    }

    private void Plan(ChainState chain, World world)
    {
        // The newest state: a step of this round may have changed it.
        chain = registry.Chains.GetValueOrDefault(chain.Name) ?? chain;
        var result = TryPlan(chain, world);
        Planned = Planned.SetItem(chain.Name, new PlanningResult(chain.Stored.Revision, _epoch, result.Problem));
        if (result.Plan is not { } plan)
        {
            ReconcileLog.NotPlanned(log, chain.Name, chain.Stored.Revision, result.Problem!.Message);
        }
        else if (result.IsUnchanged)
        {
            KeepRunning(chain, plan.Revision);
        }
        else
        {
            Store(chain, plan);
        }
    }

    /// <summary>An error in one chain's plan must not stop the others.</summary>
    private PlanResult TryPlan(ChainState chain, World world)
    {
        try
        {
            var result = ChainPlanning.Plan(chain, registry.Chains, world.Inventory);
            if (result is { Plan: { } plan, IsUnchanged: false })
            {
                // What a plan means is computed again and again later on: better it fails now.
                _ = ChainPrograms.ResidualPrograms(plan);
                _ = ChainPrograms.SwitchRules(plan);
            }

            return result.Plan is null && result.Problem is null ? NoPlan("planningFailed", "The planner gave neither a plan nor a reason.") : result;
        }
        catch (Exception error)
        {
            ReconcileLog.PlanningFailed(log, chain.Name, chain.Stored.Revision, error);
            return NoPlan("planningFailed", $"Planning failed by an error of the controller: {error.Message}");
        }
    }

    private static PlanResult NoPlan(string reason, string message) => new() { Problem = new PlanProblem(reason, message) };

    private void Store(ChainState chain, ChainPlan plan)
    {
        try
        {
            if (!registry.TryAddPlan(chain, plan))
            {
                ForgetPlanning(chain.Name);
                return;
            }

            var where = plan.Placement is { } placement ? $"{placement.Workers.Count} workers of server {placement.Server}" : "the switch does everything";
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

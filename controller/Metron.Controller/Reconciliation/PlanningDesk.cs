using System.Collections.Immutable;
using Metron.Controller.Chains;
using Metron.Controller.Rates;
using Metron.Orchestration;

namespace Metron.Controller.Reconciliation;

/// <summary>What the planner found.</summary>
/// <param name="Chain">The chain as it was when planning began.</param>
/// <param name="Result">The planner's answer.</param>
/// <param name="Json">The plan as it is stored; empty when there is nothing new to store.</param>
/// <param name="IsOutdated">Whether something that planning depends on has changed since it began.</param>
internal sealed record FinishedPlanning(ChainState Chain, PlanResult Result, string Json, bool IsOutdated);

/// <summary>
/// Has chains planned beside the reconciler's loop, since a large chain takes seconds to compile and others must not wait for it. Used by the
/// loop alone; results come back to the loop.
/// </summary>
internal sealed class PlanningDesk(RuleRateBook rates, ILogger<PlanningDesk> log)
{
    private readonly Dictionary<string, Job> _jobs = new(StringComparer.Ordinal);
    private Action<Action> _post = static _ => throw new InvalidOperationException("no loop has set up the desk");

    /// <summary>Sets how results come to the loop.</summary>
    public void ReportTo(Action<Action> post) => _post = post;

    /// <summary>Notes that what a chain's planning depends on has changed.</summary>
    /// <returns>Whether it is being planned.</returns>
    public bool Outdate(string chain)
    {
        if (!_jobs.TryGetValue(chain, out var job))
        {
            return false;
        }

        job.IsOutdated = true;
        return true;
    }

    /// <summary>Has a chain planned, unless that is under way.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="all">All chains.</param>
    /// <param name="inventory">Switches and servers.</param>
    /// <param name="done">Takes the result, on the loop.</param>
    public void Begin(ChainState chain, ImmutableSortedDictionary<string, ChainState> all, Inventory inventory, Action<FinishedPlanning> done)
    {
        var job = new Job();
        if (!_jobs.TryAdd(chain.Name, job))
        {
            return;
        }

        _ = Task.Run(() =>
        {
            var (result, json) = TryPlan(chain, all, inventory);
            _post(() =>
            {
                _jobs.Remove(chain.Name);
                done(new FinishedPlanning(chain, result, json, job.IsOutdated));
            });
        });
    }

    /// <summary>An error in one chain's plan must not stop the others.</summary>
    private (PlanResult Result, string Json) TryPlan(ChainState chain, ImmutableSortedDictionary<string, ChainState> all, Inventory inventory)
    {
        try
        {
            var result = ChainPlanning.Plan(chain, all, inventory, rates.Snapshot());
            var json = string.Empty;
            if (result is { Plan: { } plan, IsUnchanged: false })
            {
                // What a plan means is asked for again and again later on: better it fails now, and is kept from now on.
                _ = ChainPrograms.ResidualPrograms(plan);
                _ = ChainPrograms.SwitchRules(plan);
                json = PlanJson.Write(plan);
            }

            return (result.Plan is null && result.Problem is null ? NoPlan("The planner gave neither a plan nor a reason.") : result, json);
        }
        catch (Exception error)
        {
            ReconcileLog.PlanningFailed(log, chain.Name, chain.Stored.Revision, error);
            return (NoPlan($"Planning failed by an error of the controller: {error.Message}"), string.Empty);
        }
    }

    private static PlanResult NoPlan(string message) => new() { Problem = new PlanProblem("planningFailed", message) };

    private sealed class Job
    {
        public bool IsOutdated { get; set; }
    }
}

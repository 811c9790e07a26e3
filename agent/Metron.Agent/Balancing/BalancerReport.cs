using Google.Protobuf.WellKnownTypes;
using Metron.Agent.Configuration;
using Metron.Balancing;

namespace Metron.Agent.Balancing;

/// <summary>What the balancer knows, for load reports.</summary>
internal static class BalancerReport
{
    /// <summary>Makes a report, and begins a new interval for the longest move.</summary>
    public static V1.BalancerLoad Of(BalancingLoop loop)
    {
        var state = loop.TakeState();
        return new V1.BalancerLoad
        {
            Mode = loop.Mode switch { BalancingMode.Auto => "auto", BalancingMode.Suggest => "suggest", _ => "off" },
            Nic = loop.NicKind,
            Indirection = { state.Owners.Select(owner => (uint)owner) },
            GroupLoads = { state.GroupLoads },
            Workers = { state.Workers.Select((worker, index) => Worker(worker, index, state)) },
            SquaredImbalance = state.SquaredImbalance,
            SpreadPercent = Spread(state),
            Moves = state.Moves,
            CancelledMoves = state.CancelledMoves,
            MaxMigrationMicroseconds = state.LongestMove.TotalMicroseconds,
            Elephants = { state.Elephants.Select(group => new V1.Elephant { FlowGroup = group, Load = state.GroupLoads[group], Worker = state.Owners[group] }) },
            Decisions = { state.Decisions.Select(Decision) },
            Ticks = state.Ticks,
            Recording = loop.Recording ?? string.Empty,
        };
    }

    private static V1.BalancedWorker Worker(WorkerView worker, int index, BalancerState state) => new()
    {
        Worker = (uint)index,
        Load = worker.Load,
        QueueFill = worker.QueueFill,
        State = worker.State switch
        {
            WorkerState.Active => "active",
            WorkerState.Frozen => "stalled",
            WorkerState.Draining => "draining",
            _ => "parked",
        },
        FlowGroups = (uint)state.Owners.Count(owner => owner == index),
    };

    /// <summary>(Highest less lowest) load of a worker in use, by the lowest, in percent; 0 while one of them has nothing to do.</summary>
    private static double Spread(BalancerState state)
    {
        var loads = state.Workers.Where(worker => worker.State is WorkerState.Active or WorkerState.Frozen).Select(worker => worker.Load).ToList();
        return loads.Count > 0 && loads.Min() > 0 ? (loads.Max() - loads.Min()) / loads.Min() * 100 : 0;
    }

    private static V1.BalancerDecision Decision(DecisionView view)
    {
        var decision = new V1.BalancerDecision
        {
            Tick = (ulong)view.Decision.Number,
            Time = view.Time.ToTimestamp(),
            Summary = DecisionText.Of(view.Decision),
            Moves = { view.Decision.Moves.Select(move => new V1.FlowGroupMove { FlowGroup = move.Group, From = move.From, To = move.To }) },
            ImbalanceBefore = view.Decision.Plan.ImbalanceBefore,
            ImbalanceExpected = view.Decision.Plan.ImbalanceAfter,
            Outcome = view.Outcome,
        };
        if (view.Decision.Outcome is { } outcome)
        {
            decision.ImbalanceMeasured = outcome.Measured;
        }

        return decision;
    }
}

namespace Metron.Balancing;

/// <summary>What a run came to, all in the loads that were measured.</summary>
/// <param name="Moves">Flow groups moved.</param>
/// <param name="MeanImbalance">Squared imbalance, mean over time.</param>
/// <param name="HighestUtilisation">Highest load / capacity of a worker, mean over time.</param>
/// <param name="MeanWorkers">Workers that were active or still drained, mean over time.</param>
/// <param name="ScalingChanges">How often workers were added or removed.</param>
public sealed record RunFigures(int Moves, double MeanImbalance, double HighestUtilisation, double MeanWorkers, int ScalingChanges);

/// <summary>A recorded run and what other settings would have made of it.</summary>
/// <param name="Recorded">The run as it was.</param>
/// <param name="Replayed">The run as it would have been.</param>
/// <param name="FirstDifference">Number of the first tick that was decided otherwise; 0 if none was.</param>
/// <param name="Decisions">The decisions that would have been taken.</param>
public sealed record ReplayReport(RunFigures Recorded, RunFigures Replayed, long FirstDifference, IReadOnlyList<BalancerDecision> Decisions);

/// <summary>
/// Decides a recorded run again. Each flow group brings the load that it had; where it would have been with other decisions follows from the
/// decisions, each carried out before the next tick. What cannot be replayed: queues (latency stays as measured), other intervals (ticks stay where they were), and
/// load that a saturated worker did not get to.
/// </summary>
public static class Replay
{
    /// <summary>Decides again.</summary>
    /// <param name="recording">The run.</param>
    /// <param name="settings">What the balancer is told this time.</param>
    public static ReplayReport Run(Recording recording, BalancerSettings settings)
    {
        var (was, would) = (new Sums(), new Sums());
        var decisions = new List<BalancerDecision>();
        if (recording.Ticks.Count == 0)
        {
            return new ReplayReport(was.Figures(), would.Figures(), 0, decisions);
        }

        // A recording may begin in the middle of a run: then the first states are those of its first tick.
        var first = recording.Ticks[0];
        var balancer = new Balancer(recording.Header.Groups, first.Number == 1 ? recording.Header.Workers : first.Workers, settings);
        var owners = (ushort[])first.Sample.Owners.Clone();
        var difference = 0L;
        var recordedStates = recording.Header.Workers;
        foreach (var tick in recording.Ticks)
        {
            var states = balancer.Workers.ToArray();
            var sample = tick.Sample with { Owners = (ushort[])owners.Clone() };
            var again = balancer.Tick(sample);
            decisions.Add(again);
            was.Add(tick, recordedStates);
            would.Add(again, states);
            recordedStates = After(tick);
            foreach (var move in again.Moves)
            {
                owners[move.Group] = move.To;
            }

            if (difference == 0 && !(again.Moves.AsSpan().SequenceEqual(tick.Moves) && again.Scaling.Added == tick.Scaling.Added && again.Scaling.Removed == tick.Scaling.Removed))
            {
                difference = tick.Number;
            }
        }

        return new ReplayReport(was.Figures(), would.Figures(), difference, decisions);
    }

    /// <summary>The workers as a tick left them: those that it parked had been draining.</summary>
    private static BalanceWorker[] After(BalancerDecision tick)
    {
        var workers = (BalanceWorker[])tick.Workers.Clone();
        foreach (var parked in tick.Parked)
        {
            workers[parked] = workers[parked] with { State = WorkerState.Parked };
        }

        return workers;
    }

    private sealed class Sums
    {
        private double _seconds;
        private double _imbalance;
        private double _highest;
        private double _workers;
        private int _moves;
        private int _changes;

        // The interval of a sample ran with the states that were decided before it.
        public void Add(BalancerDecision tick, BalanceWorker[] states)
        {
            var loads = tick.Sample.WorkerLoads();
            var seconds = tick.Sample.Seconds;
            var highest = 0.0;
            for (var worker = 0; worker < loads.Length; worker++)
            {
                highest = Math.Max(highest, states[worker].State == WorkerState.Parked ? 0 : loads[worker] / states[worker].Capacity);
            }

            _seconds += seconds;
            _imbalance += seconds * Imbalance.Squared(loads, states);
            _highest += seconds * highest;
            _workers += seconds * states.Count(worker => worker.State != WorkerState.Parked);
            _moves += tick.Moves.Length;
            _changes += tick.Scaling.Added > 0 || tick.Scaling.Removed >= 0 ? 1 : 0;
        }

        public RunFigures Figures() => _seconds == 0
            ? new RunFigures(0, 0, 0, 0, 0)
            : new RunFigures(_moves, _imbalance / _seconds, _highest / _seconds, _workers / _seconds, _changes);
    }
}

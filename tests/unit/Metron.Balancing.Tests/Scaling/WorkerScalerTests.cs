using CsCheck;

namespace Metron.Balancing.Tests;

public sealed class WorkerScalerTests
{
    private static readonly ScalingSettings Settings = new() { Target = 0.8, AddSeconds = 0, RemoveSeconds = 0.3, RemoveMargin = 0.05 };

    [Fact]
    public void As_many_workers_are_added_at_once_as_the_target_needs()
    {
        var workers = Workers(active: 1, parked: 7);

        var decision = Decide(new WorkerScaler(Settings), workers, load: 3.9);

        Assert.Equal((ScalingReason.AboveTarget, 4), (decision.Reason, decision.Added));
        Assert.Equal(5, workers.Count(worker => worker.State == WorkerState.Active));
        Assert.Equal(0.78, decision.UtilisationAfter, 9);
    }

    [Fact]
    public void A_worker_is_removed_only_after_one_less_has_long_been_enough()
    {
        var workers = Workers(active: 3, parked: 0);
        var scaler = new WorkerScaler(Settings);

        Assert.Equal(ScalingReason.Waiting, Decide(scaler, workers, 1.4).Reason);
        Assert.Equal(ScalingReason.Waiting, Decide(scaler, workers, 1.4).Reason);
        Assert.Equal(ScalingReason.Right, Decide(scaler, workers, 1.6).Reason);
        Decide(scaler, workers, 1.4);
        Decide(scaler, workers, 1.4);
        var decision = Decide(scaler, workers, 1.4);

        Assert.Equal((ScalingReason.Spare, 2), (decision.Reason, decision.Removed));
        Assert.Equal(WorkerState.Draining, workers[2].State);
    }

    [Fact]
    public void The_worker_with_the_least_to_move_is_removed()
    {
        var workers = Workers(active: 3, parked: 0);
        var scaler = new WorkerScaler(Settings with { RemoveSeconds = 0 });

        Assert.Equal(1, scaler.Decide(workers, new WorkerHealth[3], [0.3, 0.1, 0.2], double.NaN, 0.1).Removed);
    }

    [Fact]
    public void Minimum_and_maximum_hold()
    {
        var few = Workers(active: 1, parked: 3);
        Assert.Equal((ScalingReason.BelowMinimum, 2), Pick(Decide(new WorkerScaler(Settings with { Minimum = 3 }), few, 0)));
        var many = Workers(active: 3, parked: 0);
        Assert.Equal(2, Decide(new WorkerScaler(Settings with { Maximum = 2 }), many, 2.9).Removed);
        var full = Workers(active: 2, parked: 2);
        Assert.Equal((ScalingReason.NoneLeft, 0), Pick(Decide(new WorkerScaler(Settings with { Maximum = 2 }), full, 2)));
        var last = Workers(active: 1, parked: 0);
        Assert.Equal((ScalingReason.Right, 0), Pick(Decide(new WorkerScaler(Settings with { RemoveSeconds = 0 }), last, 0)));
    }

    [Fact]
    public void A_worker_that_still_drains_is_taken_back_before_another_is_woken()
    {
        var workers = Workers(active: 1, parked: 2);
        workers[2] = workers[2] with { State = WorkerState.Draining };

        Decide(new WorkerScaler(Settings), workers, 1.5);

        Assert.Equal([WorkerState.Active, WorkerState.Parked, WorkerState.Active], workers.Select(worker => worker.State));
    }

    [Fact]
    public void The_node_where_most_work_is_preferred_and_dead_workers_are_not_added()
    {
        BalanceWorker[] workers = [Node(0, WorkerState.Parked), Node(1, WorkerState.Parked), Node(1, WorkerState.Parked), Node(1, WorkerState.Active)];

        new WorkerScaler(Settings).Decide(workers, [WorkerHealth.Well, WorkerHealth.Dead, WorkerHealth.Well, WorkerHealth.Well], [0, 0, 0, 0.9], double.NaN, 0.1);

        Assert.Equal([WorkerState.Parked, WorkerState.Parked, WorkerState.Active, WorkerState.Active], workers.Select(worker => worker.State));
    }

    [Fact]
    public void Latency_above_the_objective_adds_a_worker_and_none_is_removed_before_load_falls()
    {
        var workers = Workers(active: 2, parked: 2);
        var scaler = new WorkerScaler(Settings with { LatencyMicroseconds = 100, RemoveSeconds = 0.1 });

        Assert.Equal(ScalingReason.AboveLatency, scaler.Decide(workers, new WorkerHealth[4], Spread(workers, 1), 150, 0.1).Reason);
        for (var tick = 0; tick < 50; tick++)
        {
            Assert.Equal(-1, scaler.Decide(workers, new WorkerHealth[4], Spread(workers, 1), 10, 0.1).Removed);
        }

        Assert.NotEqual(-1, scaler.Decide(workers, new WorkerHealth[4], Spread(workers, 0.8), 10, 0.1).Removed);
    }

    [Fact]
    public void A_removal_that_would_bring_latency_near_the_objective_is_not_made()
    {
        var workers = Workers(active: 2, parked: 0);
        var scaler = new WorkerScaler(Settings with { LatencyMicroseconds = 100, RemoveSeconds = 0 });

        Assert.Equal(-1, scaler.Decide(workers, new WorkerHealth[2], Spread(workers, 0.7), 40, 0.1).Removed);
        Assert.NotEqual(-1, scaler.Decide(workers, new WorkerHealth[2], Spread(workers, 0.7), 10, 0.1).Removed);
    }

    [Fact]
    public void Switched_off_it_changes_nothing()
    {
        var workers = Workers(active: 1, parked: 3);

        Assert.Equal((ScalingReason.Right, 0), Pick(Decide(new WorkerScaler(Settings with { Enabled = false }), workers, 3)));
    }

    [Fact]
    public void Under_constant_load_it_changes_in_one_direction_and_comes_to_rest() =>
        Gen.Select(Gen.Double[0, 12], Gen.Int[1, 12], Gen.Double[0.3, 1], Gen.Double[0.01, 0.2], Gen.Double[0.3, 1.5].Array[12]).Sample(
            (load, active, target, margin, capacities) =>
            {
                var workers = Workers(active, parked: 12 - active);
                for (var worker = 0; worker < 12; worker++)
                {
                    workers[worker] = workers[worker] with { Capacity = capacities[worker] };
                }

                var scaler = new WorkerScaler(Settings with { Target = target, RemoveMargin = margin });
                var (added, removed, last) = (0, 0, 0);
                for (var tick = 1; tick <= 200; tick++)
                {
                    var decision = Decide(scaler, workers, load);
                    added += decision.Added;
                    removed += decision.Removed >= 0 ? 1 : 0;
                    last = decision.Added > 0 || decision.Removed >= 0 ? tick : last;
                    for (var worker = 0; worker < 12; worker++)
                    {
                        workers[worker] = workers[worker].State == WorkerState.Draining ? workers[worker] with { State = WorkerState.Parked } : workers[worker];
                    }
                }

                Assert.True(added == 0 || removed == 0, $"{added} added and {removed} removed");
                Assert.InRange(last, 0, 60);
            },
            iter: 2000);

    private static ScalingDecision Decide(WorkerScaler scaler, BalanceWorker[] workers, double load) =>
        scaler.Decide(workers, new WorkerHealth[workers.Length], Spread(workers, load), double.NaN, 0.1);

    private static (ScalingReason Reason, int Added) Pick(ScalingDecision decision) => (decision.Reason, decision.Added);

    private static double[] Spread(BalanceWorker[] workers, double load)
    {
        var active = workers.Count(worker => worker.Counts);
        return [.. workers.Select(worker => worker.Counts ? load / active : 0)];
    }

    private static BalanceWorker[] Workers(int active, int parked) =>
        [.. Enumerable.Repeat(BalanceWorker.Nominal, active), .. Enumerable.Repeat(BalanceWorker.Nominal with { State = WorkerState.Parked }, parked)];

    private static BalanceWorker Node(ushort node, WorkerState state) => BalanceWorker.Nominal with { Node = node, State = state };
}

using CsCheck;

namespace Metron.Balancing.Tests;

public sealed class FlowGroupBalancerTests
{
    private static readonly BalanceSettings Exact = new() { Threshold = 0, Precision = 0, Coarseness = 0, MoveCost = 0, MovedLoadCost = 0 };

    [Fact]
    public void One_move_between_two_workers_evens_them()
    {
        var (summary, moves) = Plan([0.4, 0.2, 0.2], [0, 0, 1], Nominal(2));

        Assert.Equal([new FlowGroupMove(1, 0, 1)], moves);
        Assert.Equal((1, 0.2), (summary.Moves, summary.MovedLoad));
        Assert.Equal(0.08, summary.ImbalanceBefore, 12);
        Assert.Equal(0, summary.ImbalanceAfter, 12);
        Assert.Equal((0.6, 0.4), (Math.Round(summary.HighestBefore, 12), Math.Round(summary.HighestAfter, 12)));
        Assert.Equal(0.4, summary.Mean, 12);
    }

    [Fact]
    public void Nothing_moves_while_every_worker_is_within_the_threshold()
    {
        var (summary, moves) = Plan([0.3, 0.21, 0.2, 0.28], [0, 0, 1, 1], Nominal(2));

        Assert.Empty(moves);
        Assert.Equal(BalanceEnd.WithinThreshold, summary.End);
    }

    [Fact]
    public void A_move_that_wins_less_than_it_costs_is_not_made()
    {
        var dear = BalanceSettings.Default with { MoveCost = 0.1 };

        Assert.Empty(Plan([0.4, 0.2, 0.2], [0, 0, 1], Nominal(2), dear).Moves);
    }

    [Fact]
    public void A_group_that_rests_stays()
    {
        var (_, moves) = Plan([0.4, 0.2, 0.2, 0.01], [0, 0, 1, 1], Nominal(2), resting: [0, 2, 0, 0]);

        Assert.DoesNotContain(moves, move => move.Group == 1);
    }

    [Fact]
    public void A_draining_worker_is_emptied_of_everything_it_has()
    {
        BalanceWorker[] workers = [.. Nominal(2), BalanceWorker.Nominal with { State = WorkerState.Draining }];
        var (summary, moves) = Plan([0.3, 0.3, 0.2, 0, 0.2], [0, 1, 2, 2, 2], workers, resting: [0, 0, 9, 9, 9]);

        Assert.Equal([2, 3, 4], moves.Select(move => (int)move.Group));
        Assert.All(moves, move => Assert.NotEqual(2, move.To));
        Assert.Equal(0, summary.ImbalanceAfter, 12);
        Assert.Equal(0.5, summary.Mean, 12);
    }

    [Fact]
    public void Silent_groups_of_a_draining_worker_are_spread()
    {
        BalanceWorker[] workers = [.. Nominal(2), BalanceWorker.Nominal with { State = WorkerState.Draining }];
        var (_, moves) = Plan(new double[10], [0, 0, 1, 1, 2, 2, 2, 2, 2, 2], workers);

        Assert.Equal(3, moves.Count(move => move.To == 0));
        Assert.Equal(3, moves.Count(move => move.To == 1));
    }

    [Fact]
    public void A_frozen_worker_neither_gives_nor_takes()
    {
        BalanceWorker[] workers = [BalanceWorker.Nominal with { State = WorkerState.Frozen }, .. Nominal(2)];
        var (_, moves) = Plan([0.5, 0.4, 0.3, 0.1, 0], [0, 0, 1, 1, 2], workers);

        Assert.All(moves, move => Assert.True(move.From != 0 && move.To != 0));
        Assert.NotEmpty(moves);
    }

    [Fact]
    public void Load_follows_capacity()
    {
        BalanceWorker[] workers = [BalanceWorker.Nominal, BalanceWorker.Nominal with { Capacity = 0.5 }];
        var loads = Enumerable.Repeat(0.01, 90).ToArray();
        var (_, moves) = Plan(loads, [.. Enumerable.Range(0, 90).Select(group => (ushort)(group % 2))], workers, BalanceSettings.Default with { Precision = 0.001, Coarseness = 0 });

        Assert.Equal(15, moves.Count(move => move == new FlowGroupMove(move.Group, 1, 0)));
        Assert.Equal(15, moves.Length);
    }

    [Fact]
    public void Base_load_counts_but_stays()
    {
        BalanceWorker[] workers = [BalanceWorker.Nominal with { BaseLoad = 0.4 }, BalanceWorker.Nominal];
        var (summary, moves) = Plan([0.2, 0.2, 0.2], [0, 0, 1], workers);

        Assert.All(moves, move => Assert.Equal(1, move.To));
        Assert.NotEmpty(moves);
        Assert.Equal(0.5, summary.Mean, 12);
    }

    [Fact]
    public void A_move_to_another_node_is_made_only_where_none_within_the_node_helps()
    {
        BalanceWorker[] workers = [BalanceWorker.Nominal, BalanceWorker.Nominal with { Node = 1 }, BalanceWorker.Nominal];

        Assert.Equal([new FlowGroupMove(1, 0, 2)], Plan([0.3, 0.1, 0.2, 0.2], [0, 0, 1, 2], workers).Moves.Where(move => move.From == 0));
        var crossing = workers[..2];
        Assert.Single(Plan([0.3, 0.1, 0.2], [0, 0, 1], crossing).Moves);
        Assert.Empty(Plan([0.3, 0.1, 0.2], [0, 0, 1], crossing, BalanceSettings.Default with { NodeCost = 0.1 }).Moves);
    }

    [Fact]
    public void An_elephant_is_reported_and_left_alone_with_its_worker()
    {
        var balancer = new FlowGroupBalancer(8, 3);
        var moves = new FlowGroupMove[8];
        var summary = balancer.Plan(new BalanceProblem([0.02, 1.2, 0.03, 0.05, 0.2, 0.2, 0.2, 0.2], [0, 0, 0, 0, 1, 1, 2, 2], Nominal(3)), BalanceSettings.Default, moves);

        Assert.Equal([1], balancer.Elephants.ToArray());
        Assert.Equal([0, 2, 3], moves.Take(summary.Moves).Select(move => (int)move.Group));
        Assert.All(moves.Take(summary.Moves), move => Assert.NotEqual(0, move.To));
    }

    [Fact]
    public void Two_elephants_of_one_worker_are_parted()
    {
        var (summary, moves) = Plan([1, 0.95, 0.1, 0.1], [0, 0, 1, 2], Nominal(3));

        Assert.Contains(moves, move => move.Group == 1 && move.To != 0);
        Assert.Equal(2, summary.Elephants);
        Assert.Equal(1, summary.HighestAfter, 12);
    }

    [Fact]
    public void No_more_moves_than_allowed_are_planned()
    {
        var problem = SeededCase.Make(128, 8, LoadShape.Lognormal, Start.Hashed, seed: 3);
        for (var limit = 0; limit < 12; limit++)
        {
            var (summary, _) = Plan(problem.Loads, problem.Owners, problem.Workers, BalanceSettings.Default with { MaximumMoves = limit });
            Assert.InRange(summary.Moves, 0, limit);
        }
    }

    [Fact]
    public void With_one_worker_or_none_nothing_can_be_chosen()
    {
        Assert.Equal(BalanceEnd.NoChoice, Plan([0.5], [0], Nominal(1)).Summary.End);
        Assert.Equal(BalanceEnd.NoChoice, Plan([0.5], [0], [BalanceWorker.Nominal with { State = WorkerState.Parked }]).Summary.End);
        Assert.Equal(BalanceEnd.NoChoice, Plan([], [], Nominal(1)).Summary.End);
    }

    [Fact]
    public void Wrong_problems_are_refused_with_the_place()
    {
        Assert.Contains("flow group 1", Refusal([0.1, double.NaN], [0, 0], Nominal(2)), StringComparison.Ordinal);
        Assert.Contains("flow group 0", Refusal([-0.1, 0], [0, 0], Nominal(2)), StringComparison.Ordinal);
        Assert.Contains("owner 2", Refusal([0.1, 0], [0, 2], Nominal(2)), StringComparison.Ordinal);
        Assert.Contains("worker 1", Refusal([0.1, 0], [0, 1], [BalanceWorker.Nominal, BalanceWorker.Nominal with { Capacity = 0 }]), StringComparison.Ordinal);
        Assert.Contains("2 flow groups", Refusal([0.1, 0], [0], Nominal(2)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_allocates_nothing()
    {
        var problem = SeededCase.Make(512, 64, LoadShape.Zipf, Start.Hashed, seed: 5);
        var few = SeededCase.Make(12, 3, LoadShape.Uniform, Start.Hashed, seed: 5);
        var balancer = new FlowGroupBalancer(512, 64);
        var moves = new FlowGroupMove[512];
        for (var warm = 0; warm < 3; warm++)
        {
            balancer.Plan(new BalanceProblem(problem.Loads, problem.Owners, problem.Workers), BalanceSettings.Default, moves);
            balancer.Plan(new BalanceProblem(few.Loads, few.Owners, few.Workers), Exact, moves);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        balancer.Plan(new BalanceProblem(problem.Loads, problem.Owners, problem.Workers), BalanceSettings.Default, moves);
        balancer.Plan(new BalanceProblem(few.Loads, few.Owners, few.Workers), Exact, moves);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_same_problem_gets_the_same_plan_whatever_was_planned_before()
    {
        var balancer = new FlowGroupBalancer(64, 8);
        var moves = new FlowGroupMove[64];
        for (ulong seed = 1; seed < 50; seed++)
        {
            var problem = SeededCase.Make(64, 8, LoadShape.Lognormal, Start.Drifted, seed);
            var summary = balancer.Plan(new BalanceProblem(problem.Loads, problem.Owners, problem.Workers), BalanceSettings.Default, moves);
            Assert.Equal(Plan(problem.Loads, problem.Owners, problem.Workers).Moves, moves.AsSpan(0, summary.Moves).ToArray());
        }
    }

    [Fact]
    public void Plans_are_sound_for_any_problem() => Problems.Sample(
        problem =>
        {
            var (summary, moves) = Plan(problem.Loads, problem.Owners, problem.Workers, resting: problem.Resting);
            var seeded = new SeededCase(problem.Loads, problem.Owners, problem.Workers);
            var owners = seeded.After(moves);
            var totals = seeded.Totals(owners);
            for (var worker = 0; worker < totals.Length; worker++)
            {
                totals[worker] += problem.Workers[worker].BaseLoad;
            }

            Assert.Equal(summary.Moves, moves.Length);
            Assert.Equal(summary.ImbalanceAfter, Imbalance.Squared(totals, problem.Workers), 8);
            Assert.All(moves, move => Assert.Equal(WorkerState.Active, problem.Workers[move.To].State));
            Assert.All(moves, move => Assert.True(!problem.Workers[move.From].Counts || problem.Resting[move.Group] == 0));
            Assert.All(moves, move => Assert.NotEqual(WorkerState.Frozen, problem.Workers[move.From].State));
            if (problem.Workers.All(worker => worker.Counts))
            {
                Assert.True(summary.ImbalanceAfter <= summary.ImbalanceBefore + 1e-12);
            }
            else if (problem.Workers.Any(worker => worker.State == WorkerState.Active))
            {
                Assert.All(owners, owner => Assert.True(problem.Workers[owner].Counts));
            }
        },
        iter: 3000);

    [Fact]
    public void Under_constant_load_planning_comes_to_rest()
    {
        for (ulong seed = 1; seed <= 300; seed++)
        {
            var problem = SeededCase.Make(24, 4, (LoadShape)(seed % 3), Start.Hashed, seed);
            var tick = 0;
            for (var moved = true; moved; tick++)
            {
                var (summary, moves) = Plan(problem.Loads, problem.Owners, problem.Workers);
                problem = problem with { Owners = problem.After(moves) };
                moved = summary.Moves > 0;
                Assert.InRange(tick, 0, 8);
            }
        }
    }

    private static Gen<(double[] Loads, ushort[] Owners, BalanceWorker[] Workers, byte[] Resting)> Problems =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 6]).SelectMany((groups, workers) => Gen.Select(
            Gen.OneOf(Gen.Double[0, 0.2], Gen.Double[0, 2], Gen.Const(0.0)).Array[groups],
            Gen.UShort[0, (ushort)(workers - 1)].Array[groups],
            Gen.Select(Gen.Double[0.2, 2], Gen.OneOf(Gen.Const(0.0), Gen.Double[0, 0.5]), Gen.UShort[0, 1], Gen.Frequency((8, Gen.Const(WorkerState.Active)), (1, Gen.Const(WorkerState.Frozen)), (1, Gen.Const(WorkerState.Draining))))
                .Select((capacity, load, node, state) => new BalanceWorker(capacity, load, node, state)).Array[workers],
            Gen.OneOf(Gen.Const((byte)0), Gen.Byte[0, 1]).Array[groups]));

    private static BalanceWorker[] Nominal(int count) => [.. Enumerable.Repeat(BalanceWorker.Nominal, count)];

    private static string Refusal(double[] loads, ushort[] owners, BalanceWorker[] workers) =>
        Assert.Throws<ArgumentException>(() => Plan(loads, owners, workers)).Message;

    private static (BalanceSummary Summary, FlowGroupMove[] Moves) Plan(
        double[] loads, ushort[] owners, BalanceWorker[] workers, BalanceSettings? settings = null, byte[]? resting = null)
    {
        var moves = new FlowGroupMove[loads.Length];
        var summary = new FlowGroupBalancer(Math.Max(1, loads.Length), workers.Length)
            .Plan(new BalanceProblem(loads, owners, workers) { Resting = resting }, settings ?? BalanceSettings.Default, moves);
        return (summary, moves[..summary.Moves]);
    }
}

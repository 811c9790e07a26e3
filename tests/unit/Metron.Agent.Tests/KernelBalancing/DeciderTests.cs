using Metron.Agent.KernelBalancing;

namespace Metron.Agent.Tests.KernelBalancing;

public sealed class DeciderTests
{
    private const int Groups = 8;
    private static readonly BalanceOptions s_options = new() { Interface = "eth0", Groups = Groups };

    [Fact]
    public void Groups_leave_the_busiest_CPU()
    {
        // All traffic is in groups of CPU 0, which works on it for 80% of the time.
        var decision = new Decider(Groups, s_options).Decide(Interval([Cpu(0, 0.8, 0.8), Cpu(1, 0, 0)], [100, 0, 100, 0, 100, 0, 100, 0]), [0, 1], [0, 1, 0, 1, 0, 1, 0, 1]);
        Assert.Equal(2, decision.Moves.Count);
        Assert.All(decision.Moves, move => Assert.Equal((0, 1), (move.From, move.To)));
        Assert.All(decision.Moves, move => Assert.Equal(0.2, move.Load, 6));
        Assert.Equal([400UL, 0UL], decision.Cpus.Select(cpu => cpu.Packets));
        Assert.All(decision.Cpus, cpu => Assert.Equal(0.4, cpu.After, 6));
    }

    [Fact]
    public void What_a_CPU_does_besides_stays_and_counts()
    {
        // CPU 0 is busy with programs: packets make way for them.
        var decision = new Decider(Groups, s_options).Decide(Interval([Cpu(0, 0.8, 0.2), Cpu(1, 0.2, 0.2)], [100, 100, 100, 100, 100, 100, 100, 100]), [0, 1], [0, 1, 0, 1, 0, 1, 0, 1]);
        Assert.InRange(decision.Moves.Count, 3, 4);
        Assert.All(decision.Moves, move => Assert.Equal((0, 1), (move.From, move.To)));
        Assert.InRange(decision.Cpus[0].After, 0.59, 0.66);
    }

    [Fact]
    public void Nothing_moves_within_the_threshold()
    {
        var decision = new Decider(Groups, s_options).Decide(Interval([Cpu(0, 0.43, 0.43), Cpu(1, 0.4, 0.4)], [100, 100, 100, 100, 100, 100, 100, 100]), [0, 1], [0, 1, 0, 1, 0, 1, 0, 1]);
        Assert.Empty(decision.Moves);
    }

    [Fact]
    public void CPUs_that_are_not_to_be_used_are_emptied()
    {
        var decision = new Decider(Groups, s_options).Decide(Interval([Cpu(0, 0.1, 0.1), Cpu(1, 0.1, 0.1), Cpu(2, 0.1, 0.1)], [10, 10, 10, 10, 10, 10, 10, 10]), [0, 1], [0, 1, 2, 2, 0, 1, 2, 2]);
        Assert.Equal([2, 3, 6, 7], decision.Moves.Select(move => move.Group));
        Assert.DoesNotContain(decision.Moves, move => move.To == 2);
        Assert.Equal([true, true, false], decision.Cpus.Select(cpu => cpu.IsUsed));
    }

    [Fact]
    public void A_target_takes_CPUs_out_of_use_after_a_while_and_back_soon()
    {
        var decider = new Decider(Groups, s_options with { Target = 0.8 });
        int[] owners = [0, 1, 0, 1, 0, 1, 0, 1];
        for (var interval = 0; interval < 10; interval++)
        {
            var calm = decider.Decide(Interval([Cpu(0, 0.1, 0.1), Cpu(1, 0.1, 0.1)], [10, 10, 10, 10, 10, 10, 10, 10]), [0, 1], owners);
            Assert.True(interval >= 4 || calm.Moves.Count == 0, $"moves in interval {interval}");
            foreach (var move in calm.Moves)
            {
                owners[move.Group] = move.To;
            }
        }

        Assert.Single(owners.Distinct());
        var used = Cpu(owners[0], 1, 1);
        var idle = Cpu(1 - owners[0], 0, 0);
        var moves = Enumerable.Range(0, 3).Sum(_ => decider.Decide(Interval([used, idle], [10, 10, 10, 10, 10, 10, 10, 10]), [0, 1], owners).Moves.Count);
        Assert.True(moves > 0);
    }

    [Fact]
    public void Without_a_known_CPU_nothing_is_decided()
    {
        var decision = new Decider(Groups, s_options).Decide(Interval([Cpu(0, 0.8, 0.8)], [0, 0, 0, 0, 0, 0, 0, 0]), [], [-1, -1, -1, -1, -1, -1, -1, -1]);
        Assert.Empty(decision.Moves);
        Assert.Null(decision.Balancer);
    }

    private static CpuLoad Cpu(int cpu, double busy, double movable) => new(cpu, busy, movable, movable);

    private static Measurement Interval(CpuLoad[] cpus, ulong[] packets) => new(1, cpus, packets, packets, new int[Groups], 0);
}

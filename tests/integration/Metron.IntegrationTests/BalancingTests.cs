using Metron.IntegrationTests.Lab;
using Metron.V1;
using Xunit.Abstractions;

namespace Metron.IntegrationTests;

/// <summary>A server that balances: flow groups of one port are spread over two workers by an emulated NIC.</summary>
public class BalancingTests(BalancedLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<BalancedLab>
{
    [LabFact]
    public async Task A_chain_runs_by_flow_groups_and_its_flows_use_both_workers()
    {
        var chain = await Lab.ApplyAsync(Limited(minimum: 2));
        var balancer = await BalancerAsync(load => load.Indirection.Distinct().Count() == 2);

        var four = await Lab.Traffic.NumberedAsync("203.0.113.10", flows: 32, seconds: 1);
        var six = await Lab.Traffic.NumberedAsync("2001:db8:2::10", flows: 32, seconds: 1);

        four.NothingWasLost();
        six.NothingWasLost();
        Assert.Equal(Enumerable.Range(0, 64).Select(group => (uint)group), Assert.Single(chain.Status.Placements).FlowGroups);
        Assert.Equal(("emulated", 64, 2), (balancer.Nic, balancer.Indirection.Count, balancer.Workers.Count));
        await Eventually.HoldsAsync("both workers have received packets", async () =>
        {
            var workers = (await Lab.ServerAsync()).Load.Workers;
            return workers.All(worker => worker.Received.Packets > 100) ? null : workers.ToString();
        });
        Assert.NotNull(await Lab.Traffic.HttpAsync("http://203.0.113.10/"));
        var described = (await new Metronctl(Lab.SocketPath).RunAsync("describe", "balancer", "server1")).Succeeded().Output;
        Assert.Contains("emulated", described, StringComparison.Ordinal);
    }

    [LabFact]
    public async Task Flow_groups_move_under_traffic_without_losing_or_reordering_a_packet()
    {
        await Lab.ApplyAsync(Limited(minimum: 2));
        var before = await BalancerAsync(load => load.Indirection.Distinct().Count() == 2);

        // Asked for one worker, the agent empties the other, and asked for two again, it fills it: each time half of the flow groups move, or those that have load.
        var traffic = Lab.Traffic.NumberedAsync("203.0.113.10", flows: 32, seconds: 8);
        for (var turn = 0; turn < 2; turn++)
        {
            await Lab.ApplyAsync(Limited(maximum: 1));
            await BalancerAsync(load => load.Indirection.Distinct().Count() == 1);
            await Lab.ApplyAsync(Limited(minimum: 2));
            await BalancerAsync(load => load.Indirection.Distinct().Count() == 2);
        }

        (await traffic).NothingWasLost();
        var after = await BalancerAsync(load => load.Moves >= before.Moves + 32);
        Assert.Equal(before.CancelledMoves, after.CancelledMoves);
        var agent = await Lab.ServerAsync();
        Assert.DoesNotContain(agent.Load.Workers.SelectMany(worker => worker.Drops), drop => drop.Key.StartsWith("migration", StringComparison.Ordinal) && drop.Value > 0);
    }

    [LabFact]
    public async Task A_worker_without_flow_groups_sleeps()
    {
        await Lab.ApplyAsync(Limited(maximum: 1));

        await BalancerAsync(load => load.Workers.Any(worker => worker.State == "parked"));
        var first = (await Lab.ServerAsync()).Load;
        (await Lab.Traffic.NumberedAsync("203.0.113.10", flows: 16, seconds: 1)).NothingWasLost();

        await Eventually.HoldsAsync("only one worker received packets", async () =>
        {
            var now = (await Lab.ServerAsync()).Load;
            var grown = now.Workers.Count(worker => worker.Received.Packets > first.Workers.First(other => other.Worker == worker.Worker).Received.Packets);
            return grown == 1 ? null : $"{grown} workers";
        });
    }

    /// <summary>The sample chain with other limits of cores.</summary>
    internal static ServiceChain Limited(uint minimum = 1, uint maximum = 0)
    {
        var chain = Chains.Sample();
        chain.Spec.Resources = new Resources { MinCores = minimum, MaxCores = maximum };
        return chain;
    }

    private Task<BalancerLoad> BalancerAsync(Func<BalancerLoad, bool> holds) => BalancerAsync(Lab, holds);

    internal static Task<BalancerLoad> BalancerAsync(MetronLab lab, Func<BalancerLoad, bool> holds) => Eventually.GetAsync<BalancerLoad>("the balancer's report", async () =>
    {
        var balancer = (await lab.ServerAsync()).Load?.Balancer;
        return balancer is not null && holds(balancer) ? (balancer, null) : (null, balancer?.ToString() ?? "no report");
    });
}

/// <summary>The same where the kernel's hash names the flow group: by packet sockets and eBPF, without a driver of DPDK.</summary>
public class LinuxBalancingTests(LinuxBalancedLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<LinuxBalancedLab>
{
    [LabFact]
    public async Task Connections_through_a_NAPT_use_both_workers_and_survive_the_moves_of_their_flow_groups()
    {
        var chain = await Lab.ApplyAsync(BalancingTests.Limited(minimum: 2));
        var before = await BalancingTests.BalancerAsync(Lab, load => load.Indirection.Distinct().Count() == 2);
        Assert.Equal(("linux", 64), (before.Nic, before.Indirection.Count));
        Assert.Equal([0u], Assert.Single(chain.Status.Placements).FlowGroups);
        Assert.NotNull(await Lab.Traffic.HttpAsync("http://203.0.113.10/"));

        var traffic = Lab.Traffic.NumberedAsync("203.0.113.10", flows: 32, seconds: 6);
        await Lab.ApplyAsync(BalancingTests.Limited(maximum: 1));
        await BalancingTests.BalancerAsync(Lab, load => load.Indirection.Distinct().Count() == 1);
        await Lab.ApplyAsync(BalancingTests.Limited(minimum: 2));
        await BalancingTests.BalancerAsync(Lab, load => load.Indirection.Distinct().Count() == 2);

        (await traffic).NothingWasLost();
        await Eventually.HoldsAsync("both workers have received packets", async () =>
        {
            var workers = (await Lab.ServerAsync()).Load.Workers;
            return workers.All(worker => worker.Received.Packets > 100) ? null : workers.ToString();
        });
    }
}

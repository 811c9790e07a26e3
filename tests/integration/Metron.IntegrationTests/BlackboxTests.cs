using Metron.IntegrationTests.Lab;
using Metron.V1;
using Xunit.Abstractions;

namespace Metron.IntegrationTests;

/// <summary>Two workers with interfaces to a closed program; the switch tags by VLAN id.</summary>
public sealed class ApplianceLab : LabFixture
{
    public ApplianceLab()
        : base(new MetronLabOptions(new LabLayout()) { Appliance = ApplianceKind.Veth })
    {
    }
}

/// <summary>A closed program in a chain: packets go through it, and what becomes of them when it stops is what the chain's policy says.</summary>
public class BlackboxTests(ApplianceLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<ApplianceLab>
{
    private const string Server4 = "203.0.113.10";
    private const string Server6 = "2001:db8:2::10";

    [LabFact]
    public async Task Packets_go_through_the_program_on_both_workers_and_come_back()
    {
        await Lab.ApplyAsync(Chains.Line("guarded", Chains.StatefulFirewall(), Blackbox(BlackboxPolicy.FailClosed), Chains.Router(), Chains.Napt()));

        foreach (var address in new[] { Server4, Server6 })
        {
            await Lab.Traffic.PingAsync(address);
            (await Lab.Traffic.NumberedAsync(address)).NothingWasLost();
        }

        Assert.Contains("198.51.100.1", await Lab.Traffic.HttpAsync($"http://{Server4}/"));
        await HealthyAsync("guarded");
        await Eventually.HoldsAsync("both workers gave packets to both sides of the program, and got them back", async () =>
        {
            var blackboxes = await BlackboxesAsync();
            return blackboxes.Count == 2 && blackboxes.All(one =>
                one.Inside.Given.Packets > 0 && one.Inside.Given.Packets == one.Outside.Returned.Packets
                && one.Outside.Given.Packets > 0 && one.Outside.Given.Packets == one.Inside.Returned.Packets) ? null : string.Join('\n', blackboxes);
        });
    }

    [LabFact]
    public async Task The_example_does_what_its_comments_say()
    {
        (await new Metronctl(Lab.SocketPath).RunAsync("apply", "-f", Path.Combine(Repository.Examples, "blackbox.yaml"))).Succeeded();
        await Lab.ReadyAsync("guarded");
        await HealthyAsync("guarded");

        Assert.Equal("server1 198.51.100.1\n", await Lab.Traffic.HttpAsync($"http://{Server4}/"));
        await Lab.Traffic.PingAsync(Server4);
        Assert.Null(await Lab.Traffic.HttpAsync($"http://{Server4}:8080/", seconds: 1));
        Assert.Contains("ips: up on all 2 workers", (await new Metronctl(Lab.SocketPath).RunAsync("describe", "chain", "guarded")).Succeeded().Output, StringComparison.Ordinal);
    }

    [LabFact]
    public async Task While_the_program_is_frozen_nothing_passes_a_chain_that_fails_closed()
    {
        await Lab.ApplyAsync(Chains.Line("guarded", Blackbox(BlackboxPolicy.FailClosed), Chains.Router()));
        await HealthyAsync("guarded");
        (await Lab.Traffic.NumberedAsync(Server4)).NothingWasLost();
        try
        {
            Lab.Appliance.Freeze();
            var down = await ConditionAsync("guarded", ConditionStatus.False);
            Assert.Equal("Down", down.Reason);
            Assert.Contains("worker 0", down.Message, StringComparison.Ordinal);
            Assert.Contains("probes are not answered in either direction", down.Message, StringComparison.Ordinal);
            Assert.Equal(0, (await Lab.Traffic.NumberedAsync(Server4)).Received);
            await Eventually.HoldsAsync("drops are counted", async () =>
                (await Lab.ServerAsync()).Load.Workers.Any(worker => worker.Drops.GetValueOrDefault("blackboxDown") > 0) ? null : "none");
            Assert.Equal(ChainState.Degraded, (await Lab.Client.Chains.GetServiceChainAsync(new GetServiceChainRequest { Name = "guarded" })).Status.State);
        }
        finally
        {
            Lab.Appliance.Thaw();
        }

        await HealthyAsync("guarded");
        await Lab.ReadyAsync("guarded");
        (await Lab.Traffic.NumberedAsync(Server4)).NothingWasLost();
    }

    [LabFact]
    public async Task While_the_program_is_frozen_packets_pass_by_in_a_chain_that_fails_open()
    {
        await Lab.ApplyAsync(Chains.Line("guarded", Chains.StatefulFirewall(), Blackbox(BlackboxPolicy.FailOpen), Chains.Router(), Chains.Napt()));
        await HealthyAsync("guarded");
        (await Lab.Traffic.NumberedAsync(Server4)).NothingWasLost();
        try
        {
            Lab.Appliance.Freeze();
            Assert.Equal("Down", (await ConditionAsync("guarded", ConditionStatus.False)).Reason);
            foreach (var address in new[] { Server4, Server6 })
            {
                (await Lab.Traffic.NumberedAsync(address)).NothingWasLost();
                await Lab.Traffic.PingAsync(address);
            }

            await Eventually.HoldsAsync("bypassed packets are counted", async () =>
                (await BlackboxesAsync()).Any(one => one.Inside.Bypassed > 0 && one.Outside.Bypassed > 0) ? null : "none");
        }
        finally
        {
            Lab.Appliance.Thaw();
        }

        await HealthyAsync("guarded");
        (await Lab.Traffic.NumberedAsync(Server4)).NothingWasLost();
    }

    [LabFact]
    public async Task A_link_that_goes_down_is_told_by_worker_and_side_and_heals_without_a_probe()
    {
        var blackbox = Blackbox(BlackboxPolicy.FailOpen);
        blackbox.Blackbox.HealthCheck = null;
        await Lab.ApplyAsync(Chains.Line("guarded", blackbox, Chains.Router()));
        await HealthyAsync("guarded");
        try
        {
            await Lab.Appliance.SetLinkAsync("p1o", up: false);
            var down = await ConditionAsync("guarded", ConditionStatus.False);
            Assert.Equal("ips: appliance ips on worker 1 is down: the link of outside is down; packets pass it by.", down.Message);
            (await Lab.Traffic.NumberedAsync(Server4)).NothingWasLost();
        }
        finally
        {
            await Lab.Appliance.SetLinkAsync("p1o", up: true);
        }

        await HealthyAsync("guarded");
        (await Lab.Traffic.NumberedAsync(Server4)).NothingWasLost();
    }

    [LabFact]
    public async Task A_chain_whose_appliance_no_server_has_is_not_placed_and_says_so()
    {
        var unknown = Blackbox(BlackboxPolicy.FailClosed);
        unknown.Blackbox.Appliance = "scrubber";
        await Lab.Client.Chains.UpdateServiceChainAsync(new UpdateServiceChainRequest { ServiceChain = Chains.Line("guarded", unknown, Chains.Router()), AllowMissing = true });
        await Eventually.HoldsAsync("the chain is not placed", async () =>
        {
            var status = (await Lab.Client.Chains.GetServiceChainAsync(new GetServiceChainRequest { Name = "guarded" })).Status;
            return status.Conditions.Any(condition => condition is { Type: "Placed", Status: ConditionStatus.False, Reason: "NoServer" }
                && condition.Message.Contains("interfaces to scrubber", StringComparison.Ordinal)) ? null : status.ToString();
        });
    }

    private static NetworkFunction Blackbox(BlackboxPolicy policy) => new()
    {
        Name = "ips",
        Blackbox = new Blackbox
        {
            Appliance = "ips",
            Policy = policy,
            KeepsClientPorts = true,
            HealthCheck = new BlackboxHealthCheck { Probe = BlackboxProbe.Ethernet, IntervalMilliseconds = 200, MissedProbes = 3 },
        },
    };

    private Task<Condition> HealthyAsync(string chain) => ConditionAsync(chain, ConditionStatus.True);

    private Task<Condition> ConditionAsync(string chain, ConditionStatus status) => Eventually.GetAsync<Condition>($"BlackboxHealthy is {status}", async () =>
    {
        var conditions = (await Lab.Client.Chains.GetServiceChainAsync(new GetServiceChainRequest { Name = chain })).Status.Conditions;
        var found = conditions.FirstOrDefault(condition => condition.Type == "BlackboxHealthy");
        return found?.Status == status ? (found, null) : (null, $"{found?.ToString() ?? conditions.ToString()} {Lab.Appliance.Errors}");
    });

    private async Task<IReadOnlyList<BlackboxHealth>> BlackboxesAsync() =>
        [.. (await Lab.ServerAsync()).Load?.Chains.SelectMany(chain => chain.Blackboxes) ?? []];
}

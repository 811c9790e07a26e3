using Metron.IntegrationTests.Lab;
using Metron.V1;
using Xunit.Abstractions;

namespace Metron.IntegrationTests;

/// <summary>One worker with vhost-user sockets to a closed program of DPDK; the switch tags by MAC.</summary>
public sealed class VhostLab : LabFixture
{
    public VhostLab()
        : base(new MetronLabOptions(new LabLayout(Workers: 1), Tagging: "mac") { Appliance = ApplianceKind.Vhost })
    {
    }
}

/// <summary>A closed program that is reached over shared memory.</summary>
public class VhostBlackboxTests(VhostLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<VhostLab>
{
    [LabFact]
    public async Task A_chain_goes_through_a_DPDK_program_that_comes_goes_and_comes_again_without_a_start_of_the_agent()
    {
        var chain = Chains.Line("guarded", Chains.StatefulFirewall(), Blackbox(), Chains.Router());
        await Lab.Client.Chains.UpdateServiceChainAsync(new UpdateServiceChainRequest { ServiceChain = chain, AllowMissing = true });
        Assert.Contains("the links of inside and outside are down", (await ConditionAsync(ConditionStatus.False)).Message, StringComparison.Ordinal);

        for (var round = 0; round < 2; round++)
        {
            await using (await VhostAppliance.StartAsync(Lab.Network))
            {
                await ConditionAsync(ConditionStatus.True);
                foreach (var address in new[] { "203.0.113.10", "2001:db8:2::10" })
                {
                    await Lab.Traffic.PingAsync(address);
                }

                Assert.NotNull(await Lab.Traffic.HttpAsync("http://203.0.113.10/"));
            }

            Assert.Equal("Down", (await ConditionAsync(ConditionStatus.False)).Reason);
            Assert.Equal(0, (await Lab.Traffic.NumberedAsync("203.0.113.10")).Received);
        }

        var blackbox = Assert.Single((await Lab.ServerAsync()).Load.Chains.SelectMany(load => load.Blackboxes));
        Assert.True(blackbox.Outside.Returned.Packets > 0 && blackbox.Inside.Dropped > 0, blackbox.ToString());
    }

    private static NetworkFunction Blackbox() => new()
    {
        Name = "ips",
        Blackbox = new Blackbox
        {
            Appliance = "ips",
            Policy = BlackboxPolicy.FailClosed,
            HealthCheck = new BlackboxHealthCheck
            {
                Probe = BlackboxProbe.Udp,
                IntervalMilliseconds = 200,
                MissedProbes = 5,
                InsideAddress = "192.0.2.1",
                OutsideAddress = "192.0.2.2",
            },
        },
    };

    private Task<Condition> ConditionAsync(ConditionStatus status) => Eventually.GetAsync<Condition>($"BlackboxHealthy is {status}", async () =>
    {
        var conditions = (await Lab.Client.Chains.GetServiceChainAsync(new GetServiceChainRequest { Name = "guarded" })).Status.Conditions;
        var found = conditions.FirstOrDefault(condition => condition.Type == "BlackboxHealthy");
        return found?.Status == status ? (found, null) : (null, found?.ToString() ?? conditions.ToString());
    });
}

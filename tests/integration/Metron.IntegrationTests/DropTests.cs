using System.Globalization;
using Metron.IntegrationTests.Lab;
using Metron.V1;
using Xunit.Abstractions;

namespace Metron.IntegrationTests;

/// <summary>What cannot be handled is dropped and counted under its reason: by the switch where it can tell, by the server otherwise.</summary>
public class DropTests(VlanLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<VlanLab>
{
    private const int Count = 5;

    [LabTheory]
    [InlineData("vlan", "", "another VLAN than a chain's")]
    [InlineData("double-vlan", "", "another VLAN than a chain's")]
    [InlineData("not-ip", "", "neither IPv4 nor IPv6")]
    [InlineData("first-fragment", "web", "fw fragments")]
    [InlineData("later-fragment", "web", "fw fragments")]
    [InlineData("fragment6", "web", "fw fragments")]
    public async Task The_switch_counts_what_it_drops_by_purpose(string kind, string chain, string purpose)
    {
        await Lab.ApplyAsync(Chains.Sample());
        var before = await Lab.RulePacketsAsync(chain, purpose);

        await Lab.Traffic.FramesAsync(kind, Count);

        await Eventually.HoldsAsync($"{Count} packets more dropped by the rule for \"{purpose}\"", async () =>
        {
            var now = await Lab.RulePacketsAsync(chain, purpose);
            return now >= before + Count ? null : now.ToString(CultureInfo.InvariantCulture);
        });
    }

    [LabTheory]
    [InlineData("bad-checksum", "badChecksum")]
    [InlineData("truncated-tcp", "truncated")]
    [InlineData("source-route", "ipOptions")]
    [InlineData("routing-header6", "extensionHeader")]
    [InlineData("martian", "martianAddress")]
    [InlineData("last-hop", "timeToLiveExpired")]
    [InlineData("last-hop6", "timeToLiveExpired")]
    [InlineData("gre", "unsupportedProtocol")]
    [InlineData("icmp-error-unrelated", "icmpErrorUnrelated")]
    [InlineData("icmp-error-malformed", "icmpErrorMalformed")]
    // Not of IPv4: the kernel reassembles IPv4 fragments before it gives them to DPDK's net_af_packet.
    [InlineData("fragment6", "fragment")]
    public Task A_server_with_a_NAPT_counts_what_it_drops_by_reason(string kind, string reason) =>
        DropsAtServer(Chains.Line("nat", Chains.Router(), Chains.Napt()), kind, reason);

    // Where the switch looks at addresses, it drops these itself: it does not parse a malformed header.
    [LabTheory]
    [InlineData("wrong-version", "malformedHeader")]
    [InlineData("short-header-length", "malformedHeader")]
    [InlineData("total-length-too-large", "truncated")]
    public Task A_server_with_a_monitor_counts_what_it_drops_by_reason(string kind, string reason) =>
        DropsAtServer(Chains.Line("count", Chains.Monitor()), kind, reason);

    [LabFact]
    public Task A_stateful_firewall_drops_TCP_in_the_middle_of_a_connection_it_does_not_know() =>
        DropsAtServer(Chains.Sample(), "tcp-no-connection", "noConnection");

    [LabFact]
    public async Task What_has_no_route_is_dropped_by_the_switch()
    {
        await Lab.ApplyAsync(Chains.Line("rt", Chains.Router()));

        await Lab.Traffic.FramesAsync("good", Count, "192.0.2.1");

        await Eventually.HoldsAsync("dropped for want of a route", async () =>
            await Lab.RulePacketsAsync("rt", "no route") >= Count ? null : (await Lab.SwitchAsync()).Rules.ToString());
    }

    [LabFact]
    public async Task Good_packets_still_pass_after_bad_ones()
    {
        await Lab.ApplyAsync(Chains.Sample());
        foreach (var kind in new[] { "vlan", "wrong-version", "bad-checksum", "truncated-tcp", "icmp-error-malformed", "total-length-too-large" })
        {
            await Lab.Traffic.FramesAsync(kind, Count);
        }

        (await Lab.Traffic.NumberedAsync("203.0.113.10")).NothingWasLost();
    }

    private async Task DropsAtServer(ServiceChain chain, string kind, string reason)
    {
        await Lab.ApplyAsync(chain);
        var before = await DropsAsync(reason);

        await Lab.Traffic.FramesAsync(kind, Count);

        await Eventually.HoldsAsync($"{Count} packets more dropped as {reason}", async () =>
        {
            var load = (await Lab.ServerAsync()).Load;
            return Sum(load, reason) >= before + Count ? null : $"{load.Workers}\n{load.Chains}";
        });
    }

    private async Task<ulong> DropsAsync(string reason) =>
        Sum(await Eventually.GetAsync("a load report", async () => ((await Lab.ServerAsync()).Load, (string?)"none")), reason);

    private static ulong Sum(ServerLoad load, string reason) =>
        load.Workers.Aggregate(0UL, (sum, worker) => sum + (worker.Drops.TryGetValue(reason, out var count) ? count : 0));
}

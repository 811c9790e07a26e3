using Metron.IntegrationTests.Lab;
using Metron.V1;
using Xunit.Abstractions;

namespace Metron.IntegrationTests;

/// <summary>What is on the wire between switch and server where the switch tags by VLAN id.</summary>
public class VlanTagTests(VlanLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<VlanLab>
{
    [LabFact]
    public async Task Packets_reach_the_worker_under_the_VLAN_id_that_the_status_names()
    {
        var chain = await Lab.ApplyAsync(Chains.Sample());
        var tag = Tags.OfWorker(chain, 1);

        var seen = await Tags.CaptureAsync(Lab, 1, "udp and src host 10.1.0.2");

        Assert.Equal(TagKind.Vlan, tag.Kind);
        Assert.Contains($"vlan {tag.Value},", seen, StringComparison.Ordinal);
    }
}

/// <summary>What is on the wire between switch and server where the switch tags by destination MAC; and that chains work there as well.</summary>
public class MacTagTests(MacLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<MacLab>
{
    [LabFact]
    public async Task Packets_reach_the_worker_under_the_destination_MAC_that_the_status_names()
    {
        var chain = await Lab.ApplyAsync(Chains.Sample());
        var tag = Tags.OfWorker(chain, 1);

        var seen = await Tags.CaptureAsync(Lab, 1, "udp and src host 10.1.0.2");

        Assert.Equal(TagKind.Mac, tag.Kind);
        Assert.Contains($"> 02:4d:54:{tag.Value >> 16 & 0xff:x2}:{tag.Value >> 8 & 0xff:x2}:{tag.Value & 0xff:x2},", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("vlan", seen, StringComparison.Ordinal);
    }

    [LabFact]
    public async Task The_sample_chain_carries_traffic_of_both_IP_versions()
    {
        await Lab.ApplyAsync(Chains.Sample());

        await Lab.Traffic.PingAsync("203.0.113.10");
        await Lab.Traffic.PingAsync("2001:db8:2::10");
        (await Lab.Traffic.NumberedAsync("203.0.113.10")).NothingWasLost();
        (await Lab.Traffic.NumberedAsync("2001:db8:2::10")).NothingWasLost();
        Assert.True(await Lab.Traffic.TcpAsync("203.0.113.10", reverse: true) > 1_000_000);
    }

    [LabFact]
    public async Task Hosts_see_each_other_s_MAC_addresses_through_a_chain_that_does_not_route()
    {
        await Lab.ApplyAsync(Chains.Line("plain", Chains.StatefulFirewall()));
        await using var capture = Lab.Network.Start("server1", "tcpdump", "-i", "eth0", "-n", "-e", "-l", "-c", "1", "udp and dst port 7");
        await capture.WroteAsync("listening on eth0");

        (await Lab.Traffic.NumberedAsync("192.168.77.10")).NothingWasLost();

        Assert.Contains($"{Chains.ClientMac} > {Chains.ServerMac}", (await capture.WaitAsync()).Output, StringComparison.Ordinal);
    }

    [LabFact]
    public async Task A_chain_whose_MAC_addresses_could_not_be_put_back_is_refused()
    {
        var chain = Chains.Line("plain", Chains.StatefulFirewall());
        chain.Spec.Endpoints[0].LocalMac = string.Empty;

        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => Lab.ApplyAsync(chain));

        Assert.Equal(Grpc.Core.StatusCode.InvalidArgument, error.StatusCode);
    }
}

/// <summary>What is on the wire between switch and server where the switch tags by service tag; and that chains work there as well.</summary>
public class QinQTagTests(QinQLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<QinQLab>
{
    [LabFact]
    public async Task Packets_reach_the_worker_under_the_service_tag_that_the_status_names()
    {
        var chain = await Lab.ApplyAsync(Chains.Sample());
        var tag = Tags.OfWorker(chain, 1);

        var seen = await Tags.CaptureAsync(Lab, 1, "udp and src host 10.1.0.2");

        Assert.Equal(TagKind.Qinq, tag.Kind);
        Assert.Contains("ethertype 802.1Q-QinQ (0x88a8)", seen, StringComparison.Ordinal);
        Assert.Contains($"vlan {tag.Value},", seen, StringComparison.Ordinal);
    }

    [LabFact]
    public Task The_sample_chain_carries_traffic_of_both_IP_versions() => Tags.CarriesTrafficAsync(Lab, Chains.Sample());
}

/// <summary>What is on the wire between switch and server where the switch tags by label; and that chains work there as well.</summary>
public class MplsTagTests(MplsLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<MplsLab>
{
    [LabFact]
    public async Task Packets_reach_the_worker_under_the_label_that_the_status_names()
    {
        var chain = await Lab.ApplyAsync(Chains.Sample());
        var tag = Tags.OfWorker(chain, 1);

        var seen = await Tags.CaptureAsync(Lab, 1, "ether proto 0x8847");

        Assert.Equal(TagKind.Mpls, tag.Kind);
        Assert.Contains($"MPLS (label {tag.Value * 4}", seen, StringComparison.Ordinal);
    }

    [LabFact]
    public Task The_sample_chain_carries_traffic_of_both_IP_versions() => Tags.CarriesTrafficAsync(Lab, Chains.Sample());
}

/// <summary>What is on the wire between switch and server where the switch tags by code point; and that chains work there as well.</summary>
public class DscpTagTests(DscpLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<DscpLab>
{
    [LabFact]
    public async Task Packets_reach_the_worker_under_the_code_point_that_the_status_names()
    {
        var chain = await Lab.ApplyAsync(Lossy());
        var tag = Tags.OfWorker(chain, 1);

        await Tags.CaptureAsync(Lab, 1, $"udp and src host 10.1.0.2 and ip[1] = {tag.Value << 2}");

        Assert.Equal(TagKind.Dscp, tag.Kind);
    }

    [LabFact]
    public Task The_sample_chain_carries_traffic_of_both_IP_versions() => Tags.CarriesTrafficAsync(Lab, Lossy());

    [LabFact]
    public async Task A_chain_that_must_keep_its_code_points_is_not_placed_and_says_why()
    {
        await Lab.Client.Chains.UpdateServiceChainAsync(new UpdateServiceChainRequest { ServiceChain = Chains.Sample(), AllowMissing = true });

        await Eventually.HoldsAsync("the chain says why it is not placed", async () =>
        {
            var chain = await Lab.Client.Chains.GetServiceChainAsync(new GetServiceChainRequest { Name = Chains.Sample().Name });
            return chain.Status.Conditions.Any(condition => condition.Reason == "DscpWouldBeLost") ? null : chain.Status.ToString();
        });
    }

    private static ServiceChain Lossy()
    {
        var chain = Chains.Sample();
        chain.Spec.DscpMayBeLost = true;
        return chain;
    }
}

/// <summary>Tags of a chain, and how frames look that carry them.</summary>
internal static class Tags
{
    /// <summary>The tag of a worker for packets from the clients.</summary>
    public static Tag OfWorker(ServiceChain chain, uint worker) =>
        chain.Status.Placements.Single().Tags.Single(tag => tag.Worker == worker && tag.Ingress == "clients");

    /// <summary>Pings, numbered packets and TCP of both IP versions through a routed chain.</summary>
    public static async Task CarriesTrafficAsync(MetronLab lab, ServiceChain chain)
    {
        await lab.ApplyAsync(chain);
        await lab.Traffic.PingAsync("203.0.113.10");
        await lab.Traffic.PingAsync("2001:db8:2::10");
        (await lab.Traffic.NumberedAsync("203.0.113.10")).NothingWasLost();
        (await lab.Traffic.NumberedAsync("2001:db8:2::10")).NothingWasLost();
        Assert.True(await lab.Traffic.TcpAsync("203.0.113.10", reverse: true) > 1_000_000);
    }

    /// <summary>Sends packets of flows to a worker and returns how the first ones look on its link, as tcpdump prints them.</summary>
    /// <param name="lab">The lab, with a routed chain.</param>
    /// <param name="worker">The worker, 0 or 1: source ports whose bit 1 is clear or set.</param>
    /// <param name="filter">What to look at, where the frame has no VLAN header.</param>
    public static async Task<string> CaptureAsync(MetronLab lab, int worker, string filter)
    {
        await using var capture = lab.Network.Start("switch", "tcpdump", "-i", $"worker{worker}", "-n", "-e", "-l", "-c", "1", $"({filter}) or (vlan and {filter})");
        await capture.WroteAsync($"listening on worker{worker}");
        (await lab.Traffic.NumberedAsync("203.0.113.10", more: ["--source-ports", worker == 0 ? "40000" : "40002"])).NothingWasLost();
        return (await capture.WaitAsync()).Succeeded().Output;
    }
}

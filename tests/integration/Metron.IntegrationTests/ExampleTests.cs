using Metron.IntegrationTests.Lab;
using Metron.V1;
using Xunit.Abstractions;

namespace Metron.IntegrationTests;

/// <summary>Every chain under deploy/examples can be applied with metronctl and does what its comments say.</summary>
public class ExampleTests(VlanLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<VlanLab>
{
    private readonly ITestOutputHelper _output = output;

    private static readonly Dictionary<string, Func<ExampleTests, Task>> s_claims = new(StringComparer.Ordinal)
    {
        ["firewall.yaml"] = test => test.Firewall(),
        ["firewall-router-napt.yaml"] = test => test.FirewallRouterNapt(),
        ["load-balancer.yaml"] = test => test.LoadBalancer(),
        ["nat66.yaml"] = test => test.Nat66(),
        ["nptv6.yaml"] = test => test.Nptv6(),
        ["monitor.yaml"] = test => test.Monitored(),
        ["dpi.yaml"] = test => test.Inspected(),
        ["tunnel.yaml"] = test => test.Tunneled(),
        ["ipsec.yaml"] = test => test.Encrypted(),
        ["vlan.yaml"] = test => test.Framed("vlan"),
        ["mpls.yaml"] = test => test.Framed("mpls"),
        ["neighbor-responder.yaml"] = test => test.Answered(),
        ["l3-switch.yaml"] = test => test.Answered(),
        ["l2-switch.yaml"] = test => test.Switched(),
        ["two-client-networks.yaml"] = test => test.TwoClientNetworks(),
        ["static-nat.yaml"] = test => test.StaticNat(),
        ["policer.yaml"] = test => test.Policed(),
        ["wan-optimizer.yaml"] = test => test.SegmentsLowered(),
        ["dispatcher.yaml"] = test => test.Dispatched(),
        ["mirror.yaml"] = test => test.Mirrored(),
        ["transparent.yaml"] = test => test.Transparent(),
        ["mac-tagging.yaml"] = test => test.PlainFirewall(),
    };

    private ServiceChain _chain = new();

    /// <summary>All but the one that needs a lab with a closed program: <see cref="BlackboxTests"/>.</summary>
    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Repository.Examples).Select(file => Path.GetFileName(file)).Where(file => file != "blackbox.yaml").Order(StringComparer.Ordinal)];

    [LabTheory]
    [MemberData(nameof(Files))]
    public async Task An_example_does_what_its_comments_say(string file)
    {
        Assert.True(s_claims.TryGetValue(file, out var claim), $"nobody says what deploy/examples/{file} should do: add it here");
        foreach (var key in new[] { "branch-out-1", "branch-out-2", "branch-in-1", "branch-in-2" })
        {
            Lab.MakeKey(key);
        }

        (await new Metronctl(Lab.SocketPath).RunAsync("apply", "-f", Path.Combine(Repository.Examples, file))).Succeeded();
        var name = (await Lab.Client.Chains.ListServiceChainsAsync(new ListServiceChainsRequest())).ServiceChains.Single().Name;
        _chain = await Lab.ReadyAsync(name);

        await claim(this);
    }

    private async Task Firewall()
    {
        Assert.Empty(_chain.Status.Placements);
        await Lab.Traffic.PingAsync("192.168.77.10");
        await Lab.Traffic.PingAsync("fd77::10");
        Assert.NotNull(await Lab.Traffic.HttpAsync("http://192.168.77.10/"));
        Assert.NotNull(await Lab.Traffic.HttpAsync("http://[fd77::10]/"));
        Assert.Null(await Lab.Traffic.HttpAsync("http://192.168.77.10:8080/", seconds: 1));
    }

    private async Task FirewallRouterNapt()
    {
        await Lab.Traffic.PingAsync("203.0.113.10");
        await Lab.Traffic.PingAsync("2001:db8:2::10");
        Assert.Equal("server1 198.51.100.1\n", await Lab.Traffic.HttpAsync("http://203.0.113.10/"));
        Assert.Equal("server1 2001:db8:ffff::1\n", await Lab.Traffic.HttpAsync("http://[2001:db8:2::10]/"));
        Assert.Null(await Lab.Traffic.HttpAsync("http://203.0.113.10:8080/", seconds: 1));
        Assert.True(await Lab.RulePacketsAsync("web", "no-proxy") > 0);
    }

    private async Task LoadBalancer()
    {
        await Lab.Traffic.PingAsync("203.0.113.11");
        foreach (var url in new[] { "http://198.51.100.80/", "http://[2001:db8:80::80]/" })
        {
            var answers = new List<string?>();
            for (var i = 0; i < 30; i++)
            {
                answers.Add((await Lab.Traffic.HttpAsync(url))?.Split(' ')[0]);
            }

            Assert.Equal(["server1", "server2"], answers.Distinct().Order());
        }
    }

    private async Task Nat66()
    {
        await Lab.Traffic.PingAsync("2001:db8:2::10");
        Assert.StartsWith("server1 2001:db8:ffff::", await Lab.Traffic.HttpAsync("http://[2001:db8:2::10]/"), StringComparison.Ordinal);
        (await Lab.Traffic.NumberedAsync("2001:db8:2::10")).NothingWasLost();
    }

    private async Task Nptv6()
    {
        await Lab.Traffic.PingAsync("2001:db8:2::10");
        var client = (await Lab.Traffic.HttpAsync("http://[2001:db8:2::10]/"))!.Split(' ')[1].Trim();
        Assert.StartsWith("2001:db8:1:", client, StringComparison.Ordinal);
        (await Lab.Traffic.NumberedAsync("2001:db8:2::10")).NothingWasLost();
        // From outside to the inside host, by its translated address.
        await Lab.Traffic.PingAsync(client, client: "server1");
    }

    private async Task StaticNat()
    {
        Assert.Equal("server1 198.51.100.2\n", await Lab.Traffic.HttpAsync("http://203.0.113.10/"));
        Assert.Equal("server1 2001:db8:ffff::2\n", await Lab.Traffic.HttpAsync("http://[2001:db8:2::10]/"));
        (await Lab.Traffic.NumberedAsync("203.0.113.10")).NothingWasLost();
        (await Lab.Traffic.NumberedAsync("2001:db8:2::10")).NothingWasLost();
        await Lab.Traffic.PingAsync("198.51.100.2", client: "server1");
        await Lab.Traffic.PingAsync("2001:db8:ffff::2", client: "server1");
    }

    private async Task Policed()
    {
        await Lab.Traffic.PingAsync("192.168.77.10");
        Assert.NotNull(await Lab.Traffic.HttpAsync("http://192.168.77.10/"));
        foreach (var address in new[] { "192.168.77.10", "fd77::10" })
        {
            // 50 packets of each flow in a second, of which 10 may come at once and 20 more in a second.
            var result = await Lab.Traffic.NumberedAsync(address);
            Assert.All(result.Flows, flow => Assert.InRange(flow.Received, 10, flow.Sent - 5));
        }
    }

    private async Task SegmentsLowered()
    {
        Assert.NotNull(await Lab.Traffic.HttpAsync("http://192.168.77.10/"));
        Assert.NotNull(await Lab.Traffic.HttpAsync("http://[fd77::10]/"));
        await Eventually.HoldsAsync("both SYN and SYN-ACK announce less", async () =>
        {
            var functions = (await Lab.ServerAsync()).Load.Chains.SelectMany(chain => chain.Functions).ToArray();
            return functions.Any(function => function.Counters.GetValueOrDefault("segmentSizesLowered") >= 4) ? null : string.Join<NetworkFunctionLoad>('\n', functions);
        });
    }

    private async Task Dispatched()
    {
        await Lab.Traffic.PingAsync("192.168.77.10");
        (await Lab.Traffic.NumberedAsync("192.168.77.10")).NothingWasLost();
        (await Lab.Traffic.NumberedAsync("fd77::10")).NothingWasLost();
        Assert.NotNull(await Lab.Traffic.HttpAsync("http://192.168.77.10/"));
        Assert.NotNull(await Lab.Traffic.HttpAsync("http://[fd77::10]/"));
        await Eventually.HoldsAsync("web, and only web, passes the policer", async () =>
        {
            var functions = (await Lab.ServerAsync()).Load.Chains.SelectMany(chain => chain.Functions).ToArray();
            return functions.Any(function => function.Counters.GetValueOrDefault("web.conformed") is > 4 and < 300) ? null : string.Join<NetworkFunctionLoad>('\n', functions);
        });
    }

    private async Task Mirrored()
    {
        (await Lab.Traffic.NumberedAsync("203.0.113.10")).NothingWasLost();
        Assert.NotNull(await Lab.Traffic.HttpAsync("http://203.0.113.10/"));
        Assert.NotNull(await Lab.Traffic.HttpAsync("http://[2001:db8:2::10]/"));
        await Eventually.HoldsAsync("web is copied, and nothing else", async () =>
        {
            var functions = (await Lab.ServerAsync()).Load.Chains.SelectMany(chain => chain.Functions).ToArray();
            return functions.Any(function => function.Counters.GetValueOrDefault("copied") is > 8 and < 300 && !function.Counters.ContainsKey("drop.noBuffer"))
                ? null
                : string.Join<NetworkFunctionLoad>('\n', functions);
        });
    }

    private async Task Transparent()
    {
        Assert.Empty(_chain.Status.Placements);
        await Lab.Traffic.PingAsync("192.168.77.10");
        (await Lab.Traffic.NumberedAsync("192.168.77.10")).NothingWasLost();
        (await Lab.Traffic.NumberedAsync("fd77::10")).NothingWasLost();
    }

    private async Task Monitored()
    {
        await Lab.Traffic.PingAsync("192.168.77.10");
        (await Lab.Traffic.NumberedAsync("192.168.77.10")).NothingWasLost();
        (await Lab.Traffic.NumberedAsync("fd77::10")).NothingWasLost();
        await Eventually.HoldsAsync("the top talkers name client and server", async () =>
        {
            var talkers = (await Lab.ServerAsync()).Load.Chains.SelectMany(chain => chain.Functions).SelectMany(function => function.TopTalkers).ToArray();
            return talkers.Any(talker => talker is { Source: "192.168.77.2", Destination: "192.168.77.10", Counters.Packets: > 300 })
                ? null
                : string.Join<Talker>('\n', talkers);
        });
    }

    private async Task Inspected()
    {
        await Lab.Traffic.PingAsync("192.168.77.10");
        foreach (var url in new[] { "http://192.168.77.10", "http://[fd77::10]" })
        {
            Assert.NotNull(await Lab.Traffic.HttpAsync($"{url}/public/a"));
            Assert.Null(await Lab.Traffic.HttpAsync($"{url}/Secret/plans", seconds: 2));
            Assert.NotNull(await Lab.Traffic.HttpAsync($"{url}/public/b"));
        }
    }

    /// <summary>The far end is scapy's IPsec: Traffic/esp.py. Keys are shown nowhere.</summary>
    private async Task Encrypted()
    {
        Assert.Equal([0u], _chain.Status.Placements.Single().Workers);
        var (arriving, leaving) = (Path.Combine(Lab.KeyDirectory, "branch-out-1"), Path.Combine(Lab.KeyDirectory, "branch-in-1"));
        await using var peer = Lab.Network.Start("server1", Repository.Traffic("esp.py"), arriving, leaving);
        await peer.WroteAsync("ready");

        await Lab.Traffic.PingAsync("10.9.0.10");
        await Lab.Traffic.PingAsync("fd00:9::10");

        var shown = (await new Metronctl(Lab.SocketPath).RunAsync("describe", "chain", "ipsec")).Succeeded().Output
            + (await new Metronctl(Lab.SocketPath).RunAsync("get", "chain", "ipsec", "-o", "yaml")).Succeeded().Output
            + Lab.LastWords();
        Assert.Contains("branch-out-1", shown, StringComparison.Ordinal);
        Assert.DoesNotContain((await File.ReadAllTextAsync(arriving)).Trim(), shown, StringComparison.OrdinalIgnoreCase);
    }

    private async Task Switched()
    {
        await Lab.Traffic.PingAsync("192.168.77.10");
        await Lab.Traffic.PingAsync("fd77::10");
        await Lab.Traffic.PingAsync("192.168.77.10", client: "client2");
        (await Lab.Traffic.NumberedAsync("192.168.77.10")).NothingWasLost();
        (await Lab.Traffic.NumberedAsync("fd77::10", client: "client2")).NothingWasLost();
    }

    /// <summary>The client forgets what the lab told it of its gateway, asks, and is answered.</summary>
    private async Task Answered()
    {
        const string mac = "02:00:00:00:01:01";
        string[] gateways = ["10.1.0.1", "fd00:1::1"];
        foreach (var gateway in gateways)
        {
            (await Lab.Network.RunAsync("client1", "ip", "neighbour", "del", gateway, "dev", "eth0")).Succeeded();
        }

        try
        {
            await Lab.Traffic.PingAsync("203.0.113.10");
            await Lab.Traffic.PingAsync("2001:db8:2::10");
            foreach (var gateway in gateways)
            {
                var known = (await Lab.Network.RunAsync("client1", "ip", "neighbour", "show", gateway, "dev", "eth0")).Succeeded().Output;
                Assert.Contains($"lladdr {mac}", known, StringComparison.Ordinal);
                Assert.DoesNotContain("PERMANENT", known, StringComparison.Ordinal);
            }
        }
        finally
        {
            foreach (var gateway in gateways)
            {
                await Lab.Network.RunAsync("client1", "ip", "neighbour", "replace", gateway, "lladdr", mac, "dev", "eth0", "nud", "permanent");
            }
        }
    }

    /// <summary>The far end is scapy: Traffic/framed_echo.py.</summary>
    private async Task Framed(string kind)
    {
        Assert.Equal([0u], _chain.Status.Placements.Single().Workers);
        await using var peer = Lab.Network.Start("server1", Repository.Traffic("framed_echo.py"), kind);
        await peer.WroteAsync("ready");

        await Lab.Traffic.PingAsync("10.9.0.10");
        await Lab.Traffic.PingAsync("fd00:9::10");
    }

    /// <summary>The far end is the kernel's own GRE, where it has that.</summary>
    private async Task Tunneled()
    {
        Assert.Equal([0u], _chain.Status.Placements.Single().Workers);
        var made = await Lab.Network.RunAsync("server1", "sh", "-c",
            "ip link add gre1 type gre local 203.0.113.10 remote 203.0.113.1 && ip address add 10.9.0.10/24 dev gre1 && ip -6 address add fd00:9::10/64 dev gre1 nodad"
            + " && ip link set gre1 up && ip route replace 10.1.0.0/24 dev gre1 && ip -6 route replace fd00:1::/64 dev gre1");
        if (made.ExitCode != 0)
        {
            _output.WriteLine($"not tried with traffic, as this kernel has no GRE: {made.Errors}");
            return;
        }

        await Lab.Traffic.PingAsync("10.9.0.10");
        await Lab.Traffic.PingAsync("fd00:9::10");
        (await Lab.Traffic.NumberedAsync("10.9.0.10")).NothingWasLost();
        (await Lab.Traffic.NumberedAsync("fd00:9::10")).NothingWasLost();
    }

    private async Task TwoClientNetworks()
    {
        (await Lab.Traffic.NumberedAsync("203.0.113.10")).NothingWasLost();
        (await Lab.Traffic.NumberedAsync("203.0.113.10", client: "client2")).NothingWasLost();
        await Lab.Traffic.PingAsync("10.2.0.2");
        await Lab.Traffic.PingAsync("fd00:2::2");
        Assert.NotNull(await Lab.Traffic.HttpAsync("http://203.0.113.10:8080/"));
        Assert.NotNull(await Lab.Traffic.HttpAsync("http://203.0.113.10/", client: "client2"));
        Assert.Null(await Lab.Traffic.HttpAsync("http://203.0.113.10:8080/", client: "client2", seconds: 1));
    }

    private async Task PlainFirewall()
    {
        (await Lab.Traffic.NumberedAsync("192.168.77.10")).NothingWasLost();
        (await Lab.Traffic.NumberedAsync("fd77::10")).NothingWasLost();
        Assert.NotNull(await Lab.Traffic.HttpAsync("http://192.168.77.10/"));
    }
}

/// <summary>The examples that are meant for switches that tag by MAC work there as well.</summary>
public class MacExampleTests(MacLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<MacLab>
{
    [LabTheory]
    [InlineData("mac-tagging.yaml", "192.168.77.10")]
    [InlineData("firewall-router-napt.yaml", "203.0.113.10")]
    [InlineData("load-balancer.yaml", "198.51.100.80")]
    public async Task An_example_carries_traffic_under_MAC_tags(string file, string address)
    {
        (await new Metronctl(Lab.SocketPath).RunAsync("apply", "-f", Path.Combine(Repository.Examples, file))).Succeeded();
        var chain = (await Lab.Client.Chains.ListServiceChainsAsync(new ListServiceChainsRequest())).ServiceChains.Single();
        await Lab.ReadyAsync(chain.Name);

        Assert.NotNull(await Lab.Traffic.HttpAsync($"http://{address}/"));
    }
}

using System.Net;
using Metron.Controller.Configuration;
using Metron.Controller.Switches;
using Metron.NetworkFunctions.Chains;
using Metron.OpenFlow;
using Metron.OpenFlow.Tests.Tls;
using Microsoft.Extensions.DependencyInjection;

namespace Metron.Controller.Tests.Switches;

/// <summary>Sessions with a real Open vSwitch: TLS, pinned certificates, roles of two controllers, duplicates, quarantine.</summary>
public sealed class SwitchSessionTests(TestAuthority authority) : IClassFixture<TestAuthority>
{
    private const string DatapathId = "0000000000000001";

    [OpenVSwitchFact]
    public async Task A_switch_that_connects_by_TLS_is_programmed_and_one_with_another_certificate_than_the_pinned_is_turned_away()
    {
        using var pinned = await StartSwitchAsync(authority.Issue("br0-pinned"));
        using var other = await StartSwitchAsync(authority.Issue("br0-other"));
        await using var controller = await ControllerUnderTest.StartAsync(change: configuration => configuration with
        {
            OpenFlow = ListenAddress.Tcp("127.0.0.1", 0),
            OpenFlowTls = Ours(),
            Switches = [configuration.Switches[0] with { Certificate = "br0-pinned" }],
        });
        other.AddBridge("br0", DatapathId, $"ssl:127.0.0.1:{PortOf(controller)}");
        await RemarkAsync(controller, "presents the certificate of \"CN=br0-other\", not that of \"br0-pinned\" as configured; it was turned away");
        Assert.False(controller.Switches.Switches["br0"].Connected);

        other.SetUp("del-controller", "br0");
        pinned.AddBridge("br0", DatapathId, $"ssl:127.0.0.1:{PortOf(controller)}");
        await ConnectedAsync(controller);
        await controller.CreateAsync(Specs.Firewall());
        await controller.ReadyAsync("edge");
        Assert.NotEmpty(pinned.Rules("br0"));
        Assert.Empty(other.Rules("br0"));
    }

    [OpenVSwitchFact]
    public async Task A_switch_that_waits_is_connected_to_by_TLS_and_plaintext_is_named()
    {
        using var atSwitch = await StartSwitchAsync(authority.Issue("br0"));
        var port = FreePort();
        await using var controller = await ControllerUnderTest.StartAsync(change: configuration => configuration with
        {
            OpenFlowTls = Ours(),
            Switches = [new ConfiguredSwitch("br0", 1, TagKind.Vlan, ListenAddress.Tcp("127.0.0.1", port)) { ConnectsByTls = true }],
        });
        atSwitch.AddBridge("br0", DatapathId, $"ptcp:{port}:127.0.0.1");
        await RemarkAsync(controller, $"connecting to 127.0.0.1:{port} fails: plaintext on TLS port");

        atSwitch.SetUp("del-controller", "br0");
        atSwitch.SetUp("set-controller", "br0", $"pssl:{port}:127.0.0.1");
        await ConnectedAsync(controller);
    }

    [OpenVSwitchFact]
    public async Task The_controller_that_started_last_is_master_and_the_other_writes_nothing_until_it_starts_anew()
    {
        using var folder = new TemporaryFolder();
        using var atSwitch = await OpenVSwitch.StartAsync();
        var first = await StartAsync(folder);
        await using var second = await StartAsync(null);
        var firstPort = PortOf(first);
        atSwitch.AddBridge("br0", DatapathId, $"tcp:127.0.0.1:{firstPort}");
        await ConnectedAsync(first);
        Assert.Equal(ControllerRole.Master, first.Switches.Switches["br0"].Role);
        Assert.Contains("metron_switch_role{switch=\"br0\",role=\"Master\"} 1\n", await first.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative)), StringComparison.Ordinal);

        atSwitch.SetUp("set-controller", "br0", $"tcp:127.0.0.1:{firstPort}", $"tcp:127.0.0.1:{PortOf(second)}");
        await ConnectedAsync(second);
        await RemarkAsync(second, "taken over from another controller: its generation was ");
        await RemarkAsync(first, "another controller became its master with generation ");
        Assert.Equal(ControllerRole.Slave, first.Switches.Switches["br0"].Role);
        await first.CreateAsync(Specs.Firewall());
        await first.WhenAsync("edge", chain => chain.Condition("SwitchProgrammed").Message.Contains("a slave to the switch", StringComparison.Ordinal));
        Assert.Empty(atSwitch.Rules("br0"));

        await first.DisposeAsync();
        await using var again = await StartAsync(folder, firstPort);
        await again.ReadyAsync("edge");
        Assert.NotEmpty(atSwitch.Rules("br0"));
        await RemarkAsync(second, "another controller became its master with generation ");
    }

    [OpenVSwitchFact]
    public async Task A_stale_controller_that_may_not_take_over_stays_slave_and_says_both_generations()
    {
        using var atSwitch = await OpenVSwitch.StartAsync();
        await using var master = await StartAsync(null);
        await using var stale = await StartAsync(null, settings: new SwitchSessionSettings { TakesOver = false });
        atSwitch.AddBridge("br0", DatapathId, $"tcp:127.0.0.1:{PortOf(master)}");
        await ConnectedAsync(master);

        atSwitch.SetUp("set-controller", "br0", $"tcp:127.0.0.1:{PortOf(master)}", $"tcp:127.0.0.1:{PortOf(stale)}");
        await ConnectedAsync(stale);

        await RemarkAsync(stale, "stale generation: ours is none, the switch has ");
        Assert.Equal(ControllerRole.Slave, stale.Switches.Switches["br0"].Role);
        await ConnectedAsync(master);
        await master.CreateAsync(Specs.Firewall());
        await master.ReadyAsync("edge");
    }

    [OpenVSwitchFact]
    public async Task A_second_switch_with_the_same_datapath_id_replaces_the_first_where_it_is_configured_so()
    {
        using var first = await OpenVSwitch.StartAsync();
        using var second = await OpenVSwitch.StartAsync();
        await using var controller = await StartAsync(null, settings: new SwitchSessionSettings { ReplacesDuplicates = true });
        first.AddBridge("br0", DatapathId, $"tcp:127.0.0.1:{PortOf(controller)}");
        await ConnectedAsync(controller);
        var before = controller.Switches.Switches["br0"].Identity.Address;

        second.AddBridge("br0", DatapathId, $"tcp:127.0.0.1:{PortOf(controller)}");

        await RemarkAsync(controller, "duplicate datapath id 0000000000000001: 127.0.0.1 is connected with it and answers; 127.0.0.1 has replaced it, as configured");
        await Eventually.HoldsAsync("the other address", () => controller.Switches.Switches["br0"] is { Connected: true, Identity.Address: var address } && address != before);
    }

    [OpenVSwitchFact]
    public async Task A_switch_without_a_common_version_ends_in_quarantine_which_the_metrics_show()
    {
        using var atSwitch = await OpenVSwitch.StartAsync();
        await using var controller = await StartAsync(null, settings: new SwitchSessionSettings
        {
            Versions = VersionSet.Of(OpenFlowVersion.OpenFlow13),
            Quarantine = new QuarantineOptions { Failures = 2, First = TimeSpan.FromMinutes(5), LongestForKnown = TimeSpan.FromMinutes(5) },
        });
        atSwitch.AddBridge("br0", DatapathId, $"tcp:127.0.0.1:{PortOf(controller)}");
        await ConnectedAsync(controller);
        atSwitch.SetUp("set", "bridge", "br0", "protocols=OpenFlow14");

        await RemarkAsync(controller, "its address 127.0.0.1 was put in quarantine: no common version: switch {1.4}, ours {1.3}");
        await Eventually.HoldsAsync("the refusals", async () =>
        {
            var page = await controller.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
            return page.Contains("metron_openflow_connections_refused_total{reason=\"Quarantine\"}", StringComparison.Ordinal)
                && page.Contains("metron_openflow_handshakes_failed_total{fault=\"NoCommonVersion\"}", StringComparison.Ordinal)
                && page.Contains("metron_openflow_quarantined_peers 1\n", StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Files_of_TLS_that_cannot_be_used_are_named_at_start()
    {
        var files = authority.Issue("broken");
        await File.WriteAllTextAsync(files.Key, "no key");

        var error = await Assert.ThrowsAsync<Controller.Hosting.StartupException>(() => ControllerUnderTest.StartAsync(
            change: configuration => configuration with { OpenFlowTls = new TlsFiles(files.Certificate, files.Key, files.Authority) }));

        Assert.StartsWith("openFlowTls: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("broken.key cannot be used", error.Message, StringComparison.Ordinal);
    }

    private static Task<ControllerUnderTest> StartAsync(TemporaryFolder? folder, int port = 0, SwitchSessionSettings? settings = null) =>
        ControllerUnderTest.StartAsync(folder, configuration => configuration with
        {
            OpenFlow = ListenAddress.Tcp("127.0.0.1", port),
            OpenFlowSessions = settings ?? configuration.OpenFlowSessions,
        });

    private static async Task<OpenVSwitch> StartSwitchAsync(OpenFlowTlsFiles files)
    {
        var atSwitch = await OpenVSwitch.StartAsync();
        atSwitch.SetUp("set-ssl", files.Key, files.Certificate, files.Authority);
        return atSwitch;
    }

    private static Task RemarkAsync(ControllerUnderTest controller, string remark) => Eventually.HoldsAsync(
        $"the remark \"{remark}\"", () => controller.Switches.Switches["br0"].Remarks.Any(each => each.Contains(remark, StringComparison.Ordinal)));

    private static Task ConnectedAsync(ControllerUnderTest controller) => Eventually.HoldsAsync(
        "the switch with its ports", () => controller.Switches.Switches["br0"] is { Connected: true, Ports.Count: >= 5 });

    private static int PortOf(ControllerUnderTest controller) => controller.Services.GetRequiredService<SwitchSessions>().EndPoint!.Port;

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private TlsFiles Ours()
    {
        var files = authority.Issue("controller");
        return new TlsFiles(files.Certificate, files.Key, files.Authority);
    }
}

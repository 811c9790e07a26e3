using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Metron.OpenFlow.Tests.Negotiation;
using Metron.OpenFlow.Tests.Tls;

namespace Metron.OpenFlow.Tests.OpenVSwitch;

/// <summary>TLS and roles with a real Open vSwitch.</summary>
public sealed class OvsSecureTests(OvsDaemons ovs, TestAuthority authority) : IClassFixture<OvsDaemons>, IClassFixture<TestAuthority>
{
    private readonly Channel<HandshakeException> _failures = Channel.CreateUnbounded<HandshakeException>();

    [OvsFact]
    public async Task Both_sides_connect_by_TLS()
    {
        SetTls(authority.Issue("br-tls"));
        await using var listener = Listen();
        var bridge = ovs.AddBridge("OpenFlow13,OpenFlow14");
        ovs.Configure("set-controller", bridge, $"ssl:{listener.EndPoint}", "--", "set", "controller", bridge, "max_backoff=1000");
        await using (var accepted = await listener.AcceptAsync(ScriptedPeer.Deadline()))
        {
            Assert.Equal(("br-tls", OpenFlowVersion.OpenFlow14), (accepted.Certificate?.CommonName, accepted.Version));
            Assert.True((await accepted.ApplyAsync([new FlowMod { Priority = 7 }])).Succeeded);
            Assert.Single(await accepted.ReadFlowsAsync());
        }

        ovs.Configure("del-controller", bridge);
        await using var connected = await new OpenFlowConnector(
            await ovs.ListenByAsync("pssl", bridge), new OpenFlowConnectorOptions { Tls = Ours() }).ConnectAsync();
        Assert.Equal("br-tls", connected.Certificate?.CommonName);
        Assert.True((await connected.ApplyAsync([new FlowMod { Priority = 8 }])).Succeeded);
        ovs.Configure("del-br", bridge);
    }

    [OvsFact]
    public async Task A_switch_of_another_authority_without_TLS_or_that_does_not_trust_us_is_named()
    {
        using var other = TestAuthority.Another();
        await using var listener = Listen();
        var bridge = ovs.AddBridge("OpenFlow13");
        SetTls(other.Issue("foreign") with { Authority = authority.CertificateFile });
        ovs.Configure("set-controller", bridge, $"ssl:{listener.EndPoint}", "--", "set", "controller", bridge, "max_backoff=1000");
        await ExpectAsync("TLS: certificate \"CN=foreign\" is of authority \"CN=another authority\", not of ours (\"CN=test authority\")");

        SetTls(authority.Issue("careful") with { Authority = other.CertificateFile });
        await ExpectAsync("TLS: the peer refused us: ");

        ovs.SetController(bridge, listener.EndPoint);
        await ExpectAsync("plaintext on TLS port");
        ovs.Configure("del-br", bridge);
    }

    [OvsTheory]
    [InlineData("Bitmap", "OpenFlow10,OpenFlow13,OpenFlow14", "1.4")]
    [InlineData("Bare13", "OpenFlow10,OpenFlow13,OpenFlow14", "1.3")]
    [InlineData("Wait", "OpenFlow10,OpenFlow13,OpenFlow14", "1.4")]
    [InlineData("Wait", "OpenFlow10", "1.0")]
    [InlineData("Bare10", "OpenFlow10,OpenFlow13,OpenFlow14", "1.0")]
    public async Task Every_HELLO_of_the_ladder_is_understood(string rung, string protocols, string version)
    {
        var bridge = ovs.AddBridge(protocols);
        var versions = VersionSet.Of(OpenFlowVersion.OpenFlow10, OpenFlowVersion.OpenFlow13, OpenFlowVersion.OpenFlow14);
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(await ovs.ListenAsync(bridge));
        var style = HelloLadder.Style(Enum.Parse<HelloRung>(rung), versions, null);
        await using var connection = await OpenFlowConnection.OpenAsync(
            client.GetStream(), new OpenFlowConnectionOptions { Versions = versions }, style, null, null, ScriptedPeer.Deadline());
        Assert.Equal(version, connection.Version.ToDotted());
        await connection.RequestAsync(new EchoRequest());
        ovs.Configure("del-br", bridge);
    }

    [OvsTheory]
    [InlineData("OpenFlow13")]
    [InlineData("OpenFlow14")]
    public async Task Of_two_controllers_the_later_one_is_master_and_the_earlier_one_writes_nothing_any_more(string protocols)
    {
        var first = new RolePolicy(ControllerRole.Master, new Generations());
        var second = new RolePolicy(ControllerRole.Master, new Generations());
        await using var session = await OvsSession.OpenAsync(ovs, protocols, new OpenFlowConnectionOptions { Role = first });
        var address = await ovs.ListenAsync(session.Bridge, $"tcp:{session.Listener.EndPoint}");
        Assert.Equal(new RoleState(ControllerRole.Master, 1), session.Connection.Role);
        Assert.True((await session.Connection.SendAllAsync([new FlowMod { Priority = 1 }])).Succeeded);

        await using (var standby = await ConnectAsync(address, new RolePolicy(ControllerRole.Slave, new Generations())))
        {
            Assert.Equal(ControllerRole.Slave, standby.Role.Role);
            Assert.Single(await standby.ReadFlowsAsync());
            await Assert.ThrowsAsync<NotMasterException>(() => standby.SendAllAsync([new FlowMod { Priority = 2 }]));
        }

        await using (var failover = await ConnectAsync(address, second))
        {
            Assert.Equal(2UL, failover.Role.GenerationId);
            Assert.True((await failover.SendAllAsync([new FlowMod { Priority = 3 }])).Succeeded);
            if (session.Connection.Version == OpenFlowVersion.OpenFlow13)
            {
                // Nobody tells it: the switch refuses the next write.
                var result = await session.Connection.SendAllAsync([new FlowMod { Priority = 4 }]);
                Assert.Equal(OpenFlowErrorCode.IsSlave, Assert.Single(result.Failures).Error.Code);
            }
            else
            {
                await OvsDaemons.UntilAsync(() => session.Connection.Role.Role == ControllerRole.Slave, "the earlier master is told");
            }

            await Assert.ThrowsAsync<NotMasterException>(() => session.Connection.SendAllAsync([new FlowMod { Priority = 4 }]));
            Assert.Equal([3, 1], (await failover.ReadFlowsAsync()).Select(flow => (int)flow.Priority).OrderDescending());
        }

        await using var returned = await ConnectAsync(address, first);
        Assert.Equal(ControllerRole.Slave, returned.Role.Role);
        Assert.Equal(
            ["stale generation: ours is 1, the switch has 2 from another controller, which stays its master; nothing is written to it"],
            returned.HandshakeNotes);
        await using var again = await ConnectAsync(address, second);
        Assert.Equal(new RoleState(ControllerRole.Master, 3), again.Role);
    }

    private static Task<OpenFlowConnection> ConnectAsync(IPEndPoint address, RolePolicy role) => new OpenFlowConnector(
        address, new OpenFlowConnectorOptions { Connection = new OpenFlowConnectionOptions { Role = role } }).ConnectAsync();

    private void SetTls(OpenFlowTlsFiles files) => ovs.Configure("set-ssl", files.Key, files.Certificate, files.Authority);

    private OpenFlowTls Ours() => new(authority.Issue("controller"));

    private OpenFlowListener Listen() => OpenFlowListener.Start(new IPEndPoint(IPAddress.Loopback, 0), new OpenFlowListenerOptions
    {
        Connection = new OpenFlowConnectionOptions { HandshakeTimeout = TimeSpan.FromSeconds(30) },
        Tls = Ours(),
        Quarantine = new QuarantineOptions { Failures = 0 },
        HandshakeFailed = (_, failure) => _failures.Writer.TryWrite(failure),
    });

    /// <summary>Waits for a failure with this text; the switch tries again and again, so earlier ones may still come.</summary>
    private async Task ExpectAsync(string text)
    {
        var seen = new List<string>();
        while (!seen.Any(message => message.StartsWith(text, StringComparison.Ordinal)))
        {
            Assert.True(seen.Count < 100, string.Join(" | ", seen));
            seen.Add((await _failures.Reader.ReadAsync(ScriptedPeer.Deadline())).Message);
        }
    }

    private sealed class Generations : IGenerationStore
    {
        private readonly ConcurrentDictionary<ulong, ulong> _last = new();

        public ulong? Last(ulong datapathId) => _last.TryGetValue(datapathId, out var last) ? last : null;

        public void Put(ulong datapathId, ulong generationId) => _last[datapathId] = generationId;
    }
}

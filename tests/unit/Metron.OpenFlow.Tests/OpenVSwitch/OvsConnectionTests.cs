using System.Net;
using System.Net.Sockets;
using Metron.OpenFlow.Tests.Negotiation;

namespace Metron.OpenFlow.Tests.OpenVSwitch;

/// <summary>Connections with a real Open vSwitch: negotiation, echo, roles, events, reconnection.</summary>
public sealed class OvsConnectionTests(OvsDaemons ovs) : IClassFixture<OvsDaemons>
{
    public static TheoryData<OpenFlowVersion> Versions => [OpenFlowVersion.OpenFlow13, OpenFlowVersion.OpenFlow14, OpenFlowVersion.OpenFlow15];

    [OvsTheory]
    [InlineData("OpenFlow13", "1.3")]
    [InlineData("OpenFlow14", "1.4")]
    [InlineData("OpenFlow15", "1.5")]
    [InlineData("OpenFlow13,OpenFlow14,OpenFlow15", "1.5")]
    [InlineData("OpenFlow13,OpenFlow15", "1.5")]
    [InlineData("OpenFlow10,OpenFlow11,OpenFlow12,OpenFlow13,OpenFlow14,OpenFlow15", "1.5")]
    public async Task The_highest_common_version_is_spoken(string protocols, string version)
    {
        await using var session = await OvsSession.OpenAsync(ovs, protocols);
        Assert.Equal(version, session.Connection.Version.ToDotted());
        Assert.Empty(session.Connection.HandshakeNotes);
        Assert.Equal(254, session.Connection.Features.TableCount);
        Assert.NotEqual(0UL, session.Connection.DatapathId);
    }

    [OvsFact]
    public async Task A_switch_without_a_common_version_is_refused_by_name()
    {
        var failure = new TaskCompletionSource<HandshakeException>();
        await using var listener = OpenFlowListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0),
            new OpenFlowListenerOptions { HandshakeFailed = (_, exception) => failure.TrySetResult(exception) });
        var bridge = ovs.AddBridge("OpenFlow10,OpenFlow12");
        ovs.SetController(bridge, listener.EndPoint);
        Assert.Equal("no common version: switch {1.0, 1.2}, ours {1.3, 1.4, 1.5}", (await failure.Task.WaitAsync(ScriptedPeer.Deadline())).Message);
        ovs.Configure("del-br", bridge);
    }

    [OvsTheory]
    [MemberData(nameof(Versions))]
    public async Task A_bare_HELLO_is_understood(OpenFlowVersion version)
    {
        var bridge = ovs.AddBridge($"OpenFlow{version.ToDotted().Replace(".", "", StringComparison.Ordinal)}");
        var client = new TcpClient();
        await client.ConnectAsync(await ovs.ListenAsync(bridge));
        var style = new HelloStyle(VersionSet.Default, HelloRung.Bare13, version);
        await using var connection = await OpenFlowConnection.OpenAsync(client.GetStream(), new(), style, null, null, ScriptedPeer.Deadline());
        Assert.Equal(version, connection.Version);
        ovs.Configure("del-br", bridge);
    }

    [OvsTheory]
    [MemberData(nameof(Versions))]
    public async Task Echo_goes_both_ways(OpenFlowVersion version)
    {
        var options = new OpenFlowConnectionOptions { EchoInterval = TimeSpan.FromMilliseconds(50), EchoTimeout = TimeSpan.FromSeconds(10) };
        await using var session = await OvsSession.OpenAsync(ovs, version, options);
        Assert.Equal([1, 2, 3], (await session.Connection.RequestAsync(new EchoRequest([1, 2, 3]))).Payload);
        Assert.False(session.Connection.Closed.IsCompleted);
    }

    [OvsTheory]
    [MemberData(nameof(Versions))]
    public async Task A_stale_generation_is_refused_and_a_slave_may_not_write(OpenFlowVersion version)
    {
        await using var session = await OvsSession.OpenAsync(ovs, version);
        var connection = session.Connection;
        Assert.Equal(new RoleReply(ControllerRole.Master, 10), await connection.RequestRoleAsync(ControllerRole.Master, 10));
        var stale = await Assert.ThrowsAsync<OpenFlowErrorException>(() => connection.RequestRoleAsync(ControllerRole.Master, 9));
        Assert.Equal(OpenFlowErrorCode.RoleStale, stale.Error.Code);

        Assert.Equal(new RoleReply(ControllerRole.Slave, 11), await connection.RequestRoleAsync(ControllerRole.Slave, 11));
        var result = await connection.SendAllAsync([new FlowMod()]);
        Assert.Equal(OpenFlowErrorCode.IsSlave, Assert.Single(result.Failures).Error.Code);
        Assert.Empty(await connection.ReadFlowsAsync());
    }

    [OvsFact]
    public async Task A_new_master_demotes_the_old_one_which_is_told_in_1_4()
    {
        await using var session = await OvsSession.OpenAsync(ovs, OpenFlowVersion.OpenFlow14);
        await session.Connection.RequestRoleAsync(ControllerRole.Master, 1);
        var address = await ovs.ListenAsync(session.Bridge, $"tcp:{session.Listener.EndPoint}");
        await using var other = await new OpenFlowConnector(address).ConnectAsync();
        await other.RequestRoleAsync(ControllerRole.Master, 2);
        var told = await NextAsync<RoleStatus>(session.Connection, _ => true);
        Assert.Equal((ControllerRole.Slave, RoleStatusReason.MasterRequest, 2UL), (told.Role, told.Reason, told.GenerationId));
    }

    [OvsTheory]
    [MemberData(nameof(Versions))]
    public async Task Ports_packets_and_removed_rules_are_events(OpenFlowVersion version)
    {
        await using var session = await OvsSession.OpenAsync(ovs, version);
        var connection = session.Connection;
        var port = $"{session.Bridge}p1";
        ovs.AddPort(session.Bridge, port, 1);
        var added = await NextAsync<PortStatus>(connection, status => status.Port.Number == 1);
        Assert.Equal((PortStatusReason.Add, 1U, port), (added.Reason, added.Port.Number, added.Port.Name));

        var rule = new FlowMod
        {
            Cookie = 0xabc,
            Flags = FlowModFlags.SendFlowRemoved,
            Match = Match.Of(OxmField.InPort(1)),
            Instructions = [new ApplyActionsInstruction([OutputAction.ToController])],
        };
        Assert.True((await connection.SendAllAsync([rule])).Succeeded);
        byte[] frame = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5, .. new byte[46]];
        ovs.Receive(port, frame);
        var packetIn = (PacketIn)(await connection.PacketIns.ReadAsync(ScriptedPeer.Deadline())).Message;
        Assert.Equal((0xabcUL, frame.Length), (packetIn.Cookie, packetIn.TotalLength));
        Assert.Equal(OxmField.InPort(1), packetIn.Match[Oxm.InPort]);
        Assert.Equal(frame, packetIn.Packet);

        Assert.True((await connection.SendAllAsync([new FlowMod { Command = FlowModCommand.Delete, Table = TableNumber.All }])).Succeeded);
        var removed = await NextAsync<FlowRemoved>(connection, _ => true);
        Assert.Equal((0xabcUL, FlowRemovedReason.Delete), (removed.Cookie, removed.Reason));
        Assert.Equal(rule.Match, removed.Match);
    }

    [OvsTheory]
    [MemberData(nameof(Versions))]
    public async Task A_packet_out_leaves_by_the_port_it_names(OpenFlowVersion version)
    {
        await using var session = await OvsSession.OpenAsync(ovs, version);
        ovs.AddPort(session.Bridge, $"{session.Bridge}p3", 3);
        await session.Connection.SendAsync(new PacketOut { Actions = [new OutputAction(3)], Packet = [.. new byte[60]] });
        PortStats? counters = null;
        await OvsDaemons.UntilAsync(
            () => (counters = session.Connection.ReadPortStatsAsync(3).GetAwaiter().GetResult().Single()).TransmittedPackets == 1,
            "the packet has left");
        Assert.Equal(60UL, counters!.TransmittedBytes);
    }

    [OvsFact]
    public async Task A_listening_switch_is_connected_to_again_after_it_drops_us()
    {
        var bridge = ovs.AddBridge("OpenFlow14");
        var connector = new OpenFlowConnector(
            await ovs.ListenAsync(bridge),
            new OpenFlowConnectorOptions { FirstDelay = TimeSpan.FromMilliseconds(20), LongestDelay = TimeSpan.FromMilliseconds(200) });
        var connections = 0;
        await foreach (var connection in connector.ConnectionsAsync(ScriptedPeer.Deadline()))
        {
            Assert.Equal(OpenFlowVersion.OpenFlow14, connection.Version);
            if (++connections == 3)
            {
                break;
            }

            ovs.Control("bridge/reconnect", bridge);
            await connection.Closed.WaitAsync(ScriptedPeer.Deadline());
        }

        Assert.Equal(3, connections);
        ovs.Configure("del-br", bridge);
    }

    /// <summary>The next event of this kind; the switch also reports its own port's changes.</summary>
    private static async Task<TMessage> NextAsync<TMessage>(OpenFlowConnection connection, Func<TMessage, bool> isWanted)
        where TMessage : OpenFlowMessage
    {
        while (true)
        {
            if ((await connection.Events.ReadAsync(ScriptedPeer.Deadline())).Message is TMessage message && isWanted(message))
            {
                return message;
            }
        }
    }
}

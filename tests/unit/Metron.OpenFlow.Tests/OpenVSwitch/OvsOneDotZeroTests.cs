using System.Net;
using Metron.OpenFlow.Tests.Negotiation;
using Metron.OpenFlow.Tests.Samples;

namespace Metron.OpenFlow.Tests.OpenVSwitch;

/// <summary>A real Open vSwitch that speaks only OpenFlow 1.0.</summary>
public sealed class OvsOneDotZeroTests(OvsDaemons ovs) : IClassFixture<OvsDaemons>
{
    private const OpenFlowVersion Version = OpenFlowVersion.OpenFlow10;

    [OvsFact]
    public async Task A_switch_is_greeted_and_described()
    {
        await using var session = await OvsSession.OpenAsync(ovs, Version);
        var connection = session.Connection;
        ovs.AddPort(session.Bridge, $"{session.Bridge}p2", 2);
        Assert.Equal((Version, false), (connection.Version, connection.SupportsBundles));
        Assert.Empty(connection.HandshakeNotes);
        Assert.NotEqual(0UL, connection.DatapathId);
        Assert.Equal(PortNumber.Local, Assert.Single(connection.Features.Ports).Number);
        Assert.True(connection.Features.Capabilities.HasFlag(SwitchCapabilities.ArpMatchIp));

        var port = (await connection.ReadPortsAsync()).Single(candidate => candidate.Number == 2);
        Assert.Equal(($"{session.Bridge}p2", true), (port.Name, port.IsUp));
        Assert.Equal("Nicira, Inc.", (await connection.ReadDescriptionAsync()).Manufacturer);
        Assert.Equal([1, 2, 3], (await connection.RequestAsync(new EchoRequest([1, 2, 3]))).Payload);
        await connection.RequestAsync(new BarrierRequest());

        await connection.SendAsync(new SetConfig(FragmentTreatment.Drop, 77));
        Assert.Equal(new GetConfigReply(FragmentTreatment.Drop, 77), await connection.RequestAsync(new GetConfigRequest()));
        var down = new PortMod { Port = 2, HardwareAddress = port.HardwareAddress, Configuration = PortConfiguration.Down, Mask = PortConfiguration.Down };
        Assert.True((await connection.SendAllAsync([down])).Succeeded);
        Assert.False((await connection.ReadPortsAsync()).Single(candidate => candidate.Number == 2).IsUp);
        Assert.Equal(2U, Assert.Single(await connection.ReadPortStatsAsync(2)).Port);
        var table = (await connection.ReadTableStatsAsync())[0];
        Assert.Equal((0, true), (table.Table, table.MaximumEntries > 0));
    }

    [OvsFact]
    public async Task Every_match_and_action_reads_back_as_it_was_written()
    {
        await using var session = await OvsSession.OpenAsync(ovs, Version);
        var rules = Sample.All(Version)
            .Where(sample => sample is { OvsReads: true, Message: FlowMod { Command: FlowModCommand.Add } })
            .Select((sample, i) => (FlowMod)sample.Message with { Cookie = (ulong)i + 1, Priority = (ushort)(i + 1), Buffer = BufferNumber.None })
            .ToList();
        var result = await session.Connection.ApplyAsync(rules);
        Assert.True(result.Succeeded, result.ToString());
        Assert.False(result.AsBundle);

        var flows = (await session.Connection.ReadFlowsAsync()).ToDictionary(flow => flow.Cookie);
        Assert.Equal(rules.Count, flows.Count);
        Assert.All(rules, rule => Assert.Equal((rule.Match, rule.Instructions), (flows[rule.Cookie].Match, flows[rule.Cookie].Instructions)));
    }

    [OvsFact]
    public async Task Rules_are_changed_deleted_counted_and_refused()
    {
        await using var session = await OvsSession.OpenAsync(ovs, Version);
        var connection = session.Connection;
        Assert.True((await connection.SendAllAsync([Rule(1), Rule(2), Rule(3)])).Succeeded);
        Assert.Equal([2UL, 3UL], (await connection.ReadFlowsAsync(new FlowFilter { Cookie = 2, CookieMask = 2 })).Select(flow => flow.Cookie).Order());
        Assert.Empty(await connection.ReadFlowsAsync(new FlowFilter { OutGroup = 1 }));

        var changed = Rule(2) with { Command = FlowModCommand.ModifyStrict, Instructions = [new ApplyActionsInstruction([new OutputAction(9)])] };
        Assert.True((await connection.SendAllAsync([changed, Rule(3) with { Command = FlowModCommand.DeleteStrict }])).Succeeded);
        var flows = (await connection.ReadFlowsAsync()).ToDictionary(flow => flow.Priority);
        Assert.Equal([1, 2], flows.Keys.Select(priority => (int)priority).Order());
        Assert.Equal(changed.Instructions, flows[2].Instructions);
        var sum = Assert.Single(await connection.RequestAllAsync(new AggregateStatsRequest(FlowFilter.All)));
        Assert.Equal(2U, sum.FlowCount);

        var refused = await connection.SendAllAsync([Rule(1) with { Flags = FlowModFlags.CheckOverlap, Match = Match.Any }, Rule(4)]);
        var failure = Assert.Single(refused.Failures);
        Assert.Equal((0, OpenFlowErrorCode.FlowOverlap, MessageType.FlowMod), (failure.Index, failure.Error.Code, failure.Error.RefusedType));

        ovs.Configure("--", "--id=@t", "create", "Flow_Table", "flow_limit=3", "--", "set", "bridge", session.Bridge, "flow_tables:0=@t");
        var full = await connection.SendAllAsync([Rule(5)]);
        Assert.Equal(OpenFlowErrorCode.FlowTableFull, Assert.Single(full.Failures).Error.Code);

        Assert.True((await connection.SendAllAsync([new FlowMod { Command = FlowModCommand.Delete }])).Succeeded);
        Assert.Empty(await connection.ReadFlowsAsync());
    }

    [OvsFact]
    public async Task Ports_packets_and_removed_rules_are_events()
    {
        await using var session = await OvsSession.OpenAsync(ovs, Version);
        var connection = session.Connection;
        var port = $"{session.Bridge}p1";
        ovs.AddPort(session.Bridge, port, 1);
        ovs.AddPort(session.Bridge, $"{session.Bridge}p2", 2);
        var added = await NextAsync<PortStatus>(connection, status => status.Port.Number == 1);
        Assert.Equal((PortStatusReason.Add, 1U, port), (added.Reason, added.Port.Number, added.Port.Name));

        var rule = new FlowMod
        {
            Cookie = 0xabc,
            Flags = FlowModFlags.SendFlowRemoved,
            Match = Match.Of(OxmField.InPort(1), OxmField.VlanAbsent()),
            Instructions = [new ApplyActionsInstruction([new PushVlanAction(), new SetFieldAction(OxmField.VlanId(5)), OutputAction.ToController])],
        };
        Assert.True((await connection.SendAllAsync([rule])).Succeeded);
        byte[] frame = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5, .. new byte[46]];
        ovs.Receive(port, frame);
        var packetIn = (PacketIn)(await connection.PacketIns.ReadAsync(ScriptedPeer.Deadline())).Message;
        Assert.Equal((PacketInReason.Action, OxmField.InPort(1)), (packetIn.Reason, packetIn.Match[Oxm.InPort]));
        Assert.Equal([.. frame[..12], 0x81, 0, 0, 5, .. frame[12..]], packetIn.Packet);

        await connection.SendAsync(new PacketOut { Actions = [new OutputAction(2)], Packet = [.. frame] });
        await OvsDaemons.UntilAsync(
            () => connection.ReadPortStatsAsync(2).GetAwaiter().GetResult().Single().TransmittedPackets == 1,
            "the packet has left");

        Assert.True((await connection.SendAllAsync([new FlowMod { Command = FlowModCommand.Delete }])).Succeeded);
        var removed = await NextAsync<FlowRemoved>(connection, _ => true);
        Assert.Equal((0xabcUL, FlowRemovedReason.Delete, rule.Match), (removed.Cookie, removed.Reason, removed.Match));
    }

    [OvsFact]
    public async Task A_switch_of_1_1_and_1_2_is_refused_by_name()
    {
        var failure = new TaskCompletionSource<HandshakeException>();
        await using var listener = OpenFlowListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0),
            new OpenFlowListenerOptions
            {
                Connection = new OpenFlowConnectionOptions { Versions = VersionSet.Spoken },
                HandshakeFailed = (_, exception) => failure.TrySetResult(exception),
            });
        var bridge = ovs.AddBridge("OpenFlow11,OpenFlow12");
        ovs.SetController(bridge, listener.EndPoint);
        Assert.Equal(
            $"no common version: switch {{1.1, 1.2}}, ours {VersionSet.Spoken}; known here by name only: 1.1, 1.2",
            (await failure.Task.WaitAsync(ScriptedPeer.Deadline())).Message);
        ovs.Configure("del-br", bridge);
    }

    private static FlowMod Rule(ushort priority) => new()
    {
        Cookie = priority,
        Priority = priority,
        Match = Match.Of(OxmField.InPort(priority)),
        Instructions = [new ApplyActionsInstruction([new OutputAction(1)])],
    };

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

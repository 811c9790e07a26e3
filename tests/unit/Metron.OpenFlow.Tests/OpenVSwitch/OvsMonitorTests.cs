using Metron.OpenFlow.Tests.Negotiation;

namespace Metron.OpenFlow.Tests.OpenVSwitch;

/// <summary>Flow monitors and queues on a real Open vSwitch.</summary>
public sealed class OvsMonitorTests(OvsDaemons ovs) : IClassFixture<OvsDaemons>
{
    [OvsFact]
    public async Task A_monitor_tells_what_is_there_and_then_what_changes()
    {
        await using var session = await OvsSession.OpenAsync(ovs, OpenFlowVersion.OpenFlow14);
        var connection = session.Connection;
        Assert.True((await connection.SendAllAsync([Rule(1)])).Succeeded);
        var monitor = new FlowMonitorRequest
        {
            Monitor = 7,
            Options = FlowMonitorFlags.Initial | FlowMonitorFlags.Added | FlowMonitorFlags.Removed | FlowMonitorFlags.Modified
                | FlowMonitorFlags.Instructions,
        };
        Assert.True((await connection.SendAllAsync([monitor])).Succeeded);
        Assert.Equal([Update(FlowUpdateEvent.Initial, 1)], await UpdatesAsync(connection, 1));

        // Own changes come by their transaction numbers.
        Assert.True((await connection.SendAllAsync([Rule(2)])).Succeeded);
        Assert.IsType<AbbreviatedUpdate>(Assert.Single(await UpdatesAsync(connection, 1)));

        // What another controller does comes in full.
        var address = await ovs.ListenAsync(session.Bridge, $"tcp:{session.Listener.EndPoint}");
        await using var other = await new OpenFlowConnector(address).ConnectAsync();
        Assert.True((await other.SendAllAsync([Rule(3), Rule(1) with { Command = FlowModCommand.DeleteStrict }])).Succeeded);
        Assert.Equal(
            [Update(FlowUpdateEvent.Added, 3), Update(FlowUpdateEvent.Removed, 1) with { Reason = FlowRemovedReason.Delete }],
            await UpdatesAsync(connection, 2));
    }

    [OvsTheory]
    [InlineData(OpenFlowVersion.OpenFlow13)]
    [InlineData(OpenFlowVersion.OpenFlow14)]
    [InlineData(OpenFlowVersion.OpenFlow15)]
    public async Task Queues_are_read(OpenFlowVersion version)
    {
        await using var session = await OvsSession.OpenAsync(ovs, version);
        ovs.AddPort(session.Bridge, $"{session.Bridge}p1", 1);

        // A dummy port has one queue, the default one, without counters.
        Assert.Equal([(1U, 0U)], (await session.Connection.ReadQueuesAsync(1)).Select(queue => (queue.Port, queue.Queue)));
        Assert.Equal((1U, 0U, ulong.MaxValue), (await session.Connection.ReadQueueStatsAsync(1)).Select(queue => (queue.Port, queue.Queue, queue.TransmittedBytes)).Single());
    }

    private static async Task<List<FlowUpdate>> UpdatesAsync(OpenFlowConnection connection, int count)
    {
        var told = new List<FlowUpdate>();
        while (told.Count < count)
        {
            if ((await connection.Events.ReadAsync(ScriptedPeer.Deadline())).Message is FlowMonitorReply reply)
            {
                told.AddRange(reply.Updates);
            }
        }

        return told;
    }

    private static FlowMod Rule(ushort priority) => new()
    {
        Cookie = priority,
        Priority = priority,
        Match = Match.Of(OxmField.InPort(priority)),
        Instructions = [new ApplyActionsInstruction([new OutputAction(1)])],
    };

    private static RuleUpdate Update(FlowUpdateEvent what, ushort priority) => new(what)
    {
        Cookie = priority,
        Priority = priority,
        Match = Rule(priority).Match,
        Instructions = Rule(priority).Instructions,
    };
}

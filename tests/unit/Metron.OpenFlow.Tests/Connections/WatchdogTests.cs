using Metron.OpenFlow.Tests.Negotiation;

namespace Metron.OpenFlow.Tests.Connections;

/// <summary>Switches that hold a connection without using it, or use it without end.</summary>
public sealed class WatchdogTests
{
    [Fact]
    public async Task A_switch_that_does_not_read_is_closed_though_it_speaks()
    {
        await using var pair = await SwitchPair.OpenAsync(options => options with { SendTimeout = TimeSpan.FromMilliseconds(200) });
        var rules = Enumerable.Repeat<OpenFlowMessage>(new FlowMod { Match = Match.Of(OxmField.InPort(1)) }, 200_000).ToList();
        var sending = pair.Connection.SendAllAsync(rules);
        using var talking = new CancellationTokenSource();
        var speaking = SpeakAsync(pair.Peer, talking.Token);

        var closed = await pair.Connection.Closed.WaitAsync(ScriptedPeer.Deadline());
        await talking.CancelAsync();
        await speaking;

        Assert.Matches("^the switch does not read: [0-9]+ bytes not taken for [0-9.]+ s$", closed.Message);
        await Assert.ThrowsAsync<ConnectionClosedException>(() => sending);
    }

    [Fact]
    public async Task A_message_that_is_not_finished_closes()
    {
        await using var pair = await SwitchPair.OpenAsync(options => options with { MessageTimeout = TimeSpan.FromMilliseconds(200) });
        await pair.Peer.SendAsync(Convert.FromHexString("040a00ff0000000000"));

        var closed = await pair.Connection.Closed.WaitAsync(ScriptedPeer.Deadline());

        Assert.Matches("^message not finished within [0-9.]+ s, 9 bytes of it had come$", closed.Message);
    }

    [Fact]
    public async Task A_message_that_comes_slowly_but_ends_is_taken()
    {
        await using var pair = await SwitchPair.OpenAsync(options => options with { MessageTimeout = TimeSpan.FromSeconds(20) });
        foreach (var octet in OpenFlowCodec.Encode(new PacketIn { Table = 9 }, OpenFlowVersion.OpenFlow13, 0))
        {
            await pair.Peer.SendAsync([octet]);
        }

        Assert.Equal(9, ((PacketIn)(await pair.Connection.PacketIns.ReadAsync(ScriptedPeer.Deadline())).Message).Table);
    }

    [Fact]
    public async Task A_reply_that_goes_on_after_it_was_given_up_closes()
    {
        await using var pair = await SwitchPair.OpenAsync(options => options with { MultipartByteLimit = 1000 });
        var request = pair.Connection.ReadFlowsAsync();
        var (_, transaction) = await pair.Peer.ReceiveAsync<FlowStatsRequest>();
        var part = new FlowStatsReply([new FlowStats()]) { Flags = MultipartFlags.More };
        var flooding = Task.Run(async () =>
        {
            try
            {
                while (true)
                {
                    await pair.Peer.SendAsync(part, transaction);
                }
            }
            catch (IOException)
            {
                // The controller has closed.
            }
        });

        await Assert.ThrowsAsync<UnexpectedReplyException>(() => request);
        var closed = await pair.Connection.Closed.WaitAsync(ScriptedPeer.Deadline());

        Assert.Matches(@"^reply without end: [0-9]+ bytes after its request was given up \(endless MORE flag\?\)$", closed.Message);
        await flooding;
    }

    [Fact]
    public async Task Packets_that_nobody_takes_are_limited_by_their_bytes_and_taken_again_when_there_is_room()
    {
        await using var pair = await SwitchPair.OpenAsync(options => options with { QueueByteLimit = 5000 });
        for (byte i = 0; i < 5; i++)
        {
            await pair.Peer.SendAsync(new PacketIn { Table = i, Packet = [.. new byte[2000]] }, 0);
        }

        await pair.AssertAliveAsync();
        Assert.Equal(3, pair.Connection.DroppedPacketIns);
        Assert.True(pair.Connection.PacketIns.TryRead(out var first));
        Assert.Equal(0, ((PacketIn)first.Message).Table);

        await pair.Peer.SendAsync(new PacketIn { Table = 9, Packet = [.. new byte[2000]] }, 0);
        await pair.AssertAliveAsync();
        Assert.Equal((3L, 2), (pair.Connection.DroppedPacketIns, pair.Connection.PacketIns.Count));
    }

    private static async Task SpeakAsync(ScriptedPeer peer, CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await peer.SendAsync(new PortStatus(PortStatusReason.Modify, new PortDescription { Number = 1 }), 0);
                await Task.Delay(20, CancellationToken.None);
            }
        }
        catch (IOException)
        {
            // The controller has closed.
        }
    }
}

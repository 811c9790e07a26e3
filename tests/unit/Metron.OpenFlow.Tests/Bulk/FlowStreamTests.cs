using Metron.OpenFlow.Tests.Connections;

namespace Metron.OpenFlow.Tests.Bulk;

/// <summary>Rules read one after the other: in order, bounded, and without hurting the connection when the caller stops or sleeps.</summary>
public sealed class FlowStreamTests
{
    private const int RulesPerPart = 300;

    [Fact]
    public async Task Rules_come_in_order_and_the_end_is_seen()
    {
        await using var pair = await SwitchPair.OpenAsync();
        var answering = AnswerAsync(pair, parts: 5);
        var priorities = new List<int>();
        await foreach (var flow in pair.Connection.StreamFlowsAsync())
        {
            priorities.Add(flow.Priority);
        }

        await answering;
        Assert.Equal(Enumerable.Range(0, 5 * RulesPerPart), priorities);
    }

    [Fact]
    public async Task A_slow_caller_slows_the_switch_down_and_loses_nothing()
    {
        const int Parts = 1000;
        await using var pair = await SwitchPair.OpenAsync();
        var sent = 0;
        var answering = AnswerAsync(pair, Parts, _ => sent++);
        var count = 0;
        await foreach (var flow in pair.Connection.StreamFlowsAsync())
        {
            if (count++ == 0)
            {
                // Nothing is taken until the switch can send no more: what is unread here, and what the sockets hold.
                var before = -1;
                while (before != sent)
                {
                    before = sent;
                    await Task.Delay(200);
                }

                Assert.InRange(sent, 1, Parts - 1);
            }
        }

        await answering;
        Assert.Equal(Parts * RulesPerPart, count);
        await pair.AssertAliveAsync();
    }

    [Fact]
    public async Task A_caller_that_sleeps_loses_its_reading_and_others_go_on()
    {
        await using var pair = await SwitchPair.OpenAsync(options => options with { EchoTimeout = TimeSpan.FromMilliseconds(100) });
        var answering = AnswerAsync(pair, parts: 1000);
        await using var sleeper = pair.Connection.StreamFlowsAsync().GetAsyncEnumerator();
        Assert.True(await sleeper.MoveNextAsync());
        await answering;
        await pair.AssertAliveAsync();
        await Assert.ThrowsAsync<TimeoutException>(async () =>
        {
            while (await sleeper.MoveNextAsync())
            {
                // What was unread is still given.
            }
        });
    }

    [Fact]
    public async Task A_caller_may_stop_in_the_middle()
    {
        await using var pair = await SwitchPair.OpenAsync();
        var answering = AnswerAsync(pair, parts: 1000);
        await foreach (var flow in pair.Connection.StreamFlowsAsync())
        {
            break;
        }

        await answering;
        await pair.AssertAliveAsync();
    }

    [Fact]
    public async Task An_endless_answer_ends()
    {
        await using var pair = await SwitchPair.OpenAsync(options => options with { MultipartPartLimit = 10 });
        var answering = AnswerAsync(pair, parts: 20);
        var failure = await Assert.ThrowsAsync<UnexpectedReplyException>(async () =>
        {
            await foreach (var flow in pair.Connection.StreamFlowsAsync())
            {
                Assert.NotNull(flow);
            }
        });
        Assert.Contains("endless MORE flag?", failure.Message, StringComparison.Ordinal);
        await answering;
        await pair.AssertAliveAsync();
    }

    [Fact]
    public async Task A_lost_connection_ends_the_reading_with_its_reason()
    {
        await using var pair = await SwitchPair.OpenAsync();
        var reading = Assert.ThrowsAsync<ConnectionClosedException>(async () =>
        {
            await foreach (var flow in pair.Connection.StreamFlowsAsync())
            {
                Assert.NotNull(flow);
            }
        });
        var (_, transaction) = await pair.Peer.ReceiveAsync<FlowStatsRequest>();
        await pair.Peer.SendAsync(Part(0, hasMore: true), transaction);
        pair.Peer.Dispose();
        await reading;
    }

    private static async Task AnswerAsync(SwitchPair pair, int parts, Action<int>? sent = null)
    {
        var (_, transaction) = await pair.Peer.ReceiveAsync<FlowStatsRequest>();
        for (var part = 0; part < parts; part++)
        {
            await pair.Peer.SendAsync(Part(part, part < parts - 1), transaction);
            sent?.Invoke(part);
        }
    }

    private static FlowStatsReply Part(int number, bool hasMore) =>
        new([.. Enumerable.Range(number * RulesPerPart, RulesPerPart).Select(i => new FlowStats { Priority = (ushort)i })])
        {
            Flags = hasMore ? MultipartFlags.More : MultipartFlags.None,
        };
}

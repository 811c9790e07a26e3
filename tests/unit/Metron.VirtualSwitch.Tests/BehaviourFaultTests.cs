using Metron.OpenFlow;

namespace Metron.VirtualSwitch.Tests;

/// <summary>Faults after the greeting: what a caller of the library sees of each. Beside it, an honest switch goes on.</summary>
public sealed class BehaviourFaultTests
{
    private static readonly FlowMod[] Rules = [.. Enumerable.Range(1, 10).Select(i => new FlowMod { Cookie = (ulong)i, Priority = (ushort)i })];

    [Fact]
    public async Task A_refused_barrier_leaves_no_success_to_claim()
    {
        await using var world = await FaultyBesideHonest.OpenAsync();
        var (_, connection) = await world.GreetAsync(new Faults { Barriers = BarrierFault.Refused });
        var error = await Assert.ThrowsAsync<OpenFlowErrorException>(() => connection.SendAllAsync(Rules, Deadline.Token));
        Assert.Equal("OFPT_BARRIER_REQUEST refused: OFPBRC_BAD_TYPE", error.Message);
        await world.AssertHonestUnaffectedAsync();
    }

    [Fact]
    public async Task A_barrier_that_is_never_answered_is_a_timeout()
    {
        await using var world = await FaultyBesideHonest.OpenAsync(options => options with { RequestTimeout = TimeSpan.FromMilliseconds(400) });
        var (_, connection) = await world.GreetAsync(new Faults { Barriers = BarrierFault.Ignored });
        var error = await Assert.ThrowsAsync<TimeoutException>(() => connection.SendAllAsync(Rules, Deadline.Token));
        Assert.StartsWith("OFPT_BARRIER_REQUEST not answered within 0.4 s", error.Message, StringComparison.Ordinal);
        await world.AssertHonestUnaffectedAsync();
    }

    [Theory]
    [InlineData(BarrierFault.Early)]
    [InlineData(BarrierFault.Reordered)]
    public async Task An_early_barrier_is_seen_by_reading_back_only(BarrierFault fault)
    {
        await using var world = await FaultyBesideHonest.OpenAsync();
        var (faulty, connection) = await world.GreetAsync(new Faults { Barriers = fault, Lag = Timeout.InfiniteTimeSpan });
        var told = await connection.SendAllAsync([.. Rules, .. Rules.Select(rule => rule with { Priority = 99, Cookie = rule.Cookie + 100 })], Deadline.Token);
        Assert.True(told.Succeeded);
        Assert.Empty(await connection.ReadFlowsAsync(FlowFilter.All, Deadline.Token));
        faulty.Settle();
        var flows = await connection.ReadFlowsAsync(FlowFilter.All, Deadline.Token);
        Assert.Equal(11, flows.Count);
        Assert.Equal(fault == BarrierFault.Early ? 110UL : 101UL, flows.Single(flow => flow.Priority == 99).Cookie);
        await world.AssertHonestUnaffectedAsync();
    }

    [Fact]
    public async Task A_late_barrier_is_waited_for()
    {
        await using var world = await FaultyBesideHonest.OpenAsync();
        var (faulty, connection) = await world.GreetAsync(new Faults { Barriers = BarrierFault.Late, Lag = Timeout.InfiniteTimeSpan });
        var sending = connection.SendAllAsync(Rules, Deadline.Token);
        await faulty.WhenAsync(() => faulty.Received.Any(message => message.Type == MessageType.BarrierRequest), Deadline.Token);
        Assert.False(sending.IsCompleted);
        Assert.Equal(Rules.Length, faulty.RuleCount);
        faulty.Settle();
        Assert.True((await sending).Succeeded);
        await world.AssertHonestUnaffectedAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(64)]
    [InlineData(0)]
    public async Task TABLE_FULL_names_the_rules_that_did_not_fit_however_little_of_them_comes_back(int? errorData)
    {
        await using var world = await FaultyBesideHonest.OpenAsync();
        var (faulty, connection) = await world.GreetAsync(new Faults { TableFullAt = 6, ErrorDataLength = errorData });
        var result = await connection.SendAllAsync(Rules, Deadline.Token);
        Assert.Equal([6, 7, 8, 9], result.Failures.Select(failure => failure.Index));
        Assert.All(result.Failures, failure => Assert.Equal("OFPFMFC_TABLE_FULL", failure.Error.Code.Name));
        Assert.Equal(6, faulty.RuleCount);
        await world.AssertHonestUnaffectedAsync();
    }

    [Fact]
    public async Task A_silently_dropped_rule_is_seen_by_reading_back_only()
    {
        await using var world = await FaultyBesideHonest.OpenAsync();
        var (_, connection) = await world.GreetAsync(new Faults { Forgets = rule => rule.Cookie == 4 });
        Assert.True((await connection.SendAllAsync(Rules, Deadline.Token)).Succeeded);
        var cookies = (await connection.ReadFlowsAsync(FlowFilter.All, Deadline.Token)).Select(flow => flow.Cookie).Order().ToArray();
        Assert.Equal([1UL, 2, 3, 5, 6, 7, 8, 9, 10], cookies);
        await world.AssertHonestUnaffectedAsync();
    }

    [Fact]
    public async Task A_connection_lost_inside_a_bundle_leaves_nothing_behind()
    {
        await using var world = await FaultyBesideHonest.OpenAsync();
        var (faulty, connection) = await world.GreetAsync(new Faults { Fate = MessageFates.AbortInBundle(after: 4) });
        await Assert.ThrowsAsync<ConnectionClosedException>(() => connection.ApplyAsync(Rules, Deadline.Token));
        faulty.Faults = Faults.None;
        var again = await world.AcceptAsync();
        Assert.Empty(await again.ReadFlowsAsync(FlowFilter.All, Deadline.Token));
        Assert.True((await again.ApplyAsync(Rules, Deadline.Token)).Succeeded);
        await world.AssertHonestUnaffectedAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_lost_at_any_message_leaves_what_came_before_it(bool isProcessed)
    {
        await using var world = await FaultyBesideHonest.OpenAsync();
        for (var at = 1; at <= Rules.Length + 1; at++)
        {
            var (faulty, connection) = await world.GreetAsync(Faults.None);
            faulty.Faults = new Faults { Fate = MessageFates.AbortAt(faulty.ReceivedCount + at, isProcessed) };
            await Assert.ThrowsAsync<ConnectionClosedException>(() => connection.SendAllAsync(Rules, Deadline.Token));
            var expected = Math.Min(isProcessed ? at : at - 1, Rules.Length);
            Assert.Equal(expected, faulty.RuleCount);
            await faulty.DisposeAsync();
            await connection.DisposeAsync();
            await world.DrainAsync();
        }

        await world.AssertHonestUnaffectedAsync();
    }

    [Fact]
    public async Task An_ignored_echo_ends_the_connection_with_that_reason()
    {
        await using var world = await FaultyBesideHonest.OpenAsync(
            options => options with { EchoInterval = TimeSpan.FromSeconds(2), EchoTimeout = TimeSpan.FromSeconds(2) });
        var (_, connection) = await world.GreetAsync(new Faults { IgnoresEcho = true });
        Assert.StartsWith("no answer to echo, silent for ", (await connection.Closed.WaitAsync(Deadline.Token)).Message, StringComparison.Ordinal);
        await world.AssertHonestUnaffectedAsync();
    }

    [Fact]
    public async Task Statistics_without_end_are_given_up_and_named()
    {
        await using var world = await FaultyBesideHonest.OpenAsync(options => options with { MultipartPartLimit = 50, MultipartByteLimit = 1 << 20 });
        var (_, connection) = await world.GreetAsync(new Faults { EndlessMultipart = true });
        Assert.True((await connection.SendAllAsync(Rules, Deadline.Token)).Succeeded);
        var error = await Assert.ThrowsAsync<UnexpectedReplyException>(() => connection.ReadFlowsAsync(FlowFilter.All, Deadline.Token));
        Assert.EndsWith("(endless MORE flag?)", error.Message, StringComparison.Ordinal);
        await world.AssertHonestUnaffectedAsync();
        Assert.EndsWith("(endless MORE flag?)", (await connection.Closed.WaitAsync(Deadline.Token)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stale_generation_is_an_error_that_names_itself()
    {
        await using var world = await FaultyBesideHonest.OpenAsync();
        var (faulty, connection) = await world.GreetAsync(Faults.None, new EmulatedSwitchOptions { GenerationId = 1000 });
        var error = await Assert.ThrowsAsync<OpenFlowErrorException>(() => connection.RequestRoleAsync(ControllerRole.Master, 999, Deadline.Token));
        Assert.Equal("OFPRRFC_STALE", error.Error.Code.Name);
        Assert.Equal(1000UL, faulty.GenerationId);
        await world.AssertHonestUnaffectedAsync();
    }

    [Fact]
    public async Task An_unknown_field_in_statistics_is_kept()
    {
        await using var world = await FaultyBesideHonest.OpenAsync();
        var (_, connection) = await world.GreetAsync(new Faults { UnknownFieldInStatistics = true });
        Assert.True((await connection.SendAllAsync(Rules, Deadline.Token)).Succeeded);
        var flows = await connection.ReadFlowsAsync(FlowFilter.All, Deadline.Token);
        Assert.All(flows, flow => Assert.Equal("oxm_0x7ffe_5", Assert.Single(flow.Match.Fields).Type.Name));
        await world.AssertHonestUnaffectedAsync();
    }

    [Fact]
    public async Task A_switch_that_reads_nothing_is_given_up_and_named()
    {
        await using var world = await FaultyBesideHonest.OpenAsync(options => options with { SendTimeout = TimeSpan.FromMilliseconds(500) });
        var (_, connection) = await world.GreetAsync(new Faults { ReadsNothingAfter = 2 });
        var payload = EquatableArray.Create<byte>(new byte[60_000]);
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (true)
            {
                await connection.SendAsync(new PacketOut { Packet = payload }, Deadline.Token);
            }
        });
        Assert.StartsWith("the switch does not read: ", (await connection.Closed.WaitAsync(Deadline.Token)).Message, StringComparison.Ordinal);
        await world.AssertHonestUnaffectedAsync();
    }

    [Fact]
    public async Task Slow_answers_are_waited_for()
    {
        await using var world = await FaultyBesideHonest.OpenAsync();
        var (_, connection) = await world.GreetAsync(new Faults { AnswerDelay = TimeSpan.FromMilliseconds(100) });
        Assert.True((await connection.SendAllAsync(Rules, Deadline.Token)).Succeeded);
        await world.AssertHonestUnaffectedAsync();
    }

    [Fact]
    public async Task A_reboot_is_a_lost_connection_and_empty_tables_after_it()
    {
        await using var world = await FaultyBesideHonest.OpenAsync();
        var (faulty, connection) = await world.GreetAsync(Faults.None);
        Assert.True((await connection.SendAllAsync(Rules, Deadline.Token)).Succeeded);
        faulty.Reboot();
        await connection.Closed.WaitAsync(Deadline.Token);
        var again = await world.AcceptAsync();
        Assert.Empty(await again.ReadFlowsAsync(FlowFilter.All, Deadline.Token));
        await world.AssertHonestUnaffectedAsync();
    }
}

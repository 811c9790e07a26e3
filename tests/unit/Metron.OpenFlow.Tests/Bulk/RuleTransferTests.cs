using System.Globalization;

namespace Metron.OpenFlow.Tests.Bulk;

/// <summary>Sending many rules: window, barriers, what became of each rule, and switches that do not say it.</summary>
[Collection(MemoryCollection.Name)]
public sealed class RuleTransferTests
{
    private static readonly RuleTransferOptions Small = new()
    {
        RulesPerSection = 10,
        RulesInFlight = 30,
        PauseBetweenReads = TimeSpan.FromMilliseconds(1),
        Patience = TimeSpan.FromSeconds(30),
    };

    private static readonly RuleTransferOptions ImpatientReader = Small with { Confirmation = RuleConfirmation.ReadBack, Patience = TimeSpan.Zero };

    [Fact]
    public async Task Rules_arrive_in_order_with_a_barrier_behind_each_section_and_a_window()
    {
        await using var table = await TableSwitch.StartAsync();
        await using var transfer = new RuleTransfer(Rules(95), Small);
        var sections = await ToListAsync(transfer.RunAsync(table.Connection));
        Assert.Equal([0, 10, 20, 30, 40, 50, 60, 70, 80, 90], sections.Select(section => section.First));
        Assert.Equal(5, sections[^1].Rules.Count);
        Assert.All(sections, section => Assert.Equal((0, RuleConfirmation.Barrier), (section.Failures.Count, section.ConfirmedBy)));
        Assert.Equal(Rules(95), table.Rules);
        Assert.Equal([10, 20, 30, 40, 50, 60, 70, 80, 90, 95], table.RulesAtBarrier);
        Assert.Equal((95, 95), (transfer.Sent, transfer.Confirmed));
    }

    [Fact]
    public async Task No_more_rules_than_the_window_are_sent_without_an_answer()
    {
        await using var table = await TableSwitch.StartAsync(
            TableSwitch.With(answersBarrier: _ => false), options => options with { RequestTimeout = TimeSpan.FromMilliseconds(300) });
        var taken = 0;
        await using var transfer = new RuleTransfer(Rules(1000).Select(rule => (taken++, rule).rule), Small);
        await using var sections = transfer.RunAsync(table.Connection).GetAsyncEnumerator();
        Assert.True(await sections.MoveNextAsync());
        Assert.Equal(30, taken);
        Assert.Equal((30, 10), (transfer.Sent, transfer.Confirmed));
    }

    [Fact]
    public async Task Beside_traffic_sections_go_one_by_one_and_grow_while_the_switch_is_quick()
    {
        await using var table = await TableSwitch.StartAsync();
        await using var transfer = new RuleTransfer(Rules(300), new RuleTransferOptions { RulesPerSection = 96, TargetSectionTime = TimeSpan.FromMinutes(1) });
        var sections = await ToListAsync(transfer.RunAsync(table.Connection));
        Assert.Equal([32, 64, 96, 96, 12], sections.Select(section => section.Rules.Count));
        Assert.Equal([0, 32, 96, 192, 288, 300], table.RulesAtBarrier);
        Assert.Equal(Rules(300), table.Rules);
    }

    [Fact]
    public async Task Beside_traffic_a_switch_that_has_no_barriers_is_read_back()
    {
        await using var table = await TableSwitch.StartAsync(TableSwitch.With(refusesBarriers: true));
        await using var transfer = new RuleTransfer(Rules(60), Small with { RulesPerSection = 50, TargetSectionTime = TimeSpan.FromMilliseconds(5) });
        var sections = await ToListAsync(transfer.RunAsync(table.Connection));
        Assert.All(sections, section => Assert.Equal((0, RuleConfirmation.ReadBack), (section.Failures.Count, section.ConfirmedBy)));
        Assert.Equal([50, 10], sections.Select(section => section.Rules.Count));
        Assert.Equal(Rules(60), table.Rules);
    }

    [Fact]
    public async Task A_refused_rule_is_named_with_its_error_and_its_neighbours_are_applied()
    {
        await using var table = await TableSwitch.StartAsync(
            TableSwitch.With(refuses: rule => rule.Priority % 20 == 7 ? OpenFlowErrorCode.FlowTableFull : null));
        await using var transfer = new RuleTransfer(Rules(50), Small);
        var failures = await transfer.CompleteAsync(table.Connection);
        Assert.Equal([7, 27, 47], failures.Select(failure => failure.Index));
        Assert.All(failures, failure => Assert.Equal((RuleOutcome.Refused, OpenFlowErrorCode.FlowTableFull), (failure.Outcome, failure.Error!.Code)));
        Assert.All(failures, failure => Assert.Equal(failure.Index, failure.Rule.Priority));
        Assert.Equal(47, table.Rules.Count);
    }

    [Fact]
    public async Task A_barrier_that_is_not_answered_in_time_leaves_its_section_unknown_until_it_is_read()
    {
        await using var table = await TableSwitch.StartAsync(
            TableSwitch.With(dropsSilently: rule => rule.Priority == 13, answersBarrier: barrier => barrier != 1),
            options => options with { RequestTimeout = TimeSpan.FromMilliseconds(300) });
        await using var transfer = new RuleTransfer(Rules(40), Small with { Patience = TimeSpan.Zero });
        var sections = await ToListAsync(transfer.RunAsync(table.Connection));
        Assert.Equal(RuleConfirmation.ReadBack, sections[1].ConfirmedBy);
        Assert.Equal(RuleOutcome.Missing, sections[1].OutcomeOf(3));
        Assert.Equal(RuleOutcome.Applied, sections[1].OutcomeOf(4));
        Assert.All(sections.Where((_, i) => i != 1), section => Assert.Equal(RuleConfirmation.Barrier, section.ConfirmedBy));
        Assert.Equal("rule 13: taken without an error, but not there", sections[1].Failures.Single().ToString()[..46]);
    }

    [Fact]
    public async Task A_switch_without_barriers_is_read_back()
    {
        await using var table = await TableSwitch.StartAsync(TableSwitch.With(refusesBarriers: true, refuses: rule => rule.Priority == 5 ? OpenFlowErrorCode.FlowTableFull : null));
        await using var transfer = new RuleTransfer(Rules(60), Small);
        var sections = await ToListAsync(transfer.RunAsync(table.Connection));
        Assert.True(transfer.BarriersMissing);
        Assert.All(sections, section => Assert.Equal(RuleConfirmation.ReadBack, section.ConfirmedBy));
        Assert.Equal([5L], sections.SelectMany(section => section.Failures).Select(failure => failure.Index));
        Assert.Equal(6, table.Reads);
        Assert.Equal(60, transfer.Confirmed);
    }

    [Fact]
    public async Task A_switch_that_answers_barriers_early_is_read_until_the_rules_are_there()
    {
        await using var table = await TableSwitch.StartAsync(TableSwitch.With(readsUntilInForce: 3));
        await using var transfer = new RuleTransfer(Rules(10), Small with { Confirmation = RuleConfirmation.ReadBack });
        Assert.Empty(await transfer.CompleteAsync(table.Connection));
        Assert.Equal((4, 0, 10), (table.Reads, table.Barriers, table.Rules.Count));
    }

    [Fact]
    public async Task Reading_back_asks_only_for_what_the_section_s_cookies_and_tables_share()
    {
        await using var table = await TableSwitch.StartAsync();
        await using var transfer = new RuleTransfer(Rules(3).Select(rule => rule with { Table = 4, Cookie = 0x4d01_0000_0000_0100UL | rule.Priority }), ImpatientReader);
        Assert.Empty(await transfer.CompleteAsync(table.Connection));
        var filter = Assert.Single(table.Filters);
        Assert.Equal(((byte)4, 0x4d01_0000_0000_0100UL, ~3UL), (filter.Table, filter.Cookie, filter.CookieMask));
    }

    [Fact]
    public async Task Deletions_are_read_back_too()
    {
        await using var table = await TableSwitch.StartAsync(
            TableSwitch.With(dropsSilently: rule => rule is { Command: FlowModCommand.DeleteStrict, Priority: 2 }));
        var rules = Rules(6).ToList();
        FlowMod[] messages =
        [
            .. rules,
            .. rules.Take(4).Select(rule => rule with { Command = FlowModCommand.DeleteStrict, CookieMask = ulong.MaxValue, Instructions = default }),
            new FlowMod { Command = FlowModCommand.Delete, Table = TableNumber.All, Cookie = rules[5].Cookie, CookieMask = ulong.MaxValue },
        ];
        await using var transfer = new RuleTransfer(messages, ImpatientReader with { RulesPerSection = 6 });
        var sections = await ToListAsync(transfer.RunAsync(table.Connection));
        Assert.Equal([6, 4, 1], sections.Select(section => section.Rules.Count));
        Assert.Equal([(8L, RuleOutcome.Missing)], sections.SelectMany(section => section.Failures).Select(failure => (failure.Index, failure.Outcome)));
        Assert.Equal([rules[2], rules[4]], table.Rules);
    }

    [Fact]
    public async Task A_rule_with_other_actions_in_its_place_is_missing()
    {
        await using var table = await TableSwitch.StartAsync(TableSwitch.With(dropsSilently: rule => rule.Instructions.IsEmpty));
        var rule = Rules(1).Single();
        await using var before = new RuleTransfer([rule], ImpatientReader);
        Assert.Empty(await before.CompleteAsync(table.Connection));
        await using var after = new RuleTransfer([rule with { Instructions = default }], ImpatientReader);
        Assert.Equal(RuleOutcome.Missing, Assert.Single(await after.CompleteAsync(table.Connection)).Outcome);
    }

    [Fact]
    public async Task A_message_about_many_rules_goes_alone()
    {
        await using var table = await TableSwitch.StartAsync();
        FlowMod[] messages = [.. Rules(15), new FlowMod { Command = FlowModCommand.Delete, Table = TableNumber.All }, .. Rules(15)];
        await using var transfer = new RuleTransfer(messages, Small);
        var sections = await ToListAsync(transfer.RunAsync(table.Connection));
        Assert.Equal([10, 5, 1, 10, 5], sections.Select(section => section.Rules.Count));
        Assert.Equal([10, 15, 16, 26, 31], table.RulesAtBarrier);
        Assert.Equal(15, table.Rules.Count);
    }

    [Fact]
    public async Task After_a_lost_connection_the_transfer_goes_on_at_the_first_rule_that_is_not_known()
    {
        await using var first = await TableSwitch.StartAsync(TableSwitch.With(closesAfterRules: 47, answersBarrier: barrier => barrier < 2));
        var taken = 0;
        await using var transfer = new RuleTransfer(Rules(95).Select(rule => (taken++, rule).rule), Small);
        await Assert.ThrowsAsync<ConnectionClosedException>(() => transfer.CompleteAsync(first.Connection));
        Assert.Equal((50, 20, 50), (transfer.Sent, transfer.Confirmed, taken));

        await using var second = await TableSwitch.StartAsync();
        var sections = await ToListAsync(transfer.RunAsync(second.Connection));
        Assert.Equal(20, sections[0].First);
        Assert.Equal(Rules(95).Skip(20), second.Rules);
        Assert.Equal((95, 95, 95), (transfer.Sent, transfer.Confirmed, taken));
    }

    [Fact]
    public async Task A_switch_that_answers_nothing_ends_the_transfer_and_nothing_is_guessed()
    {
        await using var pair = await Connections.SwitchPair.OpenAsync(options => options with { RequestTimeout = TimeSpan.FromMilliseconds(200) });
        await using var transfer = new RuleTransfer(Rules(40), Small);
        await Assert.ThrowsAsync<TimeoutException>(() => transfer.CompleteAsync(pair.Connection));
        Assert.Equal((30, 0), (transfer.Sent, transfer.Confirmed));
    }

    [Fact]
    public async Task A_million_rules_need_no_more_memory_than_the_window()
    {
        const int Count = 1_000_000;
        await using var pair = await Connections.SwitchPair.OpenAsync();
        var answering = AnswerBarriersAsync(pair.Peer.Stream);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;
        await using (var transfer = new RuleTransfer(Rules(Count)))
        {
            var sections = 0;
            await foreach (var section in transfer.RunAsync(pair.Connection))
            {
                Assert.Empty(section.Failures);
                if (++sections % 200 == 0)
                {
                    most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
                }
            }

            Assert.Equal(Count, transfer.Confirmed);
        }

        Assert.InRange(most, 0, 16 << 20);
        await pair.Connection.DisposeAsync();
        await answering;
    }

    private static async Task AnswerBarriersAsync(Stream stream)
    {
        var buffer = new byte[1 << 20];
        var held = 0;
        try
        {
            while (await stream.ReadAsync(buffer.AsMemory(held)) is > 0 and var read)
            {
                held += read;
                var offset = 0;
                while (held - offset >= 8 && ((buffer[offset + 2] << 8) | buffer[offset + 3]) is var length && held - offset >= length)
                {
                    if (buffer[offset + 1] == (byte)MessageType.BarrierRequest)
                    {
                        await stream.WriteAsync(new byte[] { buffer[offset], (byte)MessageType.BarrierReply, 0, 8 }.Concat(buffer[(offset + 4)..(offset + 8)]).ToArray());
                    }

                    offset += length;
                }

                buffer.AsSpan(offset, held - offset).CopyTo(buffer);
                held -= offset;
            }
        }
        catch (IOException)
        {
            // The connection is closed.
        }
    }

    private static IEnumerable<FlowMod> Rules(int count) => Enumerable.Range(0, count).Select(i => new FlowMod
    {
        Cookie = 0x4d00_0000_0000_0000UL | (uint)i,
        Priority = (ushort)i,
        Match = Match.Of(OxmField.EthernetType(0x0800), OxmField.Ipv4Source(System.Net.IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"10.{(i >> 16) & 255}.{(i >> 8) & 255}.{i & 255}")), 32)),
        Instructions = [new ApplyActionsInstruction([new OutputAction(1)])],
    });

    private static async Task<List<T>> ToListAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items)
        {
            list.Add(item);
        }

        return list;
    }
}

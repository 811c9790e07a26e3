using Metron.OpenFlow;

namespace Metron.Offload.Tests;

public class SwitchDiffTests
{
    private static readonly SwitchRule Stage = Rule(1, 5, RuleRole.Stage, 10, OxmField.Metadata(7));
    private static readonly SwitchRule Entrance = Rule(0, 20000, RuleRole.Entrance, 11, OxmField.InPort(1));
    private static readonly SwitchRule Tag = Rule(0, 40000, RuleRole.Tag, 12, OxmField.InPort(10), OxmField.VlanId(5));

    [Fact]
    public void Nothing_is_sent_when_the_switch_has_what_it_should() =>
        Assert.True(SwitchDiff.Compare([Stage, Entrance, Tag], [Installed(Tag), Installed(Stage), Installed(Entrance)]).IsEmpty);

    [Fact]
    public void Stages_and_tags_are_added_before_entrances()
    {
        var change = SwitchDiff.Compare([Entrance, Stage, Tag], []);

        Assert.Equal(["add stages and tags", "add entrances"], change.Phases.Select(phase => phase.Name));
        Assert.Equal([Stage.Flow, Tag.Flow], change.Phases[0].FlowMods);
        Assert.Equal([Entrance.Flow], change.Phases[1].FlowMods);
    }

    [Fact]
    public void What_is_stale_goes_last_entrances_first_and_only_by_its_own_cookie()
    {
        var staleStage = Installed(Rule(2, 5, RuleRole.Stage, 20, OxmField.Metadata(3)));
        var staleEntrance = Installed(Rule(0, 20000, RuleRole.Entrance, 21, OxmField.InPort(2)));
        var change = SwitchDiff.Compare([Stage], [staleStage, staleEntrance]);

        Assert.Equal(["add stages and tags", "delete entrances", "delete the rest"], change.Phases.Select(phase => phase.Name));
        var deletion = Assert.Single(change.Phases[1].FlowMods);
        Assert.Equal(FlowModCommand.DeleteStrict, deletion.Command);
        Assert.Equal((staleEntrance.Cookie, ulong.MaxValue), (deletion.Cookie, deletion.CookieMask));
        Assert.Equal((staleEntrance.Table, staleEntrance.Priority, staleEntrance.Match), (deletion.Table, deletion.Priority, deletion.Match));
        Assert.Equal(staleStage.Match, Assert.Single(change.Phases[2].FlowMods).Match);
    }

    [Fact]
    public void A_rule_that_another_revision_of_the_chain_installed_stays_as_it_is()
    {
        var change = SwitchDiff.Compare([Entrance], [Installed(Entrance) with { Cookie = new Cookie(1, 1, 99).Value }]);

        Assert.True(change.IsEmpty);
    }

    [Fact]
    public void A_rule_of_another_chain_is_replaced_by_adding_over_it()
    {
        var change = SwitchDiff.Compare([Entrance], [Installed(Entrance) with { Cookie = new Cookie(2, 1, 11).Value }]);

        Assert.Equal([Entrance.Flow], Assert.Single(change.Phases).FlowMods);
    }

    [Fact]
    public void A_rule_that_does_something_else_is_replaced()
    {
        var change = SwitchDiff.Compare([Entrance], [Installed(Entrance) with { Instructions = [new GotoTableInstruction(9)] }]);

        Assert.Equal([Entrance.Flow], Assert.Single(change.Phases).FlowMods);
    }

    [Fact]
    public void Rules_of_others_are_left_alone_and_not_written_over()
    {
        var foreign = Installed(Entrance) with { Cookie = 0x1234 };
        var change = SwitchDiff.Compare([Entrance], [foreign, Installed(Stage) with { Cookie = 0 }]);

        Assert.True(change.IsEmpty);
        Assert.Equal([Entrance], change.Conflicts);
    }

    [Fact]
    public void A_match_is_the_same_whatever_the_order_of_its_fields()
    {
        var rule = Rule(0, 3, RuleRole.Entrance, 1, OxmField.InPort(1), OxmField.EthernetType(0x800), OxmField.TcpSource(0, 0));
        var reordered = Installed(rule) with { Match = new Match([OxmField.EthernetType(0x800), OxmField.InPort(1)]) };

        Assert.True(SwitchDiff.Compare([rule], [reordered]).IsEmpty);
    }

    [Fact]
    public void A_cookie_holds_chain_revision_and_purpose()
    {
        var cookie = new Cookie(0x123456, 0x789a, 0xbcde);

        Assert.Equal(0x4d123456789abcdeUL, cookie.Value);
        Assert.True(Cookie.TryRead(cookie.Value, out var read));
        Assert.Equal(cookie, read);
        Assert.False(Cookie.IsOurs(0x4e00000000000000));
    }

    private static SwitchRule Rule(byte table, ushort priority, RuleRole role, ushort purpose, params OxmField[] fields) => new(
        new FlowMod
        {
            Table = table,
            Priority = priority,
            Cookie = new Cookie(1, 2, purpose).Value,
            Match = Match.Of(fields),
            Instructions = [new ApplyActionsInstruction([new OutputAction(3)])],
        },
        role,
        "chain",
        "test");

    private static InstalledRule Installed(SwitchRule rule) =>
        new(rule.Flow.Table, rule.Flow.Priority, rule.Flow.Match, rule.Flow.Cookie, rule.Flow.Instructions);
}

using Metron.Controller.Reconciliation;
using Metron.Controller.Switches;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Controller.Tests.Reconciliation;

public class TableFillingTests
{
    [Fact]
    public void A_table_holds_what_was_in_it_when_the_first_rule_was_refused_without_what_is_foreign()
    {
        var filling = new TableFilling([Installed(Rule(1, 1)), Installed(Rule(1, 2)), Installed(Rule(1, 3) with { Cookie = 7 }), Installed(Rule(2, 1))]);
        FlowMod[] messages = [Deletion(Rule(1, 1)), Rule(1, 2), Rule(1, 4), Rule(1, 5), Rule(2, 9), Rule(1, 6), Rule(1, 7)];

        var found = filling.Follow(messages, [Full(messages[5]), Full(messages[6])]);

        // 2, which was replaced, 4 and 5 are ours in table 1; 3 is not.
        Assert.Equal([(1, 3)], found.Select(table => ((int)table.Key, table.Value)));
    }

    [Fact]
    public void Other_errors_say_nothing_about_room()
    {
        var message = Rule(1, 1);
        Assert.Empty(new TableFilling([]).Follow([message], [new RefusedRule(message, "OFPFMFC_UNKNOWN") { Code = OpenFlowErrorCode.BadType }]));
        Assert.Empty(new TableFilling([]).Follow([message], [new RefusedRule(message, "missing")]));
    }

    [Fact]
    public void What_a_refused_bundle_added_does_not_count_later()
    {
        var filling = new TableFilling([Installed(Rule(1, 1))]);
        FlowMod[] bundle = [Rule(1, 2), Rule(1, 3)];
        Assert.Equal(2, filling.Follow(bundle, [Full(bundle[1])], atOnce: true)[1]);

        FlowMod[] after = [Rule(1, 4), Rule(1, 5)];
        Assert.Equal(2, filling.Follow(after, [Full(after[1])])[1]);
    }

    private static FlowMod Rule(byte table, ushort priority) => new() { Table = table, Priority = priority, Cookie = new Cookie(1, 1, 1).Value };

    private static FlowMod Deletion(FlowMod rule) => rule with { Command = FlowModCommand.DeleteStrict, CookieMask = ulong.MaxValue };

    private static InstalledRule Installed(FlowMod rule) => new(rule.Table, rule.Priority, rule.Match, rule.Cookie, rule.Instructions);

    private static RefusedRule Full(FlowMod message) => new(message, "OFPFMFC_TABLE_FULL") { Code = OpenFlowErrorCode.FlowTableFull };
}

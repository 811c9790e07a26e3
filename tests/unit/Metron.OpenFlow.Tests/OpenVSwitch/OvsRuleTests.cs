using System.Net;
using Metron.OpenFlow.Tests.Samples;

namespace Metron.OpenFlow.Tests.OpenVSwitch;

/// <summary>Rules, groups, bundles and statistics on a real Open vSwitch.</summary>
public sealed class OvsRuleTests(OvsDaemons ovs) : IClassFixture<OvsDaemons>
{
    private static readonly FlowMod BadRule = Rule(999) with { Instructions = [new ApplyActionsInstruction([new GroupAction(4711)])] };

    public static TheoryData<OpenFlowVersion> Versions => [OpenFlowVersion.OpenFlow13, OpenFlowVersion.OpenFlow14, OpenFlowVersion.OpenFlow15];

    [OvsTheory]
    [MemberData(nameof(Versions))]
    public async Task Every_match_and_action_that_the_switch_knows_reads_back_as_it_was_written(OpenFlowVersion version)
    {
        await using var session = await OvsSession.OpenAsync(ovs, version);
        string[] others = ["action-ttl", "action-vlan", "action-mpls", "action-set-field", "action-output", "instruction-metadata-all", "flow-drop"];
        var rules = Sample.All(version)
            .Where(sample => sample.OvsReads && (sample.Name.StartsWith("match-", StringComparison.Ordinal) || others.Contains(sample.Name)))
            .Select((sample, i) => (FlowMod)sample.Message with { Cookie = (ulong)i + 1, Priority = (ushort)(i + 1) })
            .ToList();
        var result = await session.Connection.SendAllAsync(rules);
        Assert.True(result.Succeeded, result.ToString());

        var flows = (await session.Connection.ReadFlowsAsync()).ToDictionary(flow => flow.Cookie);
        Assert.Equal(rules.Count, flows.Count);
        foreach (var rule in rules)
        {
            Assert.Equal(rule.Match.Canonical(), flows[rule.Cookie].Match.Canonical());
            Assert.Equal(rule.Instructions, flows[rule.Cookie].Instructions);
        }
    }

    [OvsTheory]
    [MemberData(nameof(Versions))]
    public async Task Rules_are_added_changed_and_deleted_by_cookie_mask(OpenFlowVersion version)
    {
        await using var session = await OvsSession.OpenAsync(ovs, version);
        var connection = session.Connection;
        var full = Rule(7) with
        {
            Cookie = 0x0100_0000_0000_0001,
            Table = 3,
            IdleTimeoutSeconds = 1000,
            HardTimeoutSeconds = 2000,
            Flags = FlowModFlags.SendFlowRemoved,
            Importance = version >= OpenFlowVersion.OpenFlow14 ? (ushort)9 : (ushort)0,
        };
        Assert.True((await connection.SendAllAsync([full, Rule(8) with { Cookie = 0x0100_0000_0000_0002 }, Rule(9) with { Cookie = 0x0200_0000_0000_0003 }])).Succeeded);

        var read = Assert.Single(await connection.ReadFlowsAsync(new FlowFilter { Table = 3 }));
        Assert.Equal(
            new FlowStats
            {
                Table = 3,
                Cookie = full.Cookie,
                Priority = 7,
                IdleTimeoutSeconds = 1000,
                HardTimeoutSeconds = 2000,
                Flags = full.Flags,
                Importance = full.Importance,
                Match = full.Match,
                Instructions = full.Instructions,
            },
            read with { Age = default, IdleTime = null });
        Assert.Equal(full, read.ToFlowMod());
        Assert.Equal(2, (await connection.ReadFlowsAsync(new FlowFilter { Cookie = 0x01UL << 56, CookieMask = 0xffUL << 56 })).Count);

        var change = Rule(8) with { Command = FlowModCommand.ModifyStrict, Instructions = [new GotoTableInstruction(5)] };
        Assert.True((await connection.SendAllAsync([change])).Succeeded);
        Assert.Equal(change.Instructions, (await connection.ReadFlowsAsync()).Single(flow => flow.Priority == 8).Instructions);

        var delete = new FlowMod { Command = FlowModCommand.Delete, Table = TableNumber.All, Cookie = 0x01UL << 56, CookieMask = 0xffUL << 56 };
        Assert.True((await connection.SendAllAsync([delete])).Succeeded);
        Assert.Equal(9, Assert.Single(await connection.ReadFlowsAsync()).Priority);
        var aggregate = await connection.RequestAllAsync(new AggregateStatsRequest(FlowFilter.All));
        Assert.Equal(1U, Assert.Single(aggregate).FlowCount);
    }

    [OvsTheory]
    [MemberData(nameof(Versions))]
    public async Task Errors_are_attributed_to_the_rules_that_the_switch_refused(OpenFlowVersion version)
    {
        await using var session = await OvsSession.OpenAsync(ovs, version);
        ovs.Configure("--", "--id=@table", "create", "Flow_Table", "flow_limit=3", "overflow_policy=refuse", "--", "set", "bridge", session.Bridge, "flow_tables:0=@table");
        FlowMod[] rules =
        [
            Rule(1), BadRule, Rule(2), Rule(3), Rule(4), Rule(5) with { Table = 9, Match = new Match([OxmField.TcpSource(80)]) },
            Rule(6) with { Table = 9 }, Rule(6) with { Table = 9, Flags = FlowModFlags.CheckOverlap, Match = Match.Any },
        ];
        var result = await session.Connection.SendAllAsync(rules);
        Assert.Equal(
            ["1 OFPBAC_BAD_OUT_GROUP", "4 OFPFMFC_TABLE_FULL", "5 OFPBMC_BAD_PREREQ", "7 OFPFMFC_OVERLAP"],
            result.Failures.OrderBy(failure => failure.Index).Select(failure => $"{failure.Index} {failure.Error.Code.Name}"));
        Assert.Equal(4, (await session.Connection.ReadFlowsAsync()).Count);
    }

    [OvsTheory]
    [MemberData(nameof(Versions))]
    public async Task A_bundle_with_a_refused_rule_changes_nothing(OpenFlowVersion version)
    {
        await using var session = await OvsSession.OpenAsync(ovs, version);
        var connection = session.Connection;
        Assert.True((await connection.ApplyBundleAsync([Rule(1)])).Succeeded);
        Assert.True(connection.SupportsBundles);

        var delete = new FlowMod { Command = FlowModCommand.Delete, Table = TableNumber.All };
        var result = await connection.ApplyBundleAsync([delete, Rule(2), BadRule, Rule(3)]);
        Assert.Equal((false, true), (result.Succeeded, result.AsBundle));
        var failure = Assert.Single(result.Failures);
        Assert.Equal((2, "OFPBAC_BAD_OUT_GROUP"), (failure.Index, failure.Error.Code.Name));
        Assert.Equal(1, Assert.Single(await connection.ReadFlowsAsync()).Priority);

        Assert.True((await connection.ApplyAsync([delete, Rule(2), Rule(3)])).Succeeded);
        Assert.Equal([2, 3], (await connection.ReadFlowsAsync()).Select(flow => (int)flow.Priority).Order());
    }

    [OvsTheory]
    [MemberData(nameof(Versions))]
    public async Task A_bundle_takes_ten_thousand_rules(OpenFlowVersion version)
    {
        const int Count = 10_000;
        await using var session = await OvsSession.OpenAsync(ovs, version);
        var rules = Enumerable.Range(0, Count).Select(i => new FlowMod
        {
            Cookie = (ulong)i,
            Priority = 100,
            Match = Match.Of(
                OxmField.EthernetType(0x0800),
                OxmField.IpProtocol(17),
                OxmField.Ipv4Destination(new IPAddress([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i])),
                OxmField.UdpDestination((ushort)i)),
            Instructions = [new ApplyActionsInstruction([new SetFieldAction(OxmField.EthernetDestination(new HardwareAddress((ulong)i))), new OutputAction(1)])],
        }).ToList();
        var result = await session.Connection.ApplyBundleAsync(rules);
        Assert.True(result.Succeeded, result.ToString());

        var flows = await session.Connection.ReadFlowsAsync();
        Assert.Equal(Count, flows.Count);
        var byCookie = flows.ToDictionary(flow => flow.Cookie);
        Assert.All(rules, rule => Assert.Equal((rule.Match.Canonical(), rule.Instructions), (byCookie[rule.Cookie].Match.Canonical(), byCookie[rule.Cookie].Instructions)));
        Assert.Equal((uint)Count, (await session.Connection.ReadTableStatsAsync()).Single(table => table.Table == 0).ActiveCount);
    }

    [OvsTheory]
    [MemberData(nameof(Versions))]
    public async Task Table_features_of_more_than_a_megabyte_are_collected(OpenFlowVersion version)
    {
        await using var session = await OvsSession.OpenAsync(ovs, version);
        var parts = await session.Connection.RequestAllAsync(new TableFeaturesRequest());
        Assert.InRange(parts.Sum(part => OpenFlowCodec.Encode(part, version, 1).Length), 1_000_000, 10_000_000);
        var tables = parts.SelectMany(part => part.Tables).ToList();
        Assert.Equal(Enumerable.Range(0, 254), tables.Select(table => (int)table.Table));
        Assert.All(tables, table =>
        {
            Assert.True(table.CanMask(Oxm.TcpDestination), "TCP ports under a mask");
            Assert.True(table.CanMask(Oxm.TcpFlags));
            Assert.True(table.CanMask(Oxm.IpFragment));
            Assert.True(table.CanMatch(Oxm.EthernetType) && !table.CanMask(Oxm.EthernetType));
            Assert.False(table.CanMatch(Oxm.PbbServiceId));
        });
    }

    [OvsTheory]
    [MemberData(nameof(Versions))]
    public async Task Groups_are_added_read_changed_and_deleted(OpenFlowVersion version)
    {
        await using var session = await OvsSession.OpenAsync(ovs, version);
        var connection = session.Connection;
        GroupMod[] groups =
        [
            new(GroupModCommand.Add, GroupKind.All, 1, [new Bucket { Actions = [new OutputAction(1)] }, new Bucket { Actions = [new OutputAction(2)] }]),
            new(GroupModCommand.Add, GroupKind.Select, 2, [new Bucket { Weight = 30, Actions = [new OutputAction(1)] }, new Bucket { Weight = 70, Actions = [new OutputAction(2)] }]),
            new(GroupModCommand.Add, GroupKind.Indirect, 3, [new Bucket { Actions = [new PopVlanAction(), new OutputAction(4)] }]),
            new(GroupModCommand.Add, GroupKind.FastFailover, 4, [new Bucket { WatchPort = 1, Actions = [new OutputAction(1)] }]),
        ];
        var result = await connection.ApplyAsync([.. groups, Rule(1) with { Instructions = [new ApplyActionsInstruction([new GroupAction(2)])] }]);
        Assert.True(result.Succeeded, result.ToString());

        var read = (await connection.ReadGroupsAsync()).OrderBy(group => group.Group).ToList();
        Assert.Equal(groups.Select(group => new GroupDescription(group.Kind, group.Group, group.Buckets)), read);
        var counters = Assert.Single(await connection.ReadGroupStatsAsync(2));
        Assert.Equal((2U, 1U, 2), (counters.Group, counters.ReferenceCount, counters.Buckets.Count));

        var refused = await connection.SendAllAsync([groups[0], new GroupMod(GroupModCommand.Modify, GroupKind.All, 99)]);
        Assert.Equal([OpenFlowErrorCode.GroupExists, OpenFlowErrorCode.GroupUnknown], refused.Failures.Select(failure => failure.Error.Code));

        Assert.True((await connection.SendAllAsync([new GroupMod(GroupModCommand.Delete, GroupKind.All, GroupNumber.All)])).Succeeded);
        Assert.Empty(await connection.ReadGroupsAsync());
        Assert.Empty(await connection.ReadFlowsAsync());
        var features = Assert.Single(await connection.RequestAllAsync(new GroupFeaturesRequest()));
        Assert.Equal(0xfU, features.Kinds);
    }

    [OvsTheory]
    [MemberData(nameof(Versions))]
    public async Task The_rest_of_the_switch_s_state_is_read_and_written(OpenFlowVersion version)
    {
        await using var session = await OvsSession.OpenAsync(ovs, version);
        var connection = session.Connection;
        ovs.AddPort(session.Bridge, $"{session.Bridge}p2", 2);
        Assert.Equal("Nicira, Inc.", (await connection.ReadDescriptionAsync()).Manufacturer);

        await connection.SendAsync(new SetConfig(FragmentTreatment.Drop, 77));
        Assert.Equal(new GetConfigReply(FragmentTreatment.Drop, 77), await connection.RequestAsync(new GetConfigRequest()));

        var port = (await connection.ReadPortsAsync()).Single(candidate => candidate.Number == 2);
        Assert.Equal(($"{session.Bridge}p2", true), (port.Name, port.IsUp));
        var down = new PortMod { Port = 2, HardwareAddress = port.HardwareAddress, Configuration = PortConfiguration.Down, Mask = PortConfiguration.Down };
        Assert.True((await connection.SendAllAsync([down])).Succeeded);
        Assert.False((await connection.ReadPortsAsync()).Single(candidate => candidate.Number == 2).IsUp);
        Assert.Equal(2U, Assert.Single(await connection.ReadPortStatsAsync(2)).Port);
        Assert.Equal(254, (await connection.ReadTableStatsAsync()).Count);

        // Only pairs, with bits that both versions know.
        var masks = Enum.GetValues<AsyncKind>().Take(6).Select(kind => new AsyncMask(kind, kind < AsyncKind.PortStatusSlave ? 1U : 3U)).ToEquatableArray();
        Assert.True((await connection.SendAllAsync([new SetAsync(new AsyncConfiguration(masks))])).Succeeded);
        var read = (await connection.RequestAsync(new GetAsyncRequest())).Configuration;
        Assert.All(masks, mask => Assert.Equal(mask.Reasons, read[mask.Kind]));
    }

    [OvsFact]
    public async Task Eviction_is_switched_on_by_table_in_1_4()
    {
        await using var session = await OvsSession.OpenAsync(ovs, OpenFlowVersion.OpenFlow14);
        var connection = session.Connection;
        Assert.True((await connection.SendAllAsync([new TableMod(new TableSettings { Table = 6, Configuration = TableConfiguration.Eviction })])).Succeeded);
        var tables = (await connection.RequestAllAsync(new TableDescriptionRequest())).SelectMany(part => part.Tables).ToList();
        Assert.Equal(TableConfiguration.Eviction, tables.Single(table => table.Table == 6).Configuration);
        Assert.Equal(TableConfiguration.None, tables.Single(table => table.Table == 7).Configuration);
    }

    private static FlowMod Rule(ushort priority) => new()
    {
        Cookie = priority,
        Priority = priority,
        Match = Match.Of(OxmField.InPort(priority)),
        Instructions = [new ApplyActionsInstruction([new OutputAction(1)])],
    };
}

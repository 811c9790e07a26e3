using System.Net;
using Metron.OpenFlow;

namespace Metron.VirtualSwitch.Tests;

/// <summary>Without faults the emulated switch does what the standard says, over a socket and the library's connection.</summary>
public sealed class HonestSwitchTests
{
    private static readonly Match ToServer = Match.Of(OxmField.EthernetType(0x0800), OxmField.Ipv4Destination(IPAddress.Parse("192.0.2.1")));

    [Theory]
    [InlineData(OpenFlowVersion.OpenFlow10)]
    [InlineData(OpenFlowVersion.OpenFlow13)]
    [InlineData(OpenFlowVersion.OpenFlow14)]
    [InlineData(OpenFlowVersion.OpenFlow15)]
    public async Task Rules_are_added_read_back_and_forward_packets(OpenFlowVersion version)
    {
        await using var pair = await SwitchAndLibrary.OpenAsync(new EmulatedSwitchOptions { DatapathId = 0x1234, Versions = VersionSet.Of(version) }, options => options with { Versions = VersionSet.Of(version) });
        Assert.Equal(version, pair.Connection.Version);
        Assert.Equal(0x1234UL, pair.Connection.DatapathId);
        var rule = Forward(ToServer, 2) with { Cookie = 77 };
        Assert.Empty((await pair.Connection.ApplyAsync([rule], Deadline.Token)).Failures);

        var read = Assert.Single(await pair.Connection.ReadFlowsAsync(FlowFilter.All, Deadline.Token));
        Assert.Equal(rule, read.ToFlowMod());
        Assert.Equal([2U], pair.Switch.Inject(1, Frames.Udp("192.0.2.1", 53)).Outputs.Select(output => output.Port));
        Assert.True(pair.Switch.Ask(1, Frames.Udp("192.0.2.2", 53)).IsDropped);
        Assert.Equal(8, (await pair.Connection.ReadPortsAsync(Deadline.Token)).Count);
        Assert.Equal("OFPBAC_BAD_OUT_PORT", Assert.Single((await pair.Connection.SendAllAsync([Wrong("OFPBAC_BAD_OUT_PORT")], Deadline.Token)).Failures).Error.Code.Name);
        Assert.Equal(1UL, Assert.Single(await pair.Connection.ReadFlowsAsync(FlowFilter.All, Deadline.Token)).PacketCount);
    }

    [Fact]
    public async Task An_added_rule_takes_the_place_of_one_of_the_same_match_and_priority_and_keeps_its_counters()
    {
        await using var pair = await SwitchAndLibrary.OpenAsync();
        await pair.Connection.ApplyAsync([Forward(ToServer, 2)], Deadline.Token);
        pair.Switch.Inject(1, Frames.Udp("192.0.2.1", 53));
        await pair.Connection.ApplyAsync([Forward(ToServer, 3) with { Cookie = 9 }], Deadline.Token);
        var rule = Assert.Single(pair.Switch.Rules);
        Assert.Equal((9UL, 1UL), (rule.Cookie, rule.PacketCount));
        Assert.Equal(3U, pair.Switch.Ask(1, Frames.Udp("192.0.2.1", 53)).Outputs[0].Port);
        await pair.Connection.ApplyAsync([Forward(ToServer, 3) with { Flags = FlowModFlags.ResetCounts }], Deadline.Token);
        Assert.Equal(0UL, Assert.Single(pair.Switch.Rules).PacketCount);
    }

    [Fact]
    public async Task Deletions_take_what_is_within_the_match_or_exactly_it_and_keep_to_cookies_and_outputs()
    {
        await using var pair = await SwitchAndLibrary.OpenAsync();
        var wide = Match.Of(OxmField.EthernetType(0x0800));
        var rules = new[]
        {
            Forward(wide, 1) with { Cookie = 0x10, Priority = 1 },
            Forward(ToServer, 2) with { Cookie = 0x11, Priority = 2 },
            Forward(ToServer, 3) with { Cookie = 0x21, Priority = 3 },
            Forward(ToServer, 3) with { Cookie = 0x22, Priority = 4, Table = 5 },
        };
        await Sent(pair, rules);
        await Sent(pair, [new FlowMod { Command = FlowModCommand.DeleteStrict, Priority = 1, Match = ToServer }]);
        Assert.Equal(4, pair.Switch.RuleCount);
        await Sent(pair, [new FlowMod { Command = FlowModCommand.Delete, Table = TableNumber.All, Cookie = 0x20, CookieMask = 0xf0, OutPort = 2 }]);
        Assert.Equal(4, pair.Switch.RuleCount);
        await Sent(pair, [new FlowMod { Command = FlowModCommand.Delete, Table = TableNumber.All, Cookie = 0x20, CookieMask = 0xf0 }]);
        Assert.Equal([0x10UL, 0x11], pair.Switch.Rules.Select(rule => rule.Cookie).Order().ToArray());
        await Sent(pair, [new FlowMod { Command = FlowModCommand.Delete, Match = wide }]);
        Assert.Equal(0, pair.Switch.RuleCount);
    }

    [Fact]
    public async Task A_modification_changes_what_is_there_and_adds_nothing()
    {
        await using var pair = await SwitchAndLibrary.OpenAsync();
        await Sent(pair, [Forward(ToServer, 2) with { Command = FlowModCommand.Modify }]);
        Assert.Equal(0, pair.Switch.RuleCount);
        await Sent(pair, [Forward(ToServer, 2) with { Cookie = 5 }, Forward(Match.Any, 4) with { Command = FlowModCommand.Modify, Cookie = 6 }]);
        var rule = Assert.Single(pair.Switch.Rules);
        Assert.Equal((5UL, Forward(Match.Any, 4).Instructions), (rule.Cookie, rule.Instructions));
    }

    [Theory]
    [InlineData("OFPFMFC_OVERLAP")]
    [InlineData("OFPFMFC_BAD_TABLE_ID")]
    [InlineData("OFPBMC_BAD_PREREQ")]
    [InlineData("OFPBMC_DUP_FIELD")]
    [InlineData("OFPBMC_BAD_FIELD")]
    [InlineData("OFPBMC_BAD_MASK")]
    [InlineData("OFPBAC_BAD_OUT_PORT")]
    [InlineData("OFPBAC_BAD_OUT_GROUP")]
    [InlineData("OFPBAC_MATCH_INCONSISTENT")]
    [InlineData("OFPBIC_BAD_TABLE_ID")]
    [InlineData("OFPMMFC_UNKNOWN_METER")]
    public async Task What_is_wrong_with_a_rule_is_refused_by_its_name(string error)
    {
        await using var pair = await SwitchAndLibrary.OpenAsync();
        await Sent(pair, [Forward(ToServer, 2)]);
        var result = await pair.Connection.SendAllAsync([Wrong(error)], cancellation: Deadline.Token);
        Assert.Equal(error, Assert.Single(result.Failures).Error.Code.Name);
        Assert.Equal(1, pair.Switch.RuleCount);
    }

    [Theory]
    [InlineData(OpenFlowVersion.OpenFlow13)]
    [InlineData(OpenFlowVersion.OpenFlow14)]
    [InlineData(OpenFlowVersion.OpenFlow15)]
    public async Task A_bundle_is_carried_out_whole_or_not_at_all(OpenFlowVersion version)
    {
        await using var pair = await SwitchAndLibrary.OpenAsync(new EmulatedSwitchOptions { Versions = VersionSet.Of(version) });
        var result = await pair.Connection.ApplyAsync([Forward(ToServer, 2), Wrong("OFPBAC_BAD_OUT_PORT")], Deadline.Token);
        Assert.Equal("OFPBAC_BAD_OUT_PORT", Assert.Single(result.Failures).Error.Code.Name);
        Assert.Equal(0, pair.Switch.RuleCount);
        Assert.Empty((await pair.Connection.ApplyAsync([Forward(ToServer, 2), Forward(Match.Any, 3)], Deadline.Token)).Failures);
        Assert.Equal(2, pair.Switch.RuleCount);
    }

    [Fact]
    public async Task A_stale_generation_is_refused_and_a_new_master_makes_the_old_one_a_slave()
    {
        await using var pair = await SwitchAndLibrary.OpenAsync();
        await using var second = await pair.ConnectAgainAsync();
        await pair.Connection.RequestAsync(new RoleRequest(ControllerRole.Master, 10), Deadline.Token);
        Assert.Equal(new RoleReply(ControllerRole.Master, 11), await second.RequestAsync(new RoleRequest(ControllerRole.Master, 11), Deadline.Token));
        Assert.Equal([ControllerRole.Slave, ControllerRole.Master], pair.Switch.Controllers.Select(controller => controller.Role));

        var refused = await pair.Connection.SendAllAsync([Forward(ToServer, 2)], cancellation: Deadline.Token);
        Assert.Equal(OpenFlowErrorCode.IsSlave, Assert.Single(refused.Failures).Error.Code);
        var stale = await Assert.ThrowsAsync<OpenFlowErrorException>(
            () => pair.Connection.RequestAsync(new RoleRequest(ControllerRole.Master, 10), Deadline.Token));
        Assert.Equal(OpenFlowErrorCode.RoleStale, stale.Error.Code);
    }

    [Fact]
    public async Task A_packet_out_to_the_tables_comes_back_as_a_packet_in()
    {
        await using var pair = await SwitchAndLibrary.OpenAsync();
        await Sent(pair,
        [
            new FlowMod { Match = ToServer, Cookie = 3, Table = 4, Instructions = [new ApplyActionsInstruction([OutputAction.ToController])] },
            new FlowMod { Priority = 0, Instructions = [new WriteMetadataInstruction(5), new GotoTableInstruction(4)] },
        ]);
        var frame = Frames.Udp("192.0.2.1", 53);
        await pair.Connection.SendAsync(
            new PacketOut { InPort = 1, Actions = [new OutputAction(PortNumber.Table)], Packet = EquatableArray.Create<byte>(frame) }, Deadline.Token);
        var packet = Assert.IsType<PacketIn>((await pair.Connection.PacketIns.ReadAsync(Deadline.Token)).Message);
        Assert.Equal(((byte)4, 3UL, PacketInReason.Action), (packet.Table, packet.Cookie, packet.Reason));
        Assert.Equal(Match.Of(OxmField.InPort(1), OxmField.Metadata(5)), packet.Match);
        Assert.Equal(frame, packet.Packet.ToArray());
    }

    [Fact]
    public async Task Groups_copy_or_fail_over()
    {
        await using var pair = await SwitchAndLibrary.OpenAsync();
        await Sent(pair,
        [
            new GroupMod(GroupModCommand.Add, GroupKind.All, 1, [Bucket(2), Bucket(3)]),
            new GroupMod(GroupModCommand.Add, GroupKind.FastFailover, 2, [Bucket(4) with { WatchPort = 4 }, Bucket(5) with { WatchPort = 5 }]),
            new FlowMod { Instructions = [new ApplyActionsInstruction([new GroupAction(1), new GroupAction(2)])] },
        ]);
        Assert.Equal([2U, 3, 4], Ports(pair.Switch));
        pair.Switch.SetLink(4, isThere: false);
        Assert.Equal([2U, 3, 5], Ports(pair.Switch));
        await Sent(pair, [new GroupMod(GroupModCommand.Delete, GroupKind.All, GroupNumber.All)]);
        Assert.Equal(0, pair.Switch.RuleCount);
    }

    [Fact]
    public async Task Statistics_come_in_parts()
    {
        await using var pair = await SwitchAndLibrary.OpenAsync(new EmulatedSwitchOptions { RulesPerPart = 7 });
        var rules = Enumerable.Range(0, 100).Select(i => Forward(ToServer, 2) with { Priority = (ushort)i }).ToList();
        await Sent(pair, rules);
        Assert.Equal(rules, (await pair.Connection.ReadFlowsAsync(FlowFilter.All, Deadline.Token)).Select(flow => flow.ToFlowMod()).OrderBy(flow => flow.Priority));
        Assert.Equal(254, (await pair.Connection.RequestAllAsync(new TableFeaturesRequest(), Deadline.Token)).Sum(part => part.Tables.Count));
    }

    private static IEnumerable<uint> Ports(EmulatedSwitch emulated) => emulated.Ask(1, Frames.Udp("192.0.2.9", 1)).Outputs.Select(output => output.Port);

    private static Bucket Bucket(uint port) => new() { Actions = [new OutputAction(port)] };

    private static FlowMod Forward(Match match, uint port) =>
        new() { Match = match, Instructions = [new ApplyActionsInstruction([new OutputAction(port)])] };

    private static async Task Sent(SwitchAndLibrary pair, IReadOnlyList<OpenFlowMessage> messages) =>
        Assert.Empty((await pair.Connection.SendAllAsync(messages, cancellation: Deadline.Token)).Failures);

    private static FlowMod Wrong(string error) => error switch
    {
        "OFPFMFC_OVERLAP" => Forward(Match.Of(OxmField.InPort(1)), 2) with { Flags = FlowModFlags.CheckOverlap },
        "OFPFMFC_BAD_TABLE_ID" => Forward(ToServer, 2) with { Table = 254 },
        "OFPBMC_BAD_PREREQ" => Forward(Match.Of(OxmField.TcpDestination(80)), 2),
        "OFPBMC_DUP_FIELD" => Forward(new Match([OxmField.InPort(1), OxmField.InPort(2)]), 2),
        "OFPBMC_BAD_FIELD" => Forward(new Match([new OxmField(new OxmType(0x7000, 1), [1, 2], HasMask: false)]), 2),
        "OFPBMC_BAD_MASK" => Forward(new Match([new OxmField(Oxm.InPort, [0, 0, 0, 1, 0, 0, 0, 1], HasMask: true)]), 2),
        "OFPBAC_BAD_OUT_PORT" => Forward(ToServer, 99),
        "OFPBAC_BAD_OUT_GROUP" => new FlowMod { Instructions = [new ApplyActionsInstruction([new GroupAction(9)])] },
        "OFPBAC_MATCH_INCONSISTENT" => new FlowMod { Instructions = [new ApplyActionsInstruction([new SetFieldAction(OxmField.VlanId(5))])] },
        "OFPBIC_BAD_TABLE_ID" => new FlowMod { Table = 3, Instructions = [new GotoTableInstruction(3)] },
        "OFPMMFC_UNKNOWN_METER" => new FlowMod { Instructions = [new MeterInstruction(1)] },
        _ => throw new ArgumentOutOfRangeException(nameof(error)),
    };
}

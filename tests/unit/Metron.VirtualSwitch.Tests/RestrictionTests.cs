using System.Net;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.VirtualSwitch.Tests;

/// <summary>What a profile lacks is refused with the error that the standard has for it; what it has works.</summary>
public sealed class RestrictionTests
{
    private static readonly FlowMod Plain = new() { Match = Match.Of(OxmField.InPort(1)), Instructions = [new ApplyActionsInstruction([new OutputAction(2)])] };

    private static readonly SwitchProfile SingleTable = new()
    {
        Name = "single table without masks",
        Tables =
        [
            new TableProfile(0)
            {
                Capacity = 3,
                Match =
                [
                    new FieldProfile(Oxm.InPort, MaskSupport.Exact),
                    new FieldProfile(Oxm.EthernetType, MaskSupport.Exact),
                    new FieldProfile(Oxm.Ipv4Source, MaskSupport.Prefix),
                    new FieldProfile(Oxm.Ipv4Destination, MaskSupport.Exact),
                ],
                Actions = [ActionType.Output, ActionType.SetField],
                SetFields = [Oxm.EthernetDestination],
            },
        ],
        Metadata = false,
        Bundles = false,
        Meters = false,
        Groups = [],
        RuleCounters = false,
    };

    [Theory]
    [InlineData("another table", "OFPFMFC_BAD_TABLE_ID")]
    [InlineData("goto", "OFPBIC_BAD_TABLE_ID")]
    [InlineData("metadata", "OFPBIC_UNSUP_METADATA")]
    [InlineData("field", "OFPBMC_BAD_FIELD")]
    [InlineData("mask", "OFPBMC_BAD_MASK")]
    [InlineData("mask that is no prefix", "OFPBMC_BAD_MASK")]
    [InlineData("action", "OFPBAC_BAD_TYPE")]
    [InlineData("set-field", "OFPBAC_BAD_SET_TYPE")]
    [InlineData("a fourth rule", "OFPFMFC_TABLE_FULL")]
    [InlineData("group", "OFPGMFC_BAD_TYPE")]
    public async Task What_the_profile_lacks_is_refused_by_its_name(string what, string error)
    {
        await using var pair = await SwitchAndLibrary.OpenAsync(new EmulatedSwitchOptions { Profile = SingleTable });
        var messages = Lacking(what).ToArray();
        var result = await pair.Connection.SendAllAsync(messages, Deadline.Token);
        var failure = Assert.Single(result.Failures);
        Assert.Equal((messages.Length - 1, error), (failure.Index, failure.Error.Code.Name));
        Assert.Equal(messages.Length - 1, pair.Switch.RuleCount);
    }

    [Fact]
    public async Task What_the_profile_has_works_and_counters_that_it_lacks_are_all_ones()
    {
        await using var pair = await SwitchAndLibrary.OpenAsync(new EmulatedSwitchOptions { Profile = SingleTable });
        var prefix = Plain with { Match = Match.Of(OxmField.EthernetType(0x0800), OxmField.Ipv4Source(IPAddress.Parse("10.0.0.0"), 8)) };
        var rewrite = Plain with
        {
            Priority = 1,
            Instructions = [new ApplyActionsInstruction([new SetFieldAction(OxmField.EthernetDestination(HardwareAddress.Parse("02:00:00:00:00:09"))), new OutputAction(3)])],
        };
        Assert.True((await pair.Connection.SendAllAsync([prefix, rewrite], Deadline.Token)).Succeeded);
        var output = Assert.Single(pair.Switch.Inject(1, Frames.Udp("192.0.2.1", 1)).Outputs);
        Assert.Equal((3U, 9), (output.Port, (int)output.Frame[5]));
        Assert.All(await pair.Connection.ReadFlowsAsync(FlowFilter.All, Deadline.Token), flow => Assert.Equal(ulong.MaxValue, flow.PacketCount));
        var features = Assert.Single(await pair.Connection.ReadTableFeaturesAsync(Deadline.Token));
        Assert.Equal(3U, features.MaximumEntries);
        Assert.True(features.CanMask(Oxm.Ipv4Source));
        Assert.False(features.CanMask(Oxm.Ipv4Destination));
        Assert.False(features.CanMatch(Oxm.Metadata));
    }

    [Theory]
    [InlineData(OpenFlowVersion.OpenFlow13)]
    [InlineData(OpenFlowVersion.OpenFlow14)]
    public async Task Without_bundles_the_library_sends_in_order(OpenFlowVersion version)
    {
        await using var pair = await SwitchAndLibrary.OpenAsync(new EmulatedSwitchOptions { Profile = SingleTable, Versions = VersionSet.Of(version) });
        var result = await pair.Connection.ApplyAsync([Plain], Deadline.Token);
        Assert.True(result is { Succeeded: true, AsBundle: false });
    }

    [Fact]
    public async Task A_table_of_same_fields_takes_no_others()
    {
        var profile = new SwitchProfile { Name = "exact match", Tables = [new TableProfile(0) { SameFieldsOnly = true }, new TableProfile(1)] };
        await using var pair = await SwitchAndLibrary.OpenAsync(new EmulatedSwitchOptions { Profile = profile });
        var other = Plain with { Match = Match.Of(OxmField.InPort(1), OxmField.EthernetType(0x0800)) };
        var result = await pair.Connection.SendAllAsync([Plain, Plain with { Match = Match.Of(OxmField.InPort(2)) }, other, other with { Table = 1 }], Deadline.Token);
        Assert.Equal((2, "OFPBMC_BAD_WILDCARDS"), (Assert.Single(result.Failures).Index, result.Failures[0].Error.Code.Name));
    }

    private static IEnumerable<OpenFlowMessage> Lacking(string what) => what switch
    {
        "another table" => [Plain with { Table = 1 }],
        "goto" => [Plain with { Instructions = [new GotoTableInstruction(1)] }],
        "metadata" => [Plain with { Instructions = [new WriteMetadataInstruction(1)] }],
        "field" => [Plain with { Match = Match.Of(OxmField.VlanId(5)) }],
        "mask" => [Plain with { Match = Match.Of(OxmField.EthernetType(0x0800), OxmField.Ipv4Destination(IPAddress.Parse("10.0.0.0"), 8)) }],
        "mask that is no prefix" =>
            [Plain with { Match = Match.Of(OxmField.EthernetType(0x0800), OxmField.Masked(Oxm.Ipv4Source, 0x0a000001, 0xff0000ff)) }],
        "action" => [Plain with { Instructions = [new ApplyActionsInstruction([new PushVlanAction()])] }],
        "set-field" =>
            [Plain with { Instructions = [new ApplyActionsInstruction([new SetFieldAction(OxmField.EthernetSource(new HardwareAddress(5)))])] }],
        "a fourth rule" => Enumerable.Range(1, 4).Select(priority => Plain with { Priority = (ushort)priority }),
        "group" => [new GroupMod(GroupModCommand.Add, GroupKind.Indirect, 1, [new Bucket { Actions = [new OutputAction(2)] }])],
        _ => throw new ArgumentOutOfRangeException(nameof(what)),
    };
}

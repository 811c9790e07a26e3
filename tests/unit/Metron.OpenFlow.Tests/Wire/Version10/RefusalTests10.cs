using System.Net;

namespace Metron.OpenFlow.Tests.Wire.Version10;

/// <summary>What OpenFlow 1.0 cannot say is refused by name, and never sent as something else.</summary>
public sealed class RefusalTests10
{
    private static readonly FlowMod Udp = new() { Match = Match.Of(OxmField.EthernetType(0x0800), OxmField.IpProtocol(17)) };

    public static TheoryData<string, FlowMod> Rules { get; } = new()
    {
        { "table 3 cannot be named", new FlowMod { Table = 3 } },
        { "cookie mask 0xff", new FlowMod { Command = FlowModCommand.Delete, CookieMask = 0xff } },
        { "out_group 7", new FlowMod { Command = FlowModCommand.Delete, OutGroup = 7 } },
        { "flags NoPacketCounts", new FlowMod { Flags = FlowModFlags.NoPacketCounts } },
        { "flags ResetCounts", new FlowMod { Command = FlowModCommand.Modify, Flags = FlowModFlags.ResetCounts } },
        { "port 65280", new FlowMod { OutPort = 65280 } },
        { "instruction goto_table:3", new FlowMod { Instructions = [new GotoTableInstruction(3)] } },
        { "instruction meter:4", new FlowMod { Instructions = [new MeterInstruction(4), new ApplyActionsInstruction([])] } },
        { "instruction write_actions(output:1)", new FlowMod { Instructions = [new WriteActionsInstruction([new OutputAction(1)])] } },
        { "a second list of actions", new FlowMod { Instructions = [new ApplyActionsInstruction([]), new ApplyActionsInstruction([])] } },
        { "match metadata=0x5", Matching(OxmField.Metadata(5)) },
        { "match ipv6_dst=2001:db8::1", Matching(OxmField.EthernetType(0x86dd), OxmField.Ipv6Destination(IPAddress.Parse("2001:db8::1"))) },
        { "match ip_proto=6 cannot be expressed in OpenFlow 1.0: it needs eth_type=0x0800", Matching(OxmField.EthernetType(0x86dd), OxmField.IpProtocol(6)) },
        { "match tcp_dst=80 cannot be expressed in OpenFlow 1.0: it needs ip_proto=6", Udp with { Match = Udp.Match.With(OxmField.TcpDestination(80)) } },
        { "match udp_dst=0x8000/0xff00 cannot be expressed in OpenFlow 1.0: the field takes no mask", Udp with { Match = Udp.Match.With(OxmField.UdpDestination(0x8000, 0xff00)) } },
        { "an address takes only a prefix", Udp with { Match = Udp.Match.With(OxmField.Masked(Oxm.Ipv4Source, 5, 0xff)) } },
        { "the field takes no mask", Matching(OxmField.EthernetSource(new HardwareAddress(4), new HardwareAddress(0xff))) },
        { "any VLAN of one priority", Matching(OxmField.VlanPresent()) },
        { "only one VLAN", Matching(OxmField.Masked(Oxm.VlanId, 0x1100, 0x1f00)) },
        { "without a VLAN tag there is no priority", Matching(OxmField.VlanPriority(3)) },
        { "without a VLAN tag there is no priority", Matching(OxmField.VlanAbsent(), OxmField.VlanPriority(3)) },
        { "the field is there twice", new FlowMod { Match = new Match([OxmField.InPort(1), OxmField.InPort(2)]) } },
        { "the operation has 8 bits", Matching(OxmField.EthernetType(0x0806), OxmField.ArpOperation(256)) },
        { "port 65300", Matching(OxmField.InPort(65300)) },
        { "match tcp_flags=0x2", Udp with { Match = Udp.Match.With(OxmField.TcpFlags(2)) } },
        { "action group:7", Acting(new GroupAction(7)) },
        { "action dec_ttl", Acting(new DecrementNetworkTtlAction()) },
        { "action push_mpls:0x8847", Acting(new PushMplsAction()) },
        { "action push_vlan:0x88a8", Acting(new PushVlanAction(0x88a8)) },
        { "match vlan_vid=0x0 to have none", Acting(new PushVlanAction(), new SetFieldAction(OxmField.VlanId(5))) },
        { "match a VLAN, or push a tag first", Acting(new SetFieldAction(OxmField.VlanId(5))) },
        { "action set_field:5->tcp_dst cannot be expressed in OpenFlow 1.0: it would change other protocols as well; match ip_proto=6", Acting(new SetFieldAction(OxmField.TcpDestination(5))) },
        { "action set_field:1->ip_ecn", Acting(new SetFieldAction(OxmField.IpEcn(1))) },
        { "action output:FLOOD cannot be expressed in OpenFlow 1.0: a queue needs one port", Acting(new SetQueueAction(1), new OutputAction(PortNumber.Flood)) },
        { "a VLAN number has 12 bits", Acting(new SetVlanIdAction(4096)) },
        { "a priority has 3 bits", Acting(new SetVlanPriorityAction(8)) },
    };

    public static TheoryData<string, OpenFlowMessage> Messages { get; } = new()
    {
        { "OFPT_GROUP_MOD does not exist in OpenFlow 1.0", new GroupMod(GroupModCommand.Delete, GroupKind.All, 1) },
        { "OFPT_TABLE_MOD", new TableMod(new TableSettings()) },
        { "OFPT_ROLE_REQUEST", new RoleRequest(ControllerRole.Master, 1) },
        { "OFPT_BUNDLE_CONTROL", new BundleControl(1, BundleControlKind.OpenRequest, BundleFlags.Atomic) },
        { "OFPST_PORT_DESC request", new PortDescriptionRequest() },
        { "OFPST_GROUP_DESC reply", new GroupDescriptionReply([]) },
        { "cookie mask 0x1", new FlowStatsRequest(new FlowFilter { CookieMask = 1 }) },
        { "port features FullDuplex40Gb", new PortMod { Advertise = PortFeatures.FullDuplex40Gb | PortFeatures.Copper } },
        { "property_0x1(02) of a port", new PortMod { Properties = [new OpenFlowProperty(1, [2])] } },
        { "error OFPFMFC_BAD_TABLE_ID does not exist in OpenFlow 1.0", new ErrorMessage(OpenFlowErrorCode.FlowBadTable) },
    };

    [Theory]
    [MemberData(nameof(Rules), DisableDiscoveryEnumeration = true)]
    public void A_rule_that_1_0_lacks_is_refused_by_name(string problem, FlowMod rule) => AssertRefused(problem, rule);

    [Theory]
    [MemberData(nameof(Messages), DisableDiscoveryEnumeration = true)]
    public void A_message_that_1_0_lacks_is_refused_by_name(string problem, OpenFlowMessage message) => AssertRefused(problem, message);

    [Fact]
    public void What_only_1_0_has_is_refused_by_later_versions()
    {
        var error = Assert.Throws<OpenFlowEncodeException>(() => OpenFlowCodec.Encode(Acting(new EnqueueAction(1, 2)), OpenFlowVersion.OpenFlow13, 1));
        Assert.Equal("action enqueue:1:2 exists only in OpenFlow 1.0", error.Message);
    }

    [Theory]
    [InlineData("message type of a later version", 1, 23)]
    [InlineData("flow-mod flags", 71, 8)]
    [InlineData("flow-mod command", 56, 1)]
    [InlineData("VLAN number", 26, 0x10)]
    [InlineData("VLAN priority", 28, 8)]
    [InlineData("ICMP type", 44, 1)]
    [InlineData("length of an action", 75, 0)]
    [InlineData("length of an action", 75, 4)]
    [InlineData("length of an action", 75, 24)]
    public void Bytes_that_1_0_does_not_define_are_refused(string what, int offset, byte value)
    {
        var rule = new FlowMod
        {
            Match = Match.Of(
                OxmField.VlanId(5),
                OxmField.VlanPriority(6),
                OxmField.EthernetType(0x0800),
                OxmField.IpProtocol(1),
                OxmField.Icmpv4Type(0)),
            Instructions = [new ApplyActionsInstruction([new OutputAction(1), new OutputAction(2)])],
        };
        var bytes = OpenFlowCodec.Encode(rule, OpenFlowVersion.OpenFlow10, 1);
        Assert.True(OpenFlowCodec.TryDecode(bytes, out _, out _));
        bytes[offset] = value;
        Assert.False(OpenFlowCodec.TryDecode(bytes, out _, out _), what);
    }

    private static FlowMod Matching(params OxmField[] fields) => new() { Match = Match.Of(fields) };

    private static FlowMod Acting(params OpenFlowAction[] actions) => new() { Instructions = [new ApplyActionsInstruction(actions.ToEquatableArray())] };

    private static void AssertRefused(string problem, OpenFlowMessage message)
    {
        var error = Assert.Throws<OpenFlowEncodeException>(() => OpenFlowCodec.Encode(message, OpenFlowVersion.OpenFlow10, 1));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains("1.0", error.Message, StringComparison.Ordinal);
    }
}

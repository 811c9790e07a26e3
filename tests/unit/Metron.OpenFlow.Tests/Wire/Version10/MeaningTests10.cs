using System.Net;
using Metron.OpenFlow.Tests.Samples;

namespace Metron.OpenFlow.Tests.Wire.Version10;

/// <summary>What the messages of later versions become in OpenFlow 1.0, where it is not the same bytes in another order.</summary>
public sealed class MeaningTests10
{
    [Fact]
    public void Later_ways_to_say_a_match_read_back_in_their_simplest_form()
    {
        var match = new Match(
        [
            OxmField.EthernetType(0x0800),
            new OxmField(Oxm.Ipv4Source, [10, 1, 2, 3, 255, 255, 255, 0], true),
            new OxmField(Oxm.Metadata, [.. new byte[16]], true),
            OxmField.InPort(3),
        ]);
        Assert.Equal(
            Match.Of(OxmField.InPort(3), OxmField.EthernetType(0x0800), OxmField.Ipv4Source(IPAddress.Parse("10.1.2.0"), 24)),
            Again(new FlowMod { Match = match }).Match);
    }

    [Fact]
    public void Fields_that_do_not_apply_are_ignored()
    {
        // Everything counts, but without an Ethernet type of IP there is no protocol, and a missing tag has no priority.
        var bytes = OpenFlowCodec.Encode(new FlowMod(), OpenFlowVersion.OpenFlow10, 1);
        bytes.AsSpan(OpenFlowCodec.HeaderLength, 4).Clear();
        bytes[26] = bytes[27] = 0xff;
        bytes[30] = 0x88;
        bytes[31] = 0xb5;
        Assert.Equal(
            Match.Of(
                OxmField.InPort(0),
                OxmField.EthernetSource(default),
                OxmField.EthernetDestination(default),
                OxmField.EthernetType(0x88b5),
                OxmField.VlanAbsent()),
            ((FlowMod)OpenFlowCodec.Decode(bytes).Message).Match);
    }

    [Fact]
    public void An_output_behind_a_queue_names_the_queue()
    {
        Assert.Equal(
            [new EnqueueAction(1, 7), new EnqueueAction(PortNumber.InPort, 7), OutputAction.ToController],
            Actions(new SetQueueAction(7), new OutputAction(1), new OutputAction(PortNumber.InPort), OutputAction.ToController));
    }

    [Fact]
    public void A_push_alone_adds_VLAN_0()
    {
        var rule = new FlowMod { Match = Match.Of(OxmField.VlanAbsent()), Instructions = [new ApplyActionsInstruction([new PushVlanAction(), new OutputAction(1)])] };
        Assert.Equal([new PushVlanAction(), new SetFieldAction(OxmField.VlanId(0)), new OutputAction(1)], ActionsOf(Again(rule)));
    }

    [Fact]
    public void A_packet_out_tells_by_its_packet_whether_a_tag_is_pushed_or_changed()
    {
        var untagged = new PacketOut { Actions = [new PushVlanAction(), new SetFieldAction(OxmField.VlanId(5))], Packet = [.. new byte[12], 8, 0, 1] };
        Assert.Equal(untagged, Again(untagged));
        var tagged = new PacketOut { Actions = [new SetFieldAction(OxmField.VlanId(5))], Packet = [.. new byte[12], 0x81, 0, 1] };
        Assert.Equal(tagged, Again(tagged));
        Assert.Throws<OpenFlowEncodeException>(() => Again(tagged with { Actions = untagged.Actions }));
        Assert.Throws<OpenFlowEncodeException>(() => Again(untagged with { Actions = tagged.Actions }));
    }

    [Fact]
    public void A_packet_out_may_set_the_ports_of_the_protocol_that_its_sender_knows()
    {
        var packetOut = new PacketOut { Actions = [new SetFieldAction(OxmField.UdpSource(5))] };
        Assert.Equal([new SetTransportSourceAction(5)], Again(packetOut).Actions);
    }

    [Fact]
    public void An_added_rule_starts_its_counters_anew_anyhow() =>
        Assert.Equal(FlowModFlags.SendFlowRemoved, Again(new FlowMod { Flags = FlowModFlags.ResetCounts | FlowModFlags.SendFlowRemoved }).Flags);

    [Fact]
    public void A_deletion_is_of_all_tables() =>
        Assert.Equal(TableNumber.All, Again(new FlowMod { Command = FlowModCommand.DeleteStrict, Table = 0 }).Table);

    [Fact]
    public void What_a_report_has_no_room_for_is_left_out()
    {
        var packetIn = Again(new PacketIn { Table = 3, Cookie = 4, Match = Match.Of(OxmField.InPort(5), OxmField.Metadata(6)), Packet = [7] });
        Assert.Equal((0, ulong.MaxValue, Match.Of(OxmField.InPort(5))), (packetIn.Table, packetIn.Cookie, packetIn.Match));
        var port = new PortDescription
        {
            Number = 1,
            State = PortState.Live,
            Ethernet = new EthernetPort(PortFeatures.FullDuplex40Gb | PortFeatures.Fiber, default, PortFeatures.FullDuplex10Gb, default, 40_000_000, 40_000_000),
        };
        Assert.Equal(
            port with { State = PortState.None, Ethernet = new EthernetPort(PortFeatures.Fiber, default, PortFeatures.FullDuplex10Gb, default, 0, 10_000_000) },
            Again(new PortStatus(PortStatusReason.Add, port)).Port);
    }

    [Fact]
    public void Every_error_of_1_0_has_the_number_of_later_versions_and_its_own_name()
    {
        string[] names =
        [
            "OFPHFC_INCOMPATIBLE", "OFPHFC_EPERM",
            "OFPBRC_BAD_VERSION", "OFPBRC_BAD_TYPE", "OFPBRC_BAD_STAT", "OFPBRC_BAD_VENDOR", "OFPBRC_BAD_SUBTYPE", "OFPBRC_EPERM", "OFPBRC_BAD_LEN",
            "OFPBRC_BUFFER_EMPTY", "OFPBRC_BUFFER_UNKNOWN",
            "OFPBAC_BAD_TYPE", "OFPBAC_BAD_LEN", "OFPBAC_BAD_VENDOR", "OFPBAC_BAD_VENDOR_TYPE", "OFPBAC_BAD_OUT_PORT", "OFPBAC_BAD_ARGUMENT", "OFPBAC_EPERM",
            "OFPBAC_TOO_MANY", "OFPBAC_BAD_QUEUE",
            "OFPFMFC_ALL_TABLES_FULL", "OFPFMFC_OVERLAP", "OFPFMFC_EPERM", "OFPFMFC_BAD_EMERG_TIMEOUT", "OFPFMFC_BAD_COMMAND", "OFPFMFC_UNSUPPORTED",
            "OFPPMFC_BAD_PORT", "OFPPMFC_BAD_HW_ADDR",
            "OFPQOFC_BAD_PORT", "OFPQOFC_BAD_QUEUE", "OFPQOFC_EPERM",
        ];
        (ushort Type, int Codes)[] types = [(0, 2), (1, 9), (2, 9), (3, 6), (4, 2), (5, 3)];
        var wire = types.SelectMany(type => Enumerable.Range(0, type.Codes).Select(code => (type.Type, Code: (ushort)code))).ToList();
        var codes = wire.Select(error => Error10.FromWire(error.Type, error.Code)).ToList();
        Assert.Equal(names, codes.Select(code => code.NameIn(OpenFlowVersion.OpenFlow10)));
        Assert.Equal(wire, codes.Select(Error10.ToWire));
        Assert.Equal(codes.Count, codes.Distinct().Count());
        Assert.Equal("OFPFMFC_TABLE_FULL", OpenFlowErrorCode.FlowTableFull.NameIn(OpenFlowVersion.OpenFlow13));
    }

    [Fact]
    public void Message_types_are_those_of_1_0()
    {
        Assert.Equal("BARRIER_REQUEST", MessageTypeNames.NameOf(1, 18));
        Assert.Equal("MULTIPART_REQUEST", MessageTypeNames.NameOf(4, 18));
        Assert.Equal("TYPE_23", MessageTypeNames.NameOf(1, 23));
        Assert.All(Enumerable.Range(0, 256), type =>
        {
            if (MessageType10.FromWire((byte)type) is { } meant)
            {
                Assert.Equal((byte)type, MessageType10.ToWire(meant));
            }
        });
        var error = new ErrorMessage(OpenFlowErrorCode.BadType, [.. OpenFlowCodec.Encode(new BarrierRequest(), OpenFlowVersion.OpenFlow10, 1)]);
        Assert.Equal(MessageType.BarrierRequest, error.RefusedType);
    }

    private static EquatableArray<OpenFlowAction> Actions(params OpenFlowAction[] actions) =>
        ActionsOf(Again(new FlowMod { Instructions = [new ApplyActionsInstruction(actions.ToEquatableArray())] }));

    private static EquatableArray<OpenFlowAction> ActionsOf(FlowMod rule) => ((ApplyActionsInstruction)Assert.Single(rule.Instructions)).Actions;

    private static T Again<T>(T message)
        where T : OpenFlowMessage =>
        (T)OpenFlowCodec.Decode(new Sample("", message).Encode(OpenFlowVersion.OpenFlow10)).Message;
}

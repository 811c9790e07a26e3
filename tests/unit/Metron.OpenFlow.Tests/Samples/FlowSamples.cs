using System.Net;

namespace Metron.OpenFlow.Tests.Samples;

/// <summary>Rules and groups that together use every match field, action and instruction.</summary>
internal static class FlowSamples
{
    private static readonly HardwareAddress Mac1 = HardwareAddress.Parse("02:11:22:33:44:55");
    private static readonly HardwareAddress Mac2 = HardwareAddress.Parse("06:aa:bb:cc:dd:ee");
    private static readonly HardwareAddress Oui = HardwareAddress.Parse("ff:ff:ff:00:00:00");

    public static IEnumerable<Sample> All(OpenFlowVersion version)
    {
        var is14 = version >= OpenFlowVersion.OpenFlow14;
        return Rules(is14).Concat(Matches()).Concat(Actions()).Concat(Instructions()).Concat(Groups()).Append(Removed(is14));
    }

    /// <summary>A rule with a different value in every field.</summary>
    public static FlowMod TcpRule(bool is14) => new()
    {
        Cookie = 0x0102030405060708,
        Table = 9,
        IdleTimeoutSeconds = 10,
        HardTimeoutSeconds = 11,
        Priority = 12,
        Buffer = 13,
        Flags = FlowModFlags.SendFlowRemoved | FlowModFlags.CheckOverlap,
        Importance = is14 ? (ushort)16 : (ushort)0,
        Match = Match.Of(
            OxmField.InPort(17),
            OxmField.EthernetSource(Mac1),
            OxmField.EthernetDestination(Mac2, Oui),
            OxmField.VlanId(18),
            OxmField.VlanPriority(5),
            OxmField.EthernetType(0x0800),
            OxmField.IpDscp(46),
            OxmField.IpEcn(1),
            OxmField.IpProtocol(6),
            OxmField.Ipv4Source(IPAddress.Parse("10.1.2.0"), 24),
            OxmField.Ipv4Destination(IPAddress.Parse("192.0.2.3")),
            OxmField.TcpSource(1024, 0xfc00),
            OxmField.TcpDestination(443),
            OxmField.TcpFlags(0x002, 0x012)),
        Instructions =
        [
            new MeterInstruction(19),
            new ApplyActionsInstruction([new SetFieldAction(OxmField.EthernetDestination(Mac1)), new OutputAction(20)]),
            new GotoTableInstruction(21),
        ],
    };

    private static IEnumerable<Sample> Rules(bool is14)
    {
        yield return new("flow-add", TcpRule(is14));
        foreach (var command in Enum.GetValues<FlowModCommand>().Where(command => command != FlowModCommand.Add))
        {
            yield return new($"flow-{command}", new FlowMod
            {
                Command = command,
                Cookie = 0x22 + (ulong)command,
                CookieMask = 0xff00ff + (ulong)command,
                Table = command is FlowModCommand.Delete ? TableNumber.All : (byte)command,
                OutPort = command >= FlowModCommand.Delete ? 0x31U : PortNumber.Any,
                OutGroup = command >= FlowModCommand.Delete ? 0x32U : GroupNumber.Any,
                Priority = 0x0303,
                Flags = FlowModFlags.ResetCounts | FlowModFlags.NoPacketCounts | FlowModFlags.NoByteCounts,
                Match = Match.Of(OxmField.VlanAbsent()),
                Instructions = command < FlowModCommand.Delete ? [new ApplyActionsInstruction([new OutputAction(PortNumber.InPort)])] : default,
            });
        }

        yield return new("flow-drop", new FlowMod { Priority = 0 });
        yield return new("flow-unknown-flags", new FlowMod { Command = (FlowModCommand)9, Flags = (FlowModFlags)0x8001 }, OvsReads: false);
    }

    private static IEnumerable<Sample> Matches()
    {
        yield return Matching("udp", Ip(17, OxmField.UdpSource(67), OxmField.UdpDestination(0x8000, 0xff00)));
        yield return Matching("sctp", Ip(132, OxmField.SctpSource(3868), OxmField.SctpDestination(2905, 0x0fff)));
        yield return Matching("icmp", Ip(1, OxmField.Icmpv4Type(3), OxmField.Icmpv4Code(4)));
        yield return Matching("arp", Match.Of(
            OxmField.EthernetType(0x0806),
            OxmField.ArpOperation(2),
            OxmField.Masked(Oxm.ArpSenderIpv4, 0x0a000000, 0xff000000),
            OxmField.Exact(Oxm.ArpTargetIpv4, 0xc0000201),
            OxmField.Exact(Oxm.ArpSenderHardware, Mac1.Value),
            OxmField.Masked(Oxm.ArpTargetHardware, Mac2.Value, Oui.Value)));
        yield return Matching("ipv6", Match.Of(
            OxmField.EthernetType(0x86dd),
            OxmField.IpProtocol(6),
            OxmField.Ipv6Source(IPAddress.Parse("2001:db8:1::"), 48),
            OxmField.Ipv6Destination(IPAddress.Parse("2001:db8:2::5")),
            OxmField.Masked(Oxm.Ipv6FlowLabel, 0x12340, 0xffff0)));
        yield return Matching("nd", Match.Of(
            OxmField.EthernetType(0x86dd),
            OxmField.IpProtocol(58),
            OxmField.Icmpv6Type(135),
            OxmField.Icmpv6Code(0),
            OxmField.Exact(Oxm.NeighbourTarget, (UInt128)0xfe80 << 112 | 7),
            OxmField.Exact(Oxm.NeighbourSourceHardware, Mac1.Value)));
        yield return Matching("na", Match.Of(
            OxmField.EthernetType(0x86dd),
            OxmField.IpProtocol(58),
            OxmField.Icmpv6Type(136),
            OxmField.Icmpv6Code(0),
            OxmField.Exact(Oxm.NeighbourTargetHardware, Mac2.Value)));
        yield return Matching("mpls", Match.Of(
            OxmField.EthernetType(0x8847),
            OxmField.Exact(Oxm.MplsLabel, 0xabcde),
            OxmField.Exact(Oxm.MplsTrafficClass, 6),
            OxmField.Exact(Oxm.MplsBottomOfStack, 1)));
        yield return Matching("tunnel", Match.Of(OxmField.Masked(Oxm.TunnelId, 0x1200, 0xff00), OxmField.Metadata(0xaa00, 0xff00)));
        yield return Matching("fragment", Match.Of(OxmField.EthernetType(0x0800), OxmField.IpFragment(1, 1)));
        yield return Matching("later-fragment", Match.Of(OxmField.EthernetType(0x86dd), OxmField.IpFragment(3)));
        yield return Matching("vlan-any", Match.Of(OxmField.VlanPresent(), OxmField.VlanPriority(3)));
        yield return Matching("rare", Match.Of(
            OxmField.Exact(Oxm.InPhysicalPort, 5),
            OxmField.Masked(Oxm.PbbServiceId, 0x123000, 0xfff000),
            OxmField.Exact(Oxm.PbbUseCustomerAddress, 1),
            OxmField.Masked(Oxm.Ipv6ExtensionHeaders, 0x101, 0x1ff ^ 2)), ovsReads: false);
        yield return Matching("unknown", new Match(
        [
            new OxmField(new OxmType(OxmClass.OpenFlowBasic, 120), [1, 2, 3], false),
            new OxmField(new OxmType(OxmClass.Experimenter, 3, 0x00beef02), [4, 5], true),
            new OxmField(new OxmType(0x1234, 5), [], false),
        ]), ovsReads: false);
    }

    private static IEnumerable<Sample> Actions()
    {
        yield return Acting("output", new OutputAction(1), new OutputAction(PortNumber.Normal), new OutputAction(PortNumber.Controller, 128),
            OutputAction.ToController, new OutputAction(PortNumber.All), new OutputAction(PortNumber.Flood), new OutputAction(PortNumber.Local));
        yield return Acting("queue-group", new SetQueueAction(2), new GroupAction(3), new OutputAction(PortNumber.InPort));
        yield return Acting("vlan", new PushVlanAction(0x88a8), new SetFieldAction(OxmField.VlanId(5)), new PopVlanAction());
        yield return Acting("mpls", new PushMplsAction(0x8848), new SetMplsTtlAction(64), new DecrementMplsTtlAction(), new PopMplsAction(0x86dd));
        yield return new("action-ttl", Rule(Ip(6), new SetNetworkTtlAction(63), new DecrementNetworkTtlAction()));
        yield return Acting("not-in-ovs", false, new CopyTtlOutAction(), new CopyTtlInAction(), new PushPbbAction(), new PopPbbAction());
        yield return Acting("unknown", false, new ExperimenterAction(0x00beef03, [1, 2, 3, 4, 5, 6, 7, 8]), new UnknownAction(99, [9, 9, 9, 9]));
        yield return new("action-set-field", Rule(
            Ip(17, OxmField.UdpSource(1)),
            new SetFieldAction(OxmField.EthernetSource(Mac1)),
            new SetFieldAction(OxmField.Ipv4Source(IPAddress.Parse("10.9.8.7"))),
            new SetFieldAction(OxmField.Ipv4Destination(IPAddress.Parse("10.9.8.6"))),
            new SetFieldAction(OxmField.IpDscp(12)),
            new SetFieldAction(OxmField.UdpSource(4)),
            new SetFieldAction(OxmField.UdpDestination(5)),
            new SetFieldAction(OxmField.Exact(Oxm.TunnelId, 0x77))));
    }

    private static IEnumerable<Sample> Instructions()
    {
        yield return new("instruction-all", new FlowMod
        {
            Table = 1,
            Instructions =
            [
                new MeterInstruction(0x21),
                new ApplyActionsInstruction([new OutputAction(0x22)]),
                new ClearActionsInstruction(),
                new WriteActionsInstruction([new GroupAction(0x23), new SetQueueAction(0x24)]),
                new WriteMetadataInstruction(0x2500, 0xff00),
                new GotoTableInstruction(0x26),
            ],
        });
        yield return new("instruction-metadata-all", new FlowMod { Instructions = [new WriteMetadataInstruction(0x0123456789abcdef)] });
        yield return new(
            "instruction-unknown",
            new FlowMod { Instructions = [new UnknownInstruction(0xffff, [0, 0, 0x23, 0x21]), new UnknownInstruction(0x55, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])] },
            OvsReads: false);
    }

    private static IEnumerable<Sample> Groups()
    {
        yield return new("group-all", new GroupMod(GroupModCommand.Add, GroupKind.All, 1,
            [new Bucket { Actions = [new OutputAction(2)] }, new Bucket { Actions = [new PopVlanAction(), new OutputAction(3)] }]));
        yield return new("group-select", new GroupMod(GroupModCommand.Modify, GroupKind.Select, 4,
            [new Bucket { Weight = 50, Actions = [new OutputAction(5)] }, new Bucket { Weight = 60, Actions = [] }]));
        yield return new("group-indirect", new GroupMod(GroupModCommand.Add, GroupKind.Indirect, 6, [new Bucket { Actions = [new GroupAction(7)] }]));
        yield return new("group-failover", new GroupMod(GroupModCommand.Add, GroupKind.FastFailover, 8,
        [
            new Bucket { WatchPort = 9, Actions = [new OutputAction(10)] },
            new Bucket { WatchGroup = 11, Actions = [new OutputAction(12)] },
        ]));
        yield return new("group-delete-all", new GroupMod(GroupModCommand.Delete, GroupKind.All, GroupNumber.All));
        yield return new("group-unknown", new GroupMod((GroupModCommand)7, (GroupKind)200, 13), OvsReads: false);
    }

    private static Sample Removed(bool is14) => new("flow-removed", new FlowRemoved
    {
        Cookie = 0x1111111122222222,
        Priority = 0x3333,
        Reason = is14 ? FlowRemovedReason.MeterDelete : FlowRemovedReason.HardTimeout,
        Table = 4,
        Age = new FlowAge(5, 600_000_000),
        IdleTimeoutSeconds = 7,
        HardTimeoutSeconds = 8,
        PacketCount = 0x99999999aaaaaaaa,
        ByteCount = 0xbbbbbbbbcccccccc,
        Match = Match.Of(OxmField.InPort(13), OxmField.EthernetType(0x0800)),
    });

    private static Match Ip(byte protocol, params OxmField[] more) =>
        Match.Of([OxmField.EthernetType(0x0800), OxmField.IpProtocol(protocol), .. more]);

    private static Sample Matching(string name, Match match, bool ovsReads = true) =>
        new($"match-{name}", new FlowMod { Match = match, Instructions = [new ApplyActionsInstruction([new OutputAction(1)])] }, ovsReads);

    private static Sample Acting(string name, params OpenFlowAction[] actions) => Acting(name, true, actions);

    private static Sample Acting(string name, bool ovsReads, params OpenFlowAction[] actions) =>
        new($"action-{name}", Rule(Match.Any, actions), ovsReads);

    private static FlowMod Rule(Match match, params OpenFlowAction[] actions) =>
        new() { Match = match, Instructions = [new ApplyActionsInstruction(actions.ToEquatableArray())] };
}

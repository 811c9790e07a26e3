using System.Net;

namespace Metron.OpenFlow.Tests.Samples;

/// <summary>Messages of OpenFlow 1.0: every kind it has, every match field and every action.</summary>
internal static class OneDotZeroSamples
{
    private static readonly HardwareAddress Mac1 = HardwareAddress.Parse("02:11:22:33:44:55");
    private static readonly HardwareAddress Mac2 = HardwareAddress.Parse("06:aa:bb:cc:dd:ee");

    public static IEnumerable<Sample> All() => Session().Concat(Ports()).Concat(Packets()).Concat(Rules()).Concat(Actions()).Concat(Statistics());

    /// <summary>A rule with a different value in every field.</summary>
    public static FlowMod TcpRule { get; } = new()
    {
        Cookie = 0x0102030405060708,
        IdleTimeoutSeconds = 10,
        HardTimeoutSeconds = 11,
        Priority = 12,
        Buffer = 13,
        Flags = FlowModFlags.SendFlowRemoved | FlowModFlags.CheckOverlap,
        Match = Match.Of(
            OxmField.InPort(17),
            OxmField.EthernetSource(Mac1),
            OxmField.EthernetDestination(Mac2),
            OxmField.VlanId(18),
            OxmField.VlanPriority(5),
            OxmField.EthernetType(0x0800),
            OxmField.IpDscp(46),
            OxmField.IpProtocol(6),
            OxmField.Ipv4Source(IPAddress.Parse("10.1.2.0"), 24),
            OxmField.Ipv4Destination(IPAddress.Parse("192.0.2.3")),
            OxmField.TcpSource(1024),
            OxmField.TcpDestination(443)),
        Instructions = [new ApplyActionsInstruction([new SetFieldAction(OxmField.EthernetDestination(Mac1)), new OutputAction(20)])],
    };

    private static IEnumerable<Sample> Session()
    {
        var refused = OpenFlowCodec.Encode(new FlowMod { Priority = 9 }, OpenFlowVersion.OpenFlow10, 0x11);
        yield return new("hello-bare", new Hello([]));
        yield return new("hello-bitmap", Hello.WithVersions(VersionSet.Of(OpenFlowVersion.OpenFlow10, OpenFlowVersion.OpenFlow13)));
        yield return new("echo-request", new EchoRequest([1, 2, 3, 4, 5]));
        yield return new("echo-reply", new EchoReply([6, 7, 8]));
        yield return new("barrier-request", new BarrierRequest());
        yield return new("barrier-reply", new BarrierReply());
        yield return new("vendor", new ExperimenterMessage(0x00beef01, 0x00000203, [0xde, 0xad]), OvsReads: false);
        yield return new("vendor-short", new UnknownMessage(MessageType.Experimenter, [0, 0xbe, 0xef, 1]), OvsReads: false);
        yield return new("features-request", new FeaturesRequest());
        yield return new("features-reply", new FeaturesReply
        {
            DatapathId = 0x0102030405060708,
            BufferCount = 257,
            TableCount = 254,
            Capabilities = SwitchCapabilities.FlowStatistics | SwitchCapabilities.SpanningTree | SwitchCapabilities.ArpMatchIp,
            Actions = 0xfff,
            Ports = [Port(1), Port(2), Port(PortNumber.Local)],
        });
        yield return new("get-config-request", new GetConfigRequest());
        yield return new("get-config-reply", new GetConfigReply(FragmentTreatment.Drop, 0x1234));
        yield return new("set-config", new SetConfig(FragmentTreatment.Reassemble, 0xffe5));
        yield return new("unknown-type", new UnknownMessage((MessageType)77, [9, 8, 7, 6]), OvsReads: false);
        yield return new("error-hello-failed", new ErrorMessage(OpenFlowErrorCode.HelloIncompatible, [.. "no common version"u8]));
        yield return new("error-table-full", new ErrorMessage(OpenFlowErrorCode.FlowTableFull, [.. refused]));
        yield return new("error-overlap", new ErrorMessage(OpenFlowErrorCode.FlowOverlap, [.. refused]));
        yield return new("error-bad-action", new ErrorMessage(new OpenFlowErrorCode(2, 4), [.. refused]));
        yield return new("error-port", new ErrorMessage(new OpenFlowErrorCode(7, 1), [.. refused]));
        yield return new("error-queue", new ErrorMessage(new OpenFlowErrorCode(9, 1), [.. refused]));
        yield return new("error-unknown-code", new ErrorMessage(Error10.FromWire(3, 99), [.. refused]), OvsReads: false);
        yield return new("error-unknown-type", new ErrorMessage(Error10.FromWire(0x1234, 5), [.. refused]), OvsReads: false);
    }

    private static IEnumerable<Sample> Ports()
    {
        yield return new("port-status", new PortStatus(PortStatusReason.Modify, Port(7)));
        yield return new("port-status-blocked", new PortStatus(
            PortStatusReason.Add,
            Port(8) with { State = PortState.Blocked | PortState.SpanningTreeBlocked | PortState.LinkDown, Ethernet = default(EthernetPort) }));
        yield return new("port-mod", new PortMod
        {
            Port = 0x11,
            HardwareAddress = HardwareAddress.Parse("0a:1b:2c:3d:4e:5f"),
            Configuration = PortConfiguration.Down | PortConfiguration.NoFlood,
            Mask = PortConfiguration.Down | PortConfiguration.NoFlood | PortConfiguration.NoPacketIn,
            Advertise = PortFeatures.FullDuplex10Gb | PortFeatures.Copper,
        });
    }

    private static PortDescription Port(uint number) => new()
    {
        Number = number,
        HardwareAddress = new HardwareAddress(0x020000000000UL + (number & 0xffff)),
        Name = $"veth{number & 0xffff}",
        Configuration = PortConfiguration.NoReceive | PortConfiguration.NoFlood,
        State = PortState.LinkDown | PortState.SpanningTreeLearning,
        Ethernet = new EthernetPort(
            PortFeatures.FullDuplex1Gb | PortFeatures.Copper,
            PortFeatures.FullDuplex10Gb | PortFeatures.Fiber,
            PortFeatures.FullDuplex10Gb | PortFeatures.AutoNegotiation,
            PortFeatures.HalfDuplex100Mb | PortFeatures.AsymmetricPause,
            1_000_000,
            10_000_000),
    };

    private static IEnumerable<Sample> Packets()
    {
        yield return new("packet-in", new PacketIn
        {
            Buffer = 0x00c0ffee,
            TotalLength = 1500,
            Reason = PacketInReason.Action,
            Cookie = ulong.MaxValue,
            Match = Match.Of(OxmField.InPort(6)),
            Packet = [.. Enumerable.Range(0, 60).Select(i => (byte)i)],
        });
        yield return new("packet-out", new PacketOut
        {
            InPort = 3,
            Actions = [new SetTransportSourceAction(7), new EnqueueAction(9, 8), new OutputAction(10)],
            Packet = [.. Enumerable.Range(100, 64).Select(i => (byte)i)],
        });
        yield return new("packet-out-tagged", new PacketOut
        {
            Actions = [new PushVlanAction(), new SetFieldAction(OxmField.VlanId(3)), new OutputAction(PortNumber.Table)],
            Packet = [.. Mac1Bytes(), .. Mac1Bytes(), 8, 0, .. new byte[46]],
        });
        yield return new("packet-out-buffered", new PacketOut { Buffer = 0x77, Actions = [new OutputAction(PortNumber.Table)] });
    }

    private static byte[] Mac1Bytes() => [2, 0x11, 0x22, 0x33, 0x44, 0x55];

    private static IEnumerable<Sample> Rules()
    {
        yield return new("flow-add", TcpRule);
        foreach (var command in Enum.GetValues<FlowModCommand>().Where(command => command != FlowModCommand.Add))
        {
            var isDeletion = command >= FlowModCommand.Delete;
            yield return new($"flow-{command}", new FlowMod
            {
                Command = command,
                Cookie = 0x22 + (ulong)command,
                Table = isDeletion ? TableNumber.All : (byte)0,
                OutPort = isDeletion ? 0x31U : PortNumber.Any,
                Priority = 0x0303,
                Match = Match.Of(OxmField.VlanAbsent()),
                Instructions = isDeletion ? default : Apply(new OutputAction(PortNumber.InPort)),
            });
        }

        yield return new("flow-drop", new FlowMod { Priority = 0 });
        yield return new("flow-emergency", new FlowMod { Flags = FlowModFlags.Emergency }, OvsReads: false);
        yield return Matching("udp", Ip(17, OxmField.UdpSource(67), OxmField.UdpDestination(68)));
        yield return Matching("sctp", Ip(132, OxmField.SctpSource(3868), OxmField.SctpDestination(2905)));
        yield return Matching("icmp", Ip(1, OxmField.Icmpv4Type(3), OxmField.Icmpv4Code(4)));
        yield return Matching("arp", Match.Of(
            OxmField.EthernetType(0x0806),
            OxmField.ArpOperation(2),
            OxmField.Masked(Oxm.ArpSenderIpv4, 0x0a000000, 0xff000000),
            OxmField.Exact(Oxm.ArpTargetIpv4, 0xc0000201)));
        yield return Matching("prefixes", Match.Of(
            OxmField.EthernetType(0x0800),
            OxmField.Ipv4Source(IPAddress.Parse("128.0.0.0"), 1),
            OxmField.Ipv4Destination(IPAddress.Parse("10.1.2.2"), 31)));
        yield return Matching("vlan", Match.Of(OxmField.VlanId(4095)));
        yield return Matching("vlan-any-of-priority", Match.Of(OxmField.VlanPresent(), OxmField.VlanPriority(3)));
        yield return Matching("ipv6", Match.Of(OxmField.EthernetType(0x86dd), OxmField.InPort(PortNumber.Local)));
        yield return new("flow-removed", new FlowRemoved
        {
            Cookie = 0x1111111122222222,
            Priority = 0x3333,
            Reason = FlowRemovedReason.HardTimeout,
            Age = new FlowAge(5, 600_000_000),
            IdleTimeoutSeconds = 7,
            PacketCount = 0x99999999aaaaaaaa,
            ByteCount = 0xbbbbbbbbcccccccc,
            Match = Match.Of(OxmField.InPort(13), OxmField.EthernetType(0x0800)),
        });
    }

    private static IEnumerable<Sample> Actions()
    {
        yield return new("action-output", Rule(Match.Any, new OutputAction(1), new OutputAction(PortNumber.Normal), new OutputAction(PortNumber.Controller, 128),
            OutputAction.ToController, new OutputAction(PortNumber.All), new OutputAction(PortNumber.Flood), new OutputAction(PortNumber.Local)));
        yield return new("action-enqueue", Rule(Match.Any, new EnqueueAction(2, 3), new OutputAction(4)));
        yield return new("action-header", Rule(
            Ip(17),
            new SetFieldAction(OxmField.EthernetSource(Mac1)),
            new SetFieldAction(OxmField.EthernetDestination(Mac2)),
            new SetFieldAction(OxmField.Ipv4Source(IPAddress.Parse("10.9.8.7"))),
            new SetFieldAction(OxmField.Ipv4Destination(IPAddress.Parse("10.9.8.6"))),
            new SetFieldAction(OxmField.IpDscp(12)),
            new SetFieldAction(OxmField.UdpSource(4)),
            new SetFieldAction(OxmField.UdpDestination(5))));
        yield return new("action-tcp", Rule(Ip(6), new SetFieldAction(OxmField.TcpSource(6)), new SetFieldAction(OxmField.TcpDestination(7))));
        yield return new("action-sctp", Rule(Ip(132), new SetFieldAction(OxmField.SctpSource(8)), new SetFieldAction(OxmField.SctpDestination(9))));
        yield return new("action-transport", Rule(
            Match.Of(OxmField.EthernetType(0x0800)),
            new SetTransportSourceAction(10),
            new SetTransportDestinationAction(11)));
        yield return new("action-vlan-untagged", Rule(
            Match.Of(OxmField.VlanAbsent()),
            new PushVlanAction(),
            new SetFieldAction(OxmField.VlanId(5)),
            new SetFieldAction(OxmField.VlanPriority(6)),
            new PopVlanAction()));
        yield return new("action-vlan-tagged", Rule(Match.Of(OxmField.VlanId(7)), new SetFieldAction(OxmField.VlanPriority(1)), new PopVlanAction()));
        yield return new("action-vlan-either", Rule(Match.Any, new SetVlanIdAction(8), new SetFieldAction(OxmField.VlanPriority(2)), new OutputAction(1)));
        yield return new("action-vlan-priority", Rule(Match.Any, new SetVlanPriorityAction(4), new OutputAction(1)));
        yield return new(
            "action-unknown",
            Rule(Match.Any, new ExperimenterAction(0x00beef03, [1, 2, 3, 4, 5, 6, 7, 8]), new UnknownAction(99, [9, 9, 9, 9]), new UnknownAction(8, [5, 0, 0, 0])),
            OvsReads: false);
    }

    private static IEnumerable<Sample> Statistics()
    {
        var filter = new FlowFilter { Table = 1, OutPort = 2, Match = Match.Of(OxmField.InPort(5)) };
        yield return new("description-request", new DescriptionRequest());
        yield return new("flow-stats-request", new FlowStatsRequest(filter));
        yield return new("flow-stats-request-all", new FlowStatsRequest(FlowFilter.All));
        yield return new("aggregate-request", new AggregateStatsRequest(filter with { Table = 6 }));
        yield return new("table-stats-request", new TableStatsRequest());
        yield return new("port-stats-request", new PortStatsRequest(8));
        yield return new("port-stats-request-all", new PortStatsRequest());
        yield return new("vendor-stats-request", new UnknownMultipartRequest(MultipartType.Experimenter, [0, 0, 0x23, 0x22, 0, 0, 0, 1]), OvsReads: false);
        yield return new("description-reply", new DescriptionReply
        {
            Manufacturer = "Maker",
            Hardware = "Model",
            Software = "1.2.3",
            SerialNumber = "S/N 4",
            Datapath = "rack 5",
        });
        yield return new("flow-stats-reply", new FlowStatsReply([Flow(1), Flow(2)]) { Flags = MultipartFlags.More });
        yield return new("flow-stats-reply-empty", new FlowStatsReply([]));
        yield return new("aggregate-reply", new AggregateStatsReply(0x1010101010, 0x2020202020, 33));
        yield return new("table-stats-reply", new TableStatsReply(
        [
            new TableStats(1, 2, 3, 4) { Name = "classifier", Wildcards = 0x3fffff, MaximumEntries = 1_000_000 },
            new TableStats(5, 6, 7, 8) { MaximumEntries = 9 },
        ]));
        yield return new("port-stats-reply", new PortStatsReply([PortCounters(10), PortCounters(40)]));
        yield return new("queue-stats-request", new QueueStatsRequest(3, 4));
        yield return new("queue-stats-request-all", new QueueStatsRequest());
        yield return new("queue-stats-reply", new QueueStatsReply(
        [
            new QueueStats { Port = 1, Queue = 2, TransmittedBytes = 3, TransmittedPackets = 4, TransmittedErrors = 5 },
            new QueueStats { Port = 6, Queue = 7, TransmittedBytes = 8 },
        ]));
        yield return new("queue-get-config-request", new QueueGetConfigRequest(5));
        yield return new("queue-get-config-reply", new QueueGetConfigReply(
            6,
            [new QueueDescription { Port = 6, Queue = 7, MinimumRate = 800 }, new QueueDescription { Port = 6, Queue = 9 }]));
        yield return new(
            "queue-get-config-unknown",
            new QueueGetConfigReply(1, [new QueueDescription { Port = 1, Queue = 2, Properties = [new OpenFlowProperty(9, [0, 0, 0, 0, 1, 2, 3, 4])] }]),
            OvsReads: false);
        yield return new("vendor-stats-reply", new UnknownMultipartReply(MultipartType.Experimenter, [1, 2, 3, 4]), OvsReads: false);
    }

    private static FlowStats Flow(byte number) => new()
    {
        Table = number,
        Age = new FlowAge(100U + number, 250_000_000),
        Priority = (ushort)(200 + number),
        IdleTimeoutSeconds = (ushort)(300 + number),
        HardTimeoutSeconds = (ushort)(400 + number),
        Cookie = 0x600UL + number,
        PacketCount = 700UL + number,
        ByteCount = 800UL + number,
        Match = Match.Of(OxmField.InPort(900U + number), OxmField.EthernetType(0x86dd)),
        Instructions = Apply(new OutputAction(1000U + number)),
    };

    private static PortStats PortCounters(ulong start) => new()
    {
        Port = (uint)start,
        ReceivedPackets = start + 1,
        TransmittedPackets = start + 2,
        ReceivedBytes = start + 3,
        TransmittedBytes = start + 4,
        ReceivedDropped = start + 5,
        TransmittedDropped = start + 6,
        ReceivedErrors = start + 7,
        TransmittedErrors = start + 8,
        Ethernet = new EthernetPortStats(start + 9, start + 10, start + 11, start + 12),
    };

    private static Match Ip(byte protocol, params OxmField[] more) =>
        Match.Of([OxmField.EthernetType(0x0800), OxmField.IpProtocol(protocol), .. more]);

    private static Sample Matching(string name, Match match) => new($"match-{name}", Rule(match, new OutputAction(1)));

    private static FlowMod Rule(Match match, params OpenFlowAction[] actions) => new() { Match = match, Instructions = Apply(actions) };

    private static EquatableArray<Instruction> Apply(params OpenFlowAction[] actions) => [new ApplyActionsInstruction(actions.ToEquatableArray())];
}

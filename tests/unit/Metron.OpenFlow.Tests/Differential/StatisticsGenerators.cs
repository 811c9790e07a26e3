namespace Metron.OpenFlow.Tests.Differential;

/// <summary>Requests for statistics and descriptions, and their replies.</summary>
internal static class StatisticsGenerators
{
    private const OpenFlowVersion V13 = OpenFlowVersion.OpenFlow13;
    private const OpenFlowVersion V14 = OpenFlowVersion.OpenFlow14;
    private const ulong Counter = 1UL << 62;

    public static IReadOnlyList<Generator> All { get; } =
    [
        new("requests", (draw, _) => new(draw.Coin() ? new DescriptionRequest() : new TableStatsRequest())),
        new("description", (draw, _) => Description(draw)),
        new("flow-request", FlowRequest),
        new("flow-reply", (draw, version) => Flows(draw, version)),
        new("aggregate", (draw, _) => Aggregate(draw)),
        new("table-reply", (draw, _) => Tables(draw)),
        new("port-request", (draw, _) => PortRequest(draw)),
        new("port-reply", Ports),
        new("port-description", PortDescriptions, V13),
        new("queue-request", (draw, version) => QueueRequest(draw, version)),
        new("queue-reply", Queues),
        new("queue-config", QueueConfiguration, OpenFlowVersion.OpenFlow10, V13),
        new("queue-description", (draw, _) => QueueDescriptions(draw), V14),
        new("group-requests", (draw, _) => new(draw.Pick<OpenFlowMessage>(new GroupDescriptionRequest(), new GroupFeaturesRequest(), new GroupStatsRequest(draw.UInt32(0, 99)))), V13),
        new("group-reply", (draw, _) => Groups(draw), V13),
        new("group-description", (draw, _) => GroupDescriptions(draw), V13),
        new("other-requests", (draw, _) => new(draw.Coin() ? new TableFeaturesRequest() : new PortDescriptionRequest()), V13),
        new("group-features", (draw, _) => GroupFeatures(draw), V13),
    ];

    private static Generated Description(Draw draw)
    {
        var reply = new DescriptionReply
        {
            Manufacturer = draw.Text(255),
            Hardware = draw.Text(255),
            Software = draw.Text(255),
            SerialNumber = draw.Text(31),
            Datapath = draw.Text(255),
        };
        return new(reply, Facts: [$"Manufacturer: {reply.Manufacturer}", $"Serial Num: {reply.SerialNumber}", $"DP Description: {reply.Datapath}"]);
    }

    private static Generated FlowRequest(Draw draw, OpenFlowVersion version)
    {
        var is10 = version == OpenFlowVersion.OpenFlow10;
        var filter = new FlowFilter
        {
            Table = draw.Byte(1, 254),
            OutPort = draw.UInt32(1, 0xfeff),
            OutGroup = is10 ? GroupNumber.Any : draw.UInt32(1, 0xffff),
            Cookie = is10 ? 0 : draw.Number(1, Counter),
            CookieMask = is10 ? 0 : ulong.MaxValue,
            Match = RuleParts.Match(draw, version),
        };
        return new(
            draw.Coin() ? new FlowStatsRequest(filter) : new AggregateStatsRequest(filter),
            Facts: [$"table={filter.Table}", $"out_port={filter.OutPort}"]);
    }

    public static Generated Flows(Draw draw, OpenFlowVersion version)
    {
        var flows = draw.List(4, d =>
        {
            var rule = RuleGenerators.Rule(d, version);
            return new FlowStats
            {
                Table = rule.Table,
                Age = new FlowAge(d.UInt32(0, 0x7fffffff), d.UInt32(0, 999) * 1_000_000),
                Priority = rule.Priority,
                IdleTimeoutSeconds = rule.IdleTimeoutSeconds,
                HardTimeoutSeconds = rule.HardTimeoutSeconds,
                Flags = version == OpenFlowVersion.OpenFlow10 ? default : rule.Flags & ~FlowModFlags.CheckOverlap,
                Importance = rule.Importance,
                Cookie = rule.Cookie,
                PacketCount = d.Number(0, Counter),
                ByteCount = d.Number(0, Counter),
                Match = rule.Match,
                Instructions = rule.Instructions,
            };
        });
        return new(
            new FlowStatsReply(flows) { Flags = draw.Flags(MultipartFlags.More) },
            Facts: [.. flows.SelectMany(flow => new[] { $"cookie=0x{flow.Cookie:x},", $"n_packets={flow.PacketCount}, n_bytes={flow.ByteCount}", $"duration={flow.Age.Seconds}" })]);
    }

    private static Generated Aggregate(Draw draw)
    {
        var reply = new AggregateStatsReply(draw.Number(0, Counter), draw.Number(0, Counter), draw.UInt32(0, uint.MaxValue));
        return new(reply, Facts: [$"packet_count={reply.PacketCount} byte_count={reply.ByteCount} flow_count={reply.FlowCount}"]);
    }

    private static Generated Tables(Draw draw)
    {
        // ovs-ofctl says "ditto" of tables like the one before.
        var table = new TableStats(draw.Byte(0, 253), draw.UInt32(0, uint.MaxValue), draw.Number(0, Counter), draw.Number(0, Counter));
        return new(new TableStatsReply([table]), Facts: [$"table {table.Table}", $"active={table.ActiveCount}, lookup={table.LookupCount}, matched={table.MatchedCount}"]);
    }

    private static Generated PortRequest(Draw draw)
    {
        var port = draw.UInt32(1, 0xfeff);
        return new(new PortStatsRequest(port), Facts: [$"port_no={port}"]);
    }

    private static Generated Ports(Draw draw, OpenFlowVersion version)
    {
        var ports = draw.List(3, d => new PortStats
        {
            Port = d.UInt32(1, 0xfeff),
            ReceivedPackets = d.Number(0, Counter),
            TransmittedPackets = d.Number(0, Counter),
            ReceivedBytes = d.Number(0, Counter),
            TransmittedBytes = d.Number(0, Counter),
            ReceivedDropped = d.Number(0, Counter),
            TransmittedDropped = d.Number(0, Counter),
            ReceivedErrors = d.Number(0, Counter),
            TransmittedErrors = d.Number(0, Counter),
            Ethernet = new EthernetPortStats(d.Number(0, Counter), d.Number(0, Counter), d.Number(0, Counter), d.Number(0, Counter)),
            Age = version == OpenFlowVersion.OpenFlow10 ? default : new FlowAge(d.UInt32(0, 0x7fffffff), 0),
        });
        return new(new PortStatsReply(ports), Facts:
        [
            .. ports.SelectMany(port => new[]
            {
                $"rx pkts={port.ReceivedPackets}, bytes={port.ReceivedBytes}, drop={port.ReceivedDropped}, errs={port.ReceivedErrors}",
                $"frame={port.Ethernet!.Value.FrameErrors}, over={port.Ethernet.Value.OverrunErrors}, crc={port.Ethernet.Value.CrcErrors}",
                $"tx pkts={port.TransmittedPackets}, bytes={port.TransmittedBytes}, drop={port.TransmittedDropped}, errs={port.TransmittedErrors}, coll={port.Ethernet.Value.Collisions}",
            }),
        ]);
    }

    private static Generated QueueRequest(Draw draw, OpenFlowVersion version)
    {
        var (port, queue) = (draw.UInt32(1, 0xfeff), draw.UInt32(0, 0xffff));
        return draw.Count(2) switch
        {
            0 when version <= V13 => new(new QueueGetConfigRequest(port), Facts: [$"port={port}"]),
            1 when version >= V14 => new(new QueueDescriptionRequest(port, queue), Facts: [$"port={port} queue={queue}"]),
            _ => new(new QueueStatsRequest(port, queue), Facts: [$"port={port} queue={queue}"]),
        };
    }

    private static Generated Queues(Draw draw, OpenFlowVersion version)
    {
        var queues = draw.List(3, d => new QueueStats
        {
            Port = d.UInt32(1, 0xfeff),
            Queue = d.UInt32(0, 0xffff),
            TransmittedBytes = d.Number(0, Counter),
            TransmittedPackets = d.Number(0, Counter),
            TransmittedErrors = d.Number(0, Counter),
            Age = version == OpenFlowVersion.OpenFlow10 ? default : new FlowAge(d.UInt32(0, 0x7fffffff), 0),
        });
        return new(new QueueStatsReply(queues), Facts:
            [.. queues.Select(queue => $"port {queue.Port} queue {queue.Queue}: bytes={queue.TransmittedBytes}, pkts={queue.TransmittedPackets}, errors={queue.TransmittedErrors}")]);
    }

    private static QueueDescription Queue(Draw draw, uint port) => new()
    {
        Port = port,
        Queue = draw.UInt32(0, 0xffff),
        MinimumRate = draw.UInt16(1, 999),
    };

    private static Generated QueueConfiguration(Draw draw, OpenFlowVersion version)
    {
        var port = draw.UInt32(1, 0xfeff);
        var queues = draw.List(3, d => Queue(d, port));
        return new(new QueueGetConfigReply(port, queues), Facts: [.. queues.Select(queue => $"queue {queue.Queue}: min_rate:")]);
    }

    private static Generated QueueDescriptions(Draw draw)
    {
        var queues = draw.List(3, d => Queue(d, d.UInt32(1, 0xfeff)));
        return new(new QueueDescriptionReply(queues));
    }

    private static Generated PortDescriptions(Draw draw, OpenFlowVersion version)
    {
        var ports = draw.List(3, d => SwitchGenerators.Port(d, version));
        return new(new PortDescriptionReply(ports), Facts: [.. ports.Select(port => $"({port.Name}): addr:{port.HardwareAddress}")]);
    }

    private static Generated Groups(Draw draw)
    {
        var groups = draw.List(3, d => new GroupStats
        {
            Group = d.UInt32(0, GroupNumber.Maximum),
            ReferenceCount = d.UInt32(0, 0xffff),
            PacketCount = d.Number(0, Counter),
            ByteCount = d.Number(0, Counter),
            Age = new FlowAge(d.UInt32(0, 0x7fffffff), 0),
            Buckets = d.List(3, e => new BucketCounter(e.Number(0, Counter), e.Number(0, Counter))),
        });
        return new(new GroupStatsReply(groups), Facts:
            [.. groups.Select(group => $"ref_count={group.ReferenceCount},packet_count={group.PacketCount},byte_count={group.ByteCount}")]);
    }

    private static Generated GroupFeatures(Draw draw)
    {
        var reply = new GroupFeaturesReply
        {
            Kinds = 0xf,
            Capabilities = draw.Flags(GroupCapabilities.SelectWeight, GroupCapabilities.Chaining),
            MaximumGroups = [draw.UInt32(1, 0xffff), draw.UInt32(1, 0xffff), draw.UInt32(1, 0xffff), draw.UInt32(1, 0xffff)],
            Actions = [1, 1, 1, 1],
        };
        return new(reply, Facts: [.. reply.MaximumGroups.Select(maximum => $"max_groups=0x{maximum:x}")]);
    }

    private static Generated GroupDescriptions(Draw draw)
    {
        var groups = draw.List(3, d => new GroupDescription(
            GroupKind.Select,
            d.UInt32(0, GroupNumber.Maximum),
            d.List(3, e => new Bucket { Weight = e.UInt16(1), Actions = [new OutputAction(e.UInt32(1, 0xfeff))] })));
        return new(new GroupDescriptionReply(groups), Facts: [.. groups.Select(group => $"group_id={group.Group},type=select")]);
    }
}

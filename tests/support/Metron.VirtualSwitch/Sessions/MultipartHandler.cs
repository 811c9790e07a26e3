using System.Buffers.Binary;
using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>Answers requests for statistics and descriptions (OpenFlow 1.3.5 section 7.3.5).</summary>
internal sealed class MultipartHandler(SwitchCore core)
{
    private const int BodyOffset = 16;

    // Answered as bytes, so that the codec's reading of them is tested by something else than itself.
    private const MultipartType Queue = (MultipartType)5;
    private const MultipartType Meter = (MultipartType)9;
    private const MultipartType MeterConfiguration = (MultipartType)10;
    private const MultipartType MeterFeatures = (MultipartType)11;
    private const MultipartType QueueDescription = (MultipartType)15;

    public void Handle(ControllerSession session, MultipartRequest request, uint transaction, byte[] bytes)
    {
        switch (request)
        {
            case FlowStatsRequest flows:
                SendFlows(session, flows.Filter, transaction);
                return;
            case TableFeaturesRequest { Tables.IsEmpty: false }:
                throw new Refusal(new OpenFlowErrorCode(13, 5));
            case TableFeaturesRequest:
                // One table per part keeps every part below the size of a message.
                SendParts(session, transaction, [.. core.Abilities.Tables], 1, tables => new TableFeaturesReply(
                    tables.Select(number => TableFeaturesBuilder.Of(core.Abilities, number)).ToEquatableArray()));
                return;
            default:
                session.Send(Answer(session, request, bytes), transaction);
                return;
        }
    }

    private MultipartReply Answer(ControllerSession session, MultipartRequest request, byte[] bytes) => request switch
    {
        DescriptionRequest => new DescriptionReply
        {
            Manufacturer = "Metron.NET",
            Hardware = "emulated switch (a test)",
            Software = core.Abilities.Profile.Name,
            SerialNumber = "None",
            Datapath = $"emulated {core.Options.DatapathId:x16}",
        },
        AggregateStatsRequest aggregate => Aggregate(core.State.Flows.Select(aggregate.Filter)),
        TableStatsRequest => new TableStatsReply(core.Abilities.Tables
            .Select(number => new TableStats(number, (uint)core.State.Flows.CountOf(number), 0, 0)).ToEquatableArray()),
        PortStatsRequest ports => new PortStatsReply(PortsNamed(ports.Port).Select(StatsOf).ToEquatableArray()),
        PortDescriptionRequest => new PortDescriptionReply(core.Ports.Values.Select(port => port.Description).ToEquatableArray()),
        GroupStatsRequest groups when HasGroups => new GroupStatsReply(
            core.State.Groups.Values.Where(group => groups.Group == GroupNumber.All || groups.Group == group.Group).Select(StatsOf).ToEquatableArray()),
        GroupDescriptionRequest when HasGroups => new GroupDescriptionReply(core.State.Groups.Values.OrderBy(group => group.Group).ToEquatableArray()),
        GroupFeaturesRequest when HasGroups => GroupFeatures(),
        TableDescriptionRequest => new TableDescriptionReply(
            core.Abilities.Tables.Select(number => new TableSettings { Table = number }).ToEquatableArray()),
        { Kind: Meter or MeterConfiguration or MeterFeatures } when core.Abilities.Profile.Meters => AnswerMeters(request.Kind, bytes),
        { Kind: Queue or QueueDescription } when session.Version >= OpenFlowVersion.OpenFlow13 => new UnknownMultipartReply(request.Kind, default),
        _ => throw Refusal.Request(2),
    };

    private bool HasGroups => !core.Abilities.Profile.Groups.IsEmpty;

    private void SendFlows(ControllerSession session, FlowFilter filter, uint transaction)
    {
        var flows = core.State.Flows.Select(filter).Select(StatsOf).ToList();
        if (core.Faults.EndlessMultipart)
        {
            var part = new FlowStatsReply(flows.Take(core.Options.RulesPerPart).ToEquatableArray()) { Flags = MultipartFlags.More };
            session.SendForever(OpenFlowCodec.Encode(part, session.Version, transaction));
            return;
        }

        SendParts(session, transaction, flows, core.Options.RulesPerPart, part => new FlowStatsReply(part.ToEquatableArray()));
    }

    private static void SendParts<T>(
        ControllerSession session, uint transaction, IReadOnlyList<T> items, int perPart, Func<IEnumerable<T>, MultipartReply> create)
    {
        for (var at = 0; at == 0 || at < items.Count;)
        {
            at += SendPart(session, transaction, items, at, Math.Min(perPart, items.Count - at), create);
            if (at == 0)
            {
                return;
            }
        }
    }

    // Halves a part that does not fit into a message.
    private static int SendPart<T>(
        ControllerSession session, uint transaction, IReadOnlyList<T> items, int at, int count, Func<IEnumerable<T>, MultipartReply> create)
    {
        while (true)
        {
            var part = create(items.Skip(at).Take(count)) with { Flags = at + count < items.Count ? MultipartFlags.More : MultipartFlags.None };
            try
            {
                session.Send(OpenFlowCodec.Encode(part, session.Version, transaction));
                return count;
            }
            catch (OpenFlowEncodeException) when (count > 1)
            {
                count /= 2;
            }
        }
    }

    private FlowStats StatsOf(FlowEntry entry)
    {
        var counts = core.Abilities.Profile.RuleCounters;
        var stats = new FlowStats
        {
            Table = entry.Table,
            Age = core.AgeSince(entry.InstalledAt),
            Priority = entry.Priority,
            IdleTimeoutSeconds = entry.Rule.IdleTimeoutSeconds,
            HardTimeoutSeconds = entry.Rule.HardTimeoutSeconds,
            Flags = entry.Rule.Flags,
            Importance = entry.Rule.Importance,
            Cookie = entry.Cookie,
            PacketCount = counts ? entry.PacketCount : ulong.MaxValue,
            ByteCount = counts ? entry.ByteCount : ulong.MaxValue,
            Match = entry.Match,
            Instructions = entry.Instructions,
        };
        return core.Faults.UnknownFieldInStatistics
            ? stats with { Match = new Match(stats.Match.Fields.Add(new OxmField(new OxmType(0x7ffe, 5), [0xde, 0xad, 0xbe, 0xef], HasMask: false))) }
            : stats;
    }

    private static AggregateStatsReply Aggregate(List<FlowEntry> flows) => new(
        flows.Aggregate(0UL, (sum, flow) => sum + flow.PacketCount), flows.Aggregate(0UL, (sum, flow) => sum + flow.ByteCount), (uint)flows.Count);

    private IEnumerable<EmulatedPort> PortsNamed(uint number) =>
        number == PortNumber.Any ? core.Ports.Values : core.Ports.TryGetValue(number, out var port) ? [port] : throw Refusal.Request(11);

    private PortStats StatsOf(EmulatedPort port)
    {
        var counter = core.PortCounterOf(port.Number);
        return new PortStats
        {
            Port = port.Number,
            ReceivedPackets = counter.ReceivedPackets,
            ReceivedBytes = counter.ReceivedBytes,
            TransmittedPackets = counter.TransmittedPackets,
            TransmittedBytes = counter.TransmittedBytes,
            Age = core.AgeSince(core.StartedAt),
        };
    }

    private GroupStats StatsOf(GroupDescription group) => new()
    {
        Group = group.Group,
        ReferenceCount = (uint)core.State.Flows.All.Count(entry => FlowTables.Uses(entry, PortNumber.Any, group.Group)),
        Age = core.AgeSince(core.StartedAt),
        Buckets = group.Buckets.Select(_ => new BucketCounter(0, 0)).ToEquatableArray(),
    };

    private GroupFeaturesReply GroupFeatures()
    {
        var kinds = core.Abilities.Profile.Groups;
        return new GroupFeaturesReply
        {
            Kinds = kinds.Aggregate(0U, (bits, kind) => bits | 1U << (int)kind),
            Capabilities = GroupCapabilities.SelectWeight | GroupCapabilities.SelectLiveness | GroupCapabilities.Chaining,
            MaximumGroups = Enumerable.Range(0, 4).Select(kind => kinds.Contains((GroupKind)kind) ? GroupNumber.Maximum : 0).ToEquatableArray(),
            Actions = Enumerable.Range(0, 4).Select(kind => kinds.Contains((GroupKind)kind) ? 0x07ff9801U : 0).ToEquatableArray(),
        };
    }

    private UnknownMultipartReply AnswerMeters(MultipartType kind, byte[] bytes)
    {
        if (kind == MeterFeatures)
        {
            // struct ofp_meter_features: meters, band types (drop, DSCP remark), flags, bands and colours.
            var features = new byte[16];
            BinaryPrimitives.WriteUInt32BigEndian(features, 0xffff0000);
            BinaryPrimitives.WriteUInt32BigEndian(features.AsSpan(4), 6);
            BinaryPrimitives.WriteUInt32BigEndian(features.AsSpan(8), 15);
            (features[12], features[13]) = (8, 0);
            return new UnknownMultipartReply(kind, EquatableArray.Create<byte>(features));
        }

        const uint all = 0xffffffff;
        var number = bytes.Length >= BodyOffset + 4 ? BigEndian.UInt32(bytes.AsSpan(BodyOffset)) : all;
        if (number != all && !core.State.Meters.ContainsKey(number))
        {
            throw Refusal.Meter(3);
        }

        var entries = core.State.Meters.Values.Where(meter => number == all || meter.Number == number).OrderBy(meter => meter.Number).SelectMany(
            meter => kind == Meter ? meter.ToStatistics(RulesOf(meter)) : meter.ToConfiguration());
        return new UnknownMultipartReply(kind, entries.ToEquatableArray());
    }

    private uint RulesOf(Metron.VirtualSwitch.Meter meter) => (uint)core.State.Flows.All.Count(
        entry => entry.Instructions.Any(instruction => instruction is MeterInstruction used && used.Meter == meter.Number));
}

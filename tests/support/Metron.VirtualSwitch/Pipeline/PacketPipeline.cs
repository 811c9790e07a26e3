using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>Carries one packet through tables and groups (OpenFlow 1.3.5 section 5). Simple and slow; one instance per packet.</summary>
internal sealed class PacketPipeline
{
    private const int GroupDepthLimit = 8;

    private static readonly OxmType[] FlowFields =
    [
        Oxm.EthernetType, Oxm.Ipv4Source, Oxm.Ipv4Destination, Oxm.Ipv6Source, Oxm.Ipv6Destination, Oxm.IpProtocol,
        Oxm.TcpSource, Oxm.TcpDestination, Oxm.UdpSource, Oxm.UdpDestination, Oxm.SctpSource, Oxm.SctpDestination,
    ];
    private readonly SwitchState _state;
    private readonly IReadOnlyDictionary<uint, EmulatedPort> _ports;
    private readonly TimeProvider _clock;
    private readonly bool _counts;
    private readonly uint _inPort;
    private readonly List<PacketOutput> _outputs = [];
    private readonly List<PuntedPacket> _punted = [];
    private readonly List<FlowEntry> _rules = [];
    private readonly List<OpenFlowAction> _actionSet = [];
    private byte[] _frame;
    private ulong _metadata;
    private byte? _missedTable;
    private FlowEntry? _rule;

    /// <param name="state">Rules, groups and meters.</param>
    /// <param name="ports">Ports by number.</param>
    /// <param name="clock">Clock of meters and idle times.</param>
    /// <param name="inPort">Port that the packet came by.</param>
    /// <param name="frame">The packet.</param>
    /// <param name="counts">Whether counters count it and meters pay for it; false to only ask what would happen.</param>
    public PacketPipeline(
        SwitchState state, IReadOnlyDictionary<uint, EmulatedPort> ports, TimeProvider clock, uint inPort, ReadOnlySpan<byte> frame, bool counts)
    {
        (_state, _ports, _clock, _inPort, _counts) = (state, ports, clock, inPort, counts);
        _frame = frame.ToArray();
    }

    /// <summary>Starts in the first table.</summary>
    public PacketVerdict RunTables(byte first = 0)
    {
        WalkTables(first);
        return Verdict();
    }

    /// <summary>Runs a list of actions, which may output to the first table.</summary>
    public PacketVerdict RunActions(EquatableArray<OpenFlowAction> actions)
    {
        Apply(actions, depth: 0);
        return Verdict();
    }

    private PacketVerdict Verdict() => new(_outputs, _punted, _rules, _missedTable);

    private void WalkTables(byte first)
    {
        byte? table = first;
        while (table is { } number)
        {
            if (_state.Flows.Find(number, Fields(out _)) is not { } entry)
            {
                _missedTable = number; // drops it (OpenFlow 1.3.5 section 5.4); what was written to the action set is lost
                return;
            }

            _rules.Add(entry);
            _rule = entry;
            Count(entry);
            if (!Execute(entry, out table))
            {
                return;
            }
        }

        RunActionSet();
    }

    private void Count(FlowEntry entry)
    {
        if (_counts)
        {
            entry.Counter.Packets++;
            entry.Counter.Bytes += (ulong)_frame.Length;
            entry.Counter.UsedAt = _clock.GetTimestamp();
        }
    }

    /// <summary>Instructions in the order of the standard (section 5.9): meter, apply, clear, write, metadata, goto. False when a meter dropped the packet.</summary>
    private bool Execute(FlowEntry entry, out byte? next)
    {
        next = null;
        var instructions = entry.Instructions;
        foreach (var meter in instructions.OfType<MeterInstruction>())
        {
            if (_counts && _state.Meters.TryGetValue(meter.Meter, out var found) && !found.Passes(_frame.Length, _clock))
            {
                return false;
            }
        }

        foreach (var apply in instructions.OfType<ApplyActionsInstruction>())
        {
            Apply(apply.Actions, depth: 0);
        }

        if (instructions.Any(instruction => instruction is ClearActionsInstruction))
        {
            _actionSet.Clear();
        }

        foreach (var action in instructions.OfType<WriteActionsInstruction>().SelectMany(write => write.Actions))
        {
            _actionSet.RemoveAll(other => IsSameKind(other, action));
            _actionSet.Add(action);
        }

        foreach (var write in instructions.OfType<WriteMetadataInstruction>())
        {
            _metadata = (_metadata & ~write.Mask) | (write.Value & write.Mask);
        }

        next = instructions.OfType<GotoTableInstruction>().Select(go => (byte?)go.Table).FirstOrDefault();
        return true;
    }

    private static bool IsSameKind(OpenFlowAction left, OpenFlowAction right) =>
        left.GetType() == right.GetType() && (left is not SetFieldAction set || set.Field.Type == ((SetFieldAction)right).Field.Type);

    // The action set runs in an order of its own, and a group takes the place of an output (OpenFlow 1.3.5 section 5.10).
    private void RunActionSet()
    {
        var hasGroup = _actionSet.Any(action => action is GroupAction);
        var ordered = _actionSet.Where(action => !(hasGroup && action is OutputAction)).OrderBy(Rank).ToEquatableArray();
        Apply(ordered, depth: 0);
    }

    private static int Rank(OpenFlowAction action) => action switch
    {
        CopyTtlInAction => 0,
        PopVlanAction or PopMplsAction or PopPbbAction => 1,
        PushMplsAction => 2,
        PushPbbAction => 3,
        PushVlanAction => 4,
        CopyTtlOutAction => 5,
        DecrementNetworkTtlAction or DecrementMplsTtlAction => 6,
        GroupAction => 9,
        OutputAction => 10,
        SetQueueAction => 8,
        _ => 7,
    };

    private void Apply(EquatableArray<OpenFlowAction> actions, int depth)
    {
        foreach (var action in actions.AsSpan())
        {
            if (!Apply(action, depth))
            {
                return;
            }
        }
    }

    /// <summary>False when the packet ends here: its time to live is over.</summary>
    private bool Apply(OpenFlowAction action, int depth)
    {
        switch (action)
        {
            case OutputAction output:
                Output(output);
                break;
            case GroupAction group when depth < GroupDepthLimit && _state.Groups.TryGetValue(group.Group, out var found):
                RunGroup(found, depth);
                break;
            case DecrementNetworkTtlAction:
                return DecrementTimeToLive();
            default:
                Change(action);
                break;
        }

        return true;
    }

    private void Change(OpenFlowAction action)
    {
        Fields(out var layout);
        switch (action)
        {
            case SetFieldAction { Field: var field } when field.Type == Oxm.Metadata:
                _metadata = (ulong)field.Value;
                break;
            case SetFieldAction { Field: var field }:
                _frame = [.. _frame];
                FrameWriter.TrySet(_frame, layout, field);
                break;
            case PushVlanAction push:
                _frame = FrameWriter.PushVlan(_frame, push.EtherType);
                break;
            case PopVlanAction:
                _frame = FrameWriter.PopVlan(_frame);
                break;
            case PushMplsAction push:
                _frame = FrameWriter.PushMpls(_frame, layout, push.EtherType);
                break;
            case PopMplsAction pop:
                _frame = FrameWriter.PopMpls(_frame, layout, pop.EtherType);
                break;
            case SetNetworkTtlAction ttl:
                _frame = [.. _frame];
                FrameWriter.SetTimeToLive(_frame, layout, ttl.TimeToLive);
                break;
        }
    }

    private bool DecrementTimeToLive()
    {
        Fields(out var layout);
        if (layout.Ip == 0)
        {
            return true;
        }

        var value = FrameWriter.TimeToLive(_frame, layout);
        if (value <= 1)
        {
            return false;
        }

        _frame = [.. _frame];
        FrameWriter.SetTimeToLive(_frame, layout, (byte)(value - 1));
        return true;
    }

    private void Output(OutputAction output)
    {
        switch (output.Port)
        {
            case PortNumber.Controller:
                Punt(output.MaximumLength);
                break;
            case PortNumber.InPort:
                Send(_inPort);
                break;
            case PortNumber.Table:
                WalkTables(0);
                break;
            case PortNumber.All or PortNumber.Flood:
                foreach (var port in _ports.Keys.Where(number => number != _inPort && number <= PortNumber.Maximum).Order())
                {
                    Send(port);
                }

                break;
            case var port when port != _inPort:
                // Back out of its own port a packet goes only by IN_PORT (OpenFlow 1.3.5 section 4.5).
                Send(port);
                break;
        }
    }

    private void Send(uint port)
    {
        if (_ports.TryGetValue(port, out var found) && found.IsUp)
        {
            _outputs.Add(new PacketOutput(port, [.. _frame]));
        }
    }

    private void Punt(ushort maximumLength)
    {
        var isMiss = _rule is { Priority: 0, Match.Fields.Count: 0 };
        var match = _metadata == 0 ? Match.Of(OxmField.InPort(_inPort)) : Match.Of(OxmField.InPort(_inPort), OxmField.Metadata(_metadata));
        _punted.Add(new PuntedPacket(
            isMiss ? PacketInReason.TableMiss : PacketInReason.Action, _rule?.Table ?? 0, _rule?.Cookie ?? ulong.MaxValue, maximumLength, [.. _frame], match));
    }

    private void RunGroup(GroupDescription group, int depth)
    {
        IEnumerable<Bucket> buckets = group.Kind switch
        {
            GroupKind.All => group.Buckets,
            GroupKind.FastFailover => group.Buckets.Where(IsLive).Take(1),
            GroupKind.Select => Choose([.. group.Buckets.Where(bucket => bucket.Weight > 0 && IsLive(bucket))]),
            _ => group.Buckets.Take(1),
        };
        foreach (var bucket in buckets)
        {
            // Each bucket works on a copy (OpenFlow 1.3.5 section 5.6.1).
            var (frame, metadata) = (_frame, _metadata);
            Apply(bucket.Actions, depth + 1);
            (_frame, _metadata) = (frame, metadata);
        }
    }

    private bool IsLive(Bucket bucket) =>
        (bucket.WatchPort == PortNumber.Any || (_ports.TryGetValue(bucket.WatchPort, out var port) && port.IsUp))
        && (bucket.WatchGroup == GroupNumber.Any || (_state.Groups.TryGetValue(bucket.WatchGroup, out var group) && group.Buckets.Any(IsLive)));

    private IEnumerable<Bucket> Choose(Bucket[] buckets)
    {
        if (buckets.Length == 0)
        {
            yield break;
        }

        // By a hash of addresses, protocol and ports, so that a flow stays with its bucket (FNV-1a, weights in order).
        var hash = 2166136261U;
        var fields = Fields(out _);
        foreach (var type in FlowFields)
        {
            var value = fields.Has(type) ? fields[type] : 0;
            for (var shift = 0; shift < 128; shift += 8)
            {
                hash = (hash ^ (byte)(value >> shift)) * 16777619U;
            }
        }

        // The lowest bit of FNV-1a depends on lowest bits alone, and clients often have even ports.
        hash ^= hash >> 16;
        var place = hash % (uint)buckets.Sum(bucket => bucket.Weight);
        foreach (var bucket in buckets)
        {
            if (place < bucket.Weight)
            {
                yield return bucket;
                yield break;
            }

            place -= bucket.Weight;
        }
    }

    private PacketFields Fields(out FrameLayout layout)
    {
        var fields = new PacketFields();
        layout = FrameReader.Read(_frame, fields);
        fields[Oxm.InPort] = _inPort;
        fields[Oxm.InPhysicalPort] = _inPort;
        fields[Oxm.Metadata] = _metadata;
        fields[Oxm.TunnelId] = 0;
        return fields;
    }
}

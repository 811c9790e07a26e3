using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>Carries messages that change the switch out on a state: the running one, or the copy of a bundle. Throws <see cref="Refusal"/>.</summary>
internal sealed class StateEditor(SwitchCore core, SwitchState state)
{
    /// <summary>Rules that went away and want to be reported.</summary>
    public List<(FlowEntry Entry, FlowRemovedReason Reason)> Removed { get; } = [];

    /// <summary>Ports as they are to become.</summary>
    public List<EmulatedPort> ChangedPorts { get; } = [];

    public void Apply(OpenFlowMessage message, OpenFlowVersion version, byte[] bytes)
    {
        switch (message)
        {
            case FlowMod flow:
                ApplyFlow(flow, version);
                break;
            case GroupMod group:
                ApplyGroup(group);
                break;
            case PortMod port:
                ApplyPort(port);
                break;
            case { Type: MessageType.MeterMod }:
                ApplyMeter(bytes);
                break;
            default:
                throw Refusal.Bundle(10);
        }
    }

    private void ApplyFlow(FlowMod flow, OpenFlowVersion version)
    {
        if (core.Faults.Forgets?.Invoke(flow) == true)
        {
            return;
        }

        if (flow.Command is > FlowModCommand.DeleteStrict)
        {
            throw Refusal.Flow(6);
        }

        var isDelete = flow.Command is FlowModCommand.Delete or FlowModCommand.DeleteStrict;
        if (flow.Table == TableNumber.All ? !isDelete : !core.Abilities.HasTable(flow.Table))
        {
            throw Refusal.Flow(2);
        }

        if (flow.Buffer != BufferNumber.None && !isDelete)
        {
            throw Refusal.Request(8);
        }

        FlowChecks.CheckMatch(flow.Match);
        flow = flow with { Match = flow.Match.Canonical() };
        if (isDelete)
        {
            var deleted = state.Flows.Delete(flow, flow.Command == FlowModCommand.DeleteStrict);
            Removed.AddRange(deleted.Select(entry => (entry, FlowRemovedReason.Delete)));
            return;
        }

        FlowChecks.CheckInstructions(flow, state, core.HasPort);
        core.Abilities.Check(flow, state.Flows);

        // OpenFlow 1.0 adds what a modification does not find; later versions do not.
        var isAdd = flow.Command == FlowModCommand.Add
            || (!state.Flows.Modify(flow, flow.Command == FlowModCommand.ModifyStrict) && version == OpenFlowVersion.OpenFlow10);
        if (isAdd)
        {
            state.Flows.Add(flow, CapacityFor(flow), core.Clock.GetTimestamp());
        }
    }

    private int CapacityFor(FlowMod flow) =>
        core.Faults.TableFullAt is { } limit && state.Flows.Count >= limit ? 0 : core.Abilities.CapacityOf(flow.Table);

    private void ApplyGroup(GroupMod change)
    {
        if (change.Command > GroupModCommand.Delete)
        {
            throw Refusal.Group(11);
        }

        if (change.Command == GroupModCommand.Delete)
        {
            DeleteGroups(change.Group);
            return;
        }

        if (change.Group > GroupNumber.Maximum)
        {
            throw Refusal.Group(1);
        }

        if (state.Groups.ContainsKey(change.Group) != (change.Command == GroupModCommand.Modify))
        {
            throw Refusal.Group(change.Command == GroupModCommand.Add ? (ushort)0 : (ushort)8);
        }

        if (change.Kind > GroupKind.FastFailover || (change.Kind == GroupKind.Indirect && change.Buckets.Count != 1))
        {
            throw Refusal.Group(change.Kind > GroupKind.FastFailover ? (ushort)10 : (ushort)1);
        }

        core.Abilities.CheckGroup(change.Kind);
        foreach (var bucket in change.Buckets.AsSpan())
        {
            if (change.Kind == GroupKind.FastFailover && bucket.WatchPort == PortNumber.Any && bucket.WatchGroup == GroupNumber.Any)
            {
                throw Refusal.Group(13);
            }

            // What the packet is, is not known in a group, so fields are set where there are such.
            FlowChecks.CheckActions(bucket.Actions, Match.Any, state, core.HasPort, isPacketOut: true);
        }

        state.Groups[change.Group] = new GroupDescription(change.Kind, change.Group, change.Buckets) { Properties = change.Properties };
    }

    private void DeleteGroups(uint number)
    {
        foreach (var group in state.Groups.Keys.Where(group => number == GroupNumber.All || group == number).ToList())
        {
            state.Groups.Remove(group);
            foreach (var entry in state.Flows.All.Where(entry => FlowTables.Uses(entry, PortNumber.Any, group)).ToList())
            {
                state.Flows.Remove(entry);
                Removed.Add((entry, FlowRemovedReason.GroupDelete));
            }
        }
    }

    private void ApplyPort(PortMod change)
    {
        if (!core.Ports.TryGetValue(change.Port, out var port))
        {
            throw new Refusal(new OpenFlowErrorCode(7, 0));
        }

        if (change.HardwareAddress != port.Description.HardwareAddress)
        {
            throw new Refusal(new OpenFlowErrorCode(7, 1));
        }

        ChangedPorts.Add(port with { Configuration = (port.Configuration & ~change.Mask) | (change.Configuration & change.Mask) });
    }

    // struct ofp_meter_mod (OpenFlow 1.3.5 section 7.3.4.4), from its bytes: command, flags, number, bands.
    private void ApplyMeter(byte[] message)
    {
        if (!core.Abilities.Profile.Meters)
        {
            throw Refusal.Request(1);
        }

        if (message.Length < 16)
        {
            throw Refusal.Request(6);
        }

        var body = message.AsSpan(OpenFlowCodec.HeaderLength);
        var (command, flags) = (BigEndian.UInt16(body), BigEndian.UInt16(body[2..]));
        var number = BigEndian.UInt32(body[4..]);
        const uint all = 0xffffffff;
        if (command == 2)
        {
            foreach (var meter in state.Meters.Keys.Where(meter => number == all || meter == number).ToList())
            {
                DeleteMeter(meter);
            }

            return;
        }

        if (command > 2 || number is 0 or > 0xffff0000)
        {
            throw Refusal.Meter(command > 2 ? (ushort)4 : (ushort)2);
        }

        if (state.Meters.ContainsKey(number) != (command == 1))
        {
            throw Refusal.Meter(command == 0 ? (ushort)1 : (ushort)3);
        }

        state.Meters[number] = new Meter(number, flags, body[8..]);
    }

    private void DeleteMeter(uint number)
    {
        state.Meters.Remove(number);
        foreach (var entry in state.Flows.All.Where(entry => entry.Instructions.Any(one => one is MeterInstruction meter && meter.Meter == number)).ToList())
        {
            state.Flows.Remove(entry);
            Removed.Add((entry, FlowRemovedReason.MeterDelete));
        }
    }
}

using System.Buffers.Binary;
using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>
/// A switch in memory: carries a frame through rules as OpenFlow 1.3 says (section 5) and Open vSwitch does. Immutable, so any thread may use
/// it. Knows the match fields, instructions and actions that <see cref="ChainRules"/> writes.
/// </summary>
public sealed class SwitchModel
{
    private readonly ModelTable?[] _tables = new ModelTable?[256];
    private readonly ModelGroups _groups;

    /// <param name="rules">The rules of all tables.</param>
    /// <param name="groups">The groups that they send packets to; null for none.</param>
    /// <param name="portsDown">Ports whose links are down, which only groups care for; null for none.</param>
    /// <exception cref="ArgumentException">A rule or a group has something that the model does not know.</exception>
    public SwitchModel(IEnumerable<SwitchRule> rules, IEnumerable<GroupDescription>? groups = null, IEnumerable<uint>? portsDown = null)
    {
        _groups = new ModelGroups(groups ?? [], portsDown ?? []);
        foreach (var table in rules.Select(rule => new ModelRule(rule)).GroupBy(rule => rule.Rule.Flow.Table))
        {
            _tables[table.Key] = new ModelTable(table);
        }
    }

    /// <summary>Carries one frame through the tables.</summary>
    /// <param name="inPort">OpenFlow port that it comes by.</param>
    /// <param name="frame">The frame, VLAN header included, without FCS.</param>
    /// <param name="matched">Gets the rules that it matched, in order; null when nobody wants to know.</param>
    public SwitchOutput Process(uint inPort, ReadOnlySpan<byte> frame, ICollection<SwitchRule>? matched = null)
    {
        var key = SwitchFrame.Read(inPort, frame);
        byte[]? changed = null;
        uint output = 0;
        SwitchRule? last = null;
        byte number = 0;
        do
        {
            if (_tables[number]?.Find(key) is not { } rule)
            {
                last = null; // a table without a rule for it drops a packet (OpenFlow 1.3 section 5.4)
                break;
            }

            last = rule.Rule;
            matched?.Add(last);
            foreach (var action in rule.Actions)
            {
                if (action is OutputAction { Port: var port })
                {
                    output = port == PortNumber.InPort ? inPort : port;
                    continue;
                }

                if (action is GroupAction { Group: var group })
                {
                    output = _groups.Choose(group, key);
                    continue;
                }

                changed = Apply(action, changed ?? frame.ToArray(), ref key);
            }

            key = rule.MetadataMask == 0 ? key : key with { Metadata = (key.Metadata & ~rule.MetadataMask) | rule.MetadataValue };
            number = rule.NextTable;
        }
        while (number != 0);
        return output != 0 ? new SwitchOutput(output, changed ?? frame.ToArray(), last) : new SwitchOutput(0, null, last);
    }

    private static byte[] Apply(OpenFlowAction action, byte[] frame, ref SwitchKey key)
    {
        switch (action)
        {
            case PopVlanAction:
                byte[] popped = [.. frame.AsSpan(0, 12), .. frame.AsSpan(16)];
                key = key.WithVlan(SwitchFrame.VlanOf(popped));
                return popped;
            case PushVlanAction push:
                key = key.WithVlan(0x1000);
                return [.. frame.AsSpan(0, 12), (byte)(push.EtherType >> 8), (byte)push.EtherType, 0, 0, .. frame.AsSpan(12)];
            case SetFieldAction { Field: var field } when field.Type == Oxm.VlanId:
                var control = (ushort)((BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(14)) & 0xf000) | ((ushort)field.Value & 0xfff));
                BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(14), control);
                key = key.WithVlan((ushort)field.Value);
                return frame;
            case PushMplsAction or PopMplsAction:
            case SetFieldAction { Field: var label } when label.Type == Oxm.MplsLabel:
            case SetFieldAction { Field: var dscp } when dscp.Type == Oxm.IpDscp:
                return SwitchEdits.Apply(action, frame, ref key);
            case SetFieldAction { Field: var field } when field.Type == Oxm.EthernetDestination:
                field.ValueBytes.CopyTo(frame);
                key = key with { EthernetDestination = (ulong)field.Value };
                return frame;
            case SetFieldAction { Field: var field } when field.Type == Oxm.EthernetSource:
                field.ValueBytes.CopyTo(frame.AsSpan(6));
                key = key with { EthernetSource = (ulong)field.Value };
                return frame;
            default:
                throw new ArgumentException($"the model of a switch does not know the action {action}", nameof(action));
        }
    }
}

/// <summary>What a switch does with a frame.</summary>
/// <param name="Port">OpenFlow port that it leaves by; 0 when it is dropped.</param>
/// <param name="Frame">The frame as it leaves; null when it is dropped.</param>
/// <param name="LastRule">The rule that decided; null when a table had none for it.</param>
public readonly record struct SwitchOutput(uint Port, byte[]? Frame, SwitchRule? LastRule)
{
    /// <summary>Whether it is dropped.</summary>
    public bool IsDrop => Frame is null;
}

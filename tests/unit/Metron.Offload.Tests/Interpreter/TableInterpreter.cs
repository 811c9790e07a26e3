using Metron.OpenFlow;

namespace Metron.Offload.Tests;

/// <summary>What a switch did with a packet.</summary>
/// <param name="Outputs">Where it went, and how it looked then.</param>
/// <param name="Rules">The rules that it met, in order.</param>
internal sealed record SwitchVerdict(IReadOnlyList<(uint Port, TestPacket Packet)> Outputs, IReadOnlyList<SwitchRule> Rules)
{
    public bool IsDropped => Outputs.Count == 0;
}

/// <summary>Runs packets through OpenFlow tables, simple and slow; refuses rules that a switch would refuse or that contradict each other.</summary>
internal sealed class TableInterpreter
{
    private readonly ILookup<byte, SwitchRule> _tables;

    public TableInterpreter(IReadOnlyList<SwitchRule> rules)
    {
        foreach (var rule in rules)
        {
            Assert.Null(FieldReader.MissingPrerequisite(rule.Flow.Match));
        }

        _tables = rules.OrderByDescending(rule => rule.Flow.Priority).ToLookup(rule => rule.Flow.Table);
    }

    public SwitchVerdict Run(TestPacket packet)
    {
        List<(uint Port, TestPacket Packet)> outputs = [];
        List<SwitchRule> met = [];
        ulong metadata = 0;
        byte? table = 0;
        while (table is { } current && Find(current, packet, metadata) is { } rule)
        {
            met.Add(rule);
            table = null;
            foreach (var instruction in rule.Flow.Instructions)
            {
                switch (instruction)
                {
                    case ApplyActionsInstruction apply:
                        packet = apply.Actions.Aggregate(packet, (before, action) => Apply(before, action, outputs));
                        break;
                    case WriteMetadataInstruction write:
                        metadata = (metadata & ~write.Mask) | write.Value;
                        break;
                    case GotoTableInstruction next:
                        Assert.True(next.Table > current, "goto_table must lead on");
                        table = next.Table;
                        break;
                    default:
                        throw new InvalidOperationException($"{instruction} is not expected");
                }
            }
        }

        return new SwitchVerdict(outputs, met);
    }

    private SwitchRule? Find(byte table, TestPacket packet, ulong metadata)
    {
        SwitchRule? found = null;
        foreach (var rule in _tables[table])
        {
            if (found is not null && rule.Flow.Priority < found.Flow.Priority)
            {
                break;
            }

            if (Matches(rule.Flow.Match, packet, metadata))
            {
                Assert.True(found is null || found.Flow.Instructions == rule.Flow.Instructions, $"{packet} matches both {found} and {rule}");
                found ??= rule;
            }
        }

        return found;
    }

    private static bool Matches(Match match, TestPacket packet, ulong metadata) =>
        match.Fields.All(field => FieldReader.Read(field.Type, packet, metadata) is { } value && (value & field.Mask) == (field.Value & field.Mask));

    private static TestPacket Apply(TestPacket packet, OpenFlowAction action, List<(uint Port, TestPacket Packet)> outputs)
    {
        switch (action)
        {
            case PopVlanAction:
                Assert.NotNull(packet.Vlan);
                return packet with { Vlan = null, IsServiceVlan = false };
            case PushVlanAction push:
                Assert.Null(packet.Vlan);
                return packet with { Vlan = 0, IsServiceVlan = push.EtherType == 0x88a8 };
            case PushMplsAction:
                Assert.Null(packet.Label);
                return packet with { Label = 0, OtherEthernetType = 0x8847 };
            case PopMplsAction pop:
                Assert.NotNull(packet.Label);
                return packet with { Label = null, OtherEthernetType = pop.EtherType };
            case SetFieldAction { Field: var field } when field.Type == Oxm.MplsLabel:
                Assert.NotNull(packet.Label);
                return packet with { Label = (uint)field.Value };
            case SetFieldAction { Field: var field } when field.Type == Oxm.IpDscp:
                Assert.Null(packet.OtherEthernetType);
                return packet with { Headers = packet.Headers with { Dscp = (byte)field.Value } };
            case SetFieldAction { Field: var field } when field.Type == Oxm.VlanId:
                Assert.NotNull(packet.Vlan);
                return packet with { Vlan = (ushort)(field.Value & 0xfff) };
            case SetFieldAction { Field: var field } when field.Type == Oxm.EthernetDestination:
                return packet with { EthernetDestination = (ulong)field.Value };
            case SetFieldAction { Field: var field } when field.Type == Oxm.EthernetSource:
                return packet with { EthernetSource = (ulong)field.Value };
            case OutputAction output:
                // A switch never sends back to where a packet came from unless told so by IN_PORT.
                Assert.NotEqual(packet.InPort, output.Port);
                outputs.Add((output.Port == PortNumber.InPort ? packet.InPort : output.Port, packet));
                return packet;
            default:
                throw new InvalidOperationException($"{action} is not expected");
        }
    }
}

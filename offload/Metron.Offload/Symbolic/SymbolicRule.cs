using Metron.OpenFlow;
using Metron.Synthesis;

namespace Metron.Offload;

/// <summary>A rule of a switch, read back from its message.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Packets">Which packets, one cube for each kind.</param>
/// <param name="Metadata">Which metadata.</param>
/// <param name="Effect">What it does.</param>
internal sealed record SymbolicRule(SwitchRule Rule, IReadOnlyList<HeaderCube> Packets, FieldSet Metadata, RuleEffect Effect)
{
    public byte Table => Rule.Flow.Table;
}

/// <summary>What a rule does: actions one after the other, then perhaps another table.</summary>
internal sealed record RuleEffect(IReadOnlyList<OpenFlowAction> Actions, byte? NextTable, ulong MetadataValue, ulong MetadataMask)
{
    /// <summary>Meter that packets pass first; null for none.</summary>
    public uint? Meter { get; init; }

    /// <summary>The groups of the switch, by their numbers.</summary>
    public IReadOnlyDictionary<uint, PortChoice> Groups { get; init; } = NoGroups;

    private static readonly IReadOnlyDictionary<uint, PortChoice> NoGroups = new Dictionary<uint, PortChoice>();

    /// <summary>Reads instructions; says in words what cannot be read.</summary>
    public static RuleEffect? Read(FlowMod flow, out string? problem)
    {
        List<OpenFlowAction> actions = [];
        byte? next = null;
        var (value, mask) = (0UL, 0UL);
        uint? meter = null;
        problem = null;
        foreach (var instruction in flow.Instructions)
        {
            switch (instruction)
            {
                case MeterInstruction passed:
                    meter = passed.Meter;
                    break;
                case ApplyActionsInstruction apply:
                    actions.AddRange(apply.Actions);
                    break;
                case WriteMetadataInstruction write:
                    (value, mask) = (write.Value & write.Mask, write.Mask);
                    break;
                case GotoTableInstruction { Table: var table } when table > flow.Table:
                    next = table;
                    break;
                case GotoTableInstruction:
                    problem = $"{instruction} leads back";
                    return null;
                default:
                    problem = $"instruction {instruction} is not understood";
                    return null;
            }
        }

        problem = actions.Select(Problem).FirstOrDefault(found => found is not null)
            ?? (next is not null && actions.Exists(action => action is OutputAction or GroupAction) ? "it sends packets out and goes on to another table" : null)
            ?? (next is not null && actions.Exists(action => action is PushMplsAction or PopMplsAction) ? "it changes labels and goes on to another table" : null)
            ?? (LabelsUnpushed(actions) ? "it writes a label that it has not put on" : null)
            ?? (flow is { Command: FlowModCommand.Add, IdleTimeoutSeconds: 0, HardTimeoutSeconds: 0 } ? null : "it does not stay");
        return problem is null ? new RuleEffect(actions, next, value, mask) { Meter = meter } : null;
    }

    private static bool LabelsUnpushed(List<OpenFlowAction> actions)
    {
        var pushed = actions.FindIndex(action => action is PushMplsAction);
        var written = actions.FindIndex(action => action is SetFieldAction { Field: var field } && field.Type == Oxm.MplsLabel);
        return written >= 0 && (pushed < 0 || written < pushed);
    }

    /// <summary>Carries the actions out on a packet that came in by a port and was changed before.</summary>
    public (PacketChange Change, List<SymbolicOutput> Outputs) Apply(PacketChange change, uint inPort)
    {
        List<SymbolicOutput> outputs = [];
        change = Meter is null ? change : change with { Meter = Meter };
        foreach (var action in Actions)
        {
            change = action switch
            {
                PopVlanAction when change.PushedVlan is not null => change with { PushedVlan = null, IsServiceTag = false },
                PopVlanAction => change with { IsVlanRemoved = true, RewrittenVlan = null },
                PushVlanAction push => change with { PushedVlan = 0, IsServiceTag = push.EtherType == EtherType.ServiceVlan },
                PushMplsAction => change with { PushedLabel = 0 },
                PopMplsAction when change.PushedLabel is not null => change with { PushedLabel = null },
                PopMplsAction pop => change with { RemovedLabelFrom = pop.EtherType },
                SetFieldAction { Field: var field } => Write(change, field),
                _ => change,
            };

            // A packet never leaves by the port that it came in by, unless IN_PORT says so (OpenFlow 1.3.5 section 7.2.5).
            if (action is OutputAction output && output.Port != inPort)
            {
                outputs.Add(new SymbolicOutput(output.Port == PortNumber.InPort ? inPort : output.Port, change));
            }
            else if (action is GroupAction { Group: var group })
            {
                outputs.Add(new SymbolicOutput(0, change) { Choice = Groups.GetValueOrDefault(group, PortChoice.None).For(inPort) });
            }
        }

        return (change, outputs);
    }

    private static PacketChange Write(PacketChange change, OxmField field) =>
        field.Type == Oxm.EthernetSource ? change with { SourceMac = (ulong)field.Value }
        : field.Type == Oxm.EthernetDestination ? change with { DestinationMac = (ulong)field.Value }
        : field.Type == Oxm.MplsLabel ? change with { PushedLabel = (uint)field.Value }
        : field.Type == Oxm.IpDscp ? change with { Dscp = (byte)field.Value }
        : change.PushedVlan is not null ? change with { PushedVlan = (ushort)(field.Value & 0xfff) }
        : change with { RewrittenVlan = (ushort)(field.Value & 0xfff) };

    private static string? Problem(OpenFlowAction action) => action switch
    {
        PopVlanAction or PushVlanAction { EtherType: EtherType.Vlan or EtherType.ServiceVlan } => null,
        PushMplsAction { EtherType: EtherType.Mpls } or PopMplsAction => null,
        OutputAction { Port: <= PortNumber.Maximum or PortNumber.InPort } or GroupAction => null,
        SetFieldAction { Field: { HasMask: false } field }
            when field.Type == Oxm.VlanId || field.Type == Oxm.EthernetSource || field.Type == Oxm.EthernetDestination
                || field.Type == Oxm.MplsLabel || field.Type == Oxm.IpDscp => null,
        _ => $"action {action} is not understood",
    };
}

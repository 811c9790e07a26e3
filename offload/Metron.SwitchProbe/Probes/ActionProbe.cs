using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Something that a rule of a table does, and what became of it.</summary>
internal sealed record TriedAction(byte Table, string Name)
{
    /// <summary>The kind of action that is proven when it works.</summary>
    public ActionType? Action { get; init; }

    /// <summary>The field that can be set when it works.</summary>
    public OxmType? SetField { get; init; }

    /// <summary>The table that can be gone to when it works.</summary>
    public byte? Next { get; init; }

    /// <summary>The fields that the standard wants to be matched for it.</summary>
    public IReadOnlyList<OxmField> Before { get; init; } = [];

    /// <summary>What the rule does.</summary>
    public EquatableArray<Instruction> Instructions { get; init; }

    /// <summary>Whether a rule that does it came back as it was sent.</summary>
    public bool Works { get; set; }

    /// <summary>What the switch objected to; empty when it works.</summary>
    public string Said { get; set; } = "not tried";
}

/// <summary>Which actions and instructions the rules of a table can have.</summary>
internal static class ActionProbe
{
    /// <summary>Name of the instruction that writes metadata.</summary>
    public const string WriteMetadata = "write_metadata";

    private static readonly OxmField _vlan = OxmField.VlanId(4094);
    private static readonly OxmField _ip = OxmField.EthernetType(0x0800);
    private static readonly OxmField _mpls = OxmField.EthernetType(0x8847);

    /// <summary>Tries everything in these tables.</summary>
    public static async Task<IReadOnlyList<TriedAction>> RunAsync(
        ProbeSession session, IReadOnlyList<byte> tables, Dictionary<byte, IReadOnlyList<OxmField>> guards, CancellationToken cancellation)
    {
        var group = await GroupProbe.AddOneAsync(session, cancellation);
        var actions = tables.SelectMany(table => Of(session, table, group)
            .Concat(tables.Where(next => next > table).Select(next => Goto(table, next)))).ToList();
        await TryAsync(session, actions, guards, withConditions: true, cancellation);

        // Not every switch wants the conditions of the standard, and not every table has their fields.
        await TryAsync(session, [.. actions.Where(action => !action.Works && action.Before.Count > 0)], guards, withConditions: false, cancellation);
        await GroupProbe.RemoveAllAsync(session, cancellation);
        return actions;
    }

    private static async Task TryAsync(
        ProbeSession session, List<TriedAction> actions, Dictionary<byte, IReadOnlyList<OxmField>> guards, bool withConditions, CancellationToken cancellation)
    {
        var possible = actions.Select(action => (action, match: Guard.For(guards[action.Table], withConditions ? action.Before : []))).Where(pair => pair.match is not null).ToList();
        var rules = possible.Select(pair => new FlowMod { Table = pair.action.Table, Match = pair.match!, Instructions = pair.action.Instructions }).ToList();
        var trials = await RuleTrials.RunAsync(session, rules, cancellation);
        for (var i = 0; i < trials.Length; i++)
        {
            possible[i].action.Works = trials[i].Works;
            possible[i].action.Said = trials[i].Works ? "" : withConditions ? trials[i].ToString() : possible[i].action.Said;
        }
    }

    private static IEnumerable<TriedAction> Of(ProbeSession session, byte table, uint? group)
    {
        var output = new OutputAction(session.State.Port ?? PortNumber.InPort);
        yield return Apply(table, "output", ActionType.Output, output);
        yield return Apply(table, "output:CONTROLLER", null, OutputAction.ToController);
        yield return Apply(table, "push_vlan", ActionType.PushVlan, new PushVlanAction(), new SetFieldAction(_vlan), output);
        yield return Apply(table, "pop_vlan", ActionType.PopVlan, new PopVlanAction(), output) with { Before = [_vlan] };
        yield return Set(table, OxmField.EthernetSource(Guard.Address), output);
        yield return Set(table, OxmField.EthernetDestination(Guard.Address), output);
        yield return Set(table, OxmField.VlanId(4093), output, _vlan);
        yield return Set(table, OxmField.IpDscp(10), output, _ip);
        yield return Apply(table, "push_mpls", ActionType.PushMpls, new PushMplsAction(), new SetFieldAction(OxmField.Exact(Oxm.MplsLabel, 16)), output);
        yield return Apply(table, "pop_mpls", ActionType.PopMpls, new PopMplsAction(0x0800), output) with { Before = [_mpls] };
        yield return Set(table, OxmField.Exact(Oxm.MplsLabel, 17), output, _mpls);
        yield return Apply(table, "dec_ttl", ActionType.DecrementNetworkTtl, new DecrementNetworkTtlAction(), output) with { Before = [_ip] };
        yield return new TriedAction(table, WriteMetadata) { Instructions = [new WriteMetadataInstruction(7)] };
        yield return new TriedAction(table, "drop");
        yield return Apply(table, "group", ActionType.Group, new GroupAction(group ?? 1));
    }

    private static TriedAction Goto(byte table, byte next) =>
        new(table, $"goto_table:{next}") { Next = next, Instructions = [new GotoTableInstruction(next)] };

    private static TriedAction Apply(byte table, string name, ActionType? type, params OpenFlowAction[] actions) =>
        new(table, name) { Action = type, Instructions = [new ApplyActionsInstruction(actions.ToEquatableArray())] };

    private static TriedAction Set(byte table, OxmField field, OutputAction output, params OxmField[] before) =>
        Apply(table, $"set_field:{field.Type.Name}", ActionType.SetField, new SetFieldAction(field), output) with { SetField = field.Type, Before = before };
}

using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>Refuses what a switch of a profile cannot do, with the error that the standard has for it.</summary>
internal sealed class SwitchAbilities(SwitchProfile profile, byte tableCount)
{
    private readonly Dictionary<byte, TableProfile> _tables = profile.Tables.ToDictionary(table => table.Number);

    public SwitchProfile Profile { get; } = profile;

    /// <summary>Numbers of the tables.</summary>
    public IEnumerable<byte> Tables => _tables.Count > 0 ? _tables.Keys.Order() : Enumerable.Range(0, tableCount).Select(number => (byte)number);

    /// <summary>One more than the highest number.</summary>
    public byte TableCount => (byte)(Tables.Last() + 1);

    public TableProfile TableOf(byte number) => _tables.TryGetValue(number, out var table) ? table : new TableProfile(number);

    public bool HasTable(byte number) => _tables.Count > 0 ? _tables.ContainsKey(number) : number < tableCount;

    public int CapacityOf(byte number) => TableOf(number).Capacity ?? int.MaxValue;

    /// <summary>Throws when the rule needs what its table lacks.</summary>
    public void Check(FlowMod flow, FlowTables present)
    {
        var table = TableOf(flow.Table);
        CheckMatch(flow, table, present);
        foreach (var instruction in flow.Instructions.AsSpan())
        {
            switch (instruction)
            {
                case GotoTableInstruction next when !HasTable(next.Table) || (table.Next is { } allowed && !allowed.Contains(next.Table)):
                    throw Refusal.Instruction(2);
                case WriteMetadataInstruction when !Profile.Metadata:
                    throw Refusal.Instruction(3);
                case MeterInstruction when !Profile.Meters:
                    throw Refusal.Instruction(1);
                case ApplyActionsInstruction apply:
                    CheckActions(apply.Actions, table);
                    break;
                case WriteActionsInstruction write:
                    CheckActions(write.Actions, table);
                    break;
            }
        }
    }

    public void CheckGroup(GroupKind kind)
    {
        if (!Profile.Groups.Contains(kind))
        {
            throw Refusal.Group(10);
        }
    }

    private void CheckMatch(FlowMod flow, TableProfile table, FlowTables present)
    {
        foreach (var field in flow.Match.Fields.AsSpan())
        {
            if (field.Type == Oxm.Metadata && !Profile.Metadata)
            {
                throw Refusal.Match(6);
            }

            if (table.Match is not { } fields)
            {
                continue;
            }

            var known = fields.Where(candidate => candidate.Field == field.Type).Select(candidate => (FieldProfile?)candidate).FirstOrDefault();
            if (known is not { } ability)
            {
                throw Refusal.Match(6);
            }

            if (field.HasMask && !Takes(ability.Masks, field))
            {
                throw Refusal.Match(8);
            }
        }

        if (table.SameFieldsOnly && present.Of(flow.Table).FirstOrDefault() is { } other && !HaveSameMasks(other.Match, flow.Match))
        {
            throw Refusal.Match(5);
        }
    }

    private static bool Takes(MaskSupport masks, OxmField field)
    {
        if (masks != MaskSupport.Prefix)
        {
            return masks == MaskSupport.Any;
        }

        // Ones of the field's width, then zeros.
        var full = Oxm.Describe(field.Type)?.FullMask ?? UInt128.MaxValue;
        var zeros = (int)UInt128.TrailingZeroCount(field.Mask);
        return field.Mask == 0 || field.Mask == full >> zeros << zeros;
    }

    private static bool HaveSameMasks(Match left, Match right) =>
        left.Fields.Count == right.Fields.Count && left.Fields.All(field => right[field.Type] is { } other && other.Mask == field.Mask);

    private static void CheckActions(EquatableArray<OpenFlowAction> actions, TableProfile table)
    {
        foreach (var action in actions.AsSpan())
        {
            if (table.Actions is { } allowed && !allowed.Contains(ActionTypes.Of(action)))
            {
                throw Refusal.Action(0);
            }

            if (action is SetFieldAction set && table.SetFields is { } fields && !fields.Contains(set.Field.Type))
            {
                throw Refusal.Action(13);
            }
        }
    }
}

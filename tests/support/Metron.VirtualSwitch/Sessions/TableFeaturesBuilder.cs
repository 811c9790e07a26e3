using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>What an emulated switch says that its tables can do: exactly what they can.</summary>
internal static class TableFeaturesBuilder
{
    private static readonly ActionType[] Actions =
    [
        ActionType.Output, ActionType.PushVlan, ActionType.PopVlan, ActionType.PushMpls, ActionType.PopMpls, ActionType.SetQueue,
        ActionType.Group, ActionType.SetNetworkTtl, ActionType.DecrementNetworkTtl, ActionType.SetField,
    ];

    public static TableFeatures Of(SwitchAbilities abilities, byte number)
    {
        var table = abilities.TableOf(number);
        var instructions = new List<InstructionType> { InstructionType.WriteActions, InstructionType.ApplyActions, InstructionType.ClearActions };
        var next = abilities.Tables.Where(other => other > number && (table.Next?.Contains(other) ?? true)).ToEquatableArray();
        if (!next.IsEmpty)
        {
            instructions.Insert(0, InstructionType.GotoTable);
        }

        if (abilities.Profile.Metadata)
        {
            instructions.Add(InstructionType.WriteMetadata);
        }

        if (abilities.Profile.Meters)
        {
            instructions.Add(InstructionType.Meter);
        }

        var actions = Ids(Actions.Where(action => table.Actions?.Contains(action) ?? true).Select(action => (ushort)action));
        var fields = Oxm.Known.Where(field => abilities.Profile.Metadata || field.Type != Oxm.Metadata)
            .Select(field => (Field: field, Ability: AbilityOf(table, field))).Where(pair => pair.Ability is not null).ToList();
        var settable = Oxm.Known.Where(field => table.SetFields?.Contains(field.Type) ?? IsSettable(field.Type)).Select(field => Header(field, hasMask: false)).ToEquatableArray();
        return new TableFeatures
        {
            Table = number,
            Name = $"table{number}",
            MetadataMatch = abilities.Profile.Metadata ? ulong.MaxValue : 0,
            MetadataWrite = abilities.Profile.Metadata ? ulong.MaxValue : 0,
            MaximumEntries = (uint)(table.Capacity ?? 1_000_000),
            Properties =
            [
                new TableFeatureIdsProperty(TablePropertyType.Instructions, Ids(instructions.Select(instruction => (ushort)instruction))),
                new TableNumbersProperty(TablePropertyType.NextTables, next),
                new TableFeatureIdsProperty(TablePropertyType.WriteActions, actions),
                new TableFeatureIdsProperty(TablePropertyType.ApplyActions, actions),
                new TableFieldsProperty(
                    TablePropertyType.Match, fields.Select(pair => Header(pair.Field, pair.Ability is MaskSupport.Any or MaskSupport.Prefix)).ToEquatableArray()),
                new TableFieldsProperty(TablePropertyType.Wildcards, fields.Select(pair => Header(pair.Field, hasMask: false)).ToEquatableArray()),
                new TableFieldsProperty(TablePropertyType.WriteSetField, settable),
                new TableFieldsProperty(TablePropertyType.ApplySetField, settable),
            ],
        };
    }

    private static MaskSupport? AbilityOf(TableProfile table, OxmDescription field)
    {
        var whole = field.IsMaskable ? MaskSupport.Any : MaskSupport.Exact;
        return table.Match is not { } fields
            ? whole
            : fields.Where(known => known.Field == field.Type).Select(known => (MaskSupport?)known.Masks).FirstOrDefault();
    }

    private static bool IsSettable(OxmType type) =>
        type != Oxm.InPort && type != Oxm.InPhysicalPort && type != Oxm.EthernetType && type != Oxm.IpProtocol && type != Oxm.IpFragment
        && type != Oxm.TcpFlags && type != Oxm.Ipv6ExtensionHeaders;

    private static EquatableArray<TableFeatureId> Ids(IEnumerable<ushort> numbers) => numbers.Select(number => new TableFeatureId(number)).ToEquatableArray();

    private static OxmHeader Header(OxmDescription field, bool hasMask) => new(field.Type, hasMask, (byte)(hasMask ? field.Bytes * 2 : field.Bytes));
}

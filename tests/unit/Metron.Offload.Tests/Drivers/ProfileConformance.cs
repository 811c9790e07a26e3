using Metron.OpenFlow;

namespace Metron.Offload.Tests.Drivers;

/// <summary>Says what a switch of a profile would refuse, written without the driver's code.</summary>
internal static class ProfileConformance
{
    /// <summary>The first rule that the switch would refuse, with the reason; null when it takes all.</summary>
    public static string? Refused(IReadOnlyList<SwitchRule> rules, SwitchProfile profile)
    {
        foreach (var rule in rules)
        {
            var table = profile.Tables.SingleOrDefault(table => table.Number == rule.Flow.Table);
            var problem = table is null ? "no such table" : Problem(rule.Flow, table, profile);
            if (problem is not null)
            {
                return $"{rule}: {problem}";
            }
        }

        var full = profile.Tables.FirstOrDefault(table => rules.Count(rule => rule.Flow.Table == table.Number) > (table.Capacity ?? int.MaxValue));
        return full is null ? null : $"table {full.Number} has {rules.Count(rule => rule.Flow.Table == full.Number)} rules";
    }

    private static string? Problem(FlowMod flow, TableProfile table, SwitchProfile profile)
    {
        foreach (var field in flow.Match.Fields)
        {
            var known = table.Match?.Where(one => one.Field == field.Type).Select(one => (MaskSupport?)one.Masks).FirstOrDefault() ?? (table.Match is null ? MaskSupport.Any : null);
            var ones = field.Mask;
            var all = Oxm.Describe(field.Type)!.FullMask;
            var isPrefix = UInt128.PopCount((all & ~ones) + 1) == 1;
            var isTaken = known switch { null => false, MaskSupport.Any => true, MaskSupport.Prefix => isPrefix, _ => ones == all };
            if (!isTaken || (field.Type == Oxm.Metadata && !profile.Metadata))
            {
                return $"no match on {field}";
            }
        }

        foreach (var instruction in flow.Instructions)
        {
            var problem = instruction switch
            {
                GotoTableInstruction next when table.Next is { } allowed && !allowed.Contains(next.Table) => "goto not allowed",
                GotoTableInstruction next when next.Table <= flow.Table => "goto leads back",
                WriteMetadataInstruction when !profile.Metadata => "no metadata",
                ApplyActionsInstruction apply => apply.Actions.Select(action => Problem(action, table)).FirstOrDefault(found => found is not null),
                _ => null,
            };
            if (problem is not null)
            {
                return problem;
            }
        }

        return null;
    }

    private static string? Problem(OpenFlowAction action, TableProfile table)
    {
        var type = action switch
        {
            OutputAction => ActionType.Output,
            SetFieldAction => ActionType.SetField,
            PushVlanAction => ActionType.PushVlan,
            PopVlanAction => ActionType.PopVlan,
            _ => ActionType.Experimenter,
        };
        return table.Actions is { } actions && !actions.Contains(type) ? $"no action {type}"
            : action is SetFieldAction set && table.SetFields is { } fields && !fields.Contains(set.Field.Type) ? $"{set.Field.Type} cannot be set"
            : null;
    }
}

using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>How packets look to rules, when actions before them are carried out only behind them.</summary>
internal static class PendingActions
{
    /// <summary>The packets as they came in that a match stands for once actions are carried out; null when there are none.</summary>
    /// <exception cref="LoweringException">That cannot be said.</exception>
    public static MatchCube? AsTheyCame(SiteRule rule, IReadOnlyList<OpenFlowAction> actions)
    {
        var cube = rule.Cube;
        if (actions.Count == 0 || cube.Fields.IsEmpty)
        {
            return cube;
        }

        var fields = cube.Fields.ToArray().ToList();
        foreach (var field in cube.Fields)
        {
            if (Written(field.Type, actions, rule.Rule) is not { } value)
            {
                continue;
            }

            if (((value ^ field.Value) & field.Mask) != 0)
            {
                return null;
            }

            fields.Remove(field);
        }

        return fields.Count == cube.Fields.Length
            ? cube
            : fields.Aggregate(MatchCube.Any, (all, field) => all.With(field));
    }

    /// <summary>What actions wrote to a field; null when nothing.</summary>
    private static UInt128? Written(OxmType type, IReadOnlyList<OpenFlowAction> actions, SwitchRule rule)
    {
        UInt128? written = null;
        var isUnknown = false;
        foreach (var action in actions)
        {
            switch (action)
            {
                case SetFieldAction { Field: var field } when field.Type == type:
                    (written, isUnknown) = (field.Value, false);
                    break;
                case PushVlanAction when type == Oxm.VlanId:
                    (written, isUnknown) = (0x1000, false);
                    break;
                case PopVlanAction when type == Oxm.VlanId:
                    (written, isUnknown) = (null, true);
                    break;
                case SetFieldAction or PushVlanAction or PopVlanAction or OutputAction or GroupAction or SetQueueAction:
                    break;
                default:
                    isUnknown = true;
                    break;
            }
        }

        return !isUnknown ? written : throw new LoweringException(new LoweringProblem(
            LoweringProblemKind.NotUnderstood, rule.Flow.Table, 0, rule, $"rule {rule} matches {type} behind actions that change what that is"));
    }
}

/// <summary>Ends an attempt to lower rules.</summary>
internal sealed class LoweringException(LoweringProblem problem) : Exception(problem.Message)
{
    public LoweringProblem Problem { get; } = problem;
}

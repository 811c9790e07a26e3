using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>Describes traffic classes for status and programs.</summary>
internal static class ClassPlanner
{
    public static IReadOnlyList<PlannedClass> Describe(CompiledChain chain, SynthesisResult synthesis) =>
        [.. synthesis.Classes.Select(traffic => Describe(chain, traffic))];

    private static PlannedClass Describe(CompiledChain chain, TrafficClass traffic)
    {
        var path = traffic.Steps.Select(step => Text(chain.Graph.Functions[step.Function], step)).ToList();
        if (traffic.DropReason is { } reason)
        {
            path.Add($"dropped: {reason}");
        }
        else if (traffic.Writes.Count > 0)
        {
            path.Add("writes " + string.Join(", ", traffic.Writes.Select(write => $"{write.Field} {write.Value}")));
        }

        return new PlannedClass(
            traffic.Id, traffic.Ingress, traffic.Egress, path, IsDecidedBySwitch(chain, traffic) ? DecidedBy.Switch : DecidedBy.Server)
        {
            Steps = traffic.Steps,
            OtherSteps = traffic.OtherSteps,
            Conditions = [.. traffic.Conditions.Select(condition =>
                $"{chain.Graph.Functions[condition.Function].Name}: {(condition.OfAll ? "" : "by its headers, or ")}{condition.Text}")],
            DropReason = traffic.DropReason,
            IsCertain = traffic.IsCertain,
        };
    }

    private static string Text(FunctionDeclaration function, ClassStep step) =>
        $"{function.Name}: {(step.Outcome < 0 ? "drop" : function.Outcomes[step.Outcome])}";

    /// <summary>Whether all packets of a class leave or are dropped on the switch.</summary>
    private static bool IsDecidedBySwitch(CompiledChain chain, TrafficClass traffic)
    {
        // Where ways differ and join again, there is a router or dispatcher, which is no switch's.
        var path = chain.SwitchPart.Paths.First(path => path.Endpoint == traffic.Ingress);
        if (traffic.Steps.Count <= path.Passed.Count)
        {
            return true;
        }

        // The first function of the server's part: the switch drops for it what is certain.
        var last = traffic.Steps[^1];
        var stage = path.Stages.FirstOrDefault(stage => stage.At == path.End);
        return traffic.Steps.Count == path.Passed.Count + 1
            && traffic.DropReason is not null
            && stage is not null
            && !path.IsPartial
            && DropsAlways(chain.Graph.Functions[last.Function].Ports[last.Port], last.Outcome)
            && Actions(stage).Any(action => action.IsDrop && action.Outcome == last.Outcome && action.DropReason == traffic.DropReason);
    }

    /// <summary>Whether an outcome never depends on state.</summary>
    private static bool DropsAlways(PortDeclaration port, int outcome) =>
        port.Stages
            .SelectMany(stage => stage.Entries.Select(entry => entry.Result).Append(stage.Default))
            .All(result => result.Outcomes.Count <= 1 || !result.Outcomes.Contains(outcome));

    private static IEnumerable<StageAction> Actions(StageProgram stage) =>
        stage.Segments.SelectMany(segment => segment.Rules.Select(rule => rule.Action).Append(segment.Default));
}

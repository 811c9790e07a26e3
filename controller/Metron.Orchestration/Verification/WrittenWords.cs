using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>Says in words what the chain as written does with a packet.</summary>
internal static class WrittenWords
{
    /// <summary>"fw drops it (rule no-ssh: denied)", "it leaves by endpoint right".</summary>
    public static string Of(VerificationRun run, int endpoint, HeaderPoint packet, WrittenFate fate)
    {
        switch (fate.Kind)
        {
            case WrittenKind.Leave:
                var to = run.Spec.Endpoints[fate.Number];
                return $"it leaves by endpoint {to.Name} (port {string.Join(" or ", to.Ports)}{(to.Vlan == 0 ? "" : $", VLAN {to.Vlan}")})";
            case WrittenKind.Tag:
                var tag = run.TagsOf(endpoint)[fate.Number];
                return $"it goes to worker {tag.Worker} (port {run.PortOf(tag.Worker)}, tag {tag.Value}), where {Name(run, tag)} decides";
            default:
                return Drop(run, endpoint, packet);
        }
    }

    private static string Name(VerificationRun run, Metron.NetworkFunctions.Chains.IngressTag tag) =>
        run.EntryOf(tag) is { } entry ? run.Graph.Functions[entry.Function].Name : "nothing";

    private static string Drop(VerificationRun run, int endpoint, HeaderPoint packet)
    {
        var node = run.Graph.Endpoints[endpoint].First;
        for (var steps = 0; !node.IsEndpoint && steps <= run.Graph.Functions.Count; steps++)
        {
            var function = run.Graph.Functions[node.Function];
            var (port, decided, purpose) = (function.Ports[node.Port], StageResult.Next, "");
            foreach (var stage in function.Ports[node.Port].Stages)
            {
                var entry = stage.Entries.FirstOrDefault(candidate => candidate.Match.Matches(packet));
                (decided, purpose) = (entry?.Result ?? stage.Default, entry?.Purpose ?? stage.DefaultPurpose);
                if (!decided.IsNext)
                {
                    break;
                }
            }

            var reason = decided.DropReason ?? decided.Outcomes.Select(outcome => port.Treatments[outcome].DropReason).FirstOrDefault(found => found is not null);
            if (reason is not null)
            {
                return $"{function.Name} drops it ({purpose}: {reason})";
            }

            if (decided.Outcomes.Count == 0)
            {
                break;
            }

            node = run.Graph.Behind(node.Function, port.Treatments[decided.Outcomes[0]].ExitPort);
        }

        return "it is dropped";
    }
}

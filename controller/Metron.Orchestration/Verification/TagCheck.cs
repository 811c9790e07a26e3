using System.Numerics;
using Metron.NetworkFunctions.Chains;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>
/// Checks the tags of the program: none has two meanings, those of an endpoint lead to one place and share all values of the deciding bits between
/// them, and where flows have state both directions meet at one worker.
/// </summary>
internal sealed class TagCheck(VerificationRun run)
{
    /// <summary>What is wrong with the tags, if anything.</summary>
    public Counterexample? Run()
    {
        if (run.Program is not { } program)
        {
            return null;
        }

        run.Checked.Add($"{program.IngressTags.Count} tags of workers: each packet has one, and both directions of a flow meet");
        var taken = new HashSet<uint>();
        foreach (var tag in program.IngressTags)
        {
            if (!taken.Add(tag.Value))
            {
                return At(tag.Endpoint, tag.Field(), 0, "every tag stands for one worker and one place", $"tag {tag.Value} stands for several");
            }

            if (run.PortOf(tag.Worker) is null)
            {
                return At(tag.Endpoint, tag.Field(), 0, $"a worker of the plan gets the packets of tag {tag.Value}", $"worker {tag.Worker} is none of the plan's");
            }
        }

        return program.EgressTags.FirstOrDefault(tag => tag.IsEgress && !taken.Add(tag.Value)) is { } twice
            ? At(0, HeaderField.SourcePort, 0, "every tag has one meaning", $"egress tag {twice.Value} has another one too")
            : Enumerable.Range(0, run.Graph.Endpoints.Count).Select(CheckEndpoint).FirstOrDefault(found => found is not null) ?? CheckDirections();
    }

    private Counterexample? CheckEndpoint(int endpoint)
    {
        var tags = run.TagsOf(endpoint);
        if (tags.Count == 0)
        {
            return null;
        }

        var first = tags[0];
        if (tags.FirstOrDefault(tag => tag.Entry != first.Entry || tag.Steering != first.Steering || tag.SteeringMask != first.SteeringMask) is { } other)
        {
            return At(
                endpoint, other.Field(), other.SteeringValues.Count > 0 ? other.SteeringValues[0] : (ushort)0, "all tags of an endpoint lead to the same place by the same bits", $"tag {other.Value} differs");
        }

        if (run.EntryOf(first) is null)
        {
            return At(endpoint, first.Field(), 0, "tags lead to a function of the chain", $"tag {first.Value} leads nowhere");
        }

        if (first.SteeringMask == 0)
        {
            return tags.Count == 1 ? null : At(endpoint, first.Field(), 0, "one tag takes all packets", $"{tags.Count} tags claim them");
        }

        return CheckValues(endpoint, tags);
    }

    /// <summary>For each of the 65,536 ports, exactly one tag.</summary>
    private Counterexample? CheckValues(int endpoint, IReadOnlyList<IngressTag> tags)
    {
        var claims = new int[ushort.MaxValue + 1];
        foreach (var value in tags.SelectMany(tag => tag.SteeringValues))
        {
            claims[value]++;
        }

        var mask = tags[0].SteeringMask;
        for (var port = 0; port <= ushort.MaxValue; port++)
        {
            if (claims[port & mask] != 1)
            {
                return At(endpoint, tags[0].Field(), (ushort)port, "exactly one worker has its port", $"{claims[port & mask]} workers claim it");
            }
        }

        return tags.Sum(tag => tag.SteeringValues.Count) == 1 << BitOperations.PopCount(mask)
            ? null : At(endpoint, tags[0].Field(), 0, "only values of the deciding bits stand for workers", "others are claimed too");
    }

    /// <summary>Flows that have state, as the classes of the chain as written tell: the answers must find the worker of the first packet.</summary>
    private Counterexample? CheckDirections()
    {
        var workers = run.Program!.IngressTags.Select(tag => tag.Worker).Distinct().Count();
        if (workers <= 1 || !run.Graph.Functions.Any(function => function.KeepsFlowState))
        {
            return null;
        }

        if (run.Graph.Functions.FirstOrDefault(function => function.LosesClientPort) is { } closed)
        {
            return At(0, HeaderField.SourcePort, 0, $"both directions of a flow meet, whatever port {closed.Name} gives the client", $"there are {workers} workers");
        }

        var synthesis = Synthesizer.Run(run.Graph);
        if (!synthesis.IsComplete)
        {
            return At(0, HeaderField.SourcePort, 0, "both directions of a flow meet", "there are too many traffic classes to tell, and more than one worker");
        }

        return synthesis.Classes.Where(traffic => traffic.Egress >= 0 && run.TagsOf(traffic.Ingress).Count > 0)
            .Select(CheckClass).FirstOrDefault(found => found is not null);
    }

    private Counterexample? CheckClass(TrafficClass traffic)
    {
        var (there, back) = (run.TagsOf(traffic.Ingress), run.TagsOf(traffic.Egress));
        var stateful = traffic.Steps.Where(step => run.Graph.Functions[step.Function].KeepsFlowState).ToList();
        if (stateful.Count == 0 || back.Count == 0)
        {
            return null;
        }

        var value = there.SelectMany(tag => tag.SteeringValues).FirstOrDefault(value => WorkerOf(there, value) != WorkerOf(back, value));
        var meets = there[0].SteeringMask == back[0].SteeringMask && WorkerOf(there, value) == WorkerOf(back, value)
            && (there[0].SteeringMask == 0 || there[0].Steering != back[0].Steering);

        // Functions that write the far side's ports leave alone only the port of the side that they call inside.
        var sides = stateful.Where(step => run.Graph.Functions[step.Function].KnowsClientSide);
        meets = meets && (there[0].SteeringMask == 0 || sides.All(step => there[0].Steering == SteeringField.SourcePort == (step.Port == ChainGraph.Inside)));
        var name = run.Graph.Functions[stateful[0].Function].Name;
        return meets ? null : At(
            traffic.Egress,
            back[0].Field(),
            value,
            $"it meets the state of {name} at worker {WorkerOf(there, value)}, as the packets from {ServerEndpoints.NameOf(run.Spec, traffic.Ingress)} that it answers",
            $"it goes to worker {WorkerOf(back, value)}");
    }

    private static int WorkerOf(IReadOnlyList<IngressTag> tags, ushort value) =>
        tags.FirstOrDefault(tag => tag.SteeringMask == 0 || tag.SteeringValues.Contains(value))?.Worker ?? -1;

    /// <summary>A packet of an endpoint with a certain port, as far as the endpoint takes such packets.</summary>
    private Counterexample At(int endpoint, HeaderField field, ushort port, string written, string compiled)
    {
        endpoint = endpoint >= 0 && endpoint < run.Spec.Endpoints.Count ? endpoint : 0;
        var tcp = RealPackets.Ip.Cubes.Where(cube => cube[HeaderField.Protocol] == FieldSet.Of(6))
            .Select(cube => cube.With(field, FieldSet.Of(port)));
        return run.At(endpoint, run.PacketAt(endpoint, new HeaderSpace([.. tcp])) ?? run.PacketAt(endpoint, HeaderSpace.All), written, compiled);
    }
}

/// <summary>Steering fields as header fields.</summary>
internal static class SteeringFields
{
    public static HeaderField Field(this IngressTag tag) =>
        tag.Steering == SteeringField.DestinationPort ? HeaderField.DestinationPort : HeaderField.SourcePort;
}

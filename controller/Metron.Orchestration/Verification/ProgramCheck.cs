using Metron.NetworkFunctions.Chains;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>Checks that the server's program is the rest of the chain: the same functions, wired the same way, with the same ways out.</summary>
internal sealed class ProgramCheck(VerificationRun run)
{
    /// <summary>What is wrong, if anything.</summary>
    public Counterexample? Run()
    {
        if (run.Program is not { } program)
        {
            return null;
        }

        run.Checked.Add($"the server's program: {program.Functions.Count} functions, {program.Wires.Count} wires, {program.EgressTags.Count} ways out");
        return CheckNames(program) ?? CheckFunctions(program) ?? CheckWires(program) ?? CheckWaysOut(program);
    }

    private Counterexample? CheckNames(ResidualProgram program) =>
        program.Chain != run.Spec.Name || program.TagKind != run.Plan.TagKind
        || !program.Endpoints.SequenceEqual(ServerEndpoints.Names(run.Spec))
            ? Anywhere("the server knows the chain's name, endpoints and kind of tags", "its program says others") : null;

    private Counterexample? CheckFunctions(ResidualProgram program)
    {
        for (var i = 0; i < program.Functions.Count; i++)
        {
            var sent = program.Functions[i];
            if (run.InSpec(i) is not (var index and >= 0))
            {
                return Anywhere("only functions of the chain treat packets", $"the program has {sent.Name} too");
            }

            var check = new ConfigurationCheck(run);
            if ((check.Difference(index, sent, out var packet) ?? check.Unmetered(index, sent)) is { } difference)
            {
                var at = program.IngressTags.Count > 0 ? program.IngressTags[0].Endpoint : 0;
                return run.At(at, packet ?? Some(at), $"{sent.Name} treats it as configured", $"the program has another {sent.Name}: {difference}");
            }
        }

        return null;
    }

    private Counterexample? CheckWires(ResidualProgram program)
    {
        var wires = program.Wires.ToLookup(wire => wire.From);
        for (var function = 0; function < program.Functions.Count; function++)
        {
            for (var port = 0; port < run.Graph.Wires[run.InSpec(function)].Count; port++)
            {
                var wanted = run.Graph.Behind(run.InSpec(function), port);
                var found = wires[new FunctionPort(function, port)].ToList();
                if (found is not [var wire] || Target(wire) != wanted)
                {
                    return Leaving(
                        GraphNode.OfFunction(run.InSpec(function), port),
                        $"what leaves {Text(GraphNode.OfFunction(run.InSpec(function), port))} goes to {Text(wanted)}",
                        found is [var wrong] ? $"it goes to {(Target(wrong) is { } other ? Text(other) : "nothing")}" : $"there are {found.Count} wires there");
                }
            }
        }

        return null;
    }

    private GraphNode? Target(Wire wire) =>
        wire.ToEndpoint >= 0 ? GraphNode.OfEndpoint(wire.ToEndpoint)
        : run.InSpec(wire.To.Function) is var function and >= 0 ? GraphNode.OfFunction(function, wire.To.Port)
        : null;

    private Counterexample? CheckWaysOut(ResidualProgram program)
    {
        foreach (var endpoint in program.Wires.Where(wire => wire.ToEndpoint >= 0).Select(wire => wire.ToEndpoint).Distinct())
        {
            var (name, isEgress, peerMac) = (
                ServerEndpoints.NameOf(run.Spec, endpoint), ServerEndpoints.IsEgress(run.Spec, endpoint), ServerEndpoints.PeerMac(run.Spec, endpoint));
            var found = program.EgressTags.Where(tag => tag.Endpoint == endpoint).ToList();
            var isRight = found is [var tag] && tag.IsEgress == isEgress && tag.PeerMac == peerMac;
            if (!isRight)
            {
                return Anywhere(
                    $"packets {(isEgress ? "leave" : "do not leave")} by {name}{(peerMac is { } mac ? $" to {mac}" : "")}",
                    $"the program has {(found is [var other] ? $"IsEgress {other.IsEgress} and MAC {other.PeerMac}" : $"{found.Count} entries")} for it");
            }
        }

        return null;
    }

    private string Text(GraphNode node) => node.IsEndpoint
        ? ServerEndpoints.NameOf(run.Spec, node.Endpoint)
        : $"{run.Graph.Functions[node.Function].Name}.{run.Graph.Functions[node.Function].Ports[node.Port].Name}";

    private Counterexample Anywhere(string written, string compiled)
    {
        var endpoint = run.Program!.IngressTags.Select(tag => tag.Endpoint).FirstOrDefault(index => index >= 0 && index < run.Spec.Endpoints.Count);
        return run.At(endpoint, Some(endpoint), written, compiled);
    }

    /// <summary>A counterexample for packets that leave a function by a port: one that may do so, if there is one among a few that are tried.</summary>
    private Counterexample Leaving(GraphNode node, string written, string compiled)
    {
        for (var endpoint = 0; endpoint < run.Spec.Endpoints.Count; endpoint++)
        {
            if (run.Spec.Endpoints[endpoint].IsIngress && PacketThrough(endpoint, node) is { } packet)
            {
                return run.At(endpoint, packet, written, compiled);
            }
        }

        return Anywhere(written, compiled);
    }

    private HeaderPoint? PacketThrough(int endpoint, GraphNode node)
    {
        const int tries = 256;
        var random = new Random(run.Work.Budget.Seed);
        for (var i = 0; i < tries && !run.PacketsOf(endpoint).IsEmpty; i++)
        {
            var packet = run.PacketsOf(endpoint).Sample(random);
            var ways = Synthesizer.Explore(run.Graph, run.Graph.Endpoints[endpoint].First, At(packet));
            if (ways.Classes.Any(way => way.Steps.Any(step => Leaves(step, node))))
            {
                return packet;
            }
        }

        return null;
    }

    private bool Leaves(ClassStep step, GraphNode node) =>
        step.Function == node.Function && step.Outcome >= 0
        && run.Graph.Functions[step.Function].Ports[step.Port].Treatments[step.Outcome].ExitPort == node.Port;

    private static HeaderSpace At(HeaderPoint packet)
    {
        var cube = packet.IsV6 ? HeaderCube.AllV6 : HeaderCube.AllV4;
        for (var field = HeaderField.Source; field <= HeaderField.TcpFlags; field++)
        {
            cube = cube.With(field, FieldSet.Of(packet[field]));
        }

        return new HeaderSpace([cube]);
    }

    private HeaderPoint? Some(int endpoint) => run.PacketAt(endpoint, HeaderSpace.All);
}

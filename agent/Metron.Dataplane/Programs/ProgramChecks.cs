using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Hashing;

namespace Metron.Dataplane.Programs;

/// <summary>Checks that a residual program refers only to what is there, so that the workers need not.</summary>
internal static class ProgramChecks
{
    /// <exception cref="ProgramRejectedException">It does not; the message says where.</exception>
    public static void Check(ResidualProgram program, int groups, HashDispatch? dispatch)
    {
        foreach (var tag in program.IngressTags)
        {
            CheckIngressTag(program, tag, groups);
        }

        if (program.IngressTags.FirstOrDefault(tag => tag.Worker == IngressTag.AnyGroup) is { } hashed)
        {
            CheckHashed(program, hashed, dispatch);
        }

        foreach (var tag in program.EgressTags)
        {
            Demand(IsEndpoint(program, tag.Endpoint), $"egress tag {tag.Value} is for endpoint {tag.Endpoint}, which is not there");
            Demand(!tag.IsEgress || IsTag(program, tag.Value), $"egress tag {tag.Value} is out of range");
        }

        foreach (var wire in program.Wires)
        {
            Demand(IsPort(program, wire.From), $"a wire begins at {wire.From}, which is not there");
            Demand(
                wire.ToEndpoint >= 0 ? IsEndpoint(program, wire.ToEndpoint) : IsPort(program, wire.To),
                $"the wire from {wire.From} leads to something that is not there");
        }

        Demand(
            program.Wires.Select(wire => wire.From).Distinct().Count() == program.Wires.Count, "two wires begin at the same port");
        Demand(
            program.EgressTags.Select(tag => tag.Endpoint).Distinct().Count() == program.EgressTags.Count, "an endpoint has two egress tags");
        Demand(
            program.IngressTags.Select(tag => tag.Value).Distinct().Count() == program.IngressTags.Count, "two ingress tags have the same value");
    }

    private static void CheckIngressTag(ResidualProgram program, IngressTag tag, int groups)
    {
        Demand(IsTag(program, tag.Value), $"ingress tag {tag.Value} is out of range");
        Demand(
            (uint)tag.Worker < (uint)groups || tag.Worker == IngressTag.AnyGroup,
            $"ingress tag {tag.Value} is for worker {tag.Worker}; there are {groups}");
        Demand(IsEndpoint(program, tag.Endpoint), $"ingress tag {tag.Value} is for endpoint {tag.Endpoint}, which is not there");
        Demand(IsPort(program, tag.Entry), $"ingress tag {tag.Value} enters at {tag.Entry}, which is not there");
        foreach (var value in tag.SteeringValues)
        {
            Demand(
                (value & ~tag.SteeringMask) == 0,
                $"ingress tag {tag.Value} has steering value {value} outside of its mask {tag.SteeringMask}");
        }
    }

    private static void CheckHashed(ResidualProgram program, IngressTag tag, HashDispatch? dispatch)
    {
        if (dispatch is null)
        {
            throw new ProgramRejectedException($"ingress tag {tag.Value} is for all flow groups, but no NIC's hash chooses among them here");
        }

        var problems = HashDispatchCheck.Problems(program.Functions, dispatch.Types);
        Demand(problems.Count == 0, $"ingress tag {tag.Value} is for all flow groups, but {string.Join("; ", problems)}");
    }

    private static bool IsTag(ResidualProgram program, uint value) => value > 0 && value <= CompiledProgram.MaximumTag(program.TagKind);

    private static bool IsEndpoint(ResidualProgram program, int endpoint) => (uint)endpoint < (uint)program.Endpoints.Count;

    private static bool IsPort(ResidualProgram program, FunctionPort port) =>
        (uint)port.Function < (uint)program.Functions.Count && (uint)port.Port < (uint)program.Functions[port.Function].Ports.Count;

    private static void Demand(bool condition, string problem)
    {
        if (!condition)
        {
            throw new ProgramRejectedException(problem);
        }
    }
}

using System.Security.Cryptography;
using Google.Protobuf;
using Metron.NetworkFunctions.Chains;

namespace Metron.Mapping.Programs;

/// <summary>Residual programs, to the wire.</summary>
public static class ResidualProgramWriter
{
    /// <summary>
    /// Writes a program with its digest. Its functions are carried as the operator wrote them, so that the agent reads them by the same
    /// mapper as the controller, but without rules and routes that the program lacks.
    /// </summary>
    /// <param name="program">The program.</param>
    /// <param name="functions">The functions of the chain's spec; those that the program does not name are left out.</param>
    /// <param name="digest">The planner's fingerprint of the program; null to take that of its bytes.</param>
    /// <exception cref="ArgumentException">A function of the program is not among <paramref name="functions"/>.</exception>
    public static V1.ResidualProgram ToProto(ResidualProgram program, IEnumerable<V1.NetworkFunction> functions, string? digest = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        var byName = functions.ToDictionary(function => function.Name);
        var result = new V1.ResidualProgram
        {
            Chain = program.Chain,
            TagKind = program.TagKind.ToProto(),
            MinWorkers = (uint)program.MinimumWorkers,
            MaxWorkers = (uint)program.MaximumWorkers,
        };
        result.Endpoints.AddRange(program.Endpoints);
        foreach (var function in program.Functions)
        {
            var original = byName.GetValueOrDefault(function.Name)
                ?? throw new ArgumentException($"The spec has no function '{function.Name}'.", nameof(functions));
            result.Functions.Add(KeptParts.Of(function, original, out var rules));
            if (rules is not null)
            {
                result.KeptRules.Add(rules);
            }
        }

        result.MeteredLimits.AddRange(MeteredLimits.Of(program));
        result.IngressTags.AddRange(program.IngressTags.Select(tag => IngressTag(tag, program)));
        result.EgressTags.AddRange(program.EgressTags.Select(tag => new V1.EgressTag
        {
            Endpoint = program.Endpoints[tag.Endpoint],
            Value = tag.Value,
            PeerMac = tag.PeerMac?.ToString() ?? string.Empty,
            IngressOnly = !tag.IsEgress,
        }));
        result.Wires.AddRange(program.Wires.Select(wire => Wire(wire, program)));
        result.Classes.AddRange(program.Classes.Select(trafficClass => Class(trafficClass, program)));
        result.Digest = digest ?? Hash(result);
        result.Revision = program.Revision;
        return result;
    }

    /// <summary>
    /// SHA-256 over everything but revision and digest, as 64 hexadecimal digits: equal for programs that treat packets alike. Rests on
    /// Protocol Buffers writing fields in the order of their numbers, and on there being no map in the message.
    /// </summary>
    public static string Digest(V1.ResidualProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        var bare = program.Clone();
        bare.Revision = 0;
        bare.Digest = string.Empty;
        return Hash(bare);
    }

    private static string Hash(V1.ResidualProgram bare) => Convert.ToHexStringLower(SHA256.HashData(bare.ToByteArray()));

    private static V1.IngressTag IngressTag(IngressTag tag, ResidualProgram program)
    {
        var entry = program.Functions[tag.Entry.Function];
        var result = new V1.IngressTag
        {
            Value = tag.Value,
            Worker = (uint)tag.Worker,
            Endpoint = program.Endpoints[tag.Endpoint],
            Function = entry.Name,
            Port = entry.Ports[tag.Entry.Port],
            Steering = tag.Steering.ToProto(),
            SteeringMask = tag.SteeringMask,
        };
        result.SteeringValues.AddRange(tag.SteeringValues.Select(value => (uint)value));
        return result;
    }

    private static V1.Wire Wire(Wire wire, ResidualProgram program)
    {
        var from = program.Functions[wire.From.Function];
        var result = new V1.Wire { Function = from.Name, Port = from.Ports[wire.From.Port] };
        if (wire.ToEndpoint >= 0)
        {
            result.ToEndpoint = program.Endpoints[wire.ToEndpoint];
        }
        else
        {
            var to = program.Functions[wire.To.Function];
            (result.ToFunction, result.ToPort) = (to.Name, to.Ports[wire.To.Port]);
        }

        return result;
    }

    private static V1.ResidualClass Class(ResidualClass trafficClass, ResidualProgram program)
    {
        var result = new V1.ResidualClass
        {
            Id = (uint)trafficClass.Id,
            Ingress = program.Endpoints[trafficClass.Ingress],
            Egress = program.Endpoints[trafficClass.Egress],
        };
        result.Decisions.AddRange(trafficClass.Decisions.Select(decision => new V1.Decision
        {
            Function = program.Functions[decision.Function].Name,
            Outcome = (uint)decision.Outcome,
        }));
        return result;
    }
}

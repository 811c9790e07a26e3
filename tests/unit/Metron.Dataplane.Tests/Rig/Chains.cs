using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;

namespace Metron.Dataplane.Tests;

/// <summary>Residual programs for tests: a line of functions between the endpoints "clients" (0) and "internet" (1).</summary>
internal static class Chains
{
    public const uint ClientTag = 101;
    public const uint FarTag = 102;
    public const uint ClientEgress = 201;
    public const uint FarEgress = 202;
    public const uint ArchiveEgress = 203;

    /// <summary>A line on one worker: client-side packets carry tag 101 and leave with 202, the others 102 and 201.</summary>
    public static ResidualProgram Line(params NetworkFunctionConfiguration[] functions) => Line("chain", 1, functions);

    public static ResidualProgram Line(string chain, long revision, params NetworkFunctionConfiguration[] functions)
    {
        var last = functions.Length - 1;
        var wires = new List<Wire>
        {
            new(new FunctionPort(0, 0), default, 0),
            new(new FunctionPort(last, 1), default, 1),
        };
        for (var i = 0; i < last; i++)
        {
            wires.Add(new Wire(new FunctionPort(i, 1), new FunctionPort(i + 1, 0)));
            wires.Add(new Wire(new FunctionPort(i + 1, 0), new FunctionPort(i, 1)));
        }

        return new ResidualProgram(chain, revision, TagKind.Vlan)
        {
            Endpoints = ["clients", "internet"],
            Functions = functions,
            Wires = wires,
            IngressTags =
            [
                new IngressTag(ClientTag, 0, 0, new FunctionPort(0, 0), SteeringField.SourcePort, 0, [0]),
                new IngressTag(FarTag, 0, 1, new FunctionPort(last, 1), SteeringField.DestinationPort, 0, [0]),
            ],
            EgressTags = [new EgressTag(0, ClientEgress, null), new EgressTag(1, FarEgress, null)],
            Classes =
            [
                new ResidualClass(7, 0, [.. Enumerable.Range(0, functions.Length).Select(function => new Decision(function, 0))], 1),
                new ResidualClass(9, 1, [.. Enumerable.Range(0, functions.Length).Reverse().Select(function => new Decision(function, 0))], 0),
            ],
        };
    }

    /// <summary>The same with a third endpoint, "archive", behind the mirror port of a function; frames to it carry tag 203.</summary>
    public static ResidualProgram WithArchive(this ResidualProgram program, int mirror) => program with
    {
        Endpoints = [.. program.Endpoints, "archive"],
        Wires = [.. program.Wires, new Wire(new FunctionPort(mirror, 2), default, 2)],
        EgressTags = [.. program.EgressTags, new EgressTag(2, ArchiveEgress, null)],
    };

    /// <summary>The same over several workers: steering by bits 1 to k of the client's port, tags from 101 and 151 on.</summary>
    public static ResidualProgram Spread(this ResidualProgram program, int workers)
    {
        var mask = (ushort)((workers - 1) << 1);
        return program with
        {
            IngressTags =
            [
                .. program.IngressTags.SelectMany((tag, side) => Enumerable.Range(0, workers).Select(worker => tag with
                {
                    Value = (uint)(101 + (side * 50) + worker),
                    Worker = worker,
                    SteeringMask = mask,
                    SteeringValues = [(ushort)(worker << 1)],
                })),
            ],
        };
    }

    /// <summary>What the switch would choose: the tag that the frame's steering field belongs to.</summary>
    public static IngressTag Steer(this ResidualProgram program, int endpoint, in PacketHeaders headers)
    {
        var port = headers.Protocol is IpProtocol.Tcp or IpProtocol.Udp ? endpoint == 0 ? headers.SourcePort : headers.DestinationPort : 0;
        return program.IngressTags.First(tag => tag.Endpoint == endpoint && tag.SteeringValues.Contains((ushort)(port & tag.SteeringMask)));
    }
}

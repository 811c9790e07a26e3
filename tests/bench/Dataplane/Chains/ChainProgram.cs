using Metron.Bench.Traces;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.Packets;

namespace Metron.Bench.Dataplane;

/// <summary>Makes the residual program of functions in a line: clients, first function, …, last function, internet. Tagged by MAC.</summary>
internal static class ChainProgram
{
    private const int Clients = 0;
    private const int Internet = 1;
    private const int Inside = 0;
    private const int Outside = 1;

    /// <summary>Tag that packets to the internet leave with: it is the low part of their source MAC.</summary>
    private const uint InternetTag = 3;

    /// <summary>Tag that packets from the internet come with to the first worker; those of clients lie below.</summary>
    private const uint FromInternet = 0x1_0000;

    /// <summary>The clients' gateway or host.</summary>
    public static MacAddress ClientPeer { get; } = new(Flow.ClientMac);

    /// <summary>Destination of packets to the internet when no router wrote one.</summary>
    public static MacAddress InternetPeer { get; } = MacAddress.Parse("02:00:00:00:f0:fe");

    /// <summary>Source of packets to the internet.</summary>
    public static MacAddress InternetTagMac { get; } = new(0x024d_5400_0000 | InternetTag);

    /// <summary>Makes the program.</summary>
    /// <param name="functions">Functions, from the clients on.</param>
    /// <param name="workers">Workers, or flow groups, that flows are steered to by the clients' port, from bit 1 on: a power of two.</param>
    public static ResidualProgram Of(IReadOnlyList<NetworkFunctionConfiguration> functions, int workers = 1)
    {
        var last = functions.Count - 1;
        var wires = new List<Wire> { new(new FunctionPort(0, Inside), default, Clients), new(new FunctionPort(last, Outside), default, Internet) };
        for (var i = 0; i < last; i++)
        {
            wires.Add(new Wire(new FunctionPort(i, Outside), new FunctionPort(i + 1, Inside)));
            wires.Add(new Wire(new FunctionPort(i + 1, Inside), new FunctionPort(i, Outside)));
        }

        return new ResidualProgram("bench", 1, TagKind.Mac)
        {
            Endpoints = ["clients", "internet"],
            Functions = functions,
            IngressTags =
            [
                .. Enumerable.Range(0, workers).SelectMany(worker => new[]
                {
                    Ingress((uint)(Flow.TagMac & 0xff_ffff), worker, workers, Clients, new FunctionPort(0, Inside), SteeringField.SourcePort),
                    Ingress(FromInternet, worker, workers, Internet, new FunctionPort(last, Outside), SteeringField.DestinationPort),
                }),
            ],
            EgressTags = [new EgressTag(Internet, InternetTag, InternetPeer), new EgressTag(Clients, 4, ClientPeer)],
            Wires = wires,
        };
    }

    private static IngressTag Ingress(uint first, int worker, int workers, int endpoint, FunctionPort entry, SteeringField steering) => workers == 1
        ? new IngressTag(first, worker, endpoint, entry, SteeringField.None, 0, [0])
        : new IngressTag(first + (uint)worker, worker, endpoint, entry, steering, (ushort)((workers - 1) << 1), [(ushort)(worker << 1)]);
}

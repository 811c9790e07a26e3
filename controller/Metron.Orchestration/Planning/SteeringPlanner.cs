using System.Numerics;
using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>Decides how the switch chooses the worker, so that both directions of a flow come to the same one.</summary>
internal static class SteeringPlanner
{
    // Workers whose number is no power of two get shares that differ by at most one part in 2^4.
    private const int ExtraBits = 4;

    /// <summary>How many bits tell so many workers apart: k.</summary>
    public static int BitsFor(int workers) =>
        workers <= 1 ? 0 : BitOperations.IsPow2(workers) ? BitOperations.Log2((uint)workers) : BitOperations.Log2((uint)workers) + 1 + ExtraBits;

    /// <summary>
    /// The bits of a port that decide: 1 to k. Bit 0 is left out, because Linux gives <c>connect()</c> even ports only.
    /// </summary>
    public static ushort MaskFor(int bits) => (ushort)((1 << (bits + 1)) - 2);

    /// <summary>The values of the deciding bits that a worker gets. Worker 0 gets value 0.</summary>
    /// <remarks>Values that share their lowest bits go to the same worker as far as possible, so that few masks describe them.</remarks>
    public static IReadOnlyList<ushort> ValuesOf(int worker, int workers)
    {
        var bits = BitsFor(workers);
        return
        [
            .. Enumerable.Range(0, 1 << bits)
                .Where(slot => slot * workers >> bits == worker)
                .Select(slot => (ushort)(Reverse(slot, bits) << 1))
                .Order(),
        ];
    }

    /// <summary>Which field's bits tell the worker at an endpoint.</summary>
    public static SteeringField FieldAt(GraphEndpoint endpoint, int bits) =>
        bits == 0 ? SteeringField.None : endpoint.IsClientSide ? SteeringField.SourcePort : SteeringField.DestinationPort;

    /// <summary>
    /// Why no field tells the same worker in both directions; null when one does. The client's port is the source port at client-side
    /// endpoints and the destination port at far-side ones, so flows with state must run from one side to the other, and pass functions
    /// that know inside from outside in the same sense.
    /// </summary>
    public static string? SingleWorkerReason(FunctionGraph graph, SwitchPart part, SynthesisResult synthesis)
    {
        if (part.NeedsServer && graph.Functions.FirstOrDefault(function => function.HidesFlows) is { } tunnel)
        {
            return $"packets outside of {tunnel.Name} do not show the ports of the flows inside, so no port number tells the worker in both directions";
        }

        if (graph.Functions.FirstOrDefault(function => function.LosesClientPort) is { } closed)
        {
            return $"{closed.Name} may change the client's port, so no port number tells the worker in both directions (keepsClientPorts says that it does not)";
        }

        foreach (var traffic in synthesis.Classes.Where(traffic => traffic.Egress >= 0 && IsOnServer(part, traffic.Ingress)))
        {
            var (ingress, egress) = (graph.Endpoints[traffic.Ingress], graph.Endpoints[traffic.Egress]);
            foreach (var step in traffic.AllSteps.SelectMany(steps => steps))
            {
                var function = graph.Functions[step.Function];
                if (function.KeepsFlowState && ingress.IsClientSide == egress.IsClientSide)
                {
                    return $"packets from {ingress.Name} to {egress.Name} pass {function.Name}, which keeps state, but both endpoints are on the "
                        + $"{(ingress.IsClientSide ? "client" : "far")} side, so no port number tells the worker in both directions";
                }

                if (function.KnowsClientSide && ingress.IsClientSide != (step.Port == ChainGraph.Inside))
                {
                    return $"packets from {ingress.Name} to {egress.Name} enter {function.Name} from its "
                        + $"{(step.Port == ChainGraph.Inside ? "inside" : "outside")}, although {ingress.Name} is on the "
                        + $"{(ingress.IsClientSide ? "client" : "far")} side, so no port number tells the worker in both directions";
                }
            }
        }

        return synthesis.IsComplete || !graph.Functions.Any(function => function.KeepsFlowState)
            ? null
            : "the chain has more traffic classes than can be checked for flows whose directions would meet different workers";
    }

    private static bool IsOnServer(SwitchPart part, int endpoint) =>
        part.Paths.Any(path => path.Endpoint == endpoint && !path.End.IsEndpoint);

    private static int Reverse(int value, int bits)
    {
        var reversed = 0;
        for (var i = 0; i < bits; i++)
        {
            reversed |= (value >> i & 1) << (bits - 1 - i);
        }

        return reversed;
    }
}

using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.NeighborResponder;
using Metron.NetworkFunctions.Vlan;

namespace Metron.Orchestration;

/// <summary>Checks that both ends of a link understand the same frames. The links are right.</summary>
internal sealed class FrameChecks(ChainSpec spec, List<Violation> violations)
{
    public static void Check(ChainSpec spec, List<Violation> violations)
    {
        var checks = new FrameChecks(spec, violations);
        for (var i = 0; i < spec.Links.Count; i++)
        {
            checks.CheckLink(i, spec.Links[i]);
        }

        for (var i = 0; i < spec.Functions.Count; i++)
        {
            checks.CheckAnswers(i, spec.Functions[i]);
        }
    }

    private void CheckLink(int index, ChainLink link)
    {
        var (from, to) = (spec.PortOf(link.From, ChainGraph.Outside), spec.PortOf(link.To, ChainGraph.Inside));
        if (from is { } first && to is { } second)
        {
            var (left, right) = (Words(first), Words(second));
            if (left != right)
            {
                violations.Add(new Violation(SpecPaths.Link(index, "to"), $"{Name(first)} has {left} there, but {Name(second)} has {right}"));
            }
        }
        else if ((from ?? to) is { } port)
        {
            CheckEndpoint(spec.Endpoints.ToList().FindIndex(endpoint => endpoint.Name == (from is null ? link.From : link.To).Element), port);
        }
    }

    /// <summary>Who asks for neighbours must come to the function that answers, past nothing but VLAN functions, and the answer back.</summary>
    private void CheckAnswers(int index, NetworkFunctionConfiguration function)
    {
        for (var port = 0; port < function.Ports.Count; port++)
        {
            if (!function.AnswersNeighborsAt(port))
            {
                continue;
            }

            var asking = Enumerable.Range(0, spec.Endpoints.Count).Where(endpoint => spec.AnsweringAt(endpoint) == (function, port)).ToList();
            if (asking.Count == 0 && function is not NeighborResponderConfiguration)
            {
                continue; // a port towards other functions needs no answers
            }

            if (asking.Count == 0)
            {
                violations.Add(new Violation(
                    SpecPaths.Function(index),
                    $"{function.Name} answers ARP and neighbour solicitations on {Side(function, port)}, but none come there: link an endpoint to it"));
            }
            else if (spec.Endpoints[asking[0]] is not { IsIngress: true, IsEgress: true })
            {
                violations.Add(new Violation(
                    SpecPaths.Endpoint(asking[0], "role"),
                    $"{function.Name} answers ARP and neighbour solicitations there, so traffic must both enter and leave by {spec.Endpoints[asking[0]].Name}"));
            }

            if (spec.PassNeighborDiscovery)
            {
                violations.Add(new Violation(
                    "spec.passNeighborDiscovery", $"the switch would pass ARP and neighbour discovery by {function.Name}, which answers them; remove one of the two"));
                return;
            }
        }
    }

    private static string Side(NetworkFunctionConfiguration function, int port) =>
        function.HasNamedPorts ? $"its port {function.Ports[port]}" : $"its {function.Ports[port]}";

    private void CheckEndpoint(int index, (NetworkFunctionConfiguration Function, int Port) port)
    {
        if (index < 0)
        {
            return;
        }

        var endpoint = spec.Endpoints[index];
        if (port.Function is VlanConfiguration vlan && vlan.IdAt(port.Port) is var id and not 0 && endpoint.Vlan != id)
        {
            violations.Add(new Violation(
                SpecPaths.Endpoint(index, "vlan"),
                $"{Name(port)} has frames of VLAN {id} there, so {endpoint.Name} must say vlan: {id}, not {endpoint.Vlan}"));
        }

        if (port.Function.FramesAt(port.Port) == LinkFrames.Labelled && endpoint.Match != PacketMatch.Any)
        {
            violations.Add(new Violation(
                SpecPaths.Endpoint(index, "match"),
                $"{Name(port)} has {Words(port)} there, which no switch can match by what is in them: remove the match"));
        }
    }

    private static string Words((NetworkFunctionConfiguration Function, int Port) port) => port.Function.FramesAt(port.Port) switch
    {
        LinkFrames.Tagged => $"frames of VLAN {((VlanConfiguration)port.Function).IdAt(port.Port)}",
        LinkFrames.Labelled => "frames with MPLS labels",
        _ => "IP packets",
    };

    private static string Name((NetworkFunctionConfiguration Function, int Port) port) => port.Function.HasNamedPorts
        ? $"{port.Function.Name}.{port.Function.Ports[port.Port]}"
        : $"the {port.Function.Ports[port.Port]} of {port.Function.Name}";
}

using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.OpenFlow;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>Writes down a plan for servers and for the switch.</summary>
internal static class ProgramWriter
{
    public static SortedDictionary<string, ResidualProgram> ResidualPrograms(CompiledChain chain, ChainPlan plan)
    {
        var programs = new SortedDictionary<string, ResidualProgram>(StringComparer.Ordinal);
        if (plan.Placement is { } placement)
        {
            programs[placement.Server] = ResidualProgram(chain, plan);
        }

        return programs;
    }

    public static IReadOnlyList<SwitchRule> SwitchRules(CompiledChain chain, ChainPlan plan)
    {
        var assignment = new ChainAssignment(
            plan.Spec.Name,
            plan.ChainNumber,
            plan.Revision,
            Encoding(plan.TagKind))
        {
            Endpoints = [.. plan.Spec.Endpoints.Select((endpoint, index) => WithPorts(Endpoint(chain, endpoint, index) with { Meter = MeterAt(plan, index) }, plan, index))],
            Positions = plan.Positions.ToDictionary(
                position => new PositionKey(position.Endpoint, position.At.Function, position.At.Port), position => position.Number),
            IngressTags = [.. plan.IngressTags.Select(tag => IngressTag(plan, tag))],
            EgressTags = [.. plan.EgressTags.Select(tag => new EgressTagRules(tag.Value, tag.Endpoint))],
            ServerPorts = [.. (plan.Placement?.Workers ?? []).Select(worker => worker.SwitchPort).Distinct()],
            PassNeighborDiscovery = plan.Spec.PassNeighborDiscovery && plan.Spec.Endpoints.Count == 2,
            Classes =
            [
                .. plan.Classes.Select(planned => new TrafficClass(planned.Id, planned.Ingress, planned.Steps, planned.Egress)
                {
                    DropReason = planned.DropReason,
                    OtherSteps = planned.OtherSteps,
                }),
            ],
        };
        return ChainRules.Write(chain.Graph, chain.SwitchPart, assignment);
    }

    private static uint MeterAt(ChainPlan plan, int endpoint) => plan.Meters?.FirstOrDefault(meter => meter.Endpoint == endpoint)?.Number ?? 0;

    private static EndpointPort WithPorts(EndpointPort endpoint, ChainPlan plan, int index)
    {
        var group = plan.Groups?.FirstOrDefault(group => group.Endpoint == index);
        var port = group is { OnlyPort: not 0 } ? group.OnlyPort : endpoint.Port;
        return endpoint with { Port = port, MorePorts = [.. plan.Spec.Endpoints[index].Ports.Where(other => other != port)], Group = group?.Number ?? 0 };
    }

    private static TagEncoding Encoding(TagKind kind) => kind switch
    {
        TagKind.Mac => TagEncoding.MacAddress,
        TagKind.QinQ => TagEncoding.ServiceVlan,
        TagKind.Mpls => TagEncoding.MplsLabel,
        TagKind.Dscp => TagEncoding.Dscp,
        _ => TagEncoding.VlanId,
    };

    private static EndpointPort Endpoint(CompiledChain chain, ChainEndpoint endpoint, int index) => new(
        endpoint.Port,
        endpoint.Vlan,
        EndpointMacs.LocalMac(chain.Graph, chain.Spec, index) is { } mac ? new HardwareAddress(mac.Value) : null)
    {
        KeepsVlan = chain.Spec.FramesOf(index) == LinkFrames.Tagged,
        TakesNeighbors = chain.Spec.TakesNeighbors(index),
        IsLabelled = chain.Spec.FramesOf(index) == LinkFrames.Labelled,
    };

    private static IngressTagRules IngressTag(ChainPlan plan, PlannedIngressTag tag) => new(
        tag.Value,
        tag.Endpoint,
        tag.Worker.Index,
        tag.Worker.SwitchPort,
        tag.Field == SteeringField.SourcePort,
        SteeringPlanner.MaskFor(plan.Steering.Bits),
        tag.Values);

    private static ResidualProgram ResidualProgram(CompiledChain chain, ChainPlan plan)
    {
        var part = ServerPart.Of(chain.Graph, chain.SwitchPart);
        var functionIndex = part.Functions.Select((function, index) => (function, index)).ToDictionary(pair => pair.function, pair => pair.index);
        return new ResidualProgram(plan.Spec.Name, plan.DeployedRevision, plan.TagKind)
        {
            Endpoints = [.. ServerEndpoints.Names(plan.Spec)],
            Functions = [.. part.Functions.Select(function => MeterPlanner.WithoutMetered(chain.Spec.Functions[function], function, plan.Meters))],
            IngressTags =
            [
                .. plan.IngressTags.Select(tag => new IngressTag(
                    tag.Value,
                    tag.Worker.Index,
                    tag.Endpoint,
                    new FunctionPort(functionIndex[tag.Entry.Function], tag.Entry.Port),
                    tag.Field,
                    SteeringPlanner.MaskFor(plan.Steering.Bits),
                    tag.Values)),
            ],
            EgressTags = [.. part.Endpoints.Select(endpoint => EgressTag(plan, endpoint))],
            Wires = [.. part.Functions.SelectMany(function => Wires(chain.Graph, function, functionIndex))],
            Classes = [.. plan.Classes.SelectMany(planned => Classes(chain, planned, functionIndex))],
            MinimumWorkers = plan.Placement is { IsBalanced: true } ? plan.Spec.Resources.MinimumCores : 0,
            MaximumWorkers = plan.Placement is { IsBalanced: true } ? plan.Spec.Resources.MaximumCores : 0,
        };
    }

    private static EgressTag EgressTag(ChainPlan plan, int endpoint) => new(
        endpoint,
        plan.EgressTags.FirstOrDefault(tag => tag.Endpoint == endpoint)?.Value ?? 0,
        ServerEndpoints.PeerMac(plan.Spec, endpoint),
        ServerEndpoints.IsEgress(plan.Spec, endpoint));

    private static IEnumerable<Wire> Wires(FunctionGraph graph, int function, Dictionary<int, int> functionIndex) =>
        graph.Wires[function].Select((other, port) => new Wire(
            new FunctionPort(functionIndex[function], port),
            other.IsEndpoint ? new FunctionPort(-1, -1) : new FunctionPort(functionIndex[other.Function], other.Port),
            other.IsEndpoint ? other.Endpoint : -1));

    /// <summary>A class as the server sees it, once for each way: what is decided from where it enters the server on. None when it does not leave by the server.</summary>
    private static IEnumerable<ResidualClass> Classes(CompiledChain chain, PlannedClass planned, Dictionary<int, int> functionIndex)
    {
        var path = chain.SwitchPart.Paths.First(path => path.Endpoint == planned.Ingress);
        return planned.Egress < 0 || path.End.IsEndpoint ? [] : planned.OtherSteps.Prepend(planned.Steps).Select(steps => new ResidualClass(
            planned.Id,
            planned.Ingress,
            [.. steps.Skip(path.Passed.Count).Select(step => new Decision(functionIndex[step.Function], step.Outcome))],
            planned.Egress));
    }
}

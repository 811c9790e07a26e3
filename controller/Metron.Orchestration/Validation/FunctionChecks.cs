using Metron.NetworkFunctions.Blackbox;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.L2Switch;
using Metron.NetworkFunctions.L3Switch;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Mirror;
using Metron.NetworkFunctions.Router;
using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Tunnel;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>Checks what only shows when the chain is seen as a whole. The links are right.</summary>
internal sealed class FunctionChecks
{
    private readonly ChainSpec _spec;
    private readonly CompiledChain _chain;
    private readonly List<Violation> _violations;

    public FunctionChecks(ChainSpec spec, ChainSpec? before, List<Violation> violations)
    {
        (_spec, _violations) = (spec, violations);
        _chain = CompiledChain.Of(spec, CompiledChain.IfKnown(before));
    }

    /// <summary>Functions that no packet can come to.</summary>
    public void CheckReachable()
    {
        var reached = new HashSet<int>();
        var open = new Stack<GraphNode>(_chain.Graph.Endpoints.Where(endpoint => endpoint is { IsIngress: true, IsOnServer: false }).Select(endpoint => endpoint.First));
        while (open.TryPop(out var node))
        {
            if (!node.IsEndpoint && reached.Add(node.Function))
            {
                foreach (var neighbor in _chain.Graph.Wires[node.Function])
                {
                    open.Push(neighbor);
                }
            }
        }

        for (var i = 0; i < _spec.Functions.Count; i++)
        {
            if (!reached.Contains(i))
            {
                Report(
                    SpecPaths.Function(i),
                    $"no packet can come to {_spec.Functions[i].Name}: no way leads there from an endpoint where traffic enters");
            }
        }
    }

    /// <summary>Backends that no route leads to.</summary>
    public void CheckBackends()
    {
        for (var i = 0; i < _spec.Functions.Count; i++)
        {
            if (_spec.Functions[i] is not LoadBalancerConfiguration loadBalancer)
            {
                continue;
            }

            for (var service = 0; service < loadBalancer.Services.Count; service++)
            {
                for (var backend = 0; backend < loadBalancer.Services[service].Backends.Count; backend++)
                {
                    CheckBackend(i, loadBalancer, service, backend);
                }
            }
        }
    }

    private void CheckBackend(int index, LoadBalancerConfiguration loadBalancer, int serviceIndex, int backendIndex)
    {
        var service = loadBalancer.Services[serviceIndex];
        var backend = service.Backends[backendIndex];
        var packets = new HeaderMatch
        {
            IpVersion = backend.Address.IsV6 ? 6 : 4,
            Destination = FieldCondition.Of(backend.Address.Value),
            Protocol = FieldCondition.Of((UInt128)service.Protocol),
            DestinationPort = FieldCondition.Of((UInt128)backend.Port),
            Fragment = false,
        };
        var found = Synthesizer.Explore(_chain.Graph, _chain.Graph.Behind(index, ChainGraph.Outside), packets.ToSpace());
        if (found.IsComplete && found.Classes.All(traffic => traffic.Egress < 0))
        {
            var reasons = found.Classes
                .Select(traffic => traffic.Steps.Count == 0 ? traffic.DropReason : $"{_spec.Functions[traffic.Steps[^1].Function].Name} drops them ({traffic.DropReason})")
                .Distinct()
                .ToList();
            Report(
                SpecPaths.Configuration(index, loadBalancer, $"services[{serviceIndex}].backends[{backendIndex}].address"),
                $"no packet to {backend.Address} port {backend.Port} can get from {loadBalancer.Name} to an endpoint: {string.Join(", ", reasons)}");
        }
    }

    /// <summary>Mirrors whose copies could not leave.</summary>
    public void CheckMirrors()
    {
        for (var i = 0; i < _spec.Functions.Count; i++)
        {
            if (_spec.Functions[i] is not MirrorConfiguration mirror)
            {
                continue;
            }

            var behind = _chain.Graph.Behind(i, MirrorConfiguration.MirrorPort);
            if (!behind.IsEndpoint)
            {
                Report(
                    SpecPaths.Function(i),
                    $"copies of {mirror.Name} would go to {_spec.Functions[behind.Function].Name}: link {mirror.Name}.mirror to an endpoint");
            }
            else if (!_chain.Graph.Endpoints[behind.Endpoint].IsEgress)
            {
                Report(
                    SpecPaths.Endpoint(behind.Endpoint, "role"),
                    $"copies of {mirror.Name} go to {_spec.Endpoints[behind.Endpoint].Name}, where nothing may leave");
            }
        }
    }

    /// <summary>More workers wanted than the chain can use.</summary>
    public void CheckWorkers()
    {
        if (_spec.Resources.MinimumCores > 1
            && _chain.SwitchPart.NeedsServer
            && SteeringPlanner.SingleWorkerReason(_chain.Graph, _chain.SwitchPart, _chain.Synthesis) is { } reason)
        {
            Report("spec.resources.minCores", $"the chain can use one worker only, not {_spec.Resources.MinimumCores}: {reason}");
        }
    }

    /// <summary>Closed programs that two functions of the chain would give packets to.</summary>
    public void CheckAppliances()
    {
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < _spec.Functions.Count; i++)
        {
            if (_spec.Functions[i] is BlackboxConfiguration blackbox && !owners.TryAdd(blackbox.Appliance, blackbox.Name))
            {
                Report(
                    SpecPaths.Configuration(i, blackbox, "appliance"),
                    $"{owners[blackbox.Appliance]} gives its packets to {blackbox.Appliance} already; what comes out of it could not be told apart");
            }
        }
    }

    /// <summary>More functions with state than a packet's path can have.</summary>
    public void CheckLength()
    {
        var count = _chain.Graph.Functions.Count(function => function.KeepsFlowState || (function.NeedsServer && !function.WritesMacs));
        if (count > FlowPacket.MaximumDependencies)
        {
            Report("spec.functions", $"{count} functions keep state; a chain may have at most {FlowPacket.MaximumDependencies} of them");
        }
    }

    /// <summary>MAC addresses that the chain must know where the switch tags by MAC address.</summary>
    public void CheckMacs()
    {
        CheckReservedMacs();
        CheckInnerMacs();
        if (!_chain.SwitchPart.NeedsServer)
        {
            return;
        }

        foreach (var index in ServerPart.Of(_chain.Graph, _chain.SwitchPart).Endpoints.Where(index => _chain.Graph.Endpoints[index] is { IsEgress: true, IsOnServer: false }))
        {
            var endpoint = _spec.Endpoints[index];
            if (EndpointMacs.RouterPort(_chain.Graph, index) is not null)
            {
                continue;
            }

            const string why = "switch {0} tags by MAC address and no router is linked to {1}, so {2} must be given";
            if (endpoint.PeerMac is null)
            {
                Report(SpecPaths.Endpoint(index, "peerMac"), string.Format(null, why, endpoint.Switch, endpoint.Name, "the MAC address of the host there"));
            }

            if (endpoint.LocalMac is null)
            {
                Report(SpecPaths.Endpoint(index, "localMac"), string.Format(null, why, endpoint.Switch, endpoint.Name, "the MAC address that the chain answers with"));
            }
        }
    }

    /// <summary>A tag in the destination MAC takes the place of the address that VXLAN would carry on, and that a layer 2 switch goes by.</summary>
    private void CheckInnerMacs()
    {
        for (var i = 0; i < _spec.Functions.Count; i++)
        {
            if (_spec.Functions[i] is L2SwitchConfiguration l2Switch)
            {
                Report(
                    SpecPaths.Function(i),
                    $"switch {_spec.Endpoints[0].Switch} tags by MAC address, so {l2Switch.Name} cannot see where frames go: it is for switches that tag by VLAN");
            }

            if (_spec.Functions[i] is TunnelConfiguration { Protocol: TunnelProtocol.Vxlan, InnerDestination: null } tunnel)
            {
                Report(
                    SpecPaths.Configuration(i, tunnel, "vxlan.innerDestinationMac"),
                    $"switch {_spec.Endpoints[0].Switch} tags by MAC address, so the destination MAC of frames inside must be given");
            }
        }
    }

    private void CheckReservedMacs()
    {
        for (var i = 0; i < _spec.Endpoints.Count; i++)
        {
            CheckReserved(_spec.Endpoints[i].PeerMac, SpecPaths.Endpoint(i, "peerMac"));
            CheckReserved(_spec.Endpoints[i].LocalMac, SpecPaths.Endpoint(i, "localMac"));
        }

        for (var i = 0; i < _spec.Functions.Count; i++)
        {
            if (_spec.Functions[i] is RouterConfiguration router)
            {
                CheckReserved(i, router);
            }

            if (_spec.Functions[i] is L3SwitchConfiguration l3Switch)
            {
                CheckReserved(i, l3Switch);
            }
        }
    }

    private void CheckReserved(int index, RouterConfiguration router)
    {
        for (var port = 0; port < router.RouterPorts.Count; port++)
        {
            CheckReserved(router.RouterPorts[port].Mac, SpecPaths.Configuration(index, router, $"ports[{port}].mac"));
        }

        for (var route = 0; route < router.Routes.Count; route++)
        {
            CheckReserved(router.Routes[route].NextHop.Mac, SpecPaths.Configuration(index, router, $"routes[{route}].nextHopMac"));
        }
    }

    private void CheckReserved(int index, L3SwitchConfiguration l3Switch)
    {
        for (var port = 0; port < l3Switch.SwitchPorts.Count; port++)
        {
            CheckReserved(l3Switch.SwitchPorts[port].Mac, SpecPaths.Configuration(index, l3Switch, $"ports[{port}].mac"));
        }

        for (var neighbor = 0; neighbor < l3Switch.Neighbors.Count; neighbor++)
        {
            CheckReserved(l3Switch.Neighbors[neighbor].Hop.Mac, SpecPaths.Configuration(index, l3Switch, $"neighbors[{neighbor}].mac"));
        }
    }

    private void CheckReserved(MacAddress? mac, string path)
    {
        if (mac is { } given && given.Value >> 24 == TagPrefix)
        {
            Report(path, $"{given} begins with 02:4d:54, which the switch uses for tags");
        }
    }

    private const ulong TagPrefix = 0x024d54;

    private void Report(string path, string message) => _violations.Add(new Violation(path, message));
}

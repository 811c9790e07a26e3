using Metron.NetworkFunctions.Blackbox;
using Metron.NetworkFunctions.Dispatcher;
using Metron.NetworkFunctions.Dpi;
using Metron.NetworkFunctions.Esp;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.L2Switch;
using Metron.NetworkFunctions.L3Switch;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Mirror;
using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Mpls;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.NeighborResponder;
using Metron.NetworkFunctions.Policer;
using Metron.NetworkFunctions.Router;
using Metron.NetworkFunctions.StaticNat;
using Metron.NetworkFunctions.Transparent;
using Metron.NetworkFunctions.Tunnel;
using Metron.NetworkFunctions.Vlan;
using Metron.NetworkFunctions.WanOptimizer;

namespace Metron.NetworkFunctions.Runtime;

/// <summary>
/// Makes network functions from configurations. What a configuration compiles to (routes, rules, hash tables of backends) is immutable and
/// is made once for all instances that are created from the same configuration object; state is every instance's own.
/// </summary>
public static class NetworkFunctionFactory
{
    /// <summary>
    /// Makes one function for one worker. Thread-safe; takes up to a second for a million routes, so not for the worker's thread.
    /// </summary>
    /// <exception cref="ArgumentException">The configuration is of a kind that does not run on servers, its patterns do not compile, or a key cannot be read.</exception>
    /// <exception cref="Inspection.VectorscanMissingException">Deep packet inspection, and its library is not there.</exception>
    public static NetworkFunction Create(NetworkFunctionConfiguration configuration, WorkerResources resources) => configuration switch
    {
        FirewallConfiguration firewall => new FirewallFunction(firewall, resources),
        RouterConfiguration router => new RouterFunction(router),
        NaptConfiguration napt => new NaptFunction(napt, resources),
        LoadBalancerConfiguration loadBalancer => new LoadBalancerFunction(loadBalancer, resources),
        MonitorConfiguration monitor => new MonitorFunction(monitor, resources),
        DpiConfiguration dpi => new DpiFunction(dpi, resources),
        TransparentConfiguration transparent => new TransparentFunction(transparent),
        StaticNatConfiguration nat => new StaticNatFunction(nat),
        PolicerConfiguration policer => new PolicerFunction(policer, resources),
        TunnelConfiguration tunnel => new TunnelFunction(tunnel),
        BlackboxConfiguration blackbox => new BlackboxFunction(blackbox),
        EspConfiguration esp => new EspFunction(esp, resources),
        WanOptimizerConfiguration optimizer => new WanOptimizerFunction(optimizer, resources),
        DispatcherConfiguration dispatcher => new DispatcherFunction(dispatcher),
        MirrorConfiguration mirror => new MirrorFunction(mirror),
        NeighborResponderConfiguration responder => new NeighborResponderFunction(responder),
        L3SwitchConfiguration l3Switch => new L3SwitchFunction(l3Switch),
        L2SwitchConfiguration l2Switch => new L2SwitchFunction(l2Switch),
        VlanConfiguration vlan => new VlanFunction(vlan),
        MplsConfiguration mpls => new MplsFunction(mpls),
        _ => throw new ArgumentException($"{configuration.GetType().Name} does not run on servers", nameof(configuration)),
    };
}

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
using Metron.Synthesis;

namespace Metron.NetworkFunctions.Declarations;

/// <summary>Declarations of configured functions: where synthesis and offload learn what a function does.</summary>
public static class FunctionDeclarations
{
    /// <summary>The declaration of a function.</summary>
    /// <exception cref="ArgumentException">A configuration of an unknown kind.</exception>
    public static FunctionDeclaration Of(NetworkFunctionConfiguration configuration) => Of(configuration, HeaderMatches.ToHeaderMatch);

    /// <summary>The declaration of a function.</summary>
    /// <param name="configuration">The function.</param>
    /// <param name="headerMatch">Gives what <see cref="HeaderMatches.ToHeaderMatch"/> gives, for the matches of many rules perhaps from memory.</param>
    /// <exception cref="ArgumentException">A configuration of an unknown kind.</exception>
    public static FunctionDeclaration Of(NetworkFunctionConfiguration configuration, Func<PacketMatch, HeaderMatch> headerMatch) => configuration switch
    {
        FirewallConfiguration firewall => FirewallDeclaration.Declare(firewall, headerMatch),
        RouterConfiguration router => RouterDeclaration.Declare(router),
        NaptConfiguration napt => NaptDeclaration.Declare(napt),
        LoadBalancerConfiguration loadBalancer => LoadBalancerDeclaration.Declare(loadBalancer),
        MonitorConfiguration monitor => MonitorDeclaration.Declare(monitor),
        DpiConfiguration dpi => DpiDeclaration.Declare(dpi),
        TransparentConfiguration transparent => TransparentDeclaration.Declare(transparent),
        StaticNatConfiguration nat => StaticNatDeclaration.Declare(nat),
        PolicerConfiguration policer => PolicerDeclaration.Declare(policer),
        TunnelConfiguration tunnel => TunnelDeclaration.Declare(tunnel),
        BlackboxConfiguration blackbox => BlackboxDeclaration.Declare(blackbox),
        EspConfiguration esp => EspDeclaration.Declare(esp),
        WanOptimizerConfiguration optimizer => WanOptimizerDeclaration.Declare(optimizer),
        DispatcherConfiguration dispatcher => DispatcherDeclaration.Declare(dispatcher),
        MirrorConfiguration mirror => MirrorDeclaration.Declare(mirror),
        NeighborResponderConfiguration responder => NeighborResponderDeclaration.Declare(responder),
        L3SwitchConfiguration l3Switch => L3SwitchDeclaration.Declare(l3Switch),
        L2SwitchConfiguration l2Switch => L2SwitchDeclaration.Declare(l2Switch),
        VlanConfiguration vlan => VlanDeclaration.Declare(vlan),
        MplsConfiguration mpls => MplsDeclaration.Declare(mpls),
        _ => throw new ArgumentException($"{configuration?.GetType().Name} has no declaration", nameof(configuration)),
    };
}

using Metron.NetworkFunctions;
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

namespace Metron.Orchestration;

/// <summary>Paths into a spec, in JSON names.</summary>
internal static class SpecPaths
{
    public static string Endpoint(int index, string field = "") => Join($"spec.endpoints[{index}]", field);

    public static string Function(int index, string field = "") => Join($"spec.functions[{index}]", field);

    public static string Link(int index, string field = "") => Join($"spec.links[{index}]", field);

    /// <summary>A field of a function's typed configuration.</summary>
    public static string Configuration(int index, NetworkFunctionConfiguration function, string field) =>
        Join(Function(index, function switch
        {
            FirewallConfiguration => "firewall",
            RouterConfiguration => "router",
            NaptConfiguration => "napt",
            LoadBalancerConfiguration => "loadBalancer",
            MonitorConfiguration => "monitor",
            DpiConfiguration => "dpi",
            TransparentConfiguration => "transparent",
            StaticNatConfiguration => "staticNat",
            PolicerConfiguration => "policer",
            TunnelConfiguration => "tunnel",
            BlackboxConfiguration => "blackbox",
            EspConfiguration => "esp",
            MirrorConfiguration => "mirror",
            DispatcherConfiguration => "dispatcher",
            WanOptimizerConfiguration => "wanOptimizer",
            VlanConfiguration => "vlan",
            L3SwitchConfiguration => "l3Switch",
            L2SwitchConfiguration => "l2Switch",
            NeighborResponderConfiguration => "neighborResponder",
            MplsConfiguration => "mpls",
            _ => "",
        }), field);

    private static string Join(string path, string field) => field.Length == 0 ? path : $"{path}.{field}";
}

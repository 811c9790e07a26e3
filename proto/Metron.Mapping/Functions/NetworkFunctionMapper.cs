using Metron.Mapping.Syntax;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Transparent;
using Metron.NetworkFunctions.WanOptimizer;

namespace Metron.Mapping.Functions;

/// <summary>Reads a network function.</summary>
internal static class NetworkFunctionMapper
{
    private static readonly string Kinds = string.Join(", ", V1.NetworkFunction.Descriptor.Oneofs[0].Fields.Select(field => field.JsonName));

    /// <summary>Reads a function; null when it says not what it is.</summary>
    public static NetworkFunctionConfiguration? Map(V1.NetworkFunction function, SpecNode at)
    {
        switch (function.ConfigurationCase)
        {
            case V1.NetworkFunction.ConfigurationOneofCase.Firewall:
                return FirewallMapper.Map(function.Name, function.Firewall, at.Field("firewall"));
            case V1.NetworkFunction.ConfigurationOneofCase.Router:
                return RouterMapper.Map(function.Name, function.Router, at.Field("router"));
            case V1.NetworkFunction.ConfigurationOneofCase.Napt:
                return NaptMapper.Map(function.Name, function.Napt, at.Field("napt"));
            case V1.NetworkFunction.ConfigurationOneofCase.LoadBalancer:
                return LoadBalancerMapper.Map(function.Name, function.LoadBalancer, at.Field("loadBalancer"));
            case V1.NetworkFunction.ConfigurationOneofCase.Monitor:
                return Monitor(function.Name, function.Monitor, at.Field("monitor"));
            case V1.NetworkFunction.ConfigurationOneofCase.Dpi:
                return DpiMapper.Map(function.Name, function.Dpi, at.Field("dpi"));
            case V1.NetworkFunction.ConfigurationOneofCase.Transparent:
                return new TransparentConfiguration(function.Name);
            case V1.NetworkFunction.ConfigurationOneofCase.StaticNat:
                return StaticNatMapper.Map(function.Name, function.StaticNat, at.Field("staticNat"));
            case V1.NetworkFunction.ConfigurationOneofCase.Policer:
                return PolicerMapper.Map(function.Name, function.Policer, at.Field("policer"));
            case V1.NetworkFunction.ConfigurationOneofCase.Tunnel:
                return TunnelMapper.Map(function.Name, function.Tunnel, at.Field("tunnel"));
            case V1.NetworkFunction.ConfigurationOneofCase.Blackbox:
                return BlackboxMapper.Map(function.Name, function.Blackbox, at.Field("blackbox"));
            case V1.NetworkFunction.ConfigurationOneofCase.Esp:
                return EspMapper.Map(function.Name, function.Esp, at.Field("esp"));
            case V1.NetworkFunction.ConfigurationOneofCase.WanOptimizer:
                return WanOptimizer(function.Name, function.WanOptimizer, at.Field("wanOptimizer"));
            case V1.NetworkFunction.ConfigurationOneofCase.Dispatcher:
                return DispatcherMapper.Map(function.Name, function.Dispatcher, at.Field("dispatcher"));
            case V1.NetworkFunction.ConfigurationOneofCase.Mirror:
                return MirrorMapper.Map(function.Name, function.Mirror, at.Field("mirror"));
            case V1.NetworkFunction.ConfigurationOneofCase.Vlan:
                return VlanMapper.Map(function.Name, function.Vlan, at.Field("vlan"));
            case V1.NetworkFunction.ConfigurationOneofCase.Mpls:
                return MplsMapper.Map(function.Name, function.Mpls, at.Field("mpls"));
            case V1.NetworkFunction.ConfigurationOneofCase.NeighborResponder:
                return NeighborResponderMapper.Map(function.Name, function.NeighborResponder, at.Field("neighborResponder"));
            case V1.NetworkFunction.ConfigurationOneofCase.L3Switch:
                return new L3SwitchMapper(function.L3Switch, at.Field("l3Switch")).Map(function.Name);
            case V1.NetworkFunction.ConfigurationOneofCase.L2Switch:
                return L2SwitchMapper.Map(function.Name, function.L2Switch, at.Field("l2Switch"));
            default:
                at.Report($"does not say what it is; give one of {Kinds}");
                return null;
        }
    }

    private static WanOptimizerConfiguration WanOptimizer(string name, V1.WanOptimizer optimizer, SpecNode at)
    {
        var isRead = Counts.CheckRange(optimizer.PathMtu, SpecLimits.LeastPathMtu, ushort.MaxValue, at, "pathMtu");
        var isKept = Counts.CheckRange(
            optimizer.KeepOneAcknowledgementIn, 0, SpecLimits.AcknowledgementsInARow, at, "keepOneAcknowledgementIn", "; 0 leaves none out");
        return new WanOptimizerConfiguration(name)
        {
            PathMtu = isRead ? (int)optimizer.PathMtu : SpecLimits.LeastPathMtu,
            KeepOneAcknowledgementIn = isKept ? (int)Math.Max(1, optimizer.KeepOneAcknowledgementIn) : 1,
        };
    }

    private static MonitorConfiguration Monitor(string name, V1.Monitor monitor, SpecNode at)
    {
        var isValid = Counts.CheckRange(monitor.TopTalkers, 0, SpecLimits.TopTalkers, at, "topTalkers", "; 0 for 10");
        return new MonitorConfiguration(name) { TopTalkers = isValid && monitor.TopTalkers > 0 ? (int)monitor.TopTalkers : 10 };
    }
}

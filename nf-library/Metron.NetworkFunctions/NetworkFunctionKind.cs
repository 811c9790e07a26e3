using Metron.NetworkFunctions.Blackbox;
using Metron.NetworkFunctions.Declarations;
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
using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.StaticNat;
using Metron.NetworkFunctions.Transparent;
using Metron.NetworkFunctions.Tunnel;
using Metron.NetworkFunctions.Vlan;
using Metron.NetworkFunctions.WanOptimizer;
using Metron.Synthesis;

namespace Metron.NetworkFunctions;

/// <summary>A kind of network function: what there is to know of it where all functions are treated alike.</summary>
public sealed class NetworkFunctionKind
{
    private readonly Func<NetworkFunctionConfiguration, Func<PacketMatch, HeaderMatch>, FunctionDeclaration> _declare;
    private readonly Func<NetworkFunctionConfiguration, WorkerResources, NetworkFunction> _create;

    private NetworkFunctionKind(
        string name,
        Type configurationType,
        Func<NetworkFunctionConfiguration, Func<PacketMatch, HeaderMatch>, FunctionDeclaration> declare,
        Func<NetworkFunctionConfiguration, WorkerResources, NetworkFunction> create)
    {
        (Name, ConfigurationType, _declare, _create) = (name, configurationType, declare, create);
    }

    /// <summary>All kinds.</summary>
    public static IReadOnlyList<NetworkFunctionKind> All { get; } =
    [
        Kind<FirewallConfiguration>("firewall", (firewall, match) => FirewallDeclaration.Declare(firewall, match), (written, resources) => new FirewallFunction(written, resources)),
        Kind<RouterConfiguration>("router", RouterDeclaration.Declare, (written, _) => new RouterFunction(written)),
        Kind<NaptConfiguration>("napt", NaptDeclaration.Declare, (written, resources) => new NaptFunction(written, resources)),
        Kind<LoadBalancerConfiguration>("loadBalancer", LoadBalancerDeclaration.Declare, (written, resources) => new LoadBalancerFunction(written, resources)),
        Kind<MonitorConfiguration>("monitor", MonitorDeclaration.Declare, (written, resources) => new MonitorFunction(written, resources)),
        Kind<DpiConfiguration>("dpi", DpiDeclaration.Declare, (written, resources) => new DpiFunction(written, resources)),
        Kind<TransparentConfiguration>("transparent", TransparentDeclaration.Declare, (written, _) => new TransparentFunction(written)),
        Kind<StaticNatConfiguration>("staticNat", StaticNatDeclaration.Declare, (written, _) => new StaticNatFunction(written)),
        Kind<PolicerConfiguration>("policer", PolicerDeclaration.Declare, (written, resources) => new PolicerFunction(written, resources)),
        Kind<TunnelConfiguration>("tunnel", TunnelDeclaration.Declare, (written, _) => new TunnelFunction(written)),
        Kind<BlackboxConfiguration>("blackbox", BlackboxDeclaration.Declare, (written, _) => new BlackboxFunction(written)),
        Kind<EspConfiguration>("esp", EspDeclaration.Declare, (written, resources) => new EspFunction(written, resources)),
        Kind<MirrorConfiguration>("mirror", MirrorDeclaration.Declare, (written, _) => new MirrorFunction(written)),
        Kind<DispatcherConfiguration>("dispatcher", DispatcherDeclaration.Declare, (written, _) => new DispatcherFunction(written)),
        Kind<WanOptimizerConfiguration>("wanOptimizer", WanOptimizerDeclaration.Declare, (written, resources) => new WanOptimizerFunction(written, resources)),
        Kind<L2SwitchConfiguration>("l2Switch", L2SwitchDeclaration.Declare, (written, _) => new L2SwitchFunction(written)),
        Kind<L3SwitchConfiguration>("l3Switch", L3SwitchDeclaration.Declare, (written, _) => new L3SwitchFunction(written)),
        Kind<VlanConfiguration>("vlan", VlanDeclaration.Declare, (written, _) => new VlanFunction(written)),
        Kind<NeighborResponderConfiguration>("neighborResponder", NeighborResponderDeclaration.Declare, (written, _) => new NeighborResponderFunction(written)),
        Kind<MplsConfiguration>("mpls", MplsDeclaration.Declare, (written, _) => new MplsFunction(written)),
    ];

    private static readonly Dictionary<Type, NetworkFunctionKind> s_byConfiguration = All.ToDictionary(kind => kind.ConfigurationType);

    /// <summary>As specs name it ("loadBalancer").</summary>
    public string Name { get; }

    /// <summary>The type of its configurations.</summary>
    public Type ConfigurationType { get; }

    /// <summary>The kind of a configuration; null when it is none of <see cref="All"/>.</summary>
    public static NetworkFunctionKind? Of(NetworkFunctionConfiguration configuration) => s_byConfiguration.GetValueOrDefault(configuration.GetType());

    /// <summary>What a function does, as data.</summary>
    /// <param name="configuration">Of this kind.</param>
    /// <param name="headerMatch">Gives what <see cref="HeaderMatches.ToHeaderMatch"/> gives, for the matches of many rules perhaps from memory.</param>
    internal FunctionDeclaration Declare(NetworkFunctionConfiguration configuration, Func<PacketMatch, HeaderMatch> headerMatch) =>
        _declare(configuration, headerMatch);

    /// <summary>Makes a function for a worker.</summary>
    /// <param name="configuration">Of this kind.</param>
    /// <param name="resources">What the worker grants it.</param>
    internal NetworkFunction Create(NetworkFunctionConfiguration configuration, WorkerResources resources) => _create(configuration, resources);

    private static NetworkFunctionKind Kind<TConfiguration>(
        string name, Func<TConfiguration, FunctionDeclaration> declare, Func<TConfiguration, WorkerResources, NetworkFunction> create)
        where TConfiguration : NetworkFunctionConfiguration => Kind(name, (configuration, _) => declare(configuration), create);

    private static NetworkFunctionKind Kind<TConfiguration>(
        string name,
        Func<TConfiguration, Func<PacketMatch, HeaderMatch>, FunctionDeclaration> declare,
        Func<TConfiguration, WorkerResources, NetworkFunction> create)
        where TConfiguration : NetworkFunctionConfiguration => new(
            name,
            typeof(TConfiguration),
            (configuration, headerMatch) => declare((TConfiguration)configuration, headerMatch),
            (configuration, resources) => create((TConfiguration)configuration, resources));
}

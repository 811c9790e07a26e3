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
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>What a function does with a packet.</summary>
/// <param name="Reason">Why it drops it; <see cref="DropReason.None"/> when it does not.</param>
/// <param name="Port">Index of the port that it leaves by.</param>
/// <param name="Violation">A choice that was not allowed, or not made; null when all is well.</param>
internal readonly record struct ReferenceVerdict(DropReason Reason, int Port, string? Violation = null)
{
    /// <summary>The packet that goes on instead, when it became another one; null when its fields were changed at most.</summary>
    public ReferencePacket? Packet { get; init; }

    /// <summary>What goes on instead when it cannot be read as an IP packet; null when it can.</summary>
    public byte[]? Raw { get; init; }

    /// <summary>Whether what goes on is a packet after all, unless the next function answers it.</summary>
    public bool IsQuestion { get; init; }

    /// <summary>A frame goes on that is not read as an IP packet.</summary>
    public static ReferenceVerdict Pass(int port, byte[] frame) => Forward(port) with { Raw = frame };

    /// <summary>Another frame goes on; it is read anew, and refused if it is malformed.</summary>
    public static ReferenceVerdict Replace(int port, byte[] frame)
    {
        var reason = FrameReader.TryRead(frame, out var packet);
        return reason == DropReason.None ? Forward(port) with { Packet = packet } : Drop(reason);
    }

    /// <summary>Port that a copy leaves by, of the packet as it is now; -1 for none.</summary>
    public int CopyPort { get; init; } = -1;

    /// <summary>Most bytes of the copy; 0 for all.</summary>
    public int CopyLength { get; init; }

    public static ReferenceVerdict Forward(int port) => new(DropReason.None, port);

    public static ReferenceVerdict Drop(DropReason reason) => new(reason, -1);

    public static ReferenceVerdict Refuse(string violation) => new(DropReason.None, -1, violation);
}

/// <summary>One function as its README describes it, with all state in plain collections.</summary>
internal abstract class ReferenceFunction
{
    protected const int Inside = 0;
    protected const int Outside = 1;

    public static ReferenceFunction Of(NetworkFunctionConfiguration configuration, ushort steeringMask, int workers) => configuration switch
    {
        FirewallConfiguration firewall => new ReferenceFirewall(firewall),
        RouterConfiguration router => new ReferenceRouter(router),
        NaptConfiguration napt => new ReferenceNapt(napt, steeringMask),
        LoadBalancerConfiguration loadBalancer => new ReferenceLoadBalancer(loadBalancer),
        MonitorConfiguration => new ReferenceMonitor(),
        DpiConfiguration dpi => new ReferenceInspection(dpi),
        TransparentConfiguration => new ReferenceTransparent(),
        StaticNatConfiguration nat => new ReferenceStaticNat(nat),
        PolicerConfiguration policer => new ReferencePolicer(policer, workers),
        TunnelConfiguration tunnel => new ReferenceTunnel(tunnel),
        BlackboxConfiguration => new ReferenceBlackbox(),
        EspConfiguration esp => new ReferenceEsp(esp),
        WanOptimizerConfiguration optimizer => new ReferenceWanOptimizer(optimizer),
        DispatcherConfiguration dispatcher => new ReferenceDispatcher(dispatcher),
        MirrorConfiguration mirror => new ReferenceMirror(mirror),
        NeighborResponderConfiguration responder => new ReferenceNeighborResponder(responder),
        L3SwitchConfiguration l3Switch => new ReferenceL3Switch(l3Switch),
        L2SwitchConfiguration l2Switch => new ReferenceL2Switch(l2Switch),
        VlanConfiguration vlan => new ReferenceVlan(vlan),
        MplsConfiguration mpls => new ReferenceMpls(mpls),
        _ => throw new ArgumentException($"{configuration.GetType().Name} is not known", nameof(configuration)),
    };

    /// <summary>Handles a packet.</summary>
    /// <param name="packet">As the functions before left it.</param>
    /// <param name="port">Port that it enters by.</param>
    /// <param name="now">Milliseconds.</param>
    /// <param name="choices">What is free to choose.</param>
    public abstract ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices);

    /// <summary>Answers ARP, or a neighbour solicitation; only where the configuration says that it does.</summary>
    /// <param name="frame">The question.</param>
    /// <param name="port">Port that it enters by.</param>
    public virtual ReferenceVerdict Answer(byte[] frame, int port) => ReferenceVerdict.Drop(DropReason.NotIp);

    /// <summary>Handles a frame that is no IP packet for the chain.</summary>
    /// <param name="frame">The frame as it is on the link.</param>
    /// <param name="port">Port that it enters by.</param>
    public virtual ReferenceVerdict ProcessRaw(byte[] frame, int port) => ReferenceVerdict.Drop(DropReason.NotIp);
}

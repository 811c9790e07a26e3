using System.Buffers.Binary;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Router;
using Metron.NetworkFunctions.Runtime;

namespace Metron.Offline.Tests;

/// <summary>Dataplanes that are wrong in one thing each.</summary>
internal static class BrokenDataplanes
{
    private const TcpFlags Ends = TcpFlags.Fin | TcpFlags.Reset;
    private const int IpOffset = 14;

    public static IReadOnlyDictionary<string, BrokenDataplane> All { get; } = new Dictionary<string, BrokenDataplane>
    {
        ["NAPT: answers keep a binding alive"] = Napt((NetworkFunction right, ref FlowPacket packet, int port) => Refreshing(right, ref packet, port, onPort: 1, true)),
        ["NAPT: flow entries do not keep a binding alive"] = Napt((NetworkFunction right, ref FlowPacket packet, int port) => Refreshing(right, ref packet, port, onPort: 0, false)),
        ["NAPT: a binding that is opening lasts as long as one that is established"] = new Misconfigured<NaptConfiguration>(napt => napt with { Timeouts = Long(napt.Timeouts) }),
        ["NAPT: an established binding ends as one that is opening"] = new Misconfigured<NaptConfiguration>(napt => napt with { Timeouts = Short(napt.Timeouts) }),
        ["NAPT: a port is used again too early"] = new Misconfigured<NaptConfiguration>(napt => napt with { Timeouts = napt.Timeouts with { Udp = napt.Timeouts.Udp / 2 } }),
        ["NAPT: a port steers answers to another worker"] = Napt(WithoutSteering),
        ["NAPT: FIN and RST overlooked"] = Napt(WithoutEnds),
        ["NAPT: an ICMP error keeps a binding alive"] = new WithBroken<NaptConfiguration>((right, _) => new AlteredFunction(right) { OnError = RefreshingError }),
        ["NAPT: an ICMP error not translated inside"] = new WithBroken<NaptConfiguration>((right, _) => new AlteredFunction(right) { OnError = OuterOnly }),
        ["NAPT: the packet in an ICMP error translated, the error not"] = new WithBroken<NaptConfiguration>((right, _) => new AlteredFunction(right) { OnError = InnerOnly }),
        ["NAPT: IPv6 not translated"] = Napt(WithoutIpv6),
        ["NAPT: ports beyond the range"] = new Misconfigured<NaptConfiguration>(napt => napt with { OutsidePorts = new PortRange(1024, 65535) }),
        ["NAPT: flow entries outlive their binding"] = Napt(WithoutDependency),
        ["NAPT: hairpin not noticed"] = Napt(WithHairpin),
        ["firewall: a decision about one packet's flags taken for the flow's"] = Firewall(AlwaysCached),
        ["firewall: IPv6 passes unasked"] = Firewall(PassingIpv6),
        ["firewall: fragments pass"] = Firewall(PassingFragments),
        ["firewall: flow entries outlive their connection"] = StatefulFirewall(WithoutDependency),
        ["firewall: answers do not keep a connection alive"] = StatefulFirewall((NetworkFunction right, ref FlowPacket packet, int port) => Refreshing(right, ref packet, port, onPort: 1, false)),
        ["firewall: a flow in use taken for idle"] = StatefulFirewall(right => new AlteredFunction(right) { Directory = flows => new ForgetfulDirectory(flows) }),
        ["firewall: FIN and RST overlooked"] = StatefulFirewall(WithoutEnds),
        ["firewall: a connection that is opening lasts as long as one that is established"] = new Misconfigured<FirewallConfiguration>(firewall => firewall with { Timeouts = Long(firewall.Timeouts) }),
        ["firewall: ICMP queries remembered as long as UDP"] = new Misconfigured<FirewallConfiguration>(firewall => firewall with { Timeouts = firewall.Timeouts with { Icmp = firewall.Timeouts.Udp } }),
        ["firewall: ICMP errors about no connection pass"] = StatefulFirewall(right => new AlteredFunction(right) { OnError = PassingErrors }),
        ["firewall: a segment in the middle opens a connection"] = StatefulFirewall(OpeningInTheMiddle),
        ["firewall: the last rule forgotten"] = new Misconfigured<FirewallConfiguration>(firewall => firewall with { Rules = [.. firewall.Rules.SkipLast(1)] }),
        ["router: another next hop after FIN"] = Router(AnotherNextHop),
        ["router: a route held for the whole network"] = new WithBroken<RouterConfiguration>((right, _) => new RouteOfNetwork(right)),
        ["router: a packet with a TTL of one goes on"] = Router(PassingExpired),
        ["router: packets go back where they came from"] = Router(TurningAround),
        ["load balancer: another backend for a live connection"] = new WithBroken<LoadBalancerConfiguration>(AnotherBackend),
        ["load balancer: a backend that takes none gets connections"] = new Misconfigured<LoadBalancerConfiguration>(balancer => WithBackends(balancer, backend => backend with { Weight = 1 })),
        ["load balancer: answers leave with the backend's address"] = new WithBroken<LoadBalancerConfiguration>((right, _) => new AlteredFunction(right) { OnPacket = WithBackendsAddress }),
        ["load balancer: a client's connections scattered"] = new Misconfigured<LoadBalancerConfiguration>(balancer => balancer with { Services = [.. balancer.Services.Select(service => service with { ByClientAddress = false })] }),
        ["load balancer: connections forgotten too early"] = new Misconfigured<LoadBalancerConfiguration>(balancer => balancer with { Affinity = balancer.Affinity / 2 }),
        ["monitor: packets of flow entries not counted"] = new WithBroken<MonitorConfiguration>((right, _) => new AlteredFunction(right) { HearsCounters = false, Directory = flows => new ForgetfulDirectory(flows) }),
        ["flow entry: TTL not decremented"] = new WithBrokenEntries(TtlAsItCame),
        ["flow entry: IP checksum not corrected"] = new WithBrokenEntries(IpChecksumAsItCame),
        ["flow entry: transport checksum not corrected"] = new WithBrokenEntries(TransportChecksumAsItCame),
        ["flow entry: UDP without checksum gets one"] = new WithBrokenEntries(UdpChecksumMadeUp),
        ["flow entry: next hop not written"] = new WithBrokenEntries(MacsAsTheyCame),
        ["flow entry: counted in another class"] = new Miscounting(right => right.WasSlow ? right.ClassId : right.ClassId + 1),
        ["ICMP errors counted in no class"] = new Miscounting(right => right.Calls.Any(call => call.Before.IcmpKind == IcmpKind.Error) ? 0 : right.ClassId),
    };

    private static WithBroken<NaptConfiguration> Napt(Decide decide) => new((right, _) => new AlteredFunction(right) { OnPacket = decide });

    private static WithBroken<FirewallConfiguration> Firewall(Decide decide) => new((right, _) => new AlteredFunction(right) { OnPacket = decide });

    private static WithBroken<FirewallConfiguration> StatefulFirewall(Func<NetworkFunction, NetworkFunction> alter) =>
        new((right, _) => alter(right)) { Where = firewall => firewall.Stateful };

    private static WithBroken<FirewallConfiguration> StatefulFirewall(Decide decide) => StatefulFirewall(right => new AlteredFunction(right) { OnPacket = decide });

    private static WithBroken<RouterConfiguration> Router(Decide decide) => new((right, _) => new AlteredFunction(right) { OnPacket = decide });

    private static ConnectionTimeouts Long(ConnectionTimeouts timeouts) => timeouts with { TcpTransitory = timeouts.TcpEstablished };

    private static ConnectionTimeouts Short(ConnectionTimeouts timeouts) => timeouts with { TcpEstablished = timeouts.TcpTransitory };

    /// <summary>Bit 0 of a handle says whether packets of the flow entry keep the state alive.</summary>
    private static Verdict Refreshing(NetworkFunction right, ref FlowPacket packet, int port, int onPort, bool refreshes)
    {
        var first = packet.DependencyCount;
        var verdict = right.Process(ref packet, port);
        for (var i = first; port == onPort && i < packet.DependencyCount; i++)
        {
            var handle = packet.Dependencies[i].Handle;
            packet.Dependencies[i] = packet.Dependencies[i] with { Handle = refreshes ? handle | 1 : handle & ~1 };
        }

        return verdict;
    }

    private static Verdict WithoutDependency(NetworkFunction right, ref FlowPacket packet, int port)
    {
        var before = packet.DependencyCount;
        var verdict = right.Process(ref packet, port);
        packet.DependencyCount = before;
        return verdict;
    }

    private static Verdict WithoutSteering(NetworkFunction right, ref FlowPacket packet, int port)
    {
        var mask = packet.SteeringMask;
        packet.SteeringMask = 0;
        packet.Headers.SourcePort ^= port == 0 ? mask : (ushort)0;
        var verdict = right.Process(ref packet, port);
        packet.SteeringMask = mask;
        return verdict;
    }

    private static Verdict WithoutEnds(NetworkFunction right, ref FlowPacket packet, int port)
    {
        var flags = packet.Headers.TcpFlags;
        packet.Headers.TcpFlags &= ~Ends;
        var verdict = right.Process(ref packet, port);
        packet.Headers.TcpFlags = flags;
        return verdict with { Cacheable = verdict.Cacheable && (flags & Ends) == 0 };
    }

    private static Verdict WithoutIpv6(NetworkFunction right, ref FlowPacket packet, int port) =>
        packet.Headers.IsV6 ? Verdict.Forward(1 - port, 0) : right.Process(ref packet, port);

    private static Verdict WithHairpin(NetworkFunction right, ref FlowPacket packet, int port)
    {
        var verdict = right.Process(ref packet, port);
        return verdict.Reason == DropReason.Hairpin ? Verdict.ForwardOnce(1 - port, 0) : verdict;
    }

    private static Verdict RefreshingError(NetworkFunction right, ref FlowPacket packet, int port)
    {
        var verdict = right.ProcessIcmpError(ref packet, port);
        if (!verdict.IsDrop && port == 1)
        {
            var again = packet;
            again.Headers = packet.Embedded;
            right.Process(ref again, 0);
        }

        return verdict;
    }

    private static Verdict OuterOnly(NetworkFunction right, ref FlowPacket packet, int port)
    {
        var embedded = packet.Embedded;
        var verdict = right.ProcessIcmpError(ref packet, port);
        packet.Embedded = embedded;
        return verdict;
    }

    private static Verdict InnerOnly(NetworkFunction right, ref FlowPacket packet, int port)
    {
        var headers = packet.Headers;
        var verdict = right.ProcessIcmpError(ref packet, port);
        packet.Headers = headers;
        return verdict;
    }

    private static Verdict AlwaysCached(NetworkFunction right, ref FlowPacket packet, int port)
    {
        var verdict = right.Process(ref packet, port);
        return verdict with { Cacheable = !verdict.IsDrop };
    }

    private static Verdict PassingIpv6(NetworkFunction right, ref FlowPacket packet, int port) =>
        packet.Headers.IsV6 ? Verdict.Forward(1 - port, FirewallFunction.AllowOutcome) : right.Process(ref packet, port);

    private static Verdict PassingFragments(NetworkFunction right, ref FlowPacket packet, int port) =>
        packet.Headers.IsFragment ? Verdict.ForwardOnce(1 - port, FirewallFunction.AllowOutcome) : right.Process(ref packet, port);

    private static Verdict PassingErrors(NetworkFunction right, ref FlowPacket packet, int port) =>
        Verdict.ForwardOnce(1 - port, FirewallFunction.AllowOutcome);

    private static Verdict OpeningInTheMiddle(NetworkFunction right, ref FlowPacket packet, int port)
    {
        var verdict = right.Process(ref packet, port);
        return verdict.Reason == DropReason.NoConnection ? Verdict.ForwardOnce(1 - port, FirewallFunction.AllowOutcome) : verdict;
    }

    private static Verdict AnotherNextHop(NetworkFunction right, ref FlowPacket packet, int port)
    {
        var verdict = right.Process(ref packet, port);
        if ((packet.Headers.TcpFlags & TcpFlags.Fin) != 0)
        {
            packet.Headers.EthernetDestination = World.Mac(0x105);
        }

        return verdict;
    }

    private static Verdict PassingExpired(NetworkFunction right, ref FlowPacket packet, int port)
    {
        packet.Headers.TimeToLive = Math.Max(packet.Headers.TimeToLive, (byte)2);
        return right.Process(ref packet, port);
    }

    private static Verdict TurningAround(NetworkFunction right, ref FlowPacket packet, int port)
    {
        var verdict = right.Process(ref packet, port);
        return verdict.Reason == DropReason.RouteToIngress ? Verdict.ForwardOnce(port == 0 ? 1 : 0, 0) : verdict;
    }

    /// <summary>Asks somebody else about what ends a connection.</summary>
    private static AlteredFunction AnotherBackend(NetworkFunction right, LoadBalancerConfiguration configuration)
    {
        var reversed = WithBackends(configuration, backend => backend with { Weight = 4 - Math.Min(backend.Weight, 3) });
        var other = NetworkFunctionFactory.Create(reversed, new WorkerResources { HashSeed = 99 });
        return new AlteredFunction(right)
        {
            OnPacket = (NetworkFunction function, ref FlowPacket packet, int port) => port == 0 && (packet.Headers.TcpFlags & Ends) != 0
                ? other.Process(ref packet, port) with { Cacheable = false }
                : function.Process(ref packet, port),
        };
    }

    private static LoadBalancerConfiguration WithBackends(LoadBalancerConfiguration configuration, Func<Backend, Backend> change) =>
        configuration with { Services = [.. configuration.Services.Select(service => service with { Backends = [.. service.Backends.Select(change)] })] };

    private static Verdict WithBackendsAddress(NetworkFunction right, ref FlowPacket packet, int port)
    {
        var (source, sourcePort) = (packet.Headers.Source, packet.Headers.SourcePort);
        var verdict = right.Process(ref packet, port);
        if (port == 1)
        {
            (packet.Headers.Source, packet.Headers.SourcePort) = (source, sourcePort);
        }

        return verdict;
    }

    private static bool TtlAsItCame(byte[] arrived, byte[] left)
    {
        var at = IpOffset + (IsV6(left) ? 7 : 8);
        left[at] = arrived[at];
        return true;
    }

    private static bool IpChecksumAsItCame(byte[] arrived, byte[] left)
    {
        if (!IsV6(left))
        {
            arrived.AsSpan(IpOffset + 10, 2).CopyTo(left.AsSpan(IpOffset + 10));
        }

        return true;
    }

    private static bool TransportChecksumAsItCame(byte[] arrived, byte[] left)
    {
        var at = ChecksumOffset(left);
        if (at > 0)
        {
            arrived.AsSpan(at, 2).CopyTo(left.AsSpan(at));
        }

        return at > 0;
    }

    private static bool UdpChecksumMadeUp(byte[] arrived, byte[] left)
    {
        var at = ChecksumOffset(left);
        var isNone = at > 0 && Protocol(left) == IpProtocol.Udp && !IsV6(left) && BinaryPrimitives.ReadUInt16BigEndian(left.AsSpan(at)) == 0;
        if (isNone)
        {
            BinaryPrimitives.WriteUInt16BigEndian(left.AsSpan(at), 0xffff);
        }

        return isNone;
    }

    private static bool MacsAsTheyCame(byte[] arrived, byte[] left)
    {
        arrived.AsSpan(0, 6).CopyTo(left);
        return true;
    }

    private static bool IsV6(byte[] frame) => frame[IpOffset] >> 4 == 6;

    private static byte Protocol(byte[] frame) => frame[IpOffset + (IsV6(frame) ? 6 : 9)];

    /// <summary>Flow entries are of packets without options and extension headers only.</summary>
    private static int ChecksumOffset(byte[] frame) => Protocol(frame) switch
    {
        IpProtocol.Tcp => IpOffset + (IsV6(frame) ? 40 : 20) + 16,
        IpProtocol.Udp => IpOffset + (IsV6(frame) ? 40 : 20) + 6,
        _ => -1,
    };

    /// <summary>A router that remembers a route for all addresses of a network of 24 (64) bits.</summary>
    private sealed class RouteOfNetwork(NetworkFunction right) : NetworkFunction
    {
        private readonly Dictionary<(bool IsV6, UInt128 Network, int Port), (Verdict Verdict, MacAddress Source, MacAddress Destination)> _known = [];

        public override string Name => right.Name;

        public override Verdict Process(ref FlowPacket packet, int port)
        {
            ref var headers = ref packet.Headers;
            var verdict = right.Process(ref packet, port);
            if (verdict.IsDrop)
            {
                return verdict;
            }

            var name = (headers.IsV6, headers.Destination.Value >> (headers.IsV6 ? 64 : 8), port);
            if (!_known.TryGetValue(name, out var known))
            {
                _known[name] = known = (verdict, headers.EthernetSource, headers.EthernetDestination);
            }

            (headers.EthernetSource, headers.EthernetDestination) = (known.Source, known.Destination);
            return known.Verdict;
        }

        public override Verdict ProcessIcmpError(ref FlowPacket packet, int port) => right.ProcessIcmpError(ref packet, port);
    }
}

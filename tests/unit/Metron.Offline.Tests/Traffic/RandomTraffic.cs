using System.Buffers.Binary;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.LoadBalancer;

namespace Metron.Offline.Tests;

/// <summary>A frame that arrives at an endpoint's port.</summary>
/// <param name="Endpoint">Index of the endpoint.</param>
/// <param name="Frame">The frame on the wire.</param>
/// <param name="Nanoseconds">When.</param>
/// <param name="Flow">The flow that it is of, if that is to be known by what leaves.</param>
internal sealed record Arrival(int Endpoint, byte[] Frame, long Nanoseconds, KnownFlow? Flow = null);

/// <summary>
/// Random packets with a memory: new flows, later packets of known ones, answers to what came out of the chain, ICMP errors about it, fragments
/// and broken frames; and now and then a whole scene about a flow.
/// </summary>
internal sealed class RandomTraffic(Dice dice, ChainSpec spec)
{
    private const int Second = 1_000;

    private static readonly long[] Gaps = [5 * Second, 35 * Second, 71 * Second, 9000 * Second];

    private readonly TrafficClock _clock = new(spec);
    private readonly IReadOnlyList<VirtualService> _services =
        [.. spec.Functions.OfType<LoadBalancerConfiguration>().SelectMany(balancer => balancer.Services)];

    private readonly Queue<Cue> _scene = [];
    private readonly List<(int Endpoint, FrameBuilder Packet)> _sent = [];
    private readonly List<KnownFlow> _known = [];
    private KnownFlow? _current;

    /// <summary>The next packet.</summary>
    public Arrival Next()
    {
        if (_scene.Count == 0 && _known.Count > 0 && dice.Percent(6))
        {
            foreach (var next in new Scenes(dice, _clock).About(Recent()))
            {
                _scene.Enqueue(next);
            }
        }

        if (_scene.TryDequeue(out var cue))
        {
            _clock.Pass(cue.Pause);
            var played = Play(cue);
            return new Arrival(played.Endpoint, OnWire(played.Endpoint, played.Frame), _clock.Nanoseconds, _current);
        }

        _clock.Pass(dice.Percent(3) ? dice.Of(Gaps) : dice.Below(3));
        var kind = dice.Below(100);
        var (endpoint, frame) =
            kind < 22 || _sent.Count == 0 ? Fresh()
            : kind < 55 ? Later()
            : kind < 85 && _known.Count > 0 ? Answer(Recent())
            : kind < 93 && _known.Count > 0 ? Error(Recent())
            : Fresh();
        return new Arrival(endpoint, OnWire(endpoint, dice.Percent(3) ? Broken(frame) : frame), _clock.Nanoseconds, _current);
    }

    /// <summary>Says what left the chain of a frame that arrived.</summary>
    public void Left(Arrival arrival, int endpoint, byte[] frame)
    {
        var packet = frame.Length > 16 && frame[12] == 0x81 ? [.. frame[..12], .. frame[16..]] : frame;
        if (arrival.Flow is { } flow && endpoint >= 0 && FrameParser.Parse(packet, packet.Length, false, out var headers, out _) == DropReason.None)
        {
            if (flow.Left.Length == 0)
            {
                _known.Add(flow);
            }

            (flow.Egress, flow.Left, flow.Headers) = (endpoint, packet, headers);
        }
    }

    private KnownFlow Recent() => _known[dice.Between(Math.Max(0, _known.Count - 12), _known.Count - 1)];

    private (int Endpoint, byte[] Frame) Send(int endpoint, FrameBuilder packet)
    {
        _sent.Add((endpoint, packet));
        _current = new KnownFlow(endpoint, packet);
        return (endpoint, Shape(packet));
    }

    private (int Endpoint, byte[] Frame) Play(Cue cue)
    {
        var flow = cue.Flow;
        var packet = flow.Packet with { TcpFlags = cue.Flags, TimeToLive = 64 };
        switch (cue.Move)
        {
            case Move.Again:
                _current = flow;
                return (flow.Ingress, packet.Build());
            case Move.Answer:
                _current = null;
                return (flow.Egress, (AnswerTo(flow) with { TcpFlags = cue.Flags }).Build());
            case Move.Error:
                return Error(flow);
            case Move.Neighbour:
                _current = null;
                return (flow.Ingress, (packet with { Source = dice.Of(packet.Source.IsV6 ? World.Clients6 : World.Clients4) }).Build());
            default:
                _current = null;
                return (flow.Ingress, (packet with { SourcePort = (ushort)dice.Between(2048, 2200) }).Build());
        }
    }

    private (int Endpoint, byte[] Frame) Fresh()
    {
        var endpoint = dice.Below(spec.Endpoints.Count);
        var isFrom = spec.Links.Any(link => link.From.Element == spec.Endpoints[endpoint].Name);
        var isV6 = dice.Percent(40);
        var (clients, servers) = isV6 ? (World.Clients6, World.Servers6) : (World.Clients4, World.Servers4);
        var others = dice.Of<IpAddress[]>(isV6 ? [World.Pool6, [World.Virtual6], World.Odd6] : [World.Pool4, [World.Virtual4], World.Odd4]);
        var near = dice.Percent(93) ? dice.Of(isFrom ? clients : servers) : dice.Of(others);
        var far = dice.Percent(60) ? dice.Of(isFrom ? servers : clients) : dice.Percent(80) ? dice.Of<IpAddress>(isV6 ? [.. World.Pool6, World.Virtual6] : [.. World.Pool4, World.Virtual4]) : dice.Of(others);
        var protocol = dice.Percent(97) ? dice.Of(World.Protocols) : dice.Of<byte>(IpProtocol.Esp, 2, 89, 253);
        var packet = new FrameBuilder
        {
            EthernetSource = World.Mac(1 + endpoint),
            EthernetDestination = World.Mac(0x200),
            Source = near,
            Destination = far,
            Protocol = protocol == IpProtocol.Icmp && isV6 ? IpProtocol.IcmpV6 : protocol,
            TimeToLive = (byte)(dice.Percent(94) ? 64 : dice.Below(4)),
            SourcePort = dice.Percent(isFrom ? 85 : 30) ? dice.Of(World.ClientPorts) : dice.Of(World.ServicePorts),
            DestinationPort = dice.Percent(isFrom ? 85 : 30) ? dice.Of(World.ServicePorts) : dice.Of(World.ClientPorts),
            TcpFlags = dice.Percent(75) ? TcpFlags.Syn : (TcpFlags)dice.Below(64),
            TcpOptions = Options(),
            IcmpType = dice.Percent(80) ? (byte)(isV6 ? 128 : 8) : dice.Of<byte>(isV6 ? [129, 135, 133, 200] : [0, 13, 14, 9, 200]),
            UdpChecksum = dice.Percent(85),
            Payload = [.. Enumerable.Range(0, dice.Below(20)).Select(number => (byte)(number * 7))],
        };
        return Send(endpoint, isFrom && _services.Count > 0 && dice.Percent(30) ? ToService(packet) : packet);
    }

    /// <summary>To a virtual service: few packets would meet one by chance.</summary>
    private FrameBuilder ToService(FrameBuilder packet)
    {
        var service = dice.Of(_services);
        return packet with
        {
            Source = dice.Of(service.Address.IsV6 ? World.Clients6 : World.Clients4),
            Destination = service.Address,
            Protocol = service.Protocol,
            DestinationPort = service.Port,
        };
    }

    /// <summary>Another packet of a flow that began already.</summary>
    private (int Endpoint, byte[] Frame) Later()
    {
        _current = _known.Count > 0 && dice.Percent(85) ? Recent() : null;
        var (endpoint, packet) = _current is { } flow ? (flow.Ingress, flow.Packet) : _sent[dice.Between(Math.Max(0, _sent.Count - 12), _sent.Count - 1)];
        _current ??= new KnownFlow(endpoint, packet);
        return (endpoint, Shape(packet with
        {
            TcpFlags = Flags(),
            TimeToLive = (byte)(dice.Percent(92) ? dice.Of<byte>(64, 63, 200) : dice.Below(5)),
            Payload = [.. Enumerable.Repeat((byte)dice.Below(256), dice.Below(12))],
        }));
    }

    private (int Endpoint, byte[] Frame) Answer(KnownFlow flow) => Send(flow.Egress, AnswerTo(flow));

    /// <summary>From the other end of what came out: addresses and ports swapped.</summary>
    private FrameBuilder AnswerTo(KnownFlow flow)
    {
        var headers = flow.Headers;
        var type = headers.IcmpKind switch
        {
            IcmpKind.Query => (byte)(headers.IsV6 ? 129 : headers.IcmpType == 13 ? 14 : 0),
            IcmpKind.Reply => (byte)(headers.IsV6 ? 128 : 8),
            _ => headers.IcmpType,
        };
        return new FrameBuilder
        {
            EthernetSource = World.Mac(1 + flow.Egress),
            EthernetDestination = World.Mac(0x201),
            Source = headers.Destination,
            Destination = headers.Source,
            Protocol = headers.Protocol,
            SourcePort = headers.IcmpKind == IcmpKind.None ? headers.DestinationPort : headers.SourcePort,
            DestinationPort = headers.SourcePort,
            TcpFlags = dice.Percent(40) ? TcpFlags.Syn | TcpFlags.Acknowledgement : Flags(),
            TcpOptions = Options(),
            IcmpType = type,
            UdpChecksum = dice.Percent(85),
            Payload = [.. Enumerable.Repeat((byte)dice.Below(256), dice.Below(9))],
        };
    }

    /// <summary>An ICMP error about what came out, from its destination or from a router on the way.</summary>
    private (int Endpoint, byte[] Frame) Error(KnownFlow flow)
    {
        var (packet, headers) = (flow.Left, flow.Headers);
        var isV6 = headers.IsV6;
        var reporter = dice.Percent(60) ? headers.Destination : dice.Of(isV6 ? World.Servers6 : World.Servers4);
        var quoted = packet.AsSpan(14, Math.Min(packet.Length - 14, dice.Percent(85) ? dice.Between(isV6 ? 48 : 28, 80) : dice.Below(60))).ToArray();
        if (dice.Percent(5) && quoted.Length > 25)
        {
            quoted[dice.Below(quoted.Length)] ^= (byte)(1 << dice.Below(8));
        }

        _current = null;
        return (flow.Egress, new FrameBuilder
        {
            EthernetSource = World.Mac(1 + flow.Egress),
            EthernetDestination = World.Mac(0x202),
            Source = reporter,
            Destination = dice.Percent(95) ? headers.Source : dice.Of(isV6 ? World.Clients6 : World.Clients4),
            Protocol = isV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp,
            SourcePort = 0,
            DestinationPort = 0,
            IcmpType = dice.Of<byte>(isV6 ? [1, 2, 3, 4] : [3, 11, 4, 5, 12]),
            Payload = quoted,
        }.Build());
    }

    /// <summary>None, or an announced segment size, at even and odd places, behind others and behind malformed ones.</summary>
    private byte[] Options() => dice.Below(9) switch
    {
        0 => [2, 4, 5, 0xb4],
        1 => [1, 2, 4, 0x23, 0x28, 0, 0, 0],
        2 => [4, 2, 2, 4, 2, 0x18, 1, 0],
        3 => [8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 4, 5, 0xb4, 0],
        4 => dice.Of<byte[]>([2, 4, 0, 0], [2, 3, 5, 1], [7, 0, 2, 4, 5, 0xb4, 0, 0], [0, 2, 4, 5], [9, 40, 2, 4], [3, 3, 7, 1, 1, 1, 1, 2]),
        _ => [],
    };

    private TcpFlags Flags() => dice.Below(10) switch
    {
        0 => TcpFlags.Syn,
        1 => TcpFlags.Fin | TcpFlags.Acknowledgement,
        2 => dice.Percent(50) ? TcpFlags.Reset : (TcpFlags)dice.Below(256),
        3 => TcpFlags.Push | TcpFlags.Acknowledgement,
        4 => TcpFlags.Syn | TcpFlags.Acknowledgement,
        _ => TcpFlags.Acknowledgement,
    };

    /// <summary>Mostly a plain packet; now and then a fragment, with options or extension headers, padded.</summary>
    private byte[] Shape(FrameBuilder packet)
    {
        var kind = dice.Below(100);
        if (packet.Source.IsV6)
        {
            return kind < 3 ? Extended(packet.Build(), 44, Fragment6())
                : kind < 5 ? Extended(packet.Build(), dice.Of<byte>(0, 60, 51), [0, 0, 1, 4, 0, 0, 0, 0])
                : kind < 6 ? Extended(packet.Build(), 43, [0, 0, 0, (byte)dice.Below(2), 0, 0, 0, 0])
                : packet.Build();
        }

        return kind < 3 ? (packet with { Fragment = dice.Of<ushort>(0x2000, 0x2001, 0x0010) }).Build()
            : kind < 5 ? WithOptions(packet.Build(), dice.Of<byte[]>([1, 1, 1, 0], [148, 4, 0, 0], [131, 3, 0, 0]))
            : kind < 8 ? [.. packet.Build(), .. new byte[dice.Below(12)]]
            : packet.Build();
    }

    private byte[] Fragment6() => dice.Below(3) switch
    {
        0 => [0, 0, 0, 1, 1, 2, 3, 4], // the first
        1 => [0, 0, 0, 16, 1, 2, 3, 4], // the last
        _ => [0, 0, 0, 0, 1, 2, 3, 4], // atomic
    };

    /// <summary>Puts an extension header of 8 bytes before the transport header.</summary>
    private static byte[] Extended(byte[] frame, byte number, byte[] header)
    {
        byte[] extended = [.. frame[..54], frame[20], .. header[1..], .. frame[54..]];
        extended[20] = number;
        BinaryPrimitives.WriteUInt16BigEndian(extended.AsSpan(18), (ushort)(BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(18)) + 8));
        return extended;
    }

    private static byte[] WithOptions(byte[] frame, byte[] options)
    {
        byte[] extended = [.. frame[..34], .. options, .. frame[34..]];
        extended[14] = 0x46;
        BinaryPrimitives.WriteUInt16BigEndian(extended.AsSpan(16), (ushort)(BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(16)) + 4));
        BinaryPrimitives.WriteUInt16BigEndian(extended.AsSpan(24), 0);
        BinaryPrimitives.WriteUInt16BigEndian(extended.AsSpan(24), FrameBuilder.NaiveChecksum(extended.AsSpan(14, 24)));
        return extended;
    }

    private byte[] Broken(byte[] frame)
    {
        switch (dice.Below(4))
        {
            case 0:
                return frame[..dice.Between(14, frame.Length)];
            case 1:
                var type = dice.Of<byte[]>([0x08, 0x06], [0x88, 0xcc], [0x81, 0x00], [0x86, 0xdd], [0x08, 0x00]);
                return [.. frame[..12], .. type, .. frame[14..]];
            default:
                var copy = frame.ToArray();
                copy[dice.Between(14, copy.Length - 1)] ^= (byte)(1 << dice.Below(8));
                return WithoutReserved(copy);
        }
    }

    /// <summary>
    /// Open vSwitch takes an IPv6 packet for a fragment when any bit of the word is set that holds offset, reserved bits and M; RFC 8200 (section
    /// 4.5) has the reserved ones ignored, and so do servers and the interpreter. No host sets them.
    /// </summary>
    private static byte[] WithoutReserved(byte[] frame)
    {
        if (frame.Length > 57 && frame[12] == 0x86 && frame[13] == 0xdd && frame[20] == 44)
        {
            frame[57] &= 0xf9;
        }

        return frame;
    }

    private byte[] OnWire(int endpoint, byte[] frame)
    {
        var vlan = dice.Percent(99) ? spec.Endpoints[endpoint].Vlan : dice.Of<ushort>(0, 100, 101, 7);
        return vlan == 0 ? frame : [.. frame[..12], 0x81, 0x00, (byte)(vlan >> 8), (byte)vlan, .. frame[12..]];
    }
}

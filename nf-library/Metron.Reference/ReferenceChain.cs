using System.Buffers.Binary;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.Packets;
using Metron.Reference.Frames;
using Metron.Reference.Functions;

namespace Metron.Reference;

/// <summary>
/// A chain as its spec reads: each packet is carried from function to function along the links, and each function does what its README
/// says. Simple and slow; the oracle for what the platform makes of the same spec. Not thread-safe.
/// </summary>
public sealed class ReferenceChain
{
    private readonly ChainSpec _spec;
    private readonly ReferenceFunction[] _functions;
    private readonly Dictionary<(int Element, int Port), (int Element, int Port)> _wires = [];

    /// <param name="spec">A chain that has no problems.</param>
    /// <param name="steeringMask">
    /// Bits of a port that a NAPT's binding has to keep, so that replies reach the same worker; 0 for none. The spec knows no workers: this
    /// only tells when ports are used up.
    /// </param>
    /// <param name="workers">How many workers share what is for all of them together: a policer's limits.</param>
    public ReferenceChain(ChainSpec spec, ushort steeringMask = 0, int workers = 1)
    {
        _spec = spec;
        _functions = [.. spec.Functions.Select(function => ReferenceFunction.Of(function, steeringMask, workers))];
        foreach (var link in spec.Links)
        {
            var (from, to) = (Resolve(link.From, 1), Resolve(link.To, 0));
            _wires[from] = to;
            _wires[to] = from;
        }
    }

    /// <summary>Carries one packet through the chain.</summary>
    /// <param name="endpoint">Endpoint at whose switch port it arrives; another endpoint of the same port may take it.</param>
    /// <param name="wire">The frame as it is on the wire.</param>
    /// <param name="now">Time in milliseconds; never less than at the packet before.</param>
    /// <param name="choices">Decides what is free to choose.</param>
    public ReferenceResult Process(int endpoint, ReadOnlySpan<byte> wire, long now, IChoices choices)
    {
        if (!TryStrip(wire, _spec.Endpoints[endpoint].Port, out var vlan, out var frame))
        {
            return new ReferenceResult { DropReason = NameOf(DropReason.VlanTagged) };
        }

        var port = _spec.Endpoints[endpoint].Port;
        if (_spec.PassNeighborDiscovery && _spec.Endpoints.Count == 2 && FrameReader.IsNeighborDiscovery(frame))
        {
            var from = _spec.Endpoints.ToList().FindIndex(candidate => candidate.Port == port && candidate.Vlan == vlan);
            var other = 1 - from;
            return new ReferenceResult { Ingress = from, Egress = other, Frame = FrameWriter.Tag(frame, _spec.Endpoints[other].Vlan) };
        }

        if (FrameReader.IsQuestion(frame) && TakesQuestion(port, vlan) is var asked and >= 0)
        {
            return Walk(asked, null, _spec.FramesOf(asked) == LinkFrames.Tagged ? wire.ToArray() : frame, now, choices);
        }

        if (TakesRaw(port, vlan, frame) is var raw and >= 0)
        {
            return Walk(raw, null, _spec.FramesOf(raw) == LinkFrames.Tagged ? wire.ToArray() : frame, now, choices);
        }

        var reason = FrameReader.TryRead(frame, out var packet);
        if (reason != DropReason.None)
        {
            return new ReferenceResult { DropReason = NameOf(reason), IsRefused = reason != DropReason.NotIp };
        }

        var ingress = IngressAt(port, vlan, packet!.Fields, LinkFrames.Ip);
        return ingress < 0 ? new ReferenceResult { DropReason = "notMatched" } : Walk(ingress, packet, null, now, choices);
    }

    /// <summary>The endpoint that takes a frame for something else than an IP packet; -1 when none does.</summary>
    private int TakesRaw(uint port, ushort vlan, byte[] frame)
    {
        if (frame.Length >= 14 && (frame[12], frame[13]) == (0x88, 0x47))
        {
            return IngressAt(port, vlan, null, LinkFrames.Labelled);
        }

        // What lies in a VLAN is matched as elsewhere; where nothing is to be matched, it need not even be right.
        var isRead = FrameReader.TryRead(frame, out var packet) == DropReason.None;
        var isIp = frame.Length >= 14 && (frame[12], frame[13]) is (0x08, 0x00) or (0x86, 0xdd);
        return isIp ? IngressAt(port, vlan, isRead ? packet!.Fields : null, LinkFrames.Tagged) : -1;
    }

    /// <summary>The endpoint whose questions for neighbours are answered, whatever else it takes; -1 when there is none.</summary>
    private int TakesQuestion(uint port, ushort vlan) => Enumerable.Range(0, _spec.Endpoints.Count).Where(index =>
        _spec.Endpoints[index] is { IsIngress: true } candidate && candidate.Port == port && candidate.Vlan == vlan && _spec.TakesNeighbors(index))
        .DefaultIfEmpty(-1).First();

    private int IngressAt(uint port, ushort vlan, IpFields? fields, LinkFrames frames)
    {
        for (var i = 0; i < _spec.Endpoints.Count; i++)
        {
            var candidate = _spec.Endpoints[i];
            if (candidate.IsIngress && candidate.Port == port && candidate.Vlan == vlan && _spec.FramesOf(i) == frames
                && (fields is null ? candidate.Match == PacketMatch.Any : RuleReading.Fits(candidate.Match, fields)))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>
    /// What a monitor counted, by source, destination and the side that packets came from (0 inside, 1 outside): packets, and bytes of
    /// Ethernet frames without tag. Empty for other functions.
    /// </summary>
    public IReadOnlyDictionary<(IpAddress Source, IpAddress Destination, int Side), (ulong Packets, ulong Bytes)> Talkers(string function) =>
        _functions[_spec.Functions.ToList().FindIndex(candidate => candidate.Name == function)] is ReferenceMonitor monitor
            ? monitor.Talkers
            : new Dictionary<(IpAddress Source, IpAddress Destination, int Side), (ulong Packets, ulong Bytes)>();

    private ReferenceResult Walk(int ingress, ReferencePacket? packet, byte[]? raw, long now, IChoices choices)
    {
        var copies = new List<ReferenceResult>();
        return Walk(ingress, packet, raw, now, choices, copies) with { Copies = copies };
    }

    /// <param name="ingress">Endpoint where it entered.</param>
    /// <param name="packet">The packet; null when it is none for the chain.</param>
    /// <param name="raw">The frame, when it is no packet.</param>
    /// <param name="now">Milliseconds.</param>
    /// <param name="choices">What is free to choose.</param>
    /// <param name="copies">Gets the copies that functions send.</param>
    private ReferenceResult Walk(int ingress, ReferencePacket? packet, byte[]? raw, long now, IChoices choices, List<ReferenceResult> copies)
    {
        var path = new List<ReferenceStep>();
        var at = _wires[(ElementOf(ingress), 0)];
        while (at.Element >= 0)
        {
            var configuration = _spec.Functions[at.Element];
            var step = new ReferenceStep(configuration.Name, configuration.Ports[at.Port]);
            if (path.Contains(step))
            {
                return Dropped(ingress, DropReason.RoutingLoop, configuration, path);
            }

            path.Add(step);
            var verdict = packet is null ? Show(configuration, at, raw!) : _functions[at.Element].Process(packet, at.Port, now, choices);
            if (verdict.CopyPort >= 0)
            {
                var frame = FrameWriter.Write(packet!);
                frame = verdict.CopyLength > 0 && frame.Length > verdict.CopyLength ? frame[..verdict.CopyLength] : frame;
                copies.Add(Left(ingress, EndpointOf(_wires[(at.Element, verdict.CopyPort)].Element), packet, frame, []));
            }

            if (verdict.Violation is { } violation)
            {
                return new ReferenceResult { Ingress = ingress, Violation = violation, Path = path };
            }

            if (verdict.Reason != DropReason.None)
            {
                return Dropped(ingress, verdict.Reason, configuration, path);
            }

            (packet, raw) = verdict.Raw is { } other ? (null, other) : (verdict.Packet ?? packet, raw);
            at = _wires[(at.Element, verdict.Port)];
            var isAnswered = at.Element >= 0 && _spec.Functions[at.Element].AnswersNeighborsAt(at.Port);
            if (verdict.IsQuestion && !isAnswered && FrameReader.TryRead(raw!, out packet) is var reason and not DropReason.None)
            {
                return Dropped(ingress, reason, configuration, path);
            }
        }

        var egress = EndpointOf(at.Element);
        var target = _spec.Endpoints[egress];
        return !target.IsEgress
            ? new ReferenceResult { Ingress = ingress, DropReason = NameOf(DropReason.NotAnEgress), Path = path }
            : Left(ingress, egress, packet, packet is null ? raw! : FrameWriter.Write(packet), path);
    }

    private ReferenceVerdict Show(NetworkFunctionConfiguration configuration, (int Element, int Port) at, byte[] raw) =>
        configuration.AnswersNeighborsAt(at.Port) && FrameReader.IsQuestion(raw)
            ? _functions[at.Element].Answer(raw, at.Port)
            : _functions[at.Element].ProcessRaw(raw, at.Port);

    private ReferenceResult Left(int ingress, int egress, ReferencePacket? packet, byte[] frame, IReadOnlyList<ReferenceStep> path)
    {
        var target = _spec.Endpoints[egress];
        return new ReferenceResult
        {
            Ingress = ingress,
            Egress = egress,
            Frame = FrameWriter.Tag(frame, _spec.FramesOf(egress) == LinkFrames.Tagged ? (ushort)0 : target.Vlan),
            Path = path,
            OtherSource = target.LocalMac,
            OtherDestination = packet?.DestinationMac is null ? target.PeerMac : null,
        };
    }

    private static ReferenceResult Dropped(
        int ingress, DropReason reason, NetworkFunctionConfiguration function, IReadOnlyList<ReferenceStep> path) =>
        new() { Ingress = ingress, DropReason = NameOf(reason), Function = function.Name, Path = path };

    /// <summary>Takes the VLAN header off; false when the frame belongs to no endpoint of the port.</summary>
    private bool TryStrip(ReadOnlySpan<byte> wire, uint port, out ushort vlan, out byte[] frame)
    {
        var isTagged = wire.Length >= 16 && BinaryPrimitives.ReadUInt16BigEndian(wire[12..]) is 0x8100 or 0x88a8;
        var number = isTagged ? (ushort)(BinaryPrimitives.ReadUInt16BigEndian(wire[14..]) & 0xfff) : (ushort)0;
        vlan = number;
        frame = isTagged ? [.. wire[..12], .. wire[16..]] : wire.ToArray();
        return isTagged == (number != 0) && _spec.Endpoints.Any(candidate => candidate.Port == port && candidate.Vlan == number);
    }

    private static string NameOf(DropReason reason)
    {
        var name = reason.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    private (int Element, int Port) Resolve(Attachment attachment, int side)
    {
        var endpoint = _spec.Endpoints.ToList().FindIndex(candidate => candidate.Name == attachment.Element);
        if (endpoint >= 0)
        {
            return (ElementOf(endpoint), 0);
        }

        var function = _spec.Functions.ToList().FindIndex(candidate => candidate.Name == attachment.Element);
        return (function, attachment.Port is null ? side : _spec.Functions[function].Ports.ToList().IndexOf(attachment.Port));
    }

    /// <summary>Functions are 0, 1, …; endpoints -1, -2, ….</summary>
    private static int ElementOf(int endpoint) => -1 - endpoint;

    private static int EndpointOf(int element) => -1 - element;
}

using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Napt;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>Bindings in a list of dictionaries; what it may choose it asks, and checks.</summary>
/// <param name="configuration">The NAPT.</param>
/// <param name="steeringMask">Bits of a port that a binding must keep besides the lowest one, for replies to find their worker.</param>
internal sealed class ReferenceNapt(NaptConfiguration configuration, ushort steeringMask) : ReferenceFunction
{
    private readonly Dictionary<Endpoint, Binding> _inside = [];
    private readonly Dictionary<Endpoint, Binding> _outside = [];

    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices)
    {
        var fields = packet.Fields;
        if (fields.IsV6 && configuration.PrefixTranslation is { } prefixes)
        {
            return TranslatePrefix(prefixes, packet, port);
        }

        if (PoolOf(fields.IsV6).Count == 0)
        {
            return ReferenceVerdict.Drop(DropReason.UnsupportedProtocol);
        }

        if (packet.Embedded is { } embedded)
        {
            return port == Inside ? ErrorOut(packet, embedded, now) : ErrorIn(packet, embedded, now);
        }

        if (fields.IsFragment)
        {
            return ReferenceVerdict.Drop(DropReason.Fragment);
        }

        var isTranslated = fields.Protocol is IpProtocol.Tcp or IpProtocol.Udp || fields.IcmpKind is IcmpKind.Query or IcmpKind.Reply;
        if (!isTranslated)
        {
            return ReferenceVerdict.Drop(DropReason.UnsupportedProtocol);
        }

        return port == Inside ? TranslateOut(fields, now, choices) : TranslateIn(fields, now);
    }

    private static ReferenceVerdict TranslatePrefix(PrefixTranslation prefixes, ReferencePacket packet, int port)
    {
        var fields = packet.Fields;
        var isOut = port == Inside;
        if (isOut && packet.Embedded is null && prefixes.Outside.Contains(fields.Destination))
        {
            return ReferenceVerdict.Drop(DropReason.Hairpin);
        }

        var outer = PrefixReading.Translate(prefixes, isOut ? fields.Source : fields.Destination, isOut);
        var inner = packet.Embedded is not { } embedded ? outer
            : PrefixReading.Translate(prefixes, isOut ? embedded.Destination : embedded.Source, isOut);
        if (outer is not { } address || inner is not { } quoted)
        {
            return ReferenceVerdict.Drop(DropReason.PrefixMismatch);
        }

        if (isOut)
        {
            fields.Source = address;
        }
        else
        {
            fields.Destination = address;
        }

        if (packet.Embedded is { } changed)
        {
            (changed.Source, changed.Destination) = isOut ? (changed.Source, quoted) : (quoted, changed.Destination);
        }

        return ReferenceVerdict.Forward(1 - port);
    }

    private ReferenceVerdict TranslateOut(IpFields fields, long now, IChoices choices)
    {
        if (IsInPool(fields.Destination))
        {
            return ReferenceVerdict.Drop(DropReason.Hairpin);
        }

        var binding = Find(_inside, new Endpoint(fields.Source, fields.SourcePort, fields.Protocol), now);
        if (binding is null)
        {
            if (fields.IcmpKind == IcmpKind.Reply || fields.TcpFlags.HasFlag(TcpFlags.Reset))
            {
                return ReferenceVerdict.Drop(DropReason.NoBinding);
            }

            var verdict = Bind(fields, now, choices, out binding);
            if (binding is null)
            {
                return verdict;
            }
        }

        if (fields.IsTcp)
        {
            binding.Follow(fields.TcpFlags, (fields.Destination, fields.DestinationPort), true, now);
        }

        binding.LastSeen = now;
        fields.Source = binding.Outside.Address;
        fields.SourcePort = binding.Outside.Port;
        fields.DestinationPort = fields.IcmpKind != IcmpKind.None ? binding.Outside.Port : fields.DestinationPort;
        return ReferenceVerdict.Forward(Outside);
    }

    private ReferenceVerdict TranslateIn(IpFields fields, long now)
    {
        var binding = Find(_outside, new Endpoint(fields.Destination, fields.DestinationPort, fields.Protocol), now);
        if (binding is null)
        {
            return ReferenceVerdict.Drop(DropReason.NoBinding);
        }

        if (fields.IsTcp)
        {
            binding.Follow(fields.TcpFlags, (fields.Source, fields.SourcePort), false, now);
        }

        fields.Destination = binding.Inside.Address;
        fields.DestinationPort = binding.Inside.Port;
        fields.SourcePort = fields.IcmpKind != IcmpKind.None ? binding.Inside.Port : fields.SourcePort;
        return ReferenceVerdict.Forward(Inside);
    }

    /// <summary>From outside, about a packet that left by an outside endpoint.</summary>
    private ReferenceVerdict ErrorIn(ReferencePacket packet, IpFields embedded, long now)
    {
        var name = new Endpoint(embedded.Source, embedded.SourcePort, embedded.Protocol);
        if (packet.Fields.Destination != embedded.Source || Find(_outside, name, now) is not { } binding)
        {
            return ReferenceVerdict.Drop(DropReason.IcmpErrorUnrelated);
        }

        packet.Fields.Destination = binding.Inside.Address;
        embedded.Source = binding.Inside.Address;
        embedded.SourcePort = binding.Inside.Port;
        embedded.DestinationPort = embedded.IcmpKind != IcmpKind.None ? binding.Inside.Port : embedded.DestinationPort;
        return ReferenceVerdict.Forward(Inside);
    }

    /// <summary>From inside, about a packet that came in; whoever reports it is seen as the outside endpoint (RFC 5508 section 4.2).</summary>
    private ReferenceVerdict ErrorOut(ReferencePacket packet, IpFields embedded, long now)
    {
        var name = new Endpoint(embedded.Destination, embedded.DestinationPort, embedded.Protocol);
        if (packet.Fields.Destination != embedded.Source || Find(_inside, name, now) is not { } binding)
        {
            return ReferenceVerdict.Drop(DropReason.IcmpErrorUnrelated);
        }

        packet.Fields.Source = binding.Outside.Address;
        embedded.Destination = binding.Outside.Address;
        embedded.DestinationPort = binding.Outside.Port;
        embedded.SourcePort = embedded.IcmpKind != IcmpKind.None ? binding.Outside.Port : embedded.SourcePort;
        return ReferenceVerdict.Forward(Outside);
    }

    private ReferenceVerdict Bind(IpFields fields, long now, IChoices choices, out Binding? binding)
    {
        binding = null;
        Expire(now);
        var inside = new Endpoint(fields.Source, fields.SourcePort, fields.Protocol);
        IpAddress? paired = _inside.Values.FirstOrDefault(other => other.Inside.Address == inside.Address)?.Outside.Address;
        var request = new BindingRequest(
            configuration,
            inside.Address,
            inside.Port,
            inside.Protocol,
            paired,
            (address, port) => !_outside.ContainsKey(new Endpoint(address, port, inside.Protocol)));
        var choice = choices.ChooseOutside(request);
        if (choice.Kind == ChoiceKind.Missing)
        {
            return ReferenceVerdict.Refuse($"{configuration.Name}: no binding was made for {inside}");
        }

        if (choice.Kind == ChoiceKind.Refused)
        {
            return IsExhausted(inside, paired) ? ReferenceVerdict.Drop(DropReason.PortsExhausted)
                : ReferenceVerdict.Refuse($"{configuration.Name}: no port was given to {inside}, although there are free ones");
        }

        var outside = new Endpoint(choice.Address, choice.Port, inside.Protocol);
        if (Objection(inside, outside, paired, fields.IcmpKind != IcmpKind.None) is { } objection)
        {
            return ReferenceVerdict.Refuse($"{configuration.Name}: {inside} was bound to {outside}, which {objection}");
        }

        binding = new Binding(inside, outside, configuration.Timeouts) { Peer = (fields.Destination, fields.DestinationPort), LastSeen = now };
        _inside.Add(inside, binding);
        _outside.Add(outside, binding);
        return ReferenceVerdict.Forward(Outside);
    }

    /// <summary>Why a binding must not be; null when it may.</summary>
    private string? Objection(Endpoint inside, Endpoint outside, IpAddress? paired, bool isIcmp)
    {
        if (outside.Address.IsV6 != inside.Address.IsV6 || !IsInPool(outside.Address))
        {
            return "is not in the pool";
        }

        if (!configuration.OutsidePorts.Contains(outside.Port))
        {
            return "is outside of the ports to use";
        }

        if (paired is { } address && address != outside.Address)
        {
            return $"is not the host's outside address {address} (RFC 4787 REQ-2)";
        }

        if (_outside.ContainsKey(outside))
        {
            return "is in use by another binding";
        }

        if (!isIcmp && ((outside.Port ^ inside.Port) & steeringMask) != 0)
        {
            return "steers replies to another worker";
        }

        return configuration.PortBlockSize > 0 && _outside.Values.Any(other => other.Inside.Address != inside.Address && SharesBlock(other.Outside, outside))
            ? "lies in another host's block"
            : null;
    }

    /// <summary>Whether nothing can be had: every port that steers alike is taken, or the host has all that it may have.</summary>
    private bool IsExhausted(Endpoint inside, IpAddress? paired)
    {
        if (configuration.MaxBlocksPerHost > 0 || configuration.PortBlockSize > 0)
        {
            return _inside.Values.Any(other => other.Inside.Address == inside.Address) || _outside.Count > 0 || configuration.PortBlockSize > 0;
        }

        var candidates = paired is { } address ? [address] : Addresses(inside.Address.IsV6);
        return candidates.Any(candidate => Enumerable
            .Range(configuration.OutsidePorts.First, configuration.OutsidePorts.Last - configuration.OutsidePorts.First + 1)
            .Where(port => ((port ^ inside.Port) & steeringMask) == 0)
            .All(port => _outside.ContainsKey(new Endpoint(candidate, (ushort)port, inside.Protocol))));
    }

    private bool SharesBlock(Endpoint left, Endpoint right) =>
        left.Address == right.Address && left.Port / configuration.PortBlockSize == right.Port / configuration.PortBlockSize;

    private IEnumerable<IpAddress> Addresses(bool isV6)
    {
        const int Most = 256;
        return PoolOf(isV6)
            .SelectMany(range => Enumerable.Range(0, Most)
                .Select(offset => new IpAddress(range.First.Value + (UInt128)offset, isV6))
                .TakeWhile(address => address <= range.Last))
            .Take(Most);
    }

    private bool IsInPool(IpAddress address) =>
        PoolOf(address.IsV6).Any(range => address >= range.First && address <= range.Last);

    private IReadOnlyList<AddressRange> PoolOf(bool isV6) => isV6 ? configuration.Pool6 : configuration.Pool;

    private Binding? Find(Dictionary<Endpoint, Binding> bindings, Endpoint name, long now)
    {
        if (!bindings.TryGetValue(name, out var binding))
        {
            return null;
        }

        if (!binding.IsOver(now))
        {
            return binding;
        }

        Remove(binding);
        return null;
    }

    private void Expire(long now)
    {
        foreach (var binding in _inside.Values.Where(binding => binding.IsOver(now)).ToList())
        {
            Remove(binding);
        }
    }

    private void Remove(Binding binding)
    {
        _inside.Remove(binding.Inside);
        _outside.Remove(binding.Outside);
    }

    private readonly record struct Endpoint(IpAddress Address, ushort Port, byte Protocol)
    {
        public override string ToString() => $"{Address} port {Port} protocol {Protocol}";
    }

    private sealed class Binding(Endpoint inside, Endpoint outside, ConnectionTimeouts timeouts)
    {
        private bool _isShared;
        private TcpPhase _phase;

        public Endpoint Inside => inside;

        public Endpoint Outside => outside;

        /// <summary>The TCP peer that is followed.</summary>
        public (IpAddress Address, ushort Port) Peer { get; set; }

        public long LastSeen { get; set; }

        public bool IsOver(long now) => now - LastSeen >= Tcp.IdleMilliseconds(inside.Protocol, _phase, timeouts);

        /// <summary>Follows the connection with the peer that the binding was made for; with several peers it counts as established.</summary>
        public void Follow(TcpFlags flags, (IpAddress Address, ushort Port) peer, bool outbound, long now)
        {
            if (!_isShared && peer != Peer)
            {
                if (!outbound || flags.HasFlag(TcpFlags.Reset))
                {
                    return; // strangers, and what they are answered with
                }

                if (_phase == TcpPhase.Closed)
                {
                    (Peer, _phase) = (peer, TcpPhase.Opening);
                    return;
                }

                _isShared = true;
            }

            if (_isShared)
            {
                var isPlain = (flags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Reset)) == 0;
                _phase = isPlain ? TcpPhase.Established : _phase;
                return;
            }

            var before = _phase;
            _phase = _phase == TcpPhase.Closed && outbound && Tcp.Opens(flags) ? TcpPhase.Opening : Tcp.After(_phase, flags, outbound);
            LastSeen = _phase == TcpPhase.Closed && before != _phase ? now : LastSeen;
        }
    }
}

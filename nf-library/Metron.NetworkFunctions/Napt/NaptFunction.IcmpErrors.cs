using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.NetworkFunctions.Napt;

/// <content>
/// ICMP errors (RFC 5508 section 4): the embedded packet is translated back to what its sender sent, and the error goes to that sender.
/// They neither make, nor refresh, nor end a binding.
/// </content>
public sealed partial class NaptFunction
{
    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port)
    {
        if (packet.Headers.IsV6 && _prefixes is not null)
        {
            return TranslatePrefixError(_prefixes, ref packet, port);
        }

        if (Pool(packet.Headers.IsV6).Count == 0)
        {
            return _drops.Drop(DropReason.UnsupportedProtocol);
        }

        return port == Inside ? TranslateErrorOut(ref packet) : TranslateErrorIn(ref packet);
    }

    /// <summary>From outside: about a packet that left by an outside endpoint.</summary>
    private Verdict TranslateErrorIn(ref FlowPacket packet)
    {
        ref var embedded = ref packet.Embedded;
        var record = packet.Headers.Destination == embedded.Source
            ? Allowed(_state.FindOutside(embedded.Source, embedded.Protocol, embedded.SourcePort), packet.Now)
            : -1;
        if (record < 0)
        {
            return _drops.Drop(DropReason.IcmpErrorUnrelated);
        }

        ref var binding = ref _state.Table[record];
        var inside = new IpAddress(binding.Inside, binding.IsV6);
        packet.Headers.Destination = inside;
        embedded.Source = inside;
        embedded.SourcePort = binding.InsidePort;
        if (embedded.IcmpKind != IcmpKind.None)
        {
            embedded.DestinationPort = binding.InsidePort;
        }

        return Verdict.ForwardOnce(Inside, TranslateOutcome);
    }

    /// <summary>
    /// From inside: about a packet that came in to an inside endpoint. Whoever reports it, the host or a router before it, is seen outside
    /// as the outside address of that endpoint (section 4.2, REQ-5).
    /// </summary>
    private Verdict TranslateErrorOut(ref FlowPacket packet)
    {
        ref var embedded = ref packet.Embedded;
        var record = packet.Headers.Destination == embedded.Source
            ? Allowed(_state.FindInside(embedded.Destination, embedded.Protocol, embedded.DestinationPort), packet.Now)
            : -1;
        if (record < 0)
        {
            return _drops.Drop(DropReason.IcmpErrorUnrelated);
        }

        ref var binding = ref _state.Table[record];
        var outside = _state.Addresses[binding.Address];
        packet.Headers.Source = outside;
        embedded.Destination = outside;
        embedded.DestinationPort = binding.OutsidePort;
        if (embedded.IcmpKind != IcmpKind.None)
        {
            embedded.SourcePort = binding.OutsidePort;
        }

        return Verdict.ForwardOnce(Outside, TranslateOutcome);
    }

    private Verdict TranslatePrefixError(PrefixTranslator prefixes, ref FlowPacket packet, int port)
    {
        var done = port == Inside
            ? prefixes.TryTranslateOut(ref packet.Headers.Source) && prefixes.TryTranslateOut(ref packet.Embedded.Destination)
            : prefixes.TryTranslateIn(ref packet.Headers.Destination) && prefixes.TryTranslateIn(ref packet.Embedded.Source);
        return done ? Verdict.ForwardOnce(1 - port, TranslateOutcome) : _drops.Drop(DropReason.PrefixMismatch);
    }
}

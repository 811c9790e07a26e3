using System.Runtime.CompilerServices;
using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.StaticNat;

/// <summary>A static NAT on one worker. It keeps no state: every flow may be cached. See the README of this folder for its behaviour.</summary>
public sealed class StaticNatFunction : NetworkFunction
{
    /// <summary>Outcome of what is translated.</summary>
    public const int TranslateOutcome = 0;

    /// <summary>Outcome of what belongs to no pair and may pass.</summary>
    public const int PassOutcome = 1;

    private const int Inside = 0;
    private const int Outside = 1;

    private static readonly ConditionalWeakTable<StaticNatConfiguration, Tables> Compiled = [];

    private readonly AddressPairTable _outward;
    private readonly AddressPairTable _inward;
    private readonly bool _passOthers;
    private readonly DropCounters _drops = new();

    /// <summary>Makes a static NAT.</summary>
    public StaticNatFunction(StaticNatConfiguration configuration)
    {
        Name = configuration.Name;
        _passOthers = configuration.PassOthers;
        (_outward, _inward) = Compiled.GetValue(configuration, value => new Tables(
            new AddressPairTable(value.Pairs.Select(pair => (pair.Inside, pair.Outside))),
            new AddressPairTable(value.Pairs.Select(pair => (pair.Outside, pair.Inside)))));
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port) =>
        Translate(ref packet.Headers, port) with { Cacheable = !packet.Headers.IsFragment };

    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port)
    {
        var isAboutPair = port == Inside
            ? _outward.TryTranslate(ref packet.Embedded.Destination)
            : _inward.TryTranslate(ref packet.Embedded.Source);
        if (!isAboutPair && !_passOthers)
        {
            return _drops.Drop(DropReason.IcmpErrorUnrelated);
        }

        if (port == Inside && isAboutPair && !_inward.Contains(packet.Headers.Destination) && !_outward.Contains(packet.Headers.Source))
        {
            // A router before the host reports: outside it is seen as the host that the packet was for (RFC 5508 section 4.2, REQ-5).
            packet.Headers.Source = packet.Embedded.Destination;
            return Verdict.ForwardOnce(Outside, TranslateOutcome);
        }

        return Translate(ref packet.Headers, port) with { Cacheable = false };
    }

    /// <inheritdoc/>
    public override void Report(IFlowDirectory flows, FunctionReport report) => _drops.Report(report);

    private Verdict Translate(ref PacketHeaders headers, int port)
    {
        if (port == Inside && _inward.Contains(headers.Destination))
        {
            return _drops.Drop(DropReason.Hairpin);
        }

        if (port == Inside ? _outward.TryTranslate(ref headers.Source) : _inward.TryTranslate(ref headers.Destination))
        {
            return Verdict.Forward(1 - port, TranslateOutcome);
        }

        // What would look translated, or would go around the translation.
        var isForeign = port == Inside ? _inward.Contains(headers.Source) : _outward.Contains(headers.Destination);
        return _passOthers && !isForeign ? Verdict.Forward(1 - port, PassOutcome) : _drops.Drop(DropReason.PrefixMismatch);
    }

    private sealed record Tables(AddressPairTable Outward, AddressPairTable Inward);
}

using Metron.OpenFlow;
using Metron.Synthesis;

namespace Metron.Offload;

/// <summary>
/// Turns a match as rules are written into matches that an OpenFlow switch can hold: ranges into masks, negation into what is left, one
/// match per IP version and protocol where OpenFlow wants these named. A packet fits one of them exactly when it fits the original.
/// </summary>
/// <remarks>Masks on ports, TCP flags and fragment bits are extensions of Open vSwitch over OpenFlow 1.3.</remarks>
public sealed class MatchExpansion
{
    private const int Icmp = 1;
    private const int Tcp = 6;
    private const int Udp = 17;
    private const int IcmpV6 = 58;
    private const int Sctp = 132;
    private static readonly int[] PortProtocols = [Tcp, Udp, Sctp];

    private readonly HeaderMatch _match;
    private readonly List<Part> _parts = [];

    private MatchExpansion(HeaderMatch match)
    {
        _match = match;
        foreach (var version in match.IpVersion is { } given ? [given] : new[] { 4, 6 })
        {
            AddParts(version == 6);
        }
    }

    /// <summary>Number of matches.</summary>
    public static long Count(HeaderMatch match) => match.IsAny ? 1 : new MatchExpansion(match)._parts.Sum(part => part.Count);

    /// <summary>The matches: field lists that stand for disjoint sets of packets. None when no packet can match.</summary>
    /// <param name="match">The match.</param>
    /// <param name="withVersion">Whether to name the IP version even when it does not matter.</param>
    public static IEnumerable<IReadOnlyList<OxmField>> Of(HeaderMatch match, bool withVersion = false) =>
        match.IsAny && !withVersion ? [[]] : new MatchExpansion(match)._parts.SelectMany(part => part.Expand());

    private void AddParts(bool isV6)
    {
        var protocols = Protocols(isV6);
        if (_match.TcpFlags == FlagSet.All)
        {
            AddPart(isV6, protocols, FlagSet.All);
            return;
        }

        // Only TCP has flags; for anything else they count as clear.
        var all = protocols ?? [.. Enumerable.Range(0, 256)];
        AddPart(isV6, all.Contains(Tcp) ? [Tcp] : [], _match.TcpFlags);
        if (_match.TcpFlags.Value == 0)
        {
            AddPart(isV6, [.. all.Where(protocol => protocol != Tcp)], FlagSet.All);
        }
    }

    /// <summary>The protocols that can match; null for all of them.</summary>
    private List<int>? Protocols(bool isV6)
    {
        var hasPorts = _match.SourcePort is not null || _match.DestinationPort is not null;
        var hasType = _match.IcmpType is not null || _match.IcmpCode is not null;
        if (_match.Protocol is null && !hasPorts && !hasType)
        {
            return null;
        }

        var protocols = _match.Protocol is { Negated: false } one && one.First == one.Last
            ? [(int)one.First]
            : Enumerable.Range(0, 256).Where(number => _match.Protocol?.Matches((UInt128)number) ?? true);
        protocols = hasPorts ? protocols.Where(number => PortProtocols.Contains(number)) : protocols;
        return [.. hasType ? protocols.Where(number => number == (isV6 ? IcmpV6 : Icmp)) : protocols];
    }

    private void AddPart(bool isV6, IReadOnlyList<int>? protocols, FlagSet flags)
    {
        if (protocols is not { Count: 0 })
        {
            _parts.Add(new Part(isV6, protocols, flags, _match));
        }
    }

    /// <summary>Fields that combine freely.</summary>
    private sealed class Part
    {
        private readonly bool _isV6;
        private readonly IReadOnlyList<int>? _protocols;
        private readonly FlagSet _flags;
        private readonly HeaderMatch _match;
        private readonly IReadOnlyList<MaskedValue>[] _choices;

        public Part(bool isV6, IReadOnlyList<int>? protocols, FlagSet flags, HeaderMatch match)
        {
            (_isV6, _protocols, _flags, _match) = (isV6, protocols, flags, match);
            _choices =
            [
                Choices(HeaderField.Source), Choices(HeaderField.Destination), Choices(HeaderField.SourcePort), Choices(HeaderField.DestinationPort),
            ];
        }

        public long Count => _choices.Aggregate((long)(_protocols?.Count ?? 1), (product, choices) => product * choices.Count);

        public IEnumerable<IReadOnlyList<OxmField>> Expand() =>
            from protocol in _protocols ?? [-1]
            from source in _choices[0]
            from destination in _choices[1]
            from sourcePort in _choices[2]
            from destinationPort in _choices[3]
            select Fields(protocol, source, destination, sourcePort, destinationPort);

        private IReadOnlyList<MaskedValue> Choices(HeaderField field) =>
            _match[field] is { } condition
                ? [.. condition.Values(HeaderFields.All(field, _isV6)).SelectMany(range => Masks.Of(range, HeaderFields.Width(field, _isV6)))]
                : [MaskedValue.Any];

        private List<OxmField> Fields(
            int protocol, MaskedValue source, MaskedValue destination, MaskedValue sourcePort, MaskedValue destinationPort)
        {
            List<OxmField> fields = [OxmField.EthernetType(_isV6 ? EtherType.Ipv6 : EtherType.Ipv4)];
            if (_match.Fragment is { } fragment)
            {
                fields.Add(OxmField.IpFragment((byte)(fragment ? 1 : 0), 1));
            }

            if (protocol >= 0)
            {
                fields.Add(OxmField.IpProtocol((byte)protocol));
            }

            Add(fields, _isV6 ? Oxm.Ipv6Source : Oxm.Ipv4Source, source);
            Add(fields, _isV6 ? Oxm.Ipv6Destination : Oxm.Ipv4Destination, destination);
            Add(fields, protocol == Tcp ? Oxm.TcpSource : protocol == Udp ? Oxm.UdpSource : Oxm.SctpSource, sourcePort);
            Add(fields, protocol == Tcp ? Oxm.TcpDestination : protocol == Udp ? Oxm.UdpDestination : Oxm.SctpDestination, destinationPort);
            if (_match.IcmpType is { } type)
            {
                fields.Add(_isV6 ? OxmField.Icmpv6Type(type) : OxmField.Icmpv4Type(type));
            }

            if (_match.IcmpCode is { } code)
            {
                fields.Add(_isV6 ? OxmField.Icmpv6Code(code) : OxmField.Icmpv4Code(code));
            }

            if (_flags != FlagSet.All)
            {
                fields.Add(OxmField.TcpFlags(_flags.Value, _flags.Mask));
            }

            return fields;
        }

        private static void Add(List<OxmField> fields, OxmType type, MaskedValue value)
        {
            if (!value.IsAny)
            {
                fields.Add(OxmField.Masked(type, value.Value, value.Mask));
            }
        }
    }
}

/// <summary>Ethernet types.</summary>
internal static class EtherType
{
    public const ushort Ipv4 = 0x0800;
    public const ushort Arp = 0x0806;
    public const ushort Vlan = 0x8100;
    public const ushort Mpls = 0x8847;
    public const ushort Ipv6 = 0x86dd;
    public const ushort ServiceVlan = 0x88a8;
}

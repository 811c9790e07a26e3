using Metron.Packets;

namespace Metron.Import.Filters;

/// <summary>
/// A set of packets: the product of one set per header field; null for every value. Ports are limited only where the protocol is limited to those
/// that have ports, TCP flags only where it is TCP, ICMP types only where it is ICMP of one IP version, addresses only where there is one
/// IP version; thus the fields that a packet lacks are never asked for, and differences are exact. Immutable.
/// </summary>
internal sealed record PacketBox
{
    private const byte MaximumByte = byte.MaxValue;

    /// <summary>Every packet.</summary>
    public static PacketBox All { get; } = new();

    /// <summary>Both versions: 1 IPv4, 2 IPv6.</summary>
    public IpVersions Versions { get; init; } = IpVersions.Both;

    /// <summary>The sides that it comes from.</summary>
    public Sides Sides { get; init; } = Sides.Both;

    /// <summary>IP protocol.</summary>
    public NumberSet? Protocol { get; init; }

    /// <summary>Source address.</summary>
    public NumberSet? Source { get; init; }

    /// <summary>Destination address.</summary>
    public NumberSet? Destination { get; init; }

    /// <summary>Source port.</summary>
    public NumberSet? SourcePort { get; init; }

    /// <summary>Destination port.</summary>
    public NumberSet? DestinationPort { get; init; }

    /// <summary>ICMP type.</summary>
    public NumberSet? IcmpType { get; init; }

    /// <summary>ICMP code; limited only where the type is.</summary>
    public NumberSet? IcmpCode { get; init; }

    /// <summary>TCP flags that are set.</summary>
    public TcpFlags FlagsSet { get; init; }

    /// <summary>TCP flags that are clear.</summary>
    public TcpFlags FlagsClear { get; init; }

    /// <summary>The packets with ports: TCP, UDP, SCTP.</summary>
    public static NumberSet PortProtocols { get; } =
        NumberSet.Union([(IpProtocol.Tcp, IpProtocol.Tcp), (IpProtocol.Udp, IpProtocol.Udp), (IpProtocol.Sctp, IpProtocol.Sctp)]);

    private bool IsEmpty => Versions == IpVersions.None || Sides == Sides.None || (FlagsSet & FlagsClear) != TcpFlags.None
        || Protocol is { IsEmpty: true } || Source is { IsEmpty: true } || Destination is { IsEmpty: true }
        || SourcePort is { IsEmpty: true } || DestinationPort is { IsEmpty: true }
        || IcmpType is { IsEmpty: true } || IcmpCode is { IsEmpty: true };

    /// <summary>Whether ports are limited, but not the protocol to those that have ports: no box as it must be.</summary>
    public bool NeedsPortProtocol =>
        (SourcePort ?? DestinationPort) is not null && (Protocol is null || !PortProtocols.Covers(Protocol));

    /// <summary>The highest address.</summary>
    public UInt128 MaximumAddress => Versions == IpVersions.V4 ? uint.MaxValue : UInt128.MaxValue;

    /// <summary>The packets in both; null when there are none.</summary>
    public PacketBox? Intersect(PacketBox other)
    {
        var both = new PacketBox
        {
            Versions = Versions & other.Versions,
            Sides = Sides & other.Sides,
            Protocol = Both(Protocol, other.Protocol),
            Source = Both(Source, other.Source),
            Destination = Both(Destination, other.Destination),
            SourcePort = Both(SourcePort, other.SourcePort),
            DestinationPort = Both(DestinationPort, other.DestinationPort),
            IcmpType = Both(IcmpType, other.IcmpType),
            IcmpCode = Both(IcmpCode, other.IcmpCode),
            FlagsSet = FlagsSet | other.FlagsSet,
            FlagsClear = FlagsClear | other.FlagsClear,
        };
        return both.IsEmpty ? null : both;
    }

    /// <summary>Whether every packet of the other box is in this one.</summary>
    public bool Covers(PacketBox other) =>
        (Versions & other.Versions) == other.Versions
        && (Sides & other.Sides) == other.Sides
        && Covers(Protocol, other.Protocol) && Covers(Source, other.Source) && Covers(Destination, other.Destination)
        && Covers(SourcePort, other.SourcePort) && Covers(DestinationPort, other.DestinationPort)
        && Covers(IcmpType, other.IcmpType) && Covers(IcmpCode, other.IcmpCode)
        && (FlagsSet & other.FlagsSet) == FlagsSet && (FlagsClear & other.FlagsClear) == FlagsClear;

    /// <summary>The packets that are not in the other box, as boxes that do not overlap.</summary>
    public List<PacketBox> Subtract(PacketBox other)
    {
        if (Intersect(other) is null)
        {
            return [this];
        }

        List<PacketBox> left = [];
        var rest = this;
        Cut(rest with { Versions = rest.Versions & ~other.Versions });
        rest = rest with { Versions = rest.Versions & other.Versions };
        Cut(rest with { Sides = rest.Sides & ~other.Sides });
        rest = rest with { Sides = rest.Sides & other.Sides };
        CutSet(other.Protocol, box => box.Protocol, (box, set) => box with { Protocol = set }, MaximumByte);
        CutSet(other.Source, box => box.Source, (box, set) => box with { Source = set }, rest.MaximumAddress);
        CutSet(other.Destination, box => box.Destination, (box, set) => box with { Destination = set }, rest.MaximumAddress);
        CutSet(other.SourcePort, box => box.SourcePort, (box, set) => box with { SourcePort = set }, ushort.MaxValue);
        CutSet(other.DestinationPort, box => box.DestinationPort, (box, set) => box with { DestinationPort = set }, ushort.MaxValue);
        CutSet(other.IcmpType, box => box.IcmpType, (box, set) => box with { IcmpType = set }, MaximumByte);
        CutSet(other.IcmpCode, box => box.IcmpCode, (box, set) => box with { IcmpCode = set }, MaximumByte);
        for (var bit = 1; bit <= MaximumByte; bit <<= 1)
        {
            CutFlag((TcpFlags)bit, other);
        }

        return left;

        void Cut(PacketBox piece)
        {
            if (!piece.IsEmpty)
            {
                left.Add(piece);
            }
        }

        void CutSet(NumberSet? taken, Func<PacketBox, NumberSet?> get, Func<PacketBox, NumberSet?, PacketBox> with, UInt128 maximum)
        {
            if (taken is null)
            {
                return;
            }

            Cut(with(rest, Both(get(rest), taken.Complement(maximum))));
            rest = with(rest, Both(get(rest), taken));
        }

        void CutFlag(TcpFlags flag, PacketBox taken)
        {
            if ((taken.FlagsSet & flag) != TcpFlags.None)
            {
                Cut(rest with { FlagsClear = rest.FlagsClear | flag });
                rest = rest with { FlagsSet = rest.FlagsSet | flag };
            }
            else if ((taken.FlagsClear & flag) != TcpFlags.None)
            {
                Cut(rest with { FlagsSet = rest.FlagsSet | flag });
                rest = rest with { FlagsClear = rest.FlagsClear | flag };
            }
        }
    }

    /// <summary>The packets of the other direction: sides, addresses and ports swapped.</summary>
    public PacketBox Reverse() => this with
    {
        Sides = Sides switch { Sides.Inside => Sides.Outside, Sides.Outside => Sides.Inside, _ => Sides },
        Source = Destination,
        Destination = Source,
        SourcePort = DestinationPort,
        DestinationPort = SourcePort,
    };

    /// <summary>Whatever the TCP flags and ICMP types.</summary>
    public PacketBox WithoutFlagsAndTypes() => this with
    {
        FlagsSet = TcpFlags.None,
        FlagsClear = TcpFlags.None,
        IcmpType = null,
        IcmpCode = null,
    };

    private static NumberSet? Both(NumberSet? left, NumberSet? right) =>
        left is null ? right : right is null ? left : left.Intersect(right);

    private static bool Covers(NumberSet? outer, NumberSet? inner) => outer is null || (inner is not null && outer.Covers(inner));
}

/// <summary>IP versions.</summary>
[Flags]
internal enum IpVersions
{
    None = 0,
    V4 = 1,
    V6 = 2,
    Both = V4 | V6,
}

/// <summary>Sides of a firewall that packets come from.</summary>
[Flags]
internal enum Sides
{
    None = 0,
    Inside = 1,
    Outside = 2,
    Both = Inside | Outside,
}

using Metron.NetworkFunctions;
using Metron.Packets;

namespace Metron.Import.Filters;

/// <summary>Writes a set of packets as matches of Metron, together exactly the same packets.</summary>
internal static class MatchWriter
{
    /// <summary>Most matches for one set.</summary>
    public const int Most = 4096;

    /// <summary>The matches; null when there would be more than <see cref="Most"/> or a protocol belongs to the other IP version.</summary>
    /// <param name="box">The packets.</param>
    /// <param name="why">What is in the way when there are none.</param>
    public static List<PacketMatch>? Write(PacketBox box, out string why)
    {
        why = string.Empty;
        List<PacketMatch> matches =
        [
            new()
            {
                IpVersion = box.Versions switch { IpVersions.V4 => 4, IpVersions.V6 => 6, _ => null },
                TcpFlagsSet = box.FlagsSet,
                TcpFlagsClear = box.FlagsClear,
            },
        ];
        var isV6 = box.Versions == IpVersions.V6;
        matches = Each(matches, Bytes(box.Protocol), (match, protocol) => match with { Protocol = protocol });
        if (matches.FirstOrDefault(match => IsOfOtherVersion(match, box.Versions)) is { } odd)
        {
            why = $"it speaks of protocol {odd.Protocol!.Value.Value} in packets of IPv{(odd.Protocol.Value.Value == IpProtocol.IcmpV6 ? 4 : 6)}, "
                + "where that protocol has no meaning; name the protocols that are meant one by one";
            return null;
        }

        matches = Each(matches, Prefixes(box.Source, isV6), (match, source) => match with { Source = source });
        matches = Each(matches, Prefixes(box.Destination, isV6), (match, destination) => match with { Destination = destination });
        matches = Each(matches, Ports(box.SourcePort), (match, ports) => match with { SourcePort = ports });
        matches = Each(matches, Ports(box.DestinationPort), (match, ports) => match with { DestinationPort = ports });
        matches = Each(matches, Numbers(box.IcmpType), (match, type) => match with { IcmpType = type });
        matches = Each(matches, Numbers(box.IcmpCode), (match, code) => match with { IcmpCode = code });
        if (matches.Count <= Most)
        {
            return matches.ConvertAll(WithoutNeedlessVersion);
        }

        why = $"it takes more than {Most:N0} rules of Metron to say it; use fewer or simpler addresses and ports";
        return null;
    }

    /// <summary>How many matches a set of protocols takes.</summary>
    public static int CostOfProtocols(NumberSet set) => Bytes(set)?.Count ?? 1;

    /// <summary>How many matches a set of ICMP types or codes takes.</summary>
    public static int CostOfNumbers(NumberSet set) => Numbers(set)?.Count ?? 1;

    /// <summary>How many matches a set of ports takes.</summary>
    public static int CostOfPorts(NumberSet set) => Ports(set)?.Count ?? 1;

    /// <summary>How many matches a set of addresses takes.</summary>
    public static int CostOfAddresses(NumberSet set, bool isV6) => Prefixes(set, isV6)?.Count ?? 1;

    // More than the limit is cut to one too many, which is enough to be refused.
    private static List<PacketMatch> Each<T>(List<PacketMatch> matches, List<T>? values, Func<PacketMatch, T, PacketMatch> with) =>
        values is null ? matches : [.. matches.SelectMany(match => values.Select(value => with(match, value))).Take(Most + 1)];

    // ICMP is of IPv4 and ICMPv6 of IPv6 for the API; without protocol or with a negated one there is nothing to contradict.
    private static bool IsOfOtherVersion(PacketMatch match, IpVersions versions) => match.Protocol switch
    {
        { Negated: false, Value: IpProtocol.Icmp } => versions == IpVersions.V6,
        { Negated: false, Value: IpProtocol.IcmpV6 } => versions == IpVersions.V4,
        _ => false,
    };

    private static PacketMatch WithoutNeedlessVersion(PacketMatch match) =>
        match.Source is not null || match.Destination is not null || match.IcmpType is not null ? match with { IpVersion = null } : match;

    private static List<Condition<byte>>? Bytes(NumberSet? set)
    {
        if (set is null || set.IsFull(byte.MaxValue))
        {
            return null;
        }

        var others = set.Complement(byte.MaxValue);
        return others.Count(2) == 1
            ? [new Condition<byte>((byte)others.Intervals[0].First, Negated: true)]
            : [.. set.Values().Select(value => new Condition<byte>((byte)value))];
    }

    private static List<byte?>? Numbers(NumberSet? set) =>
        set is null || set.IsFull(byte.MaxValue) ? null : [.. set.Values().Select(value => (byte?)value)];

    private static List<Condition<PortRange>>? Ports(NumberSet? set)
    {
        if (set is null || set.IsFull(ushort.MaxValue))
        {
            return null;
        }

        var others = set.Complement(ushort.MaxValue);
        return set.Intervals.Length > 1 && others.Intervals.Length == 1
            ? [new Condition<PortRange>(Range(others.Intervals[0]), Negated: true)]
            : [.. set.Intervals.ToArray().Select(interval => new Condition<PortRange>(Range(interval)))];
    }

    private static PortRange Range((UInt128 First, UInt128 Last) interval) => new((ushort)interval.First, (ushort)interval.Last);

    private static List<Condition<IpPrefix>>? Prefixes(NumberSet? set, bool isV6)
    {
        if (set is null)
        {
            return null;
        }

        var maximum = isV6 ? UInt128.MaxValue : uint.MaxValue;
        var prefixes = Prefixes(set.Intervals, isV6);
        if (prefixes.Count > 1 && Prefixes(set.Complement(maximum).Intervals, isV6) is [var only])
        {
            return [new Condition<IpPrefix>(only, Negated: true)];
        }

        return prefixes.ConvertAll(prefix => new Condition<IpPrefix>(prefix));
    }

    private static List<IpPrefix> Prefixes(ReadOnlySpan<(UInt128 First, UInt128 Last)> intervals, bool isV6)
    {
        List<IpPrefix> prefixes = [];
        foreach (var (first, last) in intervals)
        {
            Cover(first, last, isV6, prefixes);
            if (prefixes.Count > Most)
            {
                break;
            }
        }

        return prefixes;
    }

    /// <summary>The fewest prefixes that together have the addresses from first to last.</summary>
    private static void Cover(UInt128 first, UInt128 last, bool isV6, List<IpPrefix> prefixes)
    {
        var width = isV6 ? 128 : 32;
        while (prefixes.Count <= Most)
        {
            var free = first == 0 ? width : Math.Min(width, (int)UInt128.TrailingZeroCount(first));
            while (free > 0 && LastOf(first, free) > last)
            {
                free--;
            }

            prefixes.Add(new IpPrefix(new IpAddress(first, isV6), width - free));
            var end = LastOf(first, free);
            if (end >= last)
            {
                return;
            }

            first = end + 1;
        }
    }

    private static UInt128 LastOf(UInt128 first, int free) => free == 128 ? UInt128.MaxValue : first + ((UInt128.One << free) - 1);
}

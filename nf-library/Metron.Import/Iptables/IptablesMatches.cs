using Metron.Import.Filters;
using Metron.Import.Syntax;
using Metron.Packets;

namespace Metron.Import.Iptables;

/// <summary>What the options of a rule say about packets. Every method returns null when right, else what is wrong.</summary>
internal static class IptablesMatches
{
    /// <summary>Returned for an option that is not known here.</summary>
    public const string NotAnOption = "?";

    private static readonly Dictionary<string, TcpFlags> Flags = new()
    {
        ["FIN"] = Packets.TcpFlags.Fin,
        ["SYN"] = Packets.TcpFlags.Syn,
        ["RST"] = Packets.TcpFlags.Reset,
        ["PSH"] = Packets.TcpFlags.Push,
        ["ACK"] = Packets.TcpFlags.Acknowledgement,
        ["URG"] = Packets.TcpFlags.Urgent,
        ["NONE"] = Packets.TcpFlags.None,
        ["ALL"] = (TcpFlags)0x3f,
    };

    private static readonly Dictionary<string, ConnectionStates> StateNames = new()
    {
        ["NEW"] = ConnectionStates.New,
        ["ESTABLISHED"] = ConnectionStates.Established,
        ["RELATED"] = ConnectionStates.Related,
        ["INVALID"] = ConnectionStates.Invalid,
        ["UNTRACKED"] = ConnectionStates.Untracked,
    };

    /// <summary>Reads an option with one value.</summary>
    /// <param name="option">The option.</param>
    /// <param name="value">Its value.</param>
    /// <param name="negated">Whether "!" stands before it.</param>
    /// <param name="isV6">Whether the rule is of ip6tables.</param>
    /// <param name="packets">The packets, as boxes.</param>
    public static string? Read(string option, string value, bool negated, bool isV6, out IReadOnlyList<PacketBox> packets)
    {
        packets = [];
        switch (option)
        {
            case "-p" or "--protocol" or "--proto":
                return Protocol(value, negated, out packets);
            case "-s" or "--source" or "--src":
                return Addresses(value, negated, isV6, (box, set) => box with { Source = set }, out packets);
            case "-d" or "--destination" or "--dst":
                return Addresses(value, negated, isV6, (box, set) => box with { Destination = set }, out packets);
            case "--src-range":
                return AddressRange(value, negated, isV6, (box, set) => box with { Source = set }, out packets);
            case "--dst-range":
                return AddressRange(value, negated, isV6, (box, set) => box with { Destination = set }, out packets);
            case "--sport" or "--source-port" or "--sports" or "--source-ports":
                return Ports(value, negated, set => [new PacketBox { SourcePort = set }], out packets);
            case "--dport" or "--destination-port" or "--dports" or "--destination-ports":
                return Ports(value, negated, set => [new PacketBox { DestinationPort = set }], out packets);
            case "--ports" or "--port":
                return negated
                    ? Ports(value, negated, set => [new PacketBox { SourcePort = set, DestinationPort = set }], out packets)
                    : Ports(value, negated, set => [new PacketBox { SourcePort = set }, new PacketBox { DestinationPort = set }], out packets);
            case "--icmp-type" or "--icmpv6-type":
                return IcmpType(value, negated, isV6, out packets);
            default:
                return NotAnOption;
        }
    }

    /// <summary>Reads "--tcp-flags MASK SET".</summary>
    public static string? TcpFlags(string mask, string set, bool negated, out IReadOnlyList<PacketBox> packets)
    {
        packets = [];
        if (FlagList(mask) is not { } looked || FlagList(set) is not { } wanted)
        {
            return $"{Quote.Of($"{mask} {set}")} are not two lists of TCP flags: {string.Join(", ", Flags.Keys)}";
        }

        var tcp = new PacketBox { Protocol = NumberSet.Of(IpProtocol.Tcp) };
        var matched = tcp with { FlagsSet = wanted, FlagsClear = looked & ~wanted };
        // A flag that must be set but is not looked at can never be.
        var never = (wanted & ~looked) != Packets.TcpFlags.None;
        packets = negated ? (never ? [tcp] : tcp.Subtract(matched)) : never ? [] : [matched];
        return null;
    }

    /// <summary>Reads states of connection tracking.</summary>
    public static string? States(string value, bool negated, out ConnectionStates states)
    {
        states = ConnectionStates.None;
        foreach (var name in value.Split(','))
        {
            if (!StateNames.TryGetValue(name, out var state))
            {
                return $"{Quote.Of(name)} is not a state that Metron's firewall knows: {string.Join(", ", StateNames.Keys)}";
            }

            states |= state;
        }

        states = negated ? ConnectionStates.All & ~states : states;
        return null;
    }

    private static string? Protocol(string value, bool negated, out IReadOnlyList<PacketBox> packets)
    {
        packets = [PacketBox.All];
        if (value is "all" or "0")
        {
            packets = negated ? [] : packets;
            return null;
        }

        if (!ProtocolNames.TryRead(value, out var protocol))
        {
            return $"{Quote.Of(value)} is not a protocol that is known by name; write its number";
        }

        packets = [new PacketBox { Protocol = negated ? NumberSet.Of(protocol).Complement(byte.MaxValue) : NumberSet.Of(protocol) }];
        return null;
    }

    private static string? Addresses(
        string value, bool negated, bool isV6, Func<PacketBox, NumberSet?, PacketBox> limit, out IReadOnlyList<PacketBox> packets)
    {
        packets = [];
        List<PacketBox> boxes = [];
        foreach (var part in value.Split(','))
        {
            if (AddressSets.TryRead(part, out var set, out var isPartV6) is { } problem)
            {
                return problem;
            }

            if (isPartV6 != isV6)
            {
                return $"{Quote.Of(part)} is IPv{(isPartV6 ? 6 : 4)} in rules for IPv{(isV6 ? 6 : 4)}; say what the file is for by --family";
            }

            boxes.Add(limit(OfVersion(isV6), set));
        }

        packets = negated ? PacketBoxes.Subtract([OfVersion(isV6)], boxes, MatchWriter.Most) : boxes;
        return null;
    }

    private static string? AddressRange(
        string value, bool negated, bool isV6, Func<PacketBox, NumberSet?, PacketBox> limit, out IReadOnlyList<PacketBox> packets)
    {
        packets = [];
        var ends = value.Split('-');
        if (ends.Length is < 1 or > 2 || !AddressSets.TryAddress(ends[0], out var first) || !AddressSets.TryAddress(ends[^1], out var last)
            || first.IsV6 != isV6 || last.IsV6 != isV6 || first > last)
        {
            return $"{Quote.Of(value)} is not a range of two IPv{(isV6 ? 6 : 4)} addresses";
        }

        var set = NumberSet.Range(first.Value, last.Value);
        packets = [limit(OfVersion(isV6), negated ? set.Complement(isV6 ? UInt128.MaxValue : uint.MaxValue) : set)];
        return null;
    }

    private static string? Ports(
        string value, bool negated, Func<NumberSet, IReadOnlyList<PacketBox>> limit, out IReadOnlyList<PacketBox> packets)
    {
        packets = [];
        List<(UInt128, UInt128)> ranges = [];
        foreach (var part in value.Split(','))
        {
            var colon = part.IndexOf(':');
            var (low, high) = colon < 0 ? (part, part) : (part[..colon], part[(colon + 1)..]);
            if (!Numbers.TryRead(low.Length == 0 ? "0" : low, ushort.MaxValue, out var first)
                || !Numbers.TryRead(high.Length == 0 ? "65535" : high, ushort.MaxValue, out var last) || first > last || part.Length == 0)
            {
                return $"{Quote.Of(part)} is not a port 0-65535 or a range such as 1024:65535";
            }

            ranges.Add((first, last));
        }

        var set = NumberSet.Union(ranges);
        packets = limit(negated ? set.Complement(ushort.MaxValue) : set);
        return null;
    }

    private static string? IcmpType(string value, bool negated, bool isV6, out IReadOnlyList<PacketBox> packets)
    {
        var icmp = OfVersion(isV6) with { Protocol = NumberSet.Of(isV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp) };
        packets = [icmp];
        var parts = value.Split('/');
        if (value == "any" && !isV6)
        {
            packets = negated ? [] : packets;
            return null;
        }

        uint type = 0, code = 0;
        if (parts.Length > 2 || !(IcmpNames.TryRead(parts[0], isV6, out type, out var namedCode) || Numbers.TryRead(parts[0], byte.MaxValue, out type))
            || (parts.Length == 2 && !Numbers.TryRead(parts[1], byte.MaxValue, out code)))
        {
            return $"{Quote.Of(value)} is not an ICMP type such as 8, 3/4 or echo-request";
        }

        var codes = parts.Length == 2 ? NumberSet.Of(code) : namedCode is { } named ? NumberSet.Of(named) : null;
        var matched = icmp with { IcmpType = NumberSet.Of(type), IcmpCode = codes };
        packets = negated ? icmp.Subtract(matched) : [matched];
        return null;
    }

    private static PacketBox OfVersion(bool isV6) => new() { Versions = isV6 ? IpVersions.V6 : IpVersions.V4 };

    private static TcpFlags? FlagList(string text)
    {
        var flags = Packets.TcpFlags.None;
        foreach (var name in text.Split(','))
        {
            if (!Flags.TryGetValue(name, out var flag))
            {
                return null;
            }

            flags |= flag;
        }

        return flags;
    }
}

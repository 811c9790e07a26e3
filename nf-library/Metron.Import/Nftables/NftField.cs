using Metron.Import.Filters;
using Metron.Import.Syntax;
using Metron.Packets;

namespace Metron.Import.Nftables;

/// <summary>What a match can look at.</summary>
internal enum NftFieldKind
{
    Source,
    Destination,
    Protocol,
    SourcePort,
    DestinationPort,
    IcmpType,
    IcmpCode,
    State,
    Version,
    InInterface,
    OutInterface,
}

/// <summary>A field of a match: which packets have it, and how values are written.</summary>
/// <param name="Kind">The field.</param>
/// <param name="Needs">The packets that have it; others do not match.</param>
/// <param name="Mask">Bits of an address that are looked at; null for all.</param>
internal sealed record NftField(NftFieldKind Kind, PacketBox Needs, UInt128? Mask = null)
{
    private static readonly Dictionary<string, NftField> Fields = MakeFields();

    private static readonly Dictionary<string, byte> StateNames = new()
    {
        ["new"] = 0,
        ["established"] = 1,
        ["related"] = 2,
        ["invalid"] = 3,
        ["untracked"] = 4,
    };

    private static readonly Dictionary<string, byte> Codes4 = new()
    {
        ["net-unreachable"] = 0,
        ["host-unreachable"] = 1,
        ["prot-unreachable"] = 2,
        ["port-unreachable"] = 3,
        ["frag-needed"] = 4,
        ["net-prohibited"] = 9,
        ["host-prohibited"] = 10,
        ["admin-prohibited"] = 13,
    };

    private static readonly Dictionary<string, byte> Codes6 = new()
    {
        ["no-route"] = 0,
        ["admin-prohibited"] = 1,
        ["addr-unreachable"] = 3,
        ["port-unreachable"] = 4,
        ["policy-fail"] = 5,
        ["reject-route"] = 6,
    };

    /// <summary>Whether it is an interface.</summary>
    public bool IsInterface => Kind is NftFieldKind.InInterface or NftFieldKind.OutInterface;

    /// <summary>The highest value.</summary>
    public UInt128 Maximum => Kind switch
    {
        NftFieldKind.Source or NftFieldKind.Destination => Needs.MaximumAddress,
        NftFieldKind.SourcePort or NftFieldKind.DestinationPort => ushort.MaxValue,
        NftFieldKind.State => 4,
        NftFieldKind.Version => 1,
        _ => byte.MaxValue,
    };

    private bool IsV6 => Needs.Versions == IpVersions.V6;

    /// <summary>Reads the left side of a match; null when it cannot be expressed.</summary>
    public static NftField? Read(JsonValue left, out string problem)
    {
        problem = string.Empty;
        if (left is JsonObject { Members: [("&", JsonList { Items: [var masked, JsonText text] })] } && Read(masked, out _) is { } field
            && field.Kind is NftFieldKind.Source or NftFieldKind.Destination && AddressSets.TryAddress(text.Value, out var mask) && mask.IsV6 == field.IsV6)
        {
            return field with { Mask = mask.Value };
        }

        var name = left switch
        {
            JsonObject { Members: [("payload", JsonObject payload)] } => $"{payload.Text("protocol")} {payload.Text("field")}",
            JsonObject { Members: [("meta", JsonObject meta)] } => $"meta {meta.Text("key")}",
            JsonObject { Members: [("ct", JsonObject ct)] } => ct["dir"] is null ? $"ct {ct.Text("key")}" : "ct with direction",
            JsonObject { Members: [(var other, _)] } => other,
            _ => left.Kind,
        };
        if (Fields.TryGetValue(name, out var known))
        {
            return known;
        }

        problem = $"looks at {Quote.Of(name)}, which Metron's firewall does not"
            + (name == "ip6 nexthdr" ? " (it is the first of IPv6's headers); write 'meta l4proto'" : "; remove the rule, or the match");
        return null;
    }

    /// <summary>Adds the values that an element stands for.</summary>
    /// <returns>Null when right, else what is wrong.</returns>
    public string? Values(JsonValue element, List<(UInt128 First, UInt128 Last)> ranges)
    {
        switch (element)
        {
            case JsonObject { Members: [("range", JsonList { Items: [var first, var last] })] }:
                if (!TryValue(first, out var from) || !TryValue(last, out var to) || from > to || Mask is not null)
                {
                    return "has a range that does not begin and end with values of the field, in order";
                }

                ranges.Add((from, to));
                return null;
            case JsonObject { Members: [("prefix", JsonObject prefix)] }:
                return Prefix(prefix, ranges);
            case JsonList list:
                return list.Items.Select(item => Values(item, ranges)).FirstOrDefault(problem => problem is not null);
            default:
                if (!TryValue(element, out var value))
                {
                    return $"has {(element is JsonText text ? Quote.Of(text.Value) : element.Kind)}, which is not a value of {Kind} that is known here";
                }

                return Mask is { } mask ? Masked(value, mask, ranges) : Add(value, value, ranges);
        }
    }

    /// <summary>The packets whose field is in the set.</summary>
    public IReadOnlyList<NftPackets> Limit(NumberSet set)
    {
        var box = Kind switch
        {
            NftFieldKind.Source => Needs with { Source = set },
            NftFieldKind.Destination => Needs with { Destination = set },
            NftFieldKind.SourcePort => Needs with { SourcePort = set },
            NftFieldKind.DestinationPort => Needs with { DestinationPort = set },
            NftFieldKind.Protocol => Needs with { Protocol = set },
            NftFieldKind.IcmpType => Needs with { IcmpType = set },
            NftFieldKind.IcmpCode => Needs with { IcmpCode = set },
            NftFieldKind.Version => Needs with
            {
                Versions = (set.Contains(0) ? IpVersions.V4 : IpVersions.None) | (set.Contains(1) ? IpVersions.V6 : IpVersions.None),
            },
            _ => Needs,
        };
        var states = Kind == NftFieldKind.State
            ? (ConnectionStates)set.Values().Aggregate(0, (bits, state) => bits | (1 << (int)state))
            : ConnectionStates.All;
        return box.Intersect(PacketBox.All) is { } packets && states != ConnectionStates.None ? [new NftPackets(packets, states)] : [];
    }

    private static string? Add(UInt128 first, UInt128 last, List<(UInt128 First, UInt128 Last)> ranges)
    {
        ranges.Add((first, last));
        return null;
    }

    private string? Masked(UInt128 value, UInt128 mask, List<(UInt128 First, UInt128 Last)> ranges)
    {
        if ((value & ~mask) != 0)
        {
            return null; // bits outside of the mask are never set
        }

        var problem = AddressSets.TryMasked(value, mask, IsV6, out var set);
        ranges.AddRange(set is null ? [(0, Maximum)] : set.Intervals.ToArray());
        return problem;
    }

    private string? Prefix(JsonObject prefix, List<(UInt128 First, UInt128 Last)> ranges)
    {
        var problem = AddressSets.TryRead($"{prefix.Text("addr")}/{(prefix["len"] as JsonNumber)?.Value}", out var set, out var isV6);
        if (problem is not null || isV6 != IsV6 || Mask is not null || Kind is not (NftFieldKind.Source or NftFieldKind.Destination))
        {
            return problem ?? $"has a prefix that is no value of {Kind}";
        }

        ranges.AddRange(set is null ? [(0, Maximum)] : set.Intervals.ToArray());
        return null;
    }

    private bool TryValue(JsonValue element, out UInt128 value)
    {
        var isRead = Kind switch
        {
            NftFieldKind.Source or NftFieldKind.Destination => TryAddress(element, out value),
            _ => TryNamed(element, out value) || TryNumber(element, out value),
        };
        return isRead && value <= Maximum;
    }

    private bool TryAddress(JsonValue element, out UInt128 value)
    {
        value = 0;
        if (element is not JsonText text || !AddressSets.TryAddress(text.Value, out var address) || address.IsV6 != IsV6)
        {
            return false;
        }

        value = address.Value;
        return true;
    }

    private static bool TryNumber(JsonValue element, out UInt128 value)
    {
        uint number = 0;
        var isRead = element is JsonNumber { Value: var digits } && Numbers.TryRead(digits, ushort.MaxValue, out number);
        value = number;
        return isRead;
    }

    private bool TryNamed(JsonValue element, out UInt128 value)
    {
        value = 0;
        if (element is not JsonText { Value: var name })
        {
            return false;
        }

        uint type = 0;
        byte found = 0;
        var isRead = Kind switch
        {
            NftFieldKind.Protocol => ProtocolNames.TryRead(name, out found),
            NftFieldKind.State => StateNames.TryGetValue(name, out found),
            NftFieldKind.IcmpType => IcmpNames.TryRead(name, IsV6, out type, out var code) && code is null,
            NftFieldKind.IcmpCode => (IsV6 ? Codes6 : Codes4).TryGetValue(name, out found),
            NftFieldKind.Version => name is "ipv4" or "ip" or "ipv6" or "ip6",
            _ => false,
        };
        value = Kind switch { NftFieldKind.IcmpType => type, NftFieldKind.Version => name.EndsWith('6') ? 1u : 0u, _ => found };
        return isRead;
    }

    private static Dictionary<string, NftField> MakeFields()
    {
        var v4 = new PacketBox { Versions = IpVersions.V4 };
        var v6 = new PacketBox { Versions = IpVersions.V6 };
        var icmp = v4 with { Protocol = NumberSet.Of(IpProtocol.Icmp) };
        var icmp6 = v6 with { Protocol = NumberSet.Of(IpProtocol.IcmpV6) };
        var fields = new Dictionary<string, NftField>
        {
            ["ip saddr"] = new(NftFieldKind.Source, v4),
            ["ip daddr"] = new(NftFieldKind.Destination, v4),
            ["ip protocol"] = new(NftFieldKind.Protocol, v4),
            ["ip6 saddr"] = new(NftFieldKind.Source, v6),
            ["ip6 daddr"] = new(NftFieldKind.Destination, v6),
            ["icmp type"] = new(NftFieldKind.IcmpType, icmp),
            ["icmp code"] = new(NftFieldKind.IcmpCode, icmp),
            ["icmpv6 type"] = new(NftFieldKind.IcmpType, icmp6),
            ["icmpv6 code"] = new(NftFieldKind.IcmpCode, icmp6),
            ["th sport"] = new(NftFieldKind.SourcePort, PacketBox.All),
            ["th dport"] = new(NftFieldKind.DestinationPort, PacketBox.All),
            ["meta l4proto"] = new(NftFieldKind.Protocol, PacketBox.All),
            ["meta nfproto"] = new(NftFieldKind.Version, PacketBox.All),
            ["meta protocol"] = new(NftFieldKind.Version, PacketBox.All),
            ["meta iifname"] = new(NftFieldKind.InInterface, PacketBox.All),
            ["meta iif"] = new(NftFieldKind.InInterface, PacketBox.All),
            ["meta oifname"] = new(NftFieldKind.OutInterface, PacketBox.All),
            ["meta oif"] = new(NftFieldKind.OutInterface, PacketBox.All),
            ["ct state"] = new(NftFieldKind.State, PacketBox.All),
        };
        foreach (var (name, number) in new[] { ("tcp", IpProtocol.Tcp), ("udp", IpProtocol.Udp), ("sctp", IpProtocol.Sctp) })
        {
            var protocol = new PacketBox { Protocol = NumberSet.Of(number) };
            fields.Add($"{name} sport", new NftField(NftFieldKind.SourcePort, protocol));
            fields.Add($"{name} dport", new NftField(NftFieldKind.DestinationPort, protocol));
        }

        return fields;
    }
}

using Metron.Import.Filters;
using Metron.Import.Syntax;
using Metron.Packets;

namespace Metron.Import.Click;

/// <summary>One primitive of a pattern, as it is read word by word.</summary>
internal sealed class ClickPrimitive
{
    private enum Kind
    {
        None,
        Address,
        Port,
        Protocol,
        Flags,
        IcmpType,
    }

    private enum Direction
    {
        None,
        Source,
        Destination,
        Either,
        Both,
    }

    private static readonly Dictionary<string, Kind> Kinds = new()
    {
        ["host"] = Kind.Address,
        ["net"] = Kind.Address,
        ["port"] = Kind.Port,
        ["proto"] = Kind.Protocol,
        ["opt"] = Kind.Flags,
        ["type"] = Kind.IcmpType,
    };

    private static readonly string[] Inexpressible = ["vers", "hl", "id", "tos", "dscp", "ect", "ce", "ttl", "frag", "unfrag", "len", "win", "transp"];

    private Kind _kind;
    private Direction _direction;
    private byte? _protocol;
    private Kind _dataKind;
    private bool _isNumber;
    private NumberSet? _addresses;
    private uint _number;

    /// <summary>The relation; "==" when none is given.</summary>
    public string Operation { get; set; } = "==";

    /// <summary>Takes a qualifier.</summary>
    /// <returns>Whether there is one; otherwise data follow.</returns>
    public bool TryQualify(List<string> words, ref int next, ref bool negated, out string? problem)
    {
        problem = null;
        var word = words[next];
        switch (word)
        {
            case "src" when next + 2 < words.Count && words[next + 1] is "and" or "&&" or "or" or "||" && words[next + 2] is "dst" or "dest":
                problem = SetDirection(words[next + 1] is "and" or "&&" ? Direction.Both : Direction.Either);
                next += 2;
                break;
            case "src":
                problem = SetDirection(Direction.Source);
                break;
            case "dst" or "dest":
                problem = SetDirection(Direction.Destination);
                break;
            case "ip":
                break;
            case "not" or "!":
                negated = !negated;
                break;
            case var _ when Kinds.TryGetValue(word, out var kind):
                problem = _kind == Kind.None ? null : "says twice what it looks at";
                _kind = kind;
                _protocol = kind == Kind.IcmpType ? IpProtocol.Icmp : _protocol;
                break;
            case var _ when Inexpressible.Contains(word):
                problem = $"looks at {Quote.Of(word)}, which Metron's firewall does not";
                break;
            case var _ when ClickWords.Protocols.TryGetValue(word, out var protocol) && _kind != Kind.Protocol:
                problem = _protocol is null || _protocol == protocol ? null : "names two protocols";
                _protocol = protocol;
                break;
            default:
                return false;
        }

        next++;
        return true;
    }

    /// <summary>Takes data, when the next word is some; otherwise the word is left for what follows.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public string? TryData(List<string> words, ref int next, IReadOnlyDictionary<string, string> addresses)
    {
        var word = words[next];
        var names = Named(word).ToList();
        if (names.Count > 1)
        {
            return $"has {Quote.Of(word)}, which is ambiguous; say what it is, as in 'port {word}'";
        }

        if (names is [var (kind, value)])
        {
            (_dataKind, _number) = (kind, value);
        }
        else if (Numbers.TryReadAny(word, int.MaxValue, out _number))
        {
            _isNumber = true;
        }
        else
        {
            var text = addresses.GetValueOrDefault(word, word);
            if (next + 2 < words.Count && words[next + 1] == "mask")
            {
                text = $"{text}/{words[next + 2]}";
                next += 2;
            }

            if (!char.IsAsciiDigit(text[0]))
            {
                return Operation == "==" ? null : $"has {Quote.Of(word)} behind {Quote.Of(Operation)}, which is no value";
            }

            if (AddressSets.TryRead(text, out _addresses, out var isV6) is { } problem || isV6)
            {
                return $"has {Quote.Of(text)}, which is not an IPv4 address or prefix";
            }

            _dataKind = Kind.Address;
        }

        next++;
        return null;
    }

    /// <summary>Takes what is not said from the primitive before, as Click does.</summary>
    /// <returns>Null when all is known, else what is missing.</returns>
    public string? Complete(ClickPrimitive previous)
    {
        if (_kind == Kind.None)
        {
            _kind = _isNumber ? previous._kind : _dataKind != Kind.None ? _dataKind : _protocol is null ? Kind.None : Kind.Protocol;
            if (_kind is Kind.Address or Kind.Port)
            {
                _direction = _direction == Direction.None ? previous._direction : _direction;
                _protocol ??= _kind == Kind.Port ? previous._protocol : null;
            }
        }

        var hasData = _isNumber || _dataKind == _kind;
        return _kind switch
        {
            Kind.None => "is incomplete: say what a number or name is, as in 'dst port 80'",
            Kind.Address when _dataKind != Kind.Address || Operation is not ("==" or "=" or "!=") => "lacks an address behind 'host' or 'net', or compares it",
            Kind.Protocol when !hasData && _protocol is null => "lacks a protocol",
            Kind.Port when !hasData || _number > ushort.MaxValue => "lacks a port 0-65535",
            Kind.Port when _protocol is not (null or IpProtocol.Tcp or IpProtocol.Udp) => "looks at ports of a protocol that has none",
            Kind.Flags when !hasData || _number > byte.MaxValue || Operation != "==" => "lacks TCP flags behind 'opt', or compares them",
            Kind.Flags when _protocol is not (null or IpProtocol.Tcp) => "looks at TCP flags of another protocol",
            Kind.IcmpType when !hasData || _number > byte.MaxValue => "lacks an ICMP type 0-255",
            Kind.Protocol when _number > byte.MaxValue => "has a protocol above 255",
            _ => null,
        };
    }

    /// <summary>The packets.</summary>
    public List<PacketBox> Packets(PacketBox all)
    {
        switch (_kind)
        {
            case Kind.Address:
                var found = Directed(all, (box, set) => box with { Source = set }, (box, set) => box with { Destination = set }, _addresses);
                return Operation == "!=" ? PacketBoxes.Subtract([all], found, MatchWriter.Most) : found;
            case Kind.Port:
                var protocols = all with
                {
                    Protocol = _protocol is { } one ? NumberSet.Of(one) : NumberSet.Union([(IpProtocol.Tcp, IpProtocol.Tcp), (IpProtocol.Udp, IpProtocol.Udp)]),
                };
                var (set, isNegated) = Relation(ushort.MaxValue);
                var ports = set.IsEmpty ? [] : Directed(protocols, (box, limit) => box with { SourcePort = limit }, (box, limit) => box with { DestinationPort = limit }, set);
                return isNegated ? PacketBoxes.Subtract([protocols], ports, MatchWriter.Most) : ports;
            case Kind.Flags:
                var flags = _isNumber || _dataKind == Kind.Flags ? (TcpFlags)_number : TcpFlags.None;
                return [all with { Protocol = NumberSet.Of(IpProtocol.Tcp), FlagsSet = flags }];
            case Kind.IcmpType:
                return Limited(all with { Protocol = NumberSet.Of(IpProtocol.Icmp) }, (box, limit) => box with { IcmpType = limit });
            default:
                _number = _isNumber || _dataKind == Kind.Protocol ? _number : _protocol!.Value;
                return Limited(all, (box, limit) => box with { Protocol = limit });
        }
    }

    private List<PacketBox> Limited(PacketBox of, Func<PacketBox, NumberSet, PacketBox> limit)
    {
        var (set, isNegated) = Relation(byte.MaxValue);
        set = isNegated ? set.Complement(byte.MaxValue) : set;
        return set.IsEmpty ? [] : [limit(of, set)];
    }

    /// <summary>The values; "&lt;=" and its like are negated relations, as in Click, which matters where source or destination is meant.</summary>
    private (NumberSet Set, bool IsNegated) Relation(uint maximum)
    {
        var none = NumberSet.Union([]);
        var above = _number < maximum ? NumberSet.Range(_number + 1, maximum) : none;
        var below = _number > 0 ? NumberSet.Range(0, Math.Min(_number - 1, maximum)) : none;
        return Operation switch
        {
            ">" => (above, false),
            "<=" => (above, true),
            // Click turns "< X" into "not > X-1".
            "<" => (_number > 0 ? below.Complement(maximum) : NumberSet.Range(0, maximum), true),
            ">=" => (_number > 0 ? below.Complement(maximum) : NumberSet.Range(0, maximum), false),
            "!=" => (NumberSet.Of(_number), true),
            _ => (NumberSet.Of(_number), false),
        };
    }

    private List<PacketBox> Directed(
        PacketBox of, Func<PacketBox, NumberSet?, PacketBox> source, Func<PacketBox, NumberSet?, PacketBox> destination, NumberSet? set) => _direction switch
        {
            Direction.Source => [source(of, set)],
            Direction.Destination => [destination(of, set)],
            Direction.Both => [destination(source(of, set), set)],
            _ => [source(of, set), destination(of, set)],
        };

    private string? SetDirection(Direction direction)
    {
        var isSecond = _direction != Direction.None;
        _direction = direction;
        return isSecond ? "says 'src' or 'dst' twice" : null;
    }

    private IEnumerable<(Kind Kind, uint Value)> Named(string word)
    {
        if (_kind is Kind.None or Kind.Protocol && ClickWords.Protocols.TryGetValue(word, out var protocol))
        {
            yield return (Kind.Protocol, protocol);
        }

        if (_kind is Kind.None or Kind.Port && _protocol is null or IpProtocol.Tcp or IpProtocol.Udp && ClickWords.Ports.TryGetValue(word, out var port))
        {
            yield return (Kind.Port, port);
        }

        if (_kind is Kind.None or Kind.Flags && _protocol is null or IpProtocol.Tcp && ClickWords.Flags.TryGetValue(word, out var flag))
        {
            yield return (Kind.Flags, (uint)flag);
        }

        if (_kind is Kind.None or Kind.IcmpType && _protocol is null or IpProtocol.Icmp && ClickWords.IcmpTypes.TryGetValue(word, out var type))
        {
            yield return (Kind.IcmpType, type);
        }
    }
}

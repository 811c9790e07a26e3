using System.Globalization;
using Metron.Packets;

namespace Metron.NetworkFunctions.Dpi.Suricata;

/// <summary>Reads one rule: action, protocol, addresses and ports, options.</summary>
/// <param name="line">The rule.</param>
/// <param name="variables">Values of variables.</param>
internal sealed class SuricataRule(string line, IReadOnlyDictionary<string, string> variables)
{
    private const int MostMatches = 64;
    private const int LongestDescription = 255;

    // They change nothing about what a rule matches.
    private static readonly HashSet<string> WithoutEffect =
        ["rev", "classtype", "reference", "metadata", "priority", "target", "fast_pattern", "rawbytes"];

    private readonly SuricataPatterns _patterns = new();
    private DpiDirection _direction;
    private string? _sid;
    private string _gid = "1";
    private string _message = "";

    /// <summary>Reads it.</summary>
    /// <exception cref="SuricataException">It is wrong, or cannot be expressed.</exception>
    public DpiRule Read()
    {
        var open = line.IndexOf('(', StringComparison.Ordinal);
        if (open < 0 || !line.EndsWith(')'))
        {
            throw new SuricataException("is no rule: expected 'action protocol source port -> destination port (options)'");
        }

        var words = SplitHeader(line[..open]);
        if (words is not [var action, var protocol, var source, var sourcePort, var arrow, var destination, var destinationPort])
        {
            throw new SuricataException($"has {words.Count} words before its options; expected 7");
        }

        if (arrow is not ("->" or "<>"))
        {
            throw new SuricataException($"'{arrow}' is not -> or <>");
        }

        foreach (var (option, value) in SuricataOptions.Split(line[(open + 1)..^1]))
        {
            Apply(option, value);
        }

        var isTcp = protocol is "tcp" or "tcp-stream";
        var matches = Matches(Protocols(protocol), (source, sourcePort), (destination, destinationPort), isReversed: false);
        if (arrow == "<>")
        {
            matches.AddRange(Matches(Protocols(protocol), (destination, destinationPort), (source, sourcePort), isReversed: true));
        }

        if (matches.Count > MostMatches)
        {
            throw new SuricataException($"its lists of addresses and ports make {matches.Count} combinations; at most {MostMatches} are possible");
        }

        var name = _sid is null ? throw new SuricataException("has no sid") : _gid == "1" ? $"sid-{_sid}" : $"gid-{_gid}-sid-{_sid}";
        return new DpiRule(name, _patterns.Build(isTcp || protocol == "ip"))
        {
            Description = _message.Length > LongestDescription ? _message[..LongestDescription] : _message,
            Matches = matches.Contains(PacketMatch.Any) ? [] : [.. matches.Distinct()],
            Direction = _direction,
            Alerts = true,
            Denies = Denies(action),
        };
    }

    private static bool Denies(string action) => action switch
    {
        "alert" => false,
        "drop" => true,
        _ => throw new SuricataException($"action '{action}' cannot be expressed; alert and drop can"),
    };

    private static byte?[] Protocols(string name) => name switch
    {
        "ip" => [null],
        "tcp" or "tcp-stream" => [IpProtocol.Tcp],
        "udp" => [IpProtocol.Udp],
        "icmp" => [IpProtocol.Icmp, IpProtocol.IcmpV6],
        _ => throw new SuricataException($"protocol '{name}' cannot be expressed; ip, tcp, udp and icmp can"),
    };

    private void Apply(string name, string value)
    {
        switch (name)
        {
            case "msg":
                _message = SuricataOptions.Unquote(name, value);
                break;
            case "sid":
                _sid = Number(name, value).ToString(CultureInfo.InvariantCulture);
                break;
            case "gid":
                _gid = Number(name, value).ToString(CultureInfo.InvariantCulture);
                break;
            case "flow":
                foreach (var word in value.Split(',', StringSplitOptions.TrimEntries))
                {
                    ApplyFlow(word);
                }

                break;
            case var _ when WithoutEffect.Contains(name):
                break;
            default:
                _patterns.Apply(name, value);
                break;
        }
    }

    private void ApplyFlow(string word) => _direction = word switch
    {
        "to_server" or "from_client" => DpiDirection.ToServer,
        "to_client" or "from_server" => DpiDirection.ToClient,
        "established" or "only_stream" => _direction,
        _ => throw new SuricataException($"'flow:{word}' cannot be expressed"),
    };

    private List<PacketMatch> Matches(byte?[] protocols, (string Address, string Port) sender, (string Address, string Port) receiver, bool isReversed)
    {
        var matches = new List<PacketMatch>();
        foreach (var protocol in protocols)
        {
            foreach (var source in SuricataLists.Addresses(sender.Address, variables))
            {
                foreach (var destination in SuricataLists.Addresses(receiver.Address, variables))
                {
                    matches.AddRange(
                        from sourcePort in SuricataLists.Ports(sender.Port, variables)
                        from destinationPort in SuricataLists.Ports(receiver.Port, variables)
                        where SameVersion(protocol, source, destination)
                        select Match(protocol, source, sourcePort, destination, destinationPort));
                }
            }
        }

        return matches.Count > 0 || isReversed ? matches : throw new SuricataException("its addresses are of different IP versions: no packet has both");
    }

    private static PacketMatch Match(
        byte? protocol, Condition<IpPrefix>? source, Condition<PortRange>? sourcePort, Condition<IpPrefix>? destination, Condition<PortRange>? destinationPort)
    {
        if ((sourcePort is not null || destinationPort is not null) && protocol is not (IpProtocol.Tcp or IpProtocol.Udp))
        {
            throw new SuricataException("names ports of a protocol that has none");
        }

        return new PacketMatch
        {
            Protocol = protocol is { } number ? new(number) : null,
            Source = source,
            SourcePort = sourcePort,
            Destination = destination,
            DestinationPort = destinationPort,
        };
    }

    private static bool SameVersion(byte? protocol, Condition<IpPrefix>? source, Condition<IpPrefix>? destination)
    {
        bool? ofProtocol = protocol switch { IpProtocol.Icmp => false, IpProtocol.IcmpV6 => true, _ => null };
        var versions = new[] { source?.Value.Address.IsV6, destination?.Value.Address.IsV6, ofProtocol };
        return versions.Where(version => version is not null).Distinct().Count() <= 1;
    }

    private static long Number(string name, string value) =>
        long.TryParse(value.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new SuricataException($"'{name}:{value}' is not a number");

    /// <summary>Splits at blanks outside of brackets.</summary>
    private static List<string> SplitHeader(string header)
    {
        var words = new List<string>();
        var word = "";
        var depth = 0;
        foreach (var letter in header + " ")
        {
            depth += letter == '[' ? 1 : letter == ']' ? -1 : 0;
            if (!char.IsWhiteSpace(letter))
            {
                word += letter;
            }
            else if (depth == 0 && word.Length > 0)
            {
                words.Add(word);
                word = "";
            }
        }

        return words;
    }
}

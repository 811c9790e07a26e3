using Metron.Import.Filters;
using Metron.Import.Syntax;

namespace Metron.Import.Nftables;

/// <summary>Packets in states of connection tracking.</summary>
internal sealed record NftPackets(PacketBox Box, ConnectionStates States)
{
    /// <summary>All packets in all states.</summary>
    public static NftPackets All { get; } = new(PacketBox.All, ConnectionStates.All);

    /// <summary>Those in both; null when there are none.</summary>
    public NftPackets? Intersect(NftPackets other) =>
        (States & other.States) != ConnectionStates.None && Box.Intersect(other.Box) is { } box ? new NftPackets(box, States & other.States) : null;
}

/// <summary>Reads one rule: matches, then what is done.</summary>
internal sealed class NftablesRuleReader(NftablesRuleset ruleset, NftChain chain, JsonObject rule, Interfaces interfaces, ImportLog log)
{
    private readonly NftablesMatchReader _matches = new(ruleset, chain, interfaces);
    private readonly List<FilterRule> _read = [];
    private List<NftPackets> _packets = [NftPackets.All];
    private bool _failed;
    private bool _decided;

    /// <summary>The rule as rules of the common form; none when it decides nothing, or has a problem, which is reported.</summary>
    public List<FilterRule> Read()
    {
        if (rule["expr"] is not JsonList statements)
        {
            Fail(rule.At, "has no statements ('expr')");
            return [];
        }

        foreach (var statement in statements.Items)
        {
            if (_failed)
            {
                break;
            }

            if (statement is JsonObject { Members: [var (kind, value)] })
            {
                ReadStatement(kind, value, statement.At);
            }
            else
            {
                Fail(statement.At, $"has a statement that is {statement.Kind}; expected an object with one member such as 'match'");
            }
        }

        return _failed ? [] : _read;
    }

    private void ReadStatement(string kind, JsonValue value, Place at)
    {
        if (_decided && kind is not ("counter" or "log"))
        {
            Fail(at, $"has {Quote.Of(kind)} behind its verdict, where it is never reached; remove it");
            return;
        }

        switch (kind)
        {
            case "match":
                Limit(_matches.Match(value as JsonObject, at));
                break;
            case "vmap":
                VerdictMap(value as JsonObject, at);
                break;
            case "counter":
                break;
            case "log":
                log.Note(at, "logs packets; Metron's firewall counts the decisions of its rules instead");
                break;
            case "accept" or "drop" or "return" or "jump" or "goto" or "reject":
                _decided = true;
                Decide(_packets, kind, value, at);
                break;
            case "continue":
                _decided = true;
                break;
            case "xt":
                Fail(at, "was written by iptables with an extension that nft cannot show; import the output of iptables-save");
                break;
            default:
                Fail(at, $"has the statement {Quote.Of(kind)}, which no firewall of Metron can do; remove the rule");
                break;
        }
    }

    private void Limit(NftMatch match)
    {
        if (match.Problem is { } problem)
        {
            Fail(match.At, problem);
            return;
        }

        _packets = Intersect(_packets, match.Packets);
        if (_packets.Count > MatchWriter.Most)
        {
            Fail(match.At, $"has more than {MatchWriter.Most:N0} combinations of values; split the rule");
        }
    }

    private static List<NftPackets> Intersect(List<NftPackets> left, IReadOnlyList<NftPackets> right) =>
        [.. left.SelectMany(one => right.Select(one.Intersect)).OfType<NftPackets>().Take(MatchWriter.Most + 1)];

    private void VerdictMap(JsonObject? map, Place at)
    {
        _decided = true;
        var pairs = _matches.Elements(map?["data"], out var problem);
        if (map?["key"] is not { } key || problem is not null)
        {
            Fail(at, problem ?? "has a verdict map without key");
            return;
        }

        foreach (var pair in pairs)
        {
            if (pair is not JsonList { Items: [var value, JsonObject { Members: [var (verdict, target)] }] })
            {
                Fail(pair.At, "is not a pair of value and verdict");
                return;
            }

            var match = _matches.Equal(key, value, pair.At);
            if (match.Problem is { } wrong)
            {
                Fail(match.At, wrong);
                return;
            }

            if (verdict != "continue")
            {
                Decide(Intersect(_packets, match.Packets), verdict, target, pair.At);
            }
        }
    }

    private void Decide(IEnumerable<NftPackets> packets, string verdict, JsonValue target, Place at)
    {
        var name = verdict is "jump" or "goto" ? (target as JsonObject)?.Text("target") ?? string.Empty : string.Empty;
        FilterAction? action = verdict switch
        {
            "accept" => FilterAction.Accept,
            "drop" or "reject" => FilterAction.Drop,
            "return" => FilterAction.Return,
            "jump" => FilterAction.Jump,
            "goto" => FilterAction.Goto,
            _ => null,
        };
        if (action is null)
        {
            Fail(at, $"has the verdict {Quote.Of(verdict)}, which no firewall of Metron can do; remove the rule");
            return;
        }

        if (verdict == "reject")
        {
            log.Note(at, "rejects with an answer to the sender; Metron's firewall drops without one");
        }

        var label = rule.Text("comment") ?? (rule.Number("handle", int.MaxValue) is { } handle ? $"{chain.Name} handle {handle}" : string.Empty);
        var key = name.Length == 0 ? string.Empty : NftChain.KeyOf(chain.Family, chain.Table, name);
        foreach (var group in packets.GroupBy(one => one.States))
        {
            List<PacketBox> boxes = [.. group.Select(one => one.Box)];
            if (boxes.Any(box => box.NeedsPortProtocol))
            {
                Fail(at, "matches ports without saying that the protocol is tcp, udp or sctp; add 'meta l4proto { tcp, udp }'");
                return;
            }

            if (boxes.Any(box => box is { IcmpCode: not null, IcmpType: null }))
            {
                Fail(at, "matches an ICMP code without type; add the type");
                return;
            }

            _read.Add(new FilterRule(rule.At, label, boxes, group.Key, action.Value, key));
        }
    }

    private void Fail(Place at, string message)
    {
        _failed = true;
        var handle = rule.Number("handle", int.MaxValue) is { } number ? $"handle {number} of " : string.Empty;
        log.Problem(at, $"rule {handle}chain {chain.Name}: {message}");
    }
}

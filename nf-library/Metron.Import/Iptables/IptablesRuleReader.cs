using Metron.Import.Filters;
using Metron.Import.Syntax;

namespace Metron.Import.Iptables;

/// <summary>Reads one rule: options in any order, each of which limits the packets, names the rule, or says what is done.</summary>
internal sealed class IptablesRuleReader(bool isV6, IReadOnlyCollection<string> chains, Interfaces interfaces, ImportLog log)
{
    // Options that say how an answer or a log entry looks, with the number of their values.
    private static readonly Dictionary<string, int> IgnoredOptions = new()
    {
        ["--reject-with"] = 1,
        ["--log-prefix"] = 1,
        ["--log-level"] = 1,
        ["--log-tcp-sequence"] = 0,
        ["--log-tcp-options"] = 0,
        ["--log-ip-options"] = 0,
        ["--log-uid"] = 0,
        ["--log-macdecode"] = 0,
        ["--nflog-group"] = 1,
        ["--nflog-prefix"] = 1,
        ["--nflog-range"] = 1,
        ["--nflog-size"] = 1,
        ["--nflog-threshold"] = 1,
        ["--ulog-nlgroup"] = 1,
        ["--ulog-prefix"] = 1,
        ["--ulog-cprange"] = 1,
        ["--ulog-qthreshold"] = 1,
        ["-c"] = 2,
        ["--set-counters"] = 2,
    };

    private static readonly HashSet<string> KnownMatches =
        ["tcp", "udp", "sctp", "icmp", "icmp6", "icmpv6", "multiport", "state", "conntrack", "comment", "iprange"];

    /// <summary>Reads a rule.</summary>
    /// <param name="words">What stands behind "-A CHAIN".</param>
    /// <param name="line">Number of the line.</param>
    /// <returns>The rule; null when it decides nothing, or when there is a problem, which is reported.</returns>
    public FilterRule? Read(List<Word> words, int line)
    {
        var rule = new Draft(line);
        for (var i = 0; i < words.Count;)
        {
            var negated = words[i] is { Text: "!", IsQuoted: false };
            i += negated ? 1 : 0;
            if (i == words.Count)
            {
                log.Problem(words[^1].At, "'!' stands before nothing");
                return null;
            }

            if (!ReadOption(rule, words, ref i, negated))
            {
                return null;
            }
        }

        return Finish(rule);
    }

    private bool ReadOption(Draft rule, List<Word> words, ref int i, bool negated)
    {
        var option = words[i++];
        if (IgnoredOptions.TryGetValue(option.Text, out var values) && !negated)
        {
            i += values;
            return i <= words.Count || Fail($"{Quote.Of(option.Text)} lacks a value; the line is cut off", option.At);
        }

        if (option.Text is "--syn" or "-f" or "--fragment")
        {
            return option.Text == "--syn"
                ? Condition(rule, IptablesMatches.TcpFlags("FIN,SYN,RST,ACK", "SYN", negated, out var boxes), boxes, option)
                : Fail("matches fragments, which Metron's firewall cannot tell apart; remove the rule", option.At);
        }

        if (i == words.Count || words[i] is { Text: "!", IsQuoted: false })
        {
            return Fail(option.Text.StartsWith('-') ? $"{Quote.Of(option.Text)} lacks a value; the line is cut off" : Unknown(option.Text), option.At);
        }

        var value = words[i++];
        switch (option.Text)
        {
            case "-j" or "--jump" or "-g" or "--goto":
                return !negated ? Target(rule, value, option.Text is "-g" or "--goto") : Fail("a target cannot be negated", option.At);
            case "-m" or "--match":
                return KnownMatches.Contains(value.Text)
                    || Fail($"the match {Quote.Of(value.Text)} has no counterpart in Metron's firewall{Remedy(value.Text)}", value.At);
            case "--comment":
                rule.Label = value.Text;
                return true;
            case "--state" or "--ctstate":
                var problem = IptablesMatches.States(value.Text, negated, out var states);
                rule.States &= states;
                return problem is null || Fail(problem, value.At);
            case "--tcp-flags" when i < words.Count:
                return Condition(rule, IptablesMatches.TcpFlags(value.Text, words[i++].Text, negated, out var boxes), boxes, value);
            case "-i" or "--in-interface" or "-o" or "--out-interface":
                var unknown = interfaces.Find(value.Text, negated, option.Text is "-o" or "--out-interface", out var sides);
                return Condition(rule, unknown, [new PacketBox { Sides = sides }], value);
            default:
                var wrong = IptablesMatches.Read(option.Text, value.Text, negated, isV6, out var packets);
                return Condition(rule, wrong == IptablesMatches.NotAnOption ? Unknown(option.Text) : wrong, packets, option);
        }
    }

    private bool Target(Draft rule, Word target, bool isGoto)
    {
        if (rule.Target is not null)
        {
            return Fail("has a second target", target.At);
        }

        rule.Target = target;
        rule.Action = target.Text switch
        {
            _ when isGoto => FilterAction.Goto,
            "ACCEPT" => FilterAction.Accept,
            "DROP" or "REJECT" => FilterAction.Drop,
            "RETURN" => FilterAction.Return,
            _ => FilterAction.Jump,
        };
        if (target.Text is "LOG" or "NFLOG" or "ULOG")
        {
            rule.Action = null;
            log.Note(target.At, "logs packets; Metron's firewall counts the decisions of its rules instead");
        }
        else if (rule.Action is FilterAction.Jump or FilterAction.Goto && !chains.Contains(target.Text))
        {
            return Fail($"the target {Quote.Of(target.Text)} is neither a chain of this table nor one that a firewall of Metron has "
                + "(ACCEPT, DROP, REJECT, RETURN); remove the rule", target.At);
        }
        else if (target.Text == "REJECT")
        {
            log.Note(target.At, "rejects with an answer to the sender; Metron's firewall drops without one");
        }

        return true;
    }

    private bool Condition(Draft rule, string? problem, IReadOnlyList<PacketBox> packets, Word at)
    {
        if (problem is not null)
        {
            return Fail(problem, at.At);
        }

        rule.Conditions.Add(packets);
        return true;
    }

    private FilterRule? Finish(Draft rule)
    {
        List<PacketBox> packets = [PacketBox.All with { Versions = isV6 ? IpVersions.V6 : IpVersions.V4 }];
        foreach (var condition in rule.Conditions)
        {
            packets = PacketBoxes.Intersect(packets, condition, MatchWriter.Most);
        }

        if (packets.Count > MatchWriter.Most)
        {
            log.Problem(rule.At, $"has more than {MatchWriter.Most:N0} combinations of values; split the rule");
            return null;
        }

        if (packets.Any(box => box.NeedsPortProtocol))
        {
            log.Problem(rule.At, "matches ports without '-p tcp', '-p udp' or '-p sctp'; only these have ports that Metron's firewall looks at");
            return null;
        }

        return rule.Action is { } action
            ? new FilterRule(rule.At, rule.Label, packets, rule.States, action, action is FilterAction.Jump or FilterAction.Goto ? rule.Target!.Value.Text : string.Empty)
            : null;
    }

    private bool Fail(string message, Place at)
    {
        log.Problem(at, message);
        return false;
    }

    private static string Unknown(string option) => $"{Quote.Of(option)} is not an option that can be imported; remove it, or the rule";

    private static string Remedy(string match) => match switch
    {
        "set" => "; write the addresses of the set as rules",
        "limit" or "hashlimit" or "connlimit" or "recent" or "quota" => ", which limits no rates; remove the rule, or the match",
        "mac" or "physdev" or "pkttype" => ", which looks at IP and above only; remove the rule",
        "owner" or "cgroup" => ", as only the host itself knows who sends; remove the rule",
        _ => "; remove the rule, or the match",
    };

    private sealed class Draft(int line)
    {
        public Place At { get; } = new(line);

        public string Label { get; set; } = string.Empty;

        public ConnectionStates States { get; set; } = ConnectionStates.All;

        public List<IReadOnlyList<PacketBox>> Conditions { get; } = [];

        public Word? Target { get; set; }

        public FilterAction? Action { get; set; }
    }
}

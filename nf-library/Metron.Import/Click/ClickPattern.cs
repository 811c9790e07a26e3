using Metron.Import.Filters;
using Metron.Import.Syntax;

namespace Metron.Import.Click;

/// <summary>
/// Reads a pattern of IPFilter and IPClassifier as the set of its packets: primitives, "and" (or nothing between two), "or", "not", "?:", parentheses.
/// </summary>
internal sealed class ClickPattern
{
    private const int MostDepth = 200;
    private readonly List<string> _words;
    private readonly IReadOnlyDictionary<string, string> _addresses;
    private readonly PacketBox _all = new() { Versions = IpVersions.V4 };
    private ClickPrimitive _previous = new();
    private int _next;
    private int _depth;
    private string? _problem;

    private ClickPattern(string text, IReadOnlyDictionary<string, string> addresses) =>
        (_words, _addresses) = (ClickWords.Split(text), addresses);

    private string Peek => _next < _words.Count ? _words[_next] : string.Empty;

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">The pattern.</param>
    /// <param name="addresses">Names of AddressInfo elements.</param>
    /// <param name="packets">The packets.</param>
    /// <returns>Null when it can be expressed, else what is wrong.</returns>
    public static string? Read(string text, IReadOnlyDictionary<string, string> addresses, out List<PacketBox> packets)
    {
        var pattern = new ClickPattern(text, addresses);
        packets = pattern._words is ["-" or "any" or "all"] ? [pattern._all] : pattern.Ternary();
        if (pattern._problem is null && pattern._words is not ["-" or "any" or "all"] && pattern._next < pattern._words.Count)
        {
            pattern.Fail($"has {Quote.Of(pattern.Peek)}, where the pattern should end");
        }

        return pattern._problem;
    }

    private List<PacketBox> Ternary()
    {
        if (++_depth > MostDepth)
        {
            Fail($"is nested deeper than {MostDepth}");
            return [];
        }

        var condition = Or();
        if (_problem is null && Peek == "?")
        {
            _next++;
            var then = Ternary();
            if (Peek != ":")
            {
                Fail("lacks ':' behind '?'");
                return [];
            }

            _next++;
            var otherwise = Ternary();
            condition = Bounded([.. PacketBoxes.Intersect(condition, then, MatchWriter.Most), .. PacketBoxes.Intersect(Not(condition), otherwise, MatchWriter.Most)]);
        }

        _depth--;
        return condition;
    }

    private List<PacketBox> Or()
    {
        var packets = And();
        while (_problem is null && Peek is "or" or "||")
        {
            _next++;
            packets = Bounded([.. packets, .. And()]);
        }

        return packets;
    }

    private List<PacketBox> And()
    {
        List<PacketBox> packets = [_all];
        var isOpen = true;
        while (_problem is null && !IsEnd(Peek))
        {
            packets = Bounded(PacketBoxes.Intersect(packets, Factor(negated: false), MatchWriter.Most));
            isOpen = Peek is "and" or "&&";
            _next += isOpen ? 1 : 0;
        }

        if (isOpen)
        {
            Fail(_words.Count == 0 ? "is empty" : "lacks a term");
        }

        return packets;
    }

    private static bool IsEnd(string word) => word is "" or ")" or "or" or "||" or "?" or ":";

    private List<PacketBox> Factor(bool negated)
    {
        if (++_depth > MostDepth)
        {
            Fail($"is nested deeper than {MostDepth}");
            return [];
        }

        List<PacketBox> packets;
        switch (Peek)
        {
            case "true" or "false":
                packets = Peek == "true" ? [_all] : [];
                _next++;
                break;
            case "not" or "!":
                _next++;
                packets = Factor(!negated);
                _depth--;
                return packets;
            case "(":
                _next++;
                packets = Ternary();
                if (Peek != ")")
                {
                    Fail("lacks ')'");
                }

                _next++;
                break;
            default:
                packets = Primitive(ref negated);
                break;
        }

        _depth--;
        return _problem is null && negated ? Not(packets) : packets;
    }

    /// <summary>Qualifiers, an optional relation, and data; what is left out is taken from the primitive before.</summary>
    private List<PacketBox> Primitive(ref bool negated)
    {
        var start = _next;
        var primitive = new ClickPrimitive();
        while (_problem is null && _next < _words.Count && primitive.TryQualify(_words, ref _next, ref negated, out var problem))
        {
            if (problem is not null)
            {
                Fail(problem);
            }
        }

        if (_next != start)
        {
            _previous = new ClickPrimitive();
        }

        if (Peek is "[" or "&")
        {
            Fail($"looks at bits by {Quote.Of(Peek)}, which Metron's firewall does not");
            return [];
        }

        if (Peek is "=" or "==" or "!=" or ">" or "<" or ">=" or "<=")
        {
            primitive.Operation = _words[_next++];
        }

        if (_next < _words.Count)
        {
            var wrong = primitive.TryData(_words, ref _next, _addresses);
            if (wrong is not null)
            {
                Fail(wrong);
            }
        }

        if (_problem is null && _next == start)
        {
            Fail($"has {Quote.Of(Peek)}, which is not known here");
        }

        if (_problem is not null)
        {
            return [];
        }

        if (primitive.Complete(_previous) is { } incomplete)
        {
            Fail(incomplete);
            return [];
        }

        _previous = primitive;
        return primitive.Packets(_all);
    }

    private List<PacketBox> Not(List<PacketBox> packets) => Bounded(PacketBoxes.Subtract([_all], packets, MatchWriter.Most));

    private List<PacketBox> Bounded(List<PacketBox> packets)
    {
        if (packets.Count > MatchWriter.Most)
        {
            Fail($"comes to more than {MatchWriter.Most:N0} combinations; split the pattern");
            return [];
        }

        return packets;
    }

    private void Fail(string problem)
    {
        _problem ??= problem;
        _next = _words.Count;
    }
}

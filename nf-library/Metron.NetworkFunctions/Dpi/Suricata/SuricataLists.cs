using System.Globalization;
using Metron.Packets;

namespace Metron.NetworkFunctions.Dpi.Suricata;

/// <summary>Reads addresses and ports: <c>any</c>, one, a negated one, a list in brackets, a variable.</summary>
internal static class SuricataLists
{
    private const int DeepestVariable = 8;

    public static IEnumerable<Condition<IpPrefix>?> Addresses(string text, IReadOnlyDictionary<string, string> variables) =>
        Elements(text, variables, 0).Select(element => element.Text == "any" ? Any<IpPrefix>(element) : Address(element));

    public static IEnumerable<Condition<PortRange>?> Ports(string text, IReadOnlyDictionary<string, string> variables) =>
        Elements(text, variables, 0).Select(element => element.Text == "any" ? Any<PortRange>(element) : Port(element));

    private static Condition<T>? Any<T>((string Text, bool Negated) element) =>
        element.Negated ? throw new SuricataException("'!any' matches nothing") : null;

    private static List<(string Text, bool Negated)> Elements(string text, IReadOnlyDictionary<string, string> variables, int depth)
    {
        var negated = text.StartsWith('!');
        var rest = (negated ? text[1..] : text).Trim();
        if (rest.StartsWith('$'))
        {
            rest = depth < DeepestVariable && variables.TryGetValue(rest[1..], out var value)
                ? value.Trim()
                : throw new SuricataException($"variable {rest} is not given");
            return Elements((negated ? "!" : "") + rest, variables, depth + 1);
        }

        if (!rest.StartsWith('['))
        {
            return [(rest, negated)];
        }

        if (!rest.EndsWith(']'))
        {
            throw new SuricataException($"'{text}' has no closing bracket");
        }

        var elements = SplitList(rest[1..^1]).SelectMany(element => Elements(element, variables, depth)).ToList();
        if (elements.Count > 1 && (negated || elements.Exists(element => element.Negated)))
        {
            throw new SuricataException($"'{text}' negates parts of a list, which cannot be expressed");
        }

        return negated ? [(elements[0].Text, !elements[0].Negated)] : elements;
    }

    private static IEnumerable<string> SplitList(string text)
    {
        var (start, depth) = (0, 0);
        for (var at = 0; at <= text.Length; at++)
        {
            if (at == text.Length || (text[at] == ',' && depth == 0))
            {
                yield return text[start..at].Trim();
                start = at + 1;
            }
            else
            {
                depth += text[at] == '[' ? 1 : text[at] == ']' ? -1 : 0;
            }
        }
    }

    private static Condition<IpPrefix>? Address((string Text, bool Negated) element) => IpPrefix.TryParse(element.Text, out var prefix, out _)
        ? new Condition<IpPrefix>(prefix, element.Negated)
        : throw new SuricataException($"'{element.Text}' is not an address or prefix");

    private static Condition<PortRange>? Port((string Text, bool Negated) element)
    {
        var colon = element.Text.IndexOf(':', StringComparison.Ordinal);
        var (first, last) = colon < 0
            ? (element.Text, element.Text)
            : (colon == 0 ? "0" : element.Text[..colon], colon == element.Text.Length - 1 ? "65535" : element.Text[(colon + 1)..]);
        return ushort.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
            && ushort.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var to) && from <= to
            ? new Condition<PortRange>(new PortRange(from, to), element.Negated)
            : throw new SuricataException($"'{element.Text}' is not a port or range of ports");
    }
}

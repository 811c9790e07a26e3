using System.Globalization;

namespace Metron.NetworkFunctions.Dpi.Suricata;

/// <summary>
/// Contents and regular expressions of a rule. Those that stand in relation to the one before (<c>distance</c>, <c>within</c>, pcre's
/// <c>R</c>) become one regular expression with it, which means the same; the others are patterns of their own.
/// </summary>
internal sealed class SuricataPatterns
{
    private readonly List<Element> _elements = [];

    /// <summary>Applies an option.</summary>
    public void Apply(string name, string value)
    {
        switch (name)
        {
            case "content":
                _elements.Add(Content(value));
                break;
            case "pcre":
                _elements.Add(Regex(value));
                break;
            case "nocase":
                Last(name).IgnoresCase = true;
                break;
            case "offset":
                Last(name).Offset = Number(name, value, 0);
                break;
            case "depth":
                Last(name).Depth = Number(name, value, 1);
                break;
            case "distance":
                (Last(name).Distance, Last(name).IsRelative) = (Number(name, value, 0), true);
                break;
            case "within":
                (Last(name).Within, Last(name).IsRelative) = (Number(name, value, 1), true);
                break;
            default:
                throw new SuricataException($"option '{name}' cannot be expressed");
        }
    }

    /// <summary>The patterns.</summary>
    /// <param name="isStream">Whether they are looked for in streams, where Suricata bounds contents by packets.</param>
    public List<DpiPattern> Build(bool isStream)
    {
        if (isStream && _elements.Exists(element => element.Offset is not null || element.Depth is not null))
        {
            throw new SuricataException("offset and depth count from the beginning of each TCP segment, which cannot be expressed");
        }

        var patterns = new List<DpiPattern>();
        for (var first = 0; first < _elements.Count;)
        {
            var next = first + 1;
            while (next < _elements.Count && _elements[next].IsRelative)
            {
                next++;
            }

            if (_elements[first].IsRelative)
            {
                throw new SuricataException("its first content is relative to one before, and there is none");
            }

            patterns.Add(next == first + 1 ? Single(_elements[first]) : Joined(_elements[first..next]));
            first = next;
        }

        return patterns;
    }

    private static DpiPattern Single(Element element) => new(element.Text, element.IsRegex)
    {
        IgnoresCase = element.IgnoresCase,
        DotMatchesNewline = element.DotMatchesNewline,
        IsMultiline = element.IsMultiline,
        Offset = element.Offset ?? 0,
        Depth = Depth(element),
    };

    private static int Depth(Element element)
    {
        if (element.Depth is { } depth && depth < element.Length)
        {
            throw new SuricataException($"depth {depth} is less than the {element.Length} bytes of the content");
        }

        return element.Depth ?? 0;
    }

    private static DpiPattern Joined(List<Element> elements)
    {
        var first = elements[0];
        if (first.Offset is not null || first.Depth is not null)
        {
            throw new SuricataException("offset or depth of a content that others are relative to cannot be expressed");
        }

        var expression = Group(first, first.Text);
        foreach (var element in elements.Skip(1))
        {
            if (element.Offset is not null || element.Depth is not null)
            {
                throw new SuricataException("a content has both offset or depth and distance or within");
            }

            expression += element.IsRegex && element.Text.StartsWith('^')
                ? Group(element, element.Text[1..])
                : $"(?s:{Gap(element)})" + Group(element, element.Text);
        }

        return new DpiPattern(expression, IsRegex: true);
    }

    /// <summary>Bytes between a match and the next: <c>within</c> counts from where <c>distance</c> leads.</summary>
    private static string Gap(Element element)
    {
        var least = element.Distance ?? 0;
        if (element.Within is not { } within)
        {
            return string.Create(CultureInfo.InvariantCulture, $".{{{least},}}");
        }

        return within < element.Length
            ? throw new SuricataException($"within {within} is less than the {element.Length} bytes of the content")
            : string.Create(CultureInfo.InvariantCulture, $".{{{least},{least + within - element.Length}}}");
    }

    private static string Group(Element element, string text)
    {
        var flags = (element.IgnoresCase ? "i" : "") + (element.DotMatchesNewline ? "s" : "") + (element.IsMultiline ? "m" : "");
        var expression = element.IsRegex ? text : string.Concat(element.Bytes.Select(value => $@"\x{value:x2}"));
        return $"(?{flags}:{expression})";
    }

    private static Element Content(string value)
    {
        if (value.StartsWith('!'))
        {
            throw new SuricataException("a negated content cannot be expressed");
        }

        var text = SuricataOptions.Unquote("content", value);
        return DpiContent.TryParse(text, out var bytes, out var problem)
            ? new Element { Text = text, Bytes = bytes }
            : throw new SuricataException($"content \"{text}\" {problem}");
    }

    private static Element Regex(string value)
    {
        if (value.StartsWith('!'))
        {
            throw new SuricataException("a negated pcre cannot be expressed");
        }

        var text = SuricataOptions.Unquote("pcre", value).Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\;", ";", StringComparison.Ordinal);
        var end = text.LastIndexOf('/');
        if (text.Length < 2 || text[0] != '/' || end == 0)
        {
            throw new SuricataException("pcre needs an expression between slashes");
        }

        var element = new Element { Text = text[1..end].Replace("\\/", "/", StringComparison.Ordinal), IsRegex = true };
        foreach (var flag in text[(end + 1)..])
        {
            element.IgnoresCase |= flag == 'i';
            element.DotMatchesNewline |= flag == 's';
            element.IsMultiline |= flag == 'm';
            element.IsRelative |= flag == 'R';
            if (!"ismR".Contains(flag, StringComparison.Ordinal))
            {
                throw new SuricataException($"flag '{flag}' of pcre cannot be expressed");
            }
        }

        return element;
    }

    private Element Last(string option) => _elements is [.., { IsRegex: false } last]
        ? last
        : throw new SuricataException($"'{option}' follows no content");

    private static int Number(string name, string value, int least) =>
        int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= ushort.MaxValue
            ? number
            : throw new SuricataException($"'{name}:{value}' cannot be expressed; a number {least}-65535 can");

    private sealed class Element
    {
        public required string Text { get; init; }

        public bool IsRegex { get; init; }

        public byte[] Bytes { get; init; } = [];

        public int Length => Bytes.Length;

        public bool IgnoresCase { get; set; }

        public bool DotMatchesNewline { get; set; }

        public bool IsMultiline { get; set; }

        public bool IsRelative { get; set; }

        public int? Offset { get; set; }

        public int? Depth { get; set; }

        public int? Distance { get; set; }

        public int? Within { get; set; }
    }
}

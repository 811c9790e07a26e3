using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Metron.Cli.Specs;

/// <summary>
/// Reads YAML 1.2 and JSON, which is part of it, into values that know their positions. Anchors, aliases, merge keys and tags are
/// refused: specs need none of them, and a few lines with them can stand for gigabytes.
/// </summary>
internal sealed class YamlReader
{
    /// <summary>Deepest nesting of lists and mappings.</summary>
    public const int DeepestNesting = 32;

    private readonly Parser parser;
    private readonly string text;
    private readonly Stack<(string? Key, int Index)> path = [];

    private YamlReader(string text)
    {
        parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
        this.text = text;
    }

    /// <summary>Reads the documents of a file; empty ones are left out.</summary>
    /// <exception cref="SpecException">At the first error of syntax.</exception>
    public static IReadOnlyList<YamlValue> Read(string text) => new YamlReader(text).ReadDocuments();

    private List<YamlValue> ReadDocuments()
    {
        var documents = new List<YamlValue>();
        while (Next() is not StreamEnd)
        {
            if (Current is not DocumentStart)
            {
                continue;
            }

            Next();
            var document = ReadValue(depth: 1);
            if (document is not YamlScalar { IsNull: true })
            {
                documents.Add(document);
            }
        }

        return documents;
    }

    private ParsingEvent Current => parser.Current!;

    private ParsingEvent Next()
    {
        try
        {
            return parser.MoveNext() ? Current : new StreamEnd();
        }
        catch (YamlException error)
        {
            throw Syntax(error);
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            // The parser gives up this way on some lists and mappings that are never closed.
            var at = new Position((int)parser.Current!.End.Line, (int)parser.Current.End.Column);
            throw new SpecException(at, PathText(), "syntax error behind this; is a bracket or brace not closed?");
        }
    }

    private YamlValue ReadValue(int depth)
    {
        if (Current is AnchorAlias alias)
        {
            throw At(alias, $"aliases such as '*{SpecText.Shorten(alias.Value.Value)}' are not supported; write the value itself");
        }

        var node = (NodeEvent)Current;
        if (!node.Anchor.IsEmpty)
        {
            throw At(node, $"anchors such as '&{SpecText.Shorten(node.Anchor.Value)}' are not supported; write the value where it is needed");
        }

        if (!node.Tag.IsEmpty)
        {
            throw At(node, $"tags such as '{TagText(node.Tag.Value)}' are not supported; write the value without one");
        }

        if (depth > DeepestNesting && node is not Scalar)
        {
            throw At(node, $"nested deeper than {DeepestNesting} levels; no spec is");
        }

        return node switch
        {
            Scalar scalar => new YamlScalar(Start(scalar), scalar.Value, scalar.Style == ScalarStyle.Plain),
            SequenceStart => ReadList(Start(node), depth),
            _ => ReadMapping(Start(node), depth),
        };
    }

    private YamlList ReadList(Position at, int depth)
    {
        var items = new List<YamlValue>();
        while (Next() is not SequenceEnd)
        {
            path.Push((null, items.Count));
            items.Add(ReadValue(depth + 1));
            path.Pop();
        }

        return new YamlList(at, items);
    }

    private YamlMapping ReadMapping(Position at, int depth)
    {
        var entries = new List<YamlEntry>();
        while (Next() is not MappingEnd)
        {
            if (ReadValue(depth + 1) is not YamlScalar key)
            {
                throw At(Current, "a key must be a word, not a list or mapping");
            }

            if (key is { IsPlain: true, Text: "<<" })
            {
                throw new SpecException(key.At, PathText(), "merge keys ('<<') are not supported; write the fields themselves");
            }

            path.Push((key.Text, 0));
            Next();
            entries.Add(new YamlEntry(key.Text, key.At, ReadValue(depth + 1)));
            path.Pop();
        }

        return new YamlMapping(at, entries);
    }

    private SpecException At(ParsingEvent node, string message) => new(Start(node), PathText(), message);

    private string PathText()
    {
        var text = new StringBuilder();
        foreach (var (key, index) in path.Reverse())
        {
            text.Append(key is null ? $"[{index}]" : text.Length == 0 ? key : $".{key}");
        }

        return SpecText.Printable(text.ToString());
    }

    private SpecException Syntax(YamlException error)
    {
        var at = new Position((int)error.Start.Line, (int)error.Start.Column);
        var isTab = error.Message.Contains("tab", StringComparison.Ordinal)
            || error.Message.Contains("cannot start any token", StringComparison.Ordinal);
        return isTab && FirstTab(at.Line) is { } tab
            ? new SpecException(tab, string.Empty, "a tab in the indentation; YAML indents by spaces")
            : new SpecException(at, string.Empty, $"syntax error: {Sentence(error.Message)}");
    }

    // The parser's complaint about a tab names the place where the block began.
    private Position? FirstTab(int firstLine)
    {
        var lines = text.Split('\n');
        for (var number = firstLine; number <= lines.Length; number++)
        {
            var line = lines[number - 1];
            var tab = line.IndexOf('\t', StringComparison.Ordinal);
            if (tab >= 0 && string.IsNullOrWhiteSpace(line[..tab]))
            {
                return new Position(number, tab + 1);
            }
        }

        return null;
    }

    private static string TagText(string tag)
    {
        const string Core = "tag:yaml.org,2002:";
        return SpecText.Shorten(tag.StartsWith(Core, StringComparison.Ordinal) ? $"!!{tag[Core.Length..]}" : tag);
    }

    private static Position Start(ParsingEvent node) => new((int)node.Start.Line, (int)node.Start.Column);

    private static string Sentence(string message)
    {
        var text = SpecText.Printable(message.TrimEnd('.', ' '));
        var hint = text.Contains("invalid mapping", StringComparison.Ordinal) || text.Contains("indentation", StringComparison.Ordinal)
            ? "; check the indentation, colons and quotes up to here"
            : string.Empty;
        return text.Length == 0 ? "cannot be read" : char.ToLowerInvariant(text[0]) + text[1..] + hint;
    }
}

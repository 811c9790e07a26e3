using System.Text;
using Google.Protobuf.Reflection;
using ProtoType = Google.Protobuf.Reflection.FieldType;

namespace Metron.Cli.Explain;

/// <summary>The documentation of a kind or a field.</summary>
internal static class Explanation
{
    private const int Width = 100;

    /// <summary>What it is, its type, and the fields or values below.</summary>
    public static string Of(FieldPath path)
    {
        var text = new StringBuilder();
        text.Append(path.Text).Append(" <").Append(path.Field is null ? path.Message.Name : FieldType.Name(path.Field)).Append(">\n");
        if (path.Field is not null)
        {
            Paragraphs(text, ApiDocumentation.Comment(path.Field), string.Empty);
        }

        if (path.Below is { } message)
        {
            Paragraphs(text, ApiDocumentation.Comment(message), string.Empty);
            Fields(text, message);
        }
        else if (path.Field is { FieldType: ProtoType.Enum } choice)
        {
            Values(text, choice.EnumType);
        }

        return text.ToString();
    }

    /// <summary>All fields below, with their types, as a tree.</summary>
    public static string Tree(FieldPath path)
    {
        var text = new StringBuilder();
        text.Append(path.Text).Append(" <").Append(path.Field is null ? path.Message.Name : FieldType.Name(path.Field)).Append(">\n");
        if (path.Below is { } message)
        {
            Tree(text, message, "  ");
        }

        return text.ToString();
    }

    private static void Tree(StringBuilder text, MessageDescriptor message, string indentation)
    {
        foreach (var field in message.Fields.InDeclarationOrder())
        {
            text.Append(indentation).Append(field.JsonName).Append(" <").Append(FieldType.Name(field)).Append(">\n");
            if (FieldType.MessageOf(field) is { } below)
            {
                Tree(text, below, indentation + "  ");
            }
        }
    }

    private static void Fields(StringBuilder text, MessageDescriptor message)
    {
        text.Append("\nFields:\n");
        foreach (var field in message.Fields.InDeclarationOrder())
        {
            text.Append("  ").Append(field.JsonName).Append(" <").Append(FieldType.Name(field)).Append('>');
            text.Append(field.RealContainingOneof is null ? "\n" : "   (exactly one of these)\n");
            Paragraphs(text, ApiDocumentation.Comment(field), "      ", blankBefore: false);
        }
    }

    private static void Values(StringBuilder text, EnumDescriptor type)
    {
        text.Append("\nValues:\n");
        foreach (var value in FieldType.Values(type))
        {
            text.Append("  ").Append(value.Name).Append('\n');
            Paragraphs(text, ApiDocumentation.Comment(value), "      ", blankBefore: false);
        }
    }

    private static void Paragraphs(StringBuilder text, IReadOnlyList<string> paragraphs, string indentation, bool blankBefore = true)
    {
        for (var i = 0; i < paragraphs.Count; i++)
        {
            text.Append(blankBefore || i > 0 ? "\n" : string.Empty);
            foreach (var line in Wrap(paragraphs[i], Width - indentation.Length))
            {
                text.Append(indentation).Append(line).Append('\n');
            }
        }
    }

    private static IEnumerable<string> Wrap(string paragraph, int width)
    {
        var line = new StringBuilder();
        foreach (var word in paragraph.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line.ToString();
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : string.Empty).Append(word);
        }

        yield return line.ToString();
    }
}

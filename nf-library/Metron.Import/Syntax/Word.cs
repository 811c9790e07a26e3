using System.Text;

namespace Metron.Import.Syntax;

/// <summary>A word of a line.</summary>
/// <param name="Text">The word; of a quoted one what is between the quotes.</param>
/// <param name="At">Where it begins.</param>
/// <param name="IsQuoted">Whether it was quoted, and so is no keyword.</param>
internal readonly record struct Word(string Text, Place At, bool IsQuoted = false);

/// <summary>Splits lines into words.</summary>
internal static class Words
{
    /// <summary>Words between blanks.</summary>
    public static List<Word> Split(string line, int number)
    {
        List<Word> words = [];
        for (var i = 0; i < line.Length;)
        {
            if (char.IsWhiteSpace(line[i]))
            {
                i++;
                continue;
            }

            var start = i;
            while (i < line.Length && !char.IsWhiteSpace(line[i]))
            {
                i++;
            }

            words.Add(new Word(line[start..i], new Place(number, start + 1)));
        }

        return words;
    }

    /// <summary>Words as iptables-restore reads them: in double quotes blanks are part of the word, and a backslash takes the next character as it is.</summary>
    /// <param name="line">The line.</param>
    /// <param name="number">Its number.</param>
    /// <param name="open">Where a quote begins that does not end; null when all end.</param>
    public static List<Word> SplitQuoted(string line, int number, out Place? open)
    {
        List<Word> words = [];
        open = null;
        for (var i = 0; i < line.Length;)
        {
            if (char.IsWhiteSpace(line[i]))
            {
                i++;
            }
            else if (line[i] == '"')
            {
                var at = new Place(number, i + 1);
                words.Add(new Word(Quoted(line, ref i, out var ended), at, IsQuoted: true));
                open ??= ended ? null : at;
            }
            else
            {
                var start = i;
                while (i < line.Length && !char.IsWhiteSpace(line[i]))
                {
                    i++;
                }

                words.Add(new Word(line[start..i], new Place(number, start + 1)));
            }
        }

        return words;
    }

    private static string Quoted(string line, ref int i, out bool ended)
    {
        var text = new StringBuilder();
        ended = false;
        for (i++; i < line.Length; i++)
        {
            if (line[i] == '"')
            {
                ended = true;
                i++;
                break;
            }

            if (line[i] == '\\' && i + 1 < line.Length)
            {
                i++;
            }

            text.Append(line[i]);
        }

        return text.ToString();
    }
}

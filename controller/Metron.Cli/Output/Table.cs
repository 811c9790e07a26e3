using System.Text;
using Metron.Cli.Specs;

namespace Metron.Cli.Output;

/// <summary>A table of text: columns as wide as their widest cell, three blanks apart, the last one unpadded.</summary>
internal sealed class Table(params string[] headings)
{
    private const string Gap = "   ";
    private readonly List<string[]> rows = [headings];

    /// <summary>Number of rows below the headings.</summary>
    public int Count => rows.Count - 1;

    /// <summary>Adds a row. Empty cells are shown as a dash, so that columns can be told apart by programs too.</summary>
    public Table Add(params string[] cells)
    {
        rows.Add([.. cells.Select(cell => cell.Length == 0 ? "-" : SpecText.Printable(cell))]);
        return this;
    }

    /// <summary>The table as text, every line behind <paramref name="indentation"/>.</summary>
    public string ToText(string indentation = "")
    {
        var widths = Enumerable.Range(0, headings.Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            var cells = row.Select((cell, column) => column == row.Length - 1 ? cell : cell.PadRight(widths[column]));
            text.Append(indentation).AppendJoin(Gap, cells).Append('\n');
        }

        return text.ToString();
    }
}

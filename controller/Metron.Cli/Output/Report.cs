using System.Text;
using Metron.Cli.Specs;

namespace Metron.Cli.Output;

/// <summary>A description for people: fields with values in a column, then sections with tables.</summary>
internal sealed class Report
{
    private const int ValueColumn = 18;
    private readonly StringBuilder text = new();

    /// <summary>A field; a dash for an empty value.</summary>
    public Report Field(string name, string value)
    {
        text.Append($"{name}:".PadRight(ValueColumn)).Append(value.Length == 0 ? "-" : SpecText.Printable(value)).Append('\n');
        return this;
    }

    /// <summary>A section with a table, only if there is something to say.</summary>
    public Report SectionIf(bool condition, string name, Func<Table> table) => condition ? Section(name, table()) : this;

    /// <summary>A section with a table, or "none".</summary>
    public Report Section(string name, Table table)
    {
        text.Append('\n').Append(name).Append(':');
        if (table.Count == 0)
        {
            text.Append(" none\n");
        }
        else
        {
            text.Append('\n').Append(table.ToText("  "));
        }

        return this;
    }

    /// <summary>A section with lines, or "none".</summary>
    public Report Section(string name, IEnumerable<string> lines)
    {
        var all = lines.ToList();
        text.Append('\n').Append(name).Append(all.Count == 0 ? ": none\n" : ":\n");
        foreach (var line in all)
        {
            text.Append("  ").Append(SpecText.Printable(line)).Append('\n');
        }

        return this;
    }

    /// <summary>The whole text.</summary>
    public override string ToString() => text.ToString();
}

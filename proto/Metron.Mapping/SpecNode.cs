using System.Globalization;
using System.Text;

namespace Metron.Mapping;

/// <summary>
/// A place in a spec while it is read: knows its path and takes the problems found there. The path is put together only when there is a
/// problem, so that a million routes cost little.
/// </summary>
internal sealed class SpecNode
{
    private readonly SpecNode? parent;
    private readonly string name;
    private readonly int index;
    private readonly ViolationCollector collector;

    private SpecNode(SpecNode? parent, string name, int index, ViolationCollector collector)
    {
        this.parent = parent;
        this.name = name;
        this.index = index;
        this.collector = collector;
    }

    /// <summary>The whole message; <paramref name="path"/> is its own path, or empty.</summary>
    public static SpecNode Root(ViolationCollector collector, string path = "") => new(null, path, -1, collector);

    /// <summary>Number of problems found so far, anywhere.</summary>
    public int Problems => collector.Count;

    /// <summary>A field.</summary>
    public SpecNode Field(string field) => new(this, field, -1, collector);

    /// <summary>An element of a repeated field.</summary>
    public SpecNode Item(string field, int at) => new(this, field, at, collector);

    /// <summary>Notes a problem here.</summary>
    public void Report(string message) => collector.Add(this, message);

    /// <summary>Notes a problem of a field here.</summary>
    public void Report(string field, string message) => collector.Add(Field(field), message);

    /// <summary>The path.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Append(text);
        return text.ToString();
    }

    private void Append(StringBuilder text)
    {
        parent?.Append(text);
        if (text.Length > 0 && name.Length > 0 && name[0] != '[')
        {
            text.Append('.');
        }

        text.Append(name);
        if (index >= 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"[{index}]");
        }
    }
}

/// <summary>Collects problems: the first hundred, and the number of the others.</summary>
internal sealed class ViolationCollector
{
    private readonly List<Violation> violations = [];

    /// <summary>Number of problems.</summary>
    public int Count { get; private set; }

    /// <summary>Notes a problem.</summary>
    public void Add(SpecNode at, string message)
    {
        Count++;
        if (Count <= SpecLimits.Violations)
        {
            violations.Add(new Violation(at.ToString(), message));
        }
    }

    /// <summary>The problems, in the order found.</summary>
    public IReadOnlyList<Violation> ToList() => Count <= SpecLimits.Violations
        ? violations
        : [.. violations, new Violation(string.Empty, $"{Count - SpecLimits.Violations} more problems are not listed; mend these first")];
}

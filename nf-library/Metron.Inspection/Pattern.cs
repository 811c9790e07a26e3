using System.Text;

namespace Metron.Inspection;

/// <summary>Something to look for in bytes. Immutable.</summary>
public sealed class Pattern
{
    private Pattern(int id, PatternKind kind, byte[] expression)
    {
        Id = id;
        Kind = kind;
        Expression = expression;
    }

    /// <summary>What a match is reported by, not negative.</summary>
    public int Id { get; }

    /// <summary>Whether letters match in both cases (ASCII).</summary>
    public bool IgnoresCase { get; init; }

    /// <summary>Regular expressions: whether a dot matches a newline too.</summary>
    public bool DotMatchesNewline { get; init; }

    /// <summary>Regular expressions: whether <c>^</c> and <c>$</c> match at every newline, not at both ends alone.</summary>
    public bool IsMultiline { get; init; }

    /// <summary>Least number of bytes from the beginning of the data to the end of a match; null for no condition.</summary>
    public int? MinimumEnd { get; init; }

    /// <summary>Most bytes from the beginning of the data to the end of a match; null for no condition.</summary>
    public int? MaximumEnd { get; init; }

    /// <summary>What kind of expression it is.</summary>
    internal PatternKind Kind { get; }

    /// <summary>The bytes of a literal; a regular expression as UTF-8.</summary>
    internal byte[] Expression { get; }

    /// <summary>Whether Vectorscan's compiler of literals takes it: no bounds, and no zero byte, which that one (5.4.9) takes for the end.</summary>
    internal bool IsPlainLiteral =>
        Kind == PatternKind.Literal && MinimumEnd is null && MaximumEnd is null && !Expression.Contains((byte)0);

    /// <summary>These bytes.</summary>
    /// <param name="id">What a match is reported by.</param>
    /// <param name="bytes">At least one.</param>
    /// <param name="ignoresCase">Whether ASCII letters match in both cases.</param>
    public static Pattern Literal(int id, ReadOnlySpan<byte> bytes, bool ignoresCase = false) =>
        new(id, PatternKind.Literal, bytes.ToArray()) { IgnoresCase = ignoresCase };

    /// <summary>These bytes, ending within bounds.</summary>
    public static Pattern Literal(int id, ReadOnlySpan<byte> bytes, bool ignoresCase, int? minimumEnd, int? maximumEnd) =>
        new(id, PatternKind.Literal, bytes.ToArray())
        {
            IgnoresCase = ignoresCase,
            MinimumEnd = minimumEnd,
            MaximumEnd = maximumEnd,
        };

    /// <summary>A regular expression in the syntax of PCRE, as far as Vectorscan has it: no back references, no look-around.</summary>
    public static Pattern Regex(
        int id, string expression, bool ignoresCase = false, bool dotMatchesNewline = false, bool isMultiline = false) =>
        new(id, PatternKind.Regex, Encoding.UTF8.GetBytes(expression))
        {
            IgnoresCase = ignoresCase,
            DotMatchesNewline = dotMatchesNewline,
            IsMultiline = isMultiline,
        };

    /// <summary>What Vectorscan's compiler of expressions reads, with a zero at its end. A literal's bytes are escaped one by one.</summary>
    internal byte[] ToExpression() => Kind == PatternKind.Literal
        ? Encoding.ASCII.GetBytes(string.Concat(Expression.Select(value => $@"\x{value:x2}")) + "\0")
        : [.. Expression, 0];
}

/// <summary>Kinds of expressions.</summary>
internal enum PatternKind
{
    Literal,
    Regex,
}

using Metron.Mapping.Yaml;

namespace Metron.Cli.Specs;

/// <summary>A place in a file; lines and columns count from 1, columns in UTF-16 code units.</summary>
internal readonly record struct Position(int Line, int Column);

/// <summary>A value of a YAML or JSON document and where it begins.</summary>
internal abstract class YamlValue(Position at)
{
    /// <summary>Where it begins.</summary>
    public Position At { get; } = at;

    /// <summary>What it is, with article, for messages: "a list", "the number 80".</summary>
    public abstract string Describe();
}

/// <summary>Text, a number, true, false or null.</summary>
internal sealed class YamlScalar(Position at, string text, bool isPlain) : YamlValue(at)
{
    /// <summary>The text, without quotes.</summary>
    public string Text { get; } = text;

    /// <summary>Whether it stands without quotes, so that it can be something else than text.</summary>
    public bool IsPlain { get; } = isPlain;

    /// <summary>Whether it is YAML 1.2's null (core schema, 10.3.2).</summary>
    public bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";

    /// <summary>Whether it is a Boolean of YAML 1.2's core schema.</summary>
    public bool IsBoolean => IsPlain && Text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE";

    /// <summary>Whether it is a number of YAML 1.2's core schema.</summary>
    public bool IsNumber => IsPlain && YamlNumbers.IsNumber(Text);

    /// <inheritdoc/>
    public override string Describe() => this switch
    {
        { IsNull: true } => "nothing",
        { IsBoolean: true } => $"the Boolean {Text}",
        { IsNumber: true } => $"the number {SpecText.Shorten(Text)}",
        _ => $"the text {SpecText.Quote(Text)}",
    };
}

/// <summary>A list.</summary>
internal sealed class YamlList(Position at, IReadOnlyList<YamlValue> items) : YamlValue(at)
{
    /// <summary>The elements.</summary>
    public IReadOnlyList<YamlValue> Items { get; } = items;

    /// <inheritdoc/>
    public override string Describe() => "a list";
}

/// <summary>A mapping; keys may still be there twice.</summary>
internal sealed class YamlMapping(Position at, IReadOnlyList<YamlEntry> entries) : YamlValue(at)
{
    /// <summary>The entries in the order of the file.</summary>
    public IReadOnlyList<YamlEntry> Entries { get; } = entries;

    /// <inheritdoc/>
    public override string Describe() => "a mapping";
}

/// <summary>An entry of a mapping.</summary>
internal readonly record struct YamlEntry(string Key, Position KeyAt, YamlValue Value);

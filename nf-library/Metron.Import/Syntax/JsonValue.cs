namespace Metron.Import.Syntax;

/// <summary>A JSON value that knows where it stands.</summary>
/// <param name="At">Line and column (in bytes) of its first character.</param>
internal abstract record JsonValue(Place At)
{
    /// <summary>What it is, for messages.</summary>
    public abstract string Kind { get; }
}

/// <summary>A string.</summary>
internal sealed record JsonText(Place At, string Value) : JsonValue(At)
{
    public override string Kind => "a string";
}

/// <summary>A number, as written.</summary>
internal sealed record JsonNumber(Place At, string Value) : JsonValue(At)
{
    public override string Kind => "a number";
}

/// <summary>true, false or null.</summary>
internal sealed record JsonWord(Place At, string Value) : JsonValue(At)
{
    public override string Kind => Value;
}

/// <summary>An array.</summary>
internal sealed record JsonList(Place At, IReadOnlyList<JsonValue> Items) : JsonValue(At)
{
    public override string Kind => "an array";
}

/// <summary>An object; names as written, in order.</summary>
internal sealed record JsonObject(Place At, IReadOnlyList<KeyValuePair<string, JsonValue>> Members) : JsonValue(At)
{
    public override string Kind => "an object";

    /// <summary>The member of that name; null when there is none.</summary>
    public JsonValue? this[string name]
    {
        get
        {
            foreach (var (key, value) in Members)
            {
                if (key == name)
                {
                    return value;
                }
            }

            return null;
        }
    }

    /// <summary>The text of a member; null when it is missing or no string.</summary>
    public string? Text(string name) => (this[name] as JsonText)?.Value;

    /// <summary>The number of a member; null when it is missing or no number from 0 to a maximum.</summary>
    public uint? Number(string name, uint maximum) =>
        this[name] is JsonNumber number && Numbers.TryRead(number.Value, maximum, out var value) ? value : null;
}

using System.Globalization;
using System.Text.Json;

namespace Metron.Agent.Configuration;

/// <summary>A JSON object of the file, read key by key; keys that nobody asked for are problems.</summary>
internal sealed class JsonSection
{
    private readonly Dictionary<string, JsonElement> _left;
    private readonly List<string> _known = [];
    private readonly ConfigurationProblems _problems;
    private readonly string _path;

    /// <param name="element">An object.</param>
    /// <param name="path">Its key in the file; empty for the whole.</param>
    /// <param name="problems">Where problems are noted.</param>
    public JsonSection(JsonElement element, string path, ConfigurationProblems problems)
    {
        _path = path;
        _problems = problems;
        _left = element.EnumerateObject().ToDictionary(property => property.Name, property => property.Value, StringComparer.Ordinal);
    }

    /// <summary>Notes a problem with a key.</summary>
    public void Problem(string key, string problem) => _problems.Add(Path(key), problem);

    /// <summary>A string that is not empty; null when the key is absent or wrong.</summary>
    public string? String(string key, bool required = false)
    {
        if (Take(key, required) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text)
        {
            return text;
        }

        Problem(key, $"is {Describe(value)}; write a string that is not empty");
        return null;
    }

    /// <summary>One of some words, told by what it stands for; the first when the key is absent or wrong.</summary>
    public T Choice<T>(string key, params (string Word, T Value)[] choices)
    {
        if (String(key) is not { } word)
        {
            return choices[0].Value;
        }

        foreach (var choice in choices)
        {
            if (choice.Word == word)
            {
                return choice.Value;
            }
        }

        Problem(key, $"\"{word}\" is unknown; write {string.Join(" or ", choices.Select(choice => choice.Word))}");
        return choices[0].Value;
    }

    /// <summary>A whole number in a range; null when the key is absent or wrong.</summary>
    public long? Number(string key, long least, long most, bool required = false)
    {
        if (Take(key, required) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= least && number <= most)
        {
            return number;
        }

        Problem(key, string.Create(CultureInfo.InvariantCulture, $"is {Describe(value)}; write a whole number from {least} to {most}"));
        return null;
    }

    /// <summary>true or false; null when the key is absent or wrong.</summary>
    public bool? Boolean(string key)
    {
        if (Take(key, required: false) is not { } value)
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Problem(key, $"is {Describe(value)}; write true or false");
        return null;
    }

    /// <summary>Strings of an array; null when the key is absent or wrong.</summary>
    public IReadOnlyList<string>? Strings(string key)
    {
        if (Take(key, required: false) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
        {
            return [.. value.EnumerateArray().Select(item => item.GetString()!)];
        }

        Problem(key, $"is {Describe(value)}; write an array of strings");
        return null;
    }

    /// <summary>Strings by free keys; empty when the key is absent or wrong.</summary>
    public Dictionary<string, string> Texts(string key)
    {
        if (Take(key, required: false) is not { } value)
        {
            return [];
        }

        if (value.ValueKind == JsonValueKind.Object && value.EnumerateObject().All(property => property.Value.ValueKind == JsonValueKind.String))
        {
            return value.EnumerateObject().ToDictionary(property => property.Name, property => property.Value.GetString()!, StringComparer.Ordinal);
        }

        Problem(key, $"is {Describe(value)}; write an object whose values are strings");
        return [];
    }

    /// <summary>A nested object, read by a function that asks for its keys; null when the key is absent or wrong.</summary>
    public T? Section<T>(string key, Func<JsonSection, T> read)
        where T : class
    {
        if (Take(key, required: false) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            return ReadObject(value, Path(key), read);
        }

        Problem(key, $"is {Describe(value)}; write an object");
        return null;
    }

    /// <summary>The objects of an array that must have at least one; those that are wrong come out as null.</summary>
    public IReadOnlyList<T?> Sections<T>(string key, Func<JsonSection, T?> read)
        where T : class
    {
        if (Take(key, required: true) is not { } value)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
        {
            Problem(key, $"is {Describe(value)}; write an array of one or more objects");
            return [];
        }

        var items = new List<T?>();
        foreach (var item in value.EnumerateArray())
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"{Path(key)}[{items.Count}]");
            if (item.ValueKind == JsonValueKind.Object)
            {
                items.Add(ReadObject(item, path, read));
            }
            else
            {
                _problems.Add(path, $"is {Describe(item)}; write an object");
                items.Add(null);
            }
        }

        return items;
    }

    /// <summary>Whether a key is there. Asking for it makes it a known one.</summary>
    public bool Has(string key)
    {
        if (_left.TryGetValue(key, out var value) && value.ValueKind != JsonValueKind.Null)
        {
            return true;
        }

        Take(key, required: false);
        return false;
    }

    /// <summary>Notes every key that was not asked for.</summary>
    public void RejectTheRest()
    {
        foreach (var key in _left.Keys)
        {
            var near = _known.Find(known => known.Equals(key, StringComparison.OrdinalIgnoreCase));
            Problem(key, near is null ? $"is not a key here; known are {string.Join(", ", _known)}" : $"is not a key here; write {near}");
        }
    }

    private T ReadObject<T>(JsonElement element, string path, Func<JsonSection, T> read)
    {
        var section = new JsonSection(element, path, _problems);
        var result = read(section);
        section.RejectTheRest();
        return result;
    }

    private string Path(string key) => _path.Length == 0 ? key : $"{_path}.{key}";

    private JsonElement? Take(string key, bool required)
    {
        _known.Add(key);
        if (_left.Remove(key, out var value) && value.ValueKind != JsonValueKind.Null)
        {
            return value;
        }

        if (required)
        {
            Problem(key, "is missing; add it");
        }

        return null;
    }

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => value.GetArrayLength() == 0 ? "an empty array" : "an array",
        _ => value.GetRawText(),
    };
}

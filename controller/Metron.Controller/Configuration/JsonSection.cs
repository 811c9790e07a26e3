using System.Globalization;
using System.Text.Json;

namespace Metron.Controller.Configuration;

/// <summary>A JSON object of the configuration file, read key by key; keys that nobody asked for are problems.</summary>
internal sealed class JsonSection
{
    private readonly Dictionary<string, JsonElement> _left;
    private readonly List<string> _known = [];
    private readonly ConfigurationProblems _problems;
    private readonly string _file;
    private readonly string _path;

    public JsonSection(JsonElement element, string file, string path, ConfigurationProblems problems)
    {
        _file = file;
        _path = path;
        _problems = problems;
        _left = element.EnumerateObject().ToDictionary(property => property.Name, property => property.Value, StringComparer.Ordinal);
    }

    /// <summary>Where a key stands, for messages.</summary>
    public string Place(string key) => $"{_file}: {(_path.Length == 0 ? key : $"{_path}.{key}")}";

    /// <summary>Notes a problem with a key.</summary>
    public void Problem(string key, string problem) => _problems.Add(Place(key), problem);

    /// <summary>A string, or null when the key is absent, null or wrong.</summary>
    public string? String(string key, bool required = false)
    {
        if (Take(key) is not { } value)
        {
            if (required)
            {
                Problem(key, "is missing; add it");
            }

            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            Problem(key, $"is {Describe(value)}; write a string");
            return null;
        }

        if (value.GetString()!.Length == 0)
        {
            Problem(key, "is empty; write a value or leave the key out");
            return null;
        }

        return value.GetString();
    }

    /// <summary>Seconds as a number with or without fraction, or null.</summary>
    public TimeSpan? Seconds(string key, double least, double most)
    {
        if (Take(key) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds >= least && seconds <= most)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        Problem(key, string.Create(CultureInfo.InvariantCulture, $"is {Describe(value)}; write seconds as a number from {least} to {most}"));
        return null;
    }

    /// <summary>A whole number, or null.</summary>
    public int? Integer(string key, int least, int most)
    {
        if (Take(key) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most)
        {
            return number;
        }

        Problem(key, string.Create(CultureInfo.InvariantCulture, $"is {Describe(value)}; write a whole number from {least} to {most}"));
        return null;
    }

    /// <summary>True or false, or null.</summary>
    public bool? Boolean(string key)
    {
        if (Take(key) is not { } value)
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

    /// <summary>Strings of an array; a single string is an array of one. Null when absent or wrong.</summary>
    public IReadOnlyList<string>? Strings(string key)
    {
        if (Take(key) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            return [value.GetString()!];
        }

        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
        {
            return [.. value.EnumerateArray().Select(item => item.GetString()!)];
        }

        Problem(key, $"is {Describe(value)}; write a string or an array of strings");
        return null;
    }

    /// <summary>A nested object, or null.</summary>
    public JsonSection? Section(string key)
    {
        if (Take(key) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            return new JsonSection(value, _file, _path.Length == 0 ? key : $"{_path}.{key}", _problems);
        }

        Problem(key, $"is {Describe(value)}; write an object");
        return null;
    }

    /// <summary>The objects of an array; empty when absent or wrong.</summary>
    public IEnumerable<JsonSection> Sections(string key)
    {
        if (Take(key) is not { } value)
        {
            yield break;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            Problem(key, $"is {Describe(value)}; write an array of objects");
            yield break;
        }

        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            var path = $"{(_path.Length == 0 ? key : $"{_path}.{key}")}[{index++}]";
            if (item.ValueKind == JsonValueKind.Object)
            {
                yield return new JsonSection(item, _file, path, _problems);
            }
            else
            {
                _problems.Add($"{_file}: {path}", $"is {Describe(item)}; write an object");
            }
        }
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

    private JsonElement? Take(string key)
    {
        _known.Add(key);
        return _left.Remove(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        _ => value.GetRawText(),
    };
}

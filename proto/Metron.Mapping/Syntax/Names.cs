namespace Metron.Mapping.Syntax;

/// <summary>Names of chains, functions, endpoints, router ports, switches and servers.</summary>
internal static class Names
{
    /// <summary>Checks a name of an element: a DNS label that begins with a letter.</summary>
    public static bool Check(string name, SpecNode at, string field = "name")
    {
        var problem = Problem(name);
        if (problem is not null)
        {
            at.Report(field, problem);
        }

        return problem is null;
    }

    /// <summary>Checks the name of an entry of a function's list, which may be empty: its length, and that no earlier entry has it.</summary>
    /// <param name="name">The name.</param>
    /// <param name="index">Place of the entry in its list.</param>
    /// <param name="names">Names so far, with their places; gets this one.</param>
    /// <param name="list">Name of the list.</param>
    /// <param name="function">What the list belongs to, for people.</param>
    /// <param name="at">The entry.</param>
    public static void CheckUnique(string name, int index, Dictionary<string, int> names, string list, string function, SpecNode at)
    {
        if (name.Length > SpecLimits.NameLength)
        {
            at.Report("name", $"is {name.Length} characters long; at most {SpecLimits.NameLength} are allowed");
        }
        else if (Text.HasControl(name))
        {
            at.Report("name", $"{Text.Quote(name)} has control characters");
        }
        else if (name.Length > 0 && !names.TryAdd(name, index))
        {
            at.Report("name", $"{Text.Quote(name)} is the name of {list}[{names[name]}] already; names are unique within a {function}");
        }
    }

    /// <summary>Checks the name of a switch or server: letters, digits, dots, hyphens and underscores.</summary>
    public static bool CheckPeer(string name, SpecNode at, string field)
    {
        var problem = name switch
        {
            _ when name.Length > SpecLimits.PeerNameLength =>
                $"is {name.Length} characters long; at most {SpecLimits.PeerNameLength} are allowed",
            _ when !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') =>
                $"{Text.Quote(name)} may only have letters, digits, dots, hyphens and underscores",
            _ => null,
        };
        if (problem is not null)
        {
            at.Report(field, problem);
        }

        return problem is null;
    }

    /// <summary>What is wrong with a name; null when nothing is.</summary>
    public static string? Problem(string name) => name switch
    {
        "" => "must be given",
        _ when name.Length > SpecLimits.NameLength => $"is {name.Length} characters long; at most {SpecLimits.NameLength} are allowed",
        _ when !char.IsAsciiLetterLower(name[0]) => $"{Text.Quote(name)} must begin with a lower-case letter",
        _ when !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') =>
            $"{Text.Quote(name)} may only have lower-case letters, digits and hyphens",
        _ when name[^1] == '-' => $"{Text.Quote(name)} must not end with a hyphen",
        _ => null,
    };
}

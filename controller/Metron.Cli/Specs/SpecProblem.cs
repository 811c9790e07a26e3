using System.Globalization;

namespace Metron.Cli.Specs;

/// <summary>A problem of a spec file, printed as compilers do.</summary>
/// <param name="File">File as the operator named it; "stdin" for standard input.</param>
/// <param name="At">Where; null when the file as a whole is meant.</param>
/// <param name="Path">Field, in the names of the JSON mapping; empty for none.</param>
/// <param name="Message">What is wrong and how to mend it.</param>
internal sealed record SpecProblem(string File, Position? At, string Path, string Message)
{
    /// <summary>"web.yaml:12:7: spec.links[0].to: message".</summary>
    public override string ToString()
    {
        var place = At is { } at ? string.Create(CultureInfo.InvariantCulture, $"{File}:{at.Line}:{at.Column}") : File;
        return Path.Length == 0 ? $"{place}: {Message}" : $"{place}: {Path}: {Message}";
    }
}

/// <summary>A file cannot be read any further.</summary>
internal sealed class SpecException(Position? at, string path, string message) : Exception(message)
{
    /// <summary>Where; null when the file as a whole is meant.</summary>
    public Position? At { get; } = at;

    /// <summary>Field; empty for none.</summary>
    public string Path { get; } = path;
}

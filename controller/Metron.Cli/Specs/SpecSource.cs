namespace Metron.Cli.Specs;

/// <summary>Tells where the parts of a chain are written.</summary>
/// <param name="Document">The document.</param>
internal sealed record SpecSource(SpecDocument Document)
{
    /// <summary>The place in the file of a path of the spec: "web.yaml:12"; empty for no place in particular.</summary>
    public string Of(string path) => path.Length == 0 ? "" : $"{Document.File}:{Document.Locate(path).Line}";
}

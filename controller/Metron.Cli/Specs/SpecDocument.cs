using Metron.Mapping;

namespace Metron.Cli.Specs;

/// <summary>A service chain from a file.</summary>
/// <param name="File">The file.</param>
/// <param name="Chain">The chain.</param>
/// <param name="Source">The document that it was read from.</param>
internal sealed record SpecDocument(string File, V1.ServiceChain Chain, YamlValue Source)
{
    private MappedChain? mapped;

    /// <summary>The chain as the domain knows it, or what is wrong with it.</summary>
    public MappedChain Mapped => mapped ??= ServiceChainMapper.Map(Chain);

    /// <summary>Turns what is said about a path of the chain into a problem of the file.</summary>
    public SpecProblem Problem(Violation violation) => new(File, Locate(violation.Path), violation.Path, violation.Message);

    /// <summary>
    /// Where a path stands in the file: a value for what is written, a key for lists and mappings, and for what is missing the element
    /// that lacks it.
    /// </summary>
    public Position Locate(string path) => Walk(path).At;

    /// <summary>Whether the path is written in the file.</summary>
    public bool Has(string path) => Walk(path).IsWhole;

    private (Position At, bool IsWhole) Walk(string path)
    {
        var at = Source is YamlMapping { Entries: [var first, ..] } ? first.KeyAt : Source.At;
        var value = Source;
        foreach (var step in SpecPath.Steps(path))
        {
            if (value is YamlMapping mapping && mapping.Entries.FirstOrDefault(entry => entry.Key == step.Field) is { Value: not null } found)
            {
                value = found.Value;
                at = value is YamlScalar { IsNull: false } ? value.At : found.KeyAt;
            }
            else if (value is YamlList list && step.Index < list.Items.Count)
            {
                value = list.Items[step.Index];
                at = value.At;
            }
            else
            {
                return (at, false);
            }
        }

        return (at, true);
    }
}

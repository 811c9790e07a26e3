using Metron.Cli.Specs;

namespace Metron.Cli.Output;

/// <summary>Warnings about a chain in words.</summary>
internal static class WarningText
{
    /// <summary>One line for each warning, and how many more there are.</summary>
    public static IEnumerable<string> Lines(V1.ServiceChainStatus status)
    {
        foreach (var warning in status.Warnings)
        {
            yield return $"{SpecText.Printable(warning.Path)} {Text.Name(warning.Code)}: {SpecText.Printable(warning.Message)}";
        }

        if (More(status) is { } more)
        {
            yield return more;
        }
    }

    /// <summary>How many warnings are not listed; null when all are.</summary>
    public static string? More(V1.ServiceChainStatus status) =>
        status.WarningsNotListed == 0 ? null : $"… and {status.WarningsNotListed} more warnings";
}

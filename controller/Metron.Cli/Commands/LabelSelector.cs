using System.CommandLine;
using System.CommandLine.Parsing;

namespace Metron.Cli.Commands;

/// <summary>Selection by labels: "-l team=edge,tier=front".</summary>
internal static class LabelSelector
{
    /// <summary>Makes the option.</summary>
    public static Option<Dictionary<string, string>> Option() => new("--selector", "-l")
    {
        Description = "Only chains with all of these labels: KEY=VALUE, several separated by commas.",
        HelpName = "KEY=VALUE",
        CustomParser = Parse,
        DefaultValueFactory = _ => [],
        AllowMultipleArgumentsPerToken = false,
        Arity = ArgumentArity.OneOrMore,
    };

    private static Dictionary<string, string> Parse(ArgumentResult result)
    {
        var labels = new Dictionary<string, string>();
        foreach (var term in result.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            var equals = term.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                result.AddError($"--selector '{term}' is not KEY=VALUE");
            }
            else if (!labels.TryAdd(term[..equals], term[(equals + 1)..]))
            {
                result.AddError($"--selector names '{term[..equals]}' twice");
            }
        }

        return labels;
    }
}

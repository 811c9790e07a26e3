using System.CommandLine;

namespace Metron.Cli.Output;

/// <summary>How commands print.</summary>
internal enum OutputFormat
{
    /// <summary>A table.</summary>
    Table,

    /// <summary>A table with more columns.</summary>
    Wide,

    /// <summary>Names only, one per line.</summary>
    Name,

    /// <summary>The JSON mapping of the API.</summary>
    Json,

    /// <summary>The same as YAML; several documents for several.</summary>
    Yaml,

    /// <summary>A graph in the language of Graphviz.</summary>
    Graphviz,

    /// <summary>A graph in the language of Mermaid.</summary>
    Mermaid,
}

/// <summary>The option -o.</summary>
internal static class OutputOption
{
    /// <summary>Makes the option.</summary>
    public static Option<OutputFormat> Create(params OutputFormat[] formats)
    {
        var names = formats.Select(format => format.ToString().ToLowerInvariant()).ToArray();
        var option = new Option<OutputFormat>("--output", "-o")
        {
            Description = $"How to print: {string.Join(", ", names)}. A table when not given.",
            HelpName = string.Join('|', names),
            CustomParser = result => Parse(result, formats, names),
        };
        option.CompletionSources.Clear();
        option.CompletionSources.Add(names);
        return option;
    }

    private static OutputFormat Parse(System.CommandLine.Parsing.ArgumentResult result, OutputFormat[] formats, string[] names)
    {
        var text = result.Tokens[0].Value;
        var index = Array.IndexOf(names, text);
        if (index >= 0)
        {
            return formats[index];
        }

        result.AddError($"--output '{text}' is not one of {string.Join(", ", names)}");
        return OutputFormat.Table;
    }
}

namespace Metron.Controller.Configuration;

/// <summary>Values that outrank the file, each with the option or variable that it came from.</summary>
/// <param name="Grpc">Addresses of gRPC.</param>
/// <param name="Rest">Addresses of REST; a single "none" for nowhere.</param>
/// <param name="Database">File of the database.</param>
/// <param name="OpenFlow">Where switches connect to; "none" for nowhere.</param>
public sealed record ConfigurationOverrides(
    SourcedValue? Grpc = null, SourcedValue? Rest = null, SourcedValue? Database = null, SourcedValue? OpenFlow = null)
{
    /// <summary>The options of the command line, and the environment for those that are not given.</summary>
    /// <param name="option">Value of an option by its name without dashes, or null.</param>
    /// <param name="variable">Value of an environment variable, or null.</param>
    public static ConfigurationOverrides From(Func<string, string?> option, Func<string, string?> variable)
    {
        SourcedValue? Find(string name)
        {
            var environment = $"METRON_CONTROLLER_{name.ToUpperInvariant()}";
            return option(name) is { } fromOption ? new SourcedValue(fromOption, $"option --{name}")
                : variable(environment) is { Length: > 0 } fromVariable ? new SourcedValue(fromVariable, $"environment {environment}")
                : null;
        }

        return new ConfigurationOverrides(Find("grpc"), Find("rest"), Find("database"), Find("openflow"));
    }

    /// <summary>Puts the values over a configuration.</summary>
    internal ControllerConfiguration Apply(ControllerConfiguration configuration, ConfigurationProblems problems)
    {
        if (Grpc is { } grpc)
        {
            configuration = configuration with { Grpc = grpc.Addresses(problems) };
        }

        if (Rest is { } rest)
        {
            configuration = configuration with { Rest = rest.Text == "none" ? [] : rest.Addresses(problems) };
        }

        if (Database is { } database)
        {
            configuration = configuration with { Database = database.Text };
        }

        if (OpenFlow is { } openFlow)
        {
            configuration = configuration with { OpenFlow = openFlow.Text == "none" ? null : openFlow.Addresses(problems) is [var only, ..] ? only : null };
        }

        return configuration;
    }
}

/// <summary>A value and where it was given.</summary>
/// <param name="Text">The value; several addresses are separated by commas.</param>
/// <param name="Source">"option --grpc" or "environment METRON_CONTROLLER_GRPC".</param>
public sealed record SourcedValue(string Text, string Source)
{
    internal IReadOnlyList<ListenAddress> Addresses(ConfigurationProblems problems) =>
        ConfigurationLoader.Addresses(Text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), Source, listen: true, problems);
}

using System.CommandLine;
using Metron.Controller.Configuration;
using Metron.Controller.Store;
using Metron.NetworkFunctions.Chains;

namespace Metron.Controller.Hosting;

/// <summary>The command line of <c>metron-controller</c>. Exit status: 0 stopped as asked, 1 cannot run, 2 wrong arguments or configuration.</summary>
public static class CommandLine
{
    private const int CannotRun = 1;
    private const int WrongConfiguration = 2;

    /// <summary>Runs the program until it is told to stop.</summary>
    /// <param name="arguments">Arguments without the program's name.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var parsed = Command().Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync($"metron-controller: {error.Message}");
            }

            await Console.Error.WriteLineAsync("metron-controller: --help lists the options");
            return WrongConfiguration;
        }

        return await parsed.InvokeAsync();
    }

    private static RootCommand Command()
    {
        var config = new Option<string?>("--config") { Description = "Configuration file (JSON); README.md lists its keys. Also METRON_CONTROLLER_CONFIG." };
        var grpc = new Option<string?>("--grpc") { Description = "Addresses of gRPC, separated by commas: host:port or unix:/path. Also METRON_CONTROLLER_GRPC." };
        var rest = new Option<string?>("--rest") { Description = "Addresses of REST, or none. Also METRON_CONTROLLER_REST." };
        var database = new Option<string?>("--database") { Description = "File of the SQLite database. Also METRON_CONTROLLER_DATABASE." };
        var openFlow = new Option<string?>("--openflow") { Description = "Where switches connect to, or none. Also METRON_CONTROLLER_OPENFLOW." };
        var check = new Option<bool>("--check-config") { Description = "Check the configuration, say what counts, and exit." };
        var command = new RootCommand("Programs switches and servers so that service chains are carried out.");
        foreach (var option in new Option[] { config, grpc, rest, database, openFlow, check })
        {
            command.Options.Add(option);
        }

        command.SetAction((result, cancellation) =>
        {
            string? OptionValue(string name) => name switch
            {
                "grpc" => result.GetValue(grpc),
                "rest" => result.GetValue(rest),
                "database" => result.GetValue(database),
                _ => result.GetValue(openFlow),
            };
            var overrides = ConfigurationOverrides.From(OptionValue, Environment.GetEnvironmentVariable);
            var file = result.GetValue(config) ?? Environment.GetEnvironmentVariable("METRON_CONTROLLER_CONFIG");
            return RunAsync(file, overrides, result.GetValue(check));
        });
        return command;
    }

    private static async Task<int> RunAsync(string? file, ConfigurationOverrides overrides, bool checkOnly)
    {
        try
        {
            var configuration = ConfigurationLoader.Load(file, overrides);
            if (checkOnly)
            {
                Describe(configuration);
                return 0;
            }

            await RunAsync(configuration);
            return 0;
        }
        catch (ConfigurationException error)
        {
            foreach (var problem in error.Problems)
            {
                await Console.Error.WriteLineAsync($"metron-controller: {problem}");
            }

            return WrongConfiguration;
        }
        catch (Exception error) when (error is DatabaseException or StartupException or IOException)
        {
            await Console.Error.WriteLineAsync($"metron-controller: {error.Message}");
            return CannotRun;
        }
    }

    private static async Task RunAsync(ControllerConfiguration configuration)
    {
        await using var app = ControllerHost.Build(configuration);
        await app.StartAsync();
        Endpoints.OpenToGroup(configuration);
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Metron.Controller");
        HostLog.Started(
            log,
            ControllerVersion.Text,
            string.Join(", ", configuration.Grpc),
            configuration.Rest.Count == 0 ? "nowhere" : string.Join(", ", configuration.Rest),
            configuration.Database);
        await app.WaitForShutdownAsync();
        HostLog.Stopped(log);
    }

    private static void Describe(ControllerConfiguration configuration)
    {
        Console.WriteLine("configuration is right");
        Console.WriteLine($"  grpc      {string.Join(", ", configuration.Grpc)}{(configuration.Tls is null ? string.Empty : " (TLS)")}");
        Console.WriteLine($"  rest      {(configuration.Rest.Count == 0 ? "none" : string.Join(", ", configuration.Rest))}");
        Console.WriteLine($"  database  {configuration.Database}");
        Console.WriteLine($"  openFlow  {configuration.OpenFlow?.ToString() ?? "none"}");
        foreach (var known in configuration.Switches)
        {
            var direction = known.Connect is null ? "connects by itself" : $"is connected to at {known.Connect}";
            Console.WriteLine($"  switch    {known.Name}: datapath {known.DatapathId:x16}, tags by {TagRange.Of(known.Tagging).Name}, {direction}{(known.Profile is { } profile ? $", profile {profile.Name}" : string.Empty)}");
        }
    }
}

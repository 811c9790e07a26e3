using System.CommandLine;
using System.Runtime.InteropServices;
using Metron.Agent.Configuration;
using Metron.Agent.KernelBalancing;
using Metron.Dpdk;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Metron.Agent;

/// <summary>The command line of metron-agent.</summary>
internal static class Program
{
    private const int Failure = 1;
    private const int WrongConfiguration = 2;

    public static Task<int> Main(string[] arguments)
    {
        var file = new Option<string>("--config") { Description = "Run with this configuration file", HelpName = "FILE" };
        var check = new Option<string>("--check-config") { Description = "Check a configuration file, say what is wrong with it, and end", HelpName = "FILE" };
        var level = new Option<LogLevel>("--log-level") { Description = "What is logged to stderr", DefaultValueFactory = _ => LogLevel.Information };
        var root = new RootCommand("Runs the network functions of service chains on this server's DPDK ports, as a Metron controller says.") { file, check, level, BalanceCommand.Create() };
        root.SetAction(async (parsed, _) => (parsed.GetValue(file), parsed.GetValue(check)) switch
        {
            (null, { } path) => Check(path),
            ({ } path, null) => await RunAsync(path, parsed.GetValue(level)),
            _ => Refuse("write either --config FILE or --check-config FILE"),
        });

        var version = root.Options.OfType<VersionOption>().Single();
        var result = root.Parse(arguments);
        if (result.Errors.Count > 0)
        {
            return Task.FromResult(Refuse(string.Join(Environment.NewLine, result.Errors.Select(error => error.Message))));
        }

        if (result.GetResult(version) is { Implicit: false })
        {
            Console.WriteLine($"metron-agent {AgentVersion.Text}");
            return Task.FromResult(0);
        }

        // Signals are ours: see RunAsync.
        return result.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    private static int Refuse(string message)
    {
        Console.Error.WriteLine(message);
        Console.Error.WriteLine("See metron-agent --help");
        return WrongConfiguration;
    }

    private static int Check(string file)
    {
        if (Load(file) is not { } configuration)
        {
            return WrongConfiguration;
        }

        Console.WriteLine($"{file}: right; server {configuration.Server}, {configuration.Workers.Count} workers on {configuration.Ports.Count} ports");
        return 0;
    }

    private static AgentConfiguration? Load(string file)
    {
        try
        {
            return ConfigurationLoader.Load(file, CpuAffinity.Allowed());
        }
        catch (ConfigurationException wrong)
        {
            Report(wrong.Problems);
            return null;
        }
    }

    private static async Task<int> RunAsync(string file, LogLevel level)
    {
        if (Load(file) is not { } configuration)
        {
            return WrongConfiguration;
        }

        using var factory = LoggerFactory.Create(builder => builder
            .SetMinimumLevel(level)
            .AddConsole(options => options.LogToStandardErrorThreshold = LogLevel.Trace)
            .AddSimpleConsole(options =>
            {
                options.SingleLine = true;
                options.UseUtcTimestamp = true;
                options.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
                options.ColorBehavior = LoggerColorBehavior.Disabled;
            }));
        var log = factory.CreateLogger("metron-agent");
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        try
        {
            var exitCode = await AgentProcess.RunAsync(configuration, TimeProvider.System, log, stop.Token);
            AgentLog.Stopped(log);
            return exitCode;
        }
        catch (ConfigurationException wrong)
        {
            Report(wrong.Problems.Select(problem => $"{file}: {problem}"));
            return WrongConfiguration;
        }
        catch (DpdkException failure)
        {
            Report([$"{file}: {failure.Message}"]);
            return Failure;
        }
    }

    private static void Report(IEnumerable<string> problems)
    {
        foreach (var problem in problems)
        {
            Console.Error.WriteLine(problem);
        }
    }
}

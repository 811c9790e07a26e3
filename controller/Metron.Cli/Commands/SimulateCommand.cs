using System.CommandLine;
using Metron.Balancing.Simulation;
using Metron.Cli.Client;
using Metron.Cli.Output;
using Metron.Cli.Simulate;
using Metron.Cli.Specs;
using Metron.Mapping;

namespace Metron.Cli.Commands;

/// <summary>`simulate`: how policies spread traffic over cores, in virtual time, on this machine alone.</summary>
internal static class SimulateCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(Session session)
    {
        var options = new ScenarioOptions();
        var policies = new Option<string[]>("--policy")
        {
            Description = $"Policies to compare: {string.Join(", ", Simulator.Policies)}. May be given several times; all when not given.",
            HelpName = "NAME",
            AllowMultipleArgumentsPerToken = false,
        };
        policies.CompletionSources.Add([.. Simulator.Policies]);
        var plots = new Option<string>("--plots") { Description = "Draw imbalance and cores over time into this directory, as SVG.", HelpName = "DIR" };
        var format = OutputOption.Create(OutputFormat.Table, OutputFormat.Json);
        var command = new Command(
            "simulate", "Simulate how traffic is spread over cores: static RSS, RSS++, packet spraying, a shared queue, and Metron, on this machine, in virtual time.")
        {
            policies, plots, format,
        };
        options.AddTo(command);
        command.SetAction(session.Guarded(async (parsed, cancellation) =>
        {
            var file = await ReadAsync(session, parsed.GetValue(options.File));
            var scenario = options.Apply(file.Scenario, parsed);
            var names = parsed.GetValue(policies) is { Length: > 0 } given ? given : file.Policies.Count > 0 ? [.. file.Policies] : [.. Simulator.Policies];
            Check(scenario, names);
            var results = Run(scenario, names, cancellation);
            await session.Terminal.Output.WriteAsync(
                parsed.GetValue(format) == OutputFormat.Json ? SimulationReport.Json(scenario, results) : SimulationReport.Table(scenario, results));
            if (parsed.GetValue(plots) is { } directory)
            {
                SimulationPlots.Write(directory, "simulate", results);
            }

            return ExitCode.Success;
        }));
        return command;
    }

    private static async Task<ScenarioFile> ReadAsync(Session session, string? name)
    {
        if (name is null)
        {
            return new ScenarioFile(new SimulationScenario(), [], []);
        }

        var file = ScenarioFile.Read(name, session.Terminal.Input);
        if (file.Problems.Count > 0)
        {
            await SpecInput.PrintAsync(session.Terminal, file.Problems);
            throw new CommandException(ExitCode.BadInput, $"{SpecInput.Count(file.Problems.Count)}; nothing was simulated");
        }

        return file;
    }

    private static void Check(SimulationScenario scenario, string[] policies)
    {
        if (Array.Find(policies, name => !Simulator.Policies.Contains(name)) is { } unknown)
        {
            throw new CommandException(
                ExitCode.BadInput, $"--policy: there is no policy {SpecText.Quote(unknown)}{Suggestion.Phrase(unknown, [.. Simulator.Policies])}; there is {string.Join(", ", Simulator.Policies)}");
        }

        var problems = scenario.Problems();
        if (problems.Count > 0)
        {
            throw new CommandException(ExitCode.BadInput, string.Join("; ", problems));
        }
    }

    // Policies do not depend on each other, and results do not depend on how many run at a time.
    private static SimulationResult[] Run(SimulationScenario scenario, string[] policies, CancellationToken cancellation)
    {
        var results = new SimulationResult[policies.Length];
        Parallel.For(0, policies.Length, new ParallelOptions { CancellationToken = cancellation }, i => results[i] = Simulator.Run(scenario, policies[i], cancellation));
        return results;
    }
}

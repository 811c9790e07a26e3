using System.CommandLine;
using Metron.Cli.Client;
using Metron.Cli.Specs;

namespace Metron.Cli.Commands;

/// <summary>The option -f and what it names.</summary>
internal static class SpecInput
{
    /// <summary>Makes the option.</summary>
    public static Option<string[]> Option(bool required) => new("--filename", "-f")
    {
        Description = "Spec file (YAML or JSON), directory of spec files, or - for standard input. May be given several times.",
        HelpName = "FILE|DIR|-",
        Required = required,
        AllowMultipleArgumentsPerToken = false,
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>Reads and checks everything; when there is any problem, prints all of them and ends the command.</summary>
    /// <exception cref="CommandException">There is a problem.</exception>
    public static async Task<IReadOnlyList<SpecDocument>> ReadAsync(Session session, string[] sources)
    {
        var files = SpecFiles.Read(sources, session.Terminal.Input).Checked();
        if (files.Problems.Count == 0)
        {
            return files.Documents;
        }

        await PrintAsync(session.Terminal, files.Problems);
        throw new CommandException(ExitCode.BadInput, $"{Count(files.Problems.Count)}; nothing was changed");
    }

    /// <summary>Prints problems like a compiler.</summary>
    public static async Task PrintAsync(Terminal terminal, IReadOnlyList<SpecProblem> problems)
    {
        const int Most = 100;
        foreach (var problem in problems.Take(Most))
        {
            await terminal.Error.WriteLineAsync(problem.ToString());
        }

        if (problems.Count > Most)
        {
            await terminal.Error.WriteLineAsync($"… and {problems.Count - Most} more");
        }
    }

    /// <summary>"1 problem", "2 problems".</summary>
    public static string Count(int problems) => problems == 1 ? "1 problem" : $"{problems} problems";
}

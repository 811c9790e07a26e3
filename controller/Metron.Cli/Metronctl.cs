using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Metron.Cli.Client;
using Metron.Cli.Commands;
using Metron.Cli.Commands.Import;
using Metron.Cli.Commands.Revisions;
using Metron.Cli.Commands.Switches;
using Metron.Mapping;

namespace Metron.Cli;

/// <summary>The command line as a whole.</summary>
internal static class Metronctl
{
    private const string Description = """
        Submits and inspects service chains of a Metron controller.

        Exit codes: 0 done · 1 failed · 2 wrong command line or spec · 3 not found · 4 conflict · 5 controller unreachable · 6 timeout
        """;

    /// <summary>Runs one command line.</summary>
    /// <returns>See <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellation)
    {
        try
        {
            // Arguments that begin with "@" are names like any other, not response files.
            var parsed = Root(terminal).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            return parsed.Action is ParseErrorAction ? await RefuseAsync(parsed, terminal) : await InvokeAsync(parsed, terminal, cancellation);
        }
        catch (Exception error)
        {
            var message = Specs.SpecText.Printable(error.Message);
            await terminal.Error.WriteLineAsync($"metronctl: a fault of this program: {error.GetType().Name}: {message}");
            return ExitCode.Failure;
        }
    }

    private static async Task<int> RefuseAsync(ParseResult parsed, Terminal terminal)
    {
        foreach (var problem in Problems(parsed))
        {
            await terminal.Error.WriteLineAsync($"metronctl: {Specs.SpecText.Printable(problem)}");
        }

        await terminal.Error.WriteLineAsync($"Try '{CommandName(parsed)} --help'.");
        return ExitCode.BadInput;
    }

    private static IEnumerable<string> Problems(ParseResult parsed)
    {
        var subcommands = parsed.CommandResult.Command.Subcommands.Select(command => command.Name).ToList();
        if (subcommands.Count > 0 && parsed.UnmatchedTokens.Count > 0)
        {
            var word = parsed.UnmatchedTokens[0];
            return word.StartsWith('-')
                ? [$"'{CommandName(parsed)}' has no option '{word}'"]
                : [$"'{CommandName(parsed)}' has no command '{word}'{Suggestion.Phrase(word, subcommands)}"];
        }

        return subcommands.Count > 0 && parsed.CommandResult.Command.Action is null
            ? [$"'{CommandName(parsed)}' needs one of {string.Join(", ", subcommands)}"]
            : parsed.Errors.Select(error => error.Message.TrimEnd('.'));
    }

    private static async Task<int> InvokeAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        var invocation = new InvocationConfiguration
        {
            Output = terminal.Output,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,

            // What is interrupted ends at once, but for the check of a switch, which removes what it has installed.
            ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
        };
        return await parsed.InvokeAsync(invocation, cancellation);
    }

    private static RootCommand Root(Terminal terminal)
    {
        var session = new Session(terminal);
        var root = new RootCommand(Description)
        {
            session.ControllerOption,
            ApplyCommand.Create(session),
            GetCommand.Create(session),
            DescribeCommand.Create(session),
            DeleteCommand.Create(session),
            ServerUseCommands.Cordon(session),
            ServerUseCommands.Uncordon(session),
            ServerUseCommands.Drain(session),
            WatchCommand.Create(session),
            HistoryCommand.Create(session),
            DiffCommand.Create(session),
            RollbackCommand.Create(session),
            ExplainCommand.Create(session),
            CompileCommand.Create(session),
            TraceCommand.Create(session),
            RunCommand.Create(session),
            SimulateCommand.Create(session),
            ReplayCommand.Create(session),
            TopCommand.Create(session),
            CompletionCommand.Create(session),
            ImportCommand.Create(session),
            SwitchCommand.Create(session),
            VersionCommand.Create(session),
        };
        foreach (var help in root.Options.OfType<HelpOption>())
        {
            // The spellings of Windows; they would only clutter completion.
            help.Aliases.Remove("/h");
            help.Aliases.Remove("/?");
            help.Aliases.Remove("-?");
        }

        return root;
    }

    private static string CommandName(ParseResult parsed)
    {
        var names = new List<string>();
        for (var symbol = parsed.CommandResult; symbol is not null; symbol = symbol.Parent as System.CommandLine.Parsing.CommandResult)
        {
            names.Insert(0, symbol.Command is RootCommand ? "metronctl" : symbol.Command.Name);
        }

        return string.Join(' ', names);
    }
}

using System.CommandLine;
using System.CommandLine.Invocation;
using Metron.Cli.Client;
using Metron.Cli.Commands;

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
        var parsed = Root(terminal).Parse(args);
        if (parsed.Action is ParseErrorAction)
        {
            foreach (var error in parsed.Errors)
            {
                await terminal.Error.WriteLineAsync($"metronctl: {error.Message.TrimEnd('.')}");
            }

            await terminal.Error.WriteLineAsync($"Try '{CommandName(parsed)} --help'.");
            return ExitCode.BadInput;
        }

        var invocation = new InvocationConfiguration
        {
            Output = terminal.Output,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
        };
        return await parsed.InvokeAsync(invocation, cancellation);
    }

    private static RootCommand Root(Terminal terminal)
    {
        var session = new Session(terminal);
        return new RootCommand(Description)
        {
            session.ControllerOption,
            ApplyCommand.Create(session),
            GetCommand.Create(session),
            DescribeCommand.Create(session),
            DeleteCommand.Create(session),
            WatchCommand.Create(session),
            ExplainCommand.Create(session),
            TopCommand.Create(session),
            CompletionCommand.Create(session),
            VersionCommand.Create(session),
        };
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

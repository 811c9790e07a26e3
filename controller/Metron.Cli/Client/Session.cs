using System.CommandLine;
using System.CommandLine.Parsing;
using Grpc.Core;

namespace Metron.Cli.Client;

/// <summary>What all commands share: the terminal, the controller's address, and how errors become one sentence and an exit code.</summary>
internal sealed class Session
{
    private const string DefaultAddress = "http://127.0.0.1:7080";
    private const string AddressVariable = "METRON_CONTROLLER";
    private readonly string addressWhenAbsent;

    public Session(Terminal terminal)
    {
        Terminal = terminal;
        addressWhenAbsent = terminal.Environment(AddressVariable) is { Length: > 0 } address ? address : DefaultAddress;
        ControllerOption = new Option<string>("--controller")
        {
            Description = $"Address of the controller: http://HOST:PORT, https://HOST:PORT or unix:/PATH. Environment: {AddressVariable}.",
            HelpName = "ADDRESS",
            Recursive = true,
            DefaultValueFactory = _ => addressWhenAbsent,
        };
        ControllerOption.Validators.Add(Validate);
    }

    /// <summary>The terminal.</summary>
    public Terminal Terminal { get; }

    /// <summary>The option --controller, of all commands.</summary>
    public Option<string> ControllerOption { get; }

    /// <summary>Prepares a connection; nothing is sent before the first call.</summary>
    public Controller Connect(ParseResult parsed)
    {
        return ControllerAddress.TryParse(AddressOf(parsed), out var address, out var problem)
            ? new Controller(address)
            : throw new CommandException(ExitCode.BadInput, $"controller address {problem}");
    }

    /// <summary>The controller's address as the operator gave it.</summary>
    public string AddressOf(ParseResult parsed) => parsed.GetValue(ControllerOption) ?? addressWhenAbsent;

    /// <summary>Wraps a command's action, so that every error ends in one sentence and an exit code.</summary>
    public Func<ParseResult, CancellationToken, Task<int>> Guarded(Func<ParseResult, CancellationToken, Task<int>> action) =>
        async (parsed, cancellation) =>
        {
            try
            {
                return await action(parsed, cancellation);
            }
            catch (CommandException error)
            {
                return await FailAsync(error.ExitCode, error.Message);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return ExitCode.Interrupted;
            }
            catch (RpcException) when (cancellation.IsCancellationRequested)
            {
                return ExitCode.Interrupted;
            }
            catch (RpcException error)
            {
                var failure = RpcFailure.From(error, AddressOf(parsed));
                return await FailAsync(failure.ExitCode, failure.Message);
            }
            catch (IOException error)
            {
                // The reader of our output has gone, as in "metronctl get chains | head -1", or a file cannot be written.
                return await FailAsync(ExitCode.Failure, error.Message);
            }
        };

    private async Task<int> FailAsync(int exitCode, string message)
    {
        await Terminal.Error.WriteLineAsync($"metronctl: {Specs.SpecText.Printable(message)}");
        return exitCode;
    }

    private static void Validate(OptionResult result)
    {
        if (result.Tokens.Count == 1 && !ControllerAddress.TryParse(result.Tokens[0].Value, out _, out var problem))
        {
            result.AddError($"--controller {problem}");
        }
    }
}

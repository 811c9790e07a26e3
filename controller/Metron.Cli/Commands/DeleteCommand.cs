using System.CommandLine;
using Grpc.Core;
using Metron.Cli.Client;
using Metron.Cli.Commands.Revisions;

namespace Metron.Cli.Commands;

/// <summary>`delete`: removes chains by name or by the files that made them.</summary>
internal static class DeleteCommand
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Makes the command.</summary>
    public static Command Create(Session session)
    {
        var options = new Options(session);
        var files = SpecInput.Option(required: false);
        var names = new Argument<string[]>("NAME") { Description = "Names of the chains.", Arity = ArgumentArity.OneOrMore };
        Completions.OfChains(names, session);

        var chain = new Command("chain", "Delete chains by name.") { names };
        chain.Aliases.Add("chains");
        chain.SetAction(session.Guarded((parsed, cancellation) =>
            DeleteAsync(session, parsed, options, parsed.GetRequiredValue(names), cancellation)));

        var command = new Command("delete", "Delete service chains by name or by spec files.") { files, chain };
        options.AddTo(command);
        command.SetAction(session.Guarded(async (parsed, cancellation) =>
        {
            var sources = parsed.GetValue(files) ?? [];
            if (sources.Length == 0)
            {
                throw new CommandException(ExitCode.BadInput, "say what to delete: 'delete chain NAME' or 'delete -f FILE'");
            }

            var documents = await SpecInput.ReadAsync(session, sources);
            return await DeleteAsync(session, parsed, options, [.. documents.Select(document => document.Chain.Name)], cancellation);
        }));
        return command;
    }

    private static async Task<int> DeleteAsync(
        Session session, ParseResult parsed, Options options, string[] names, CancellationToken cancellation)
    {
        using var controller = session.Connect(parsed);
        var dryRun = parsed.GetValue(options.DryRun);
        var failure = ExitCode.Success;
        var deleted = new List<V1.ServiceChain>();
        foreach (var name in names)
        {
            try
            {
                var request = new V1.DeleteServiceChainRequest
                {
                    Name = name,
                    ValidateOnly = dryRun,
                    Author = options.Change.AuthorOf(parsed),
                    Message = options.Change.MessageOf(parsed),
                };
                await controller.Chains.DeleteServiceChainAsync(request, Controller.Call(cancellation));
                deleted.Add(new V1.ServiceChain { Name = name });
                await session.Terminal.Output.WriteLineAsync($"chain/{name} deleted{(dryRun ? " (dry run)" : string.Empty)}");
            }
            catch (RpcException error) when (error.StatusCode == StatusCode.NotFound && parsed.GetValue(options.IgnoreNotFound))
            {
                // The operator wants it gone, and it is.
            }
            catch (RpcException error) when (RpcFailure.IsOfOneRequest(error))
            {
                var reason = RpcFailure.From(error, string.Empty);
                failure = failure == ExitCode.Success ? reason.ExitCode : failure;
                await session.Terminal.Error.WriteLineAsync($"metronctl: {Specs.SpecText.Printable(reason.Message)}");
            }
        }

        if (parsed.GetValue(options.Wait) && !dryRun)
        {
            await ChainWaiter.UntilGoneAsync(session, controller, deleted, Durations.Value(parsed, options.Timeout, DefaultTimeout), cancellation);
        }

        return failure;
    }

    private sealed class Options(Session session)
    {
        public ChangeOptions Change { get; } = new(session);

        public Option<bool> DryRun { get; } = new("--dry-run") { Description = "Ask the controller, but change nothing.", Recursive = true };

        public Option<bool> IgnoreNotFound { get; } =
            new("--ignore-not-found") { Description = "A chain that is not there is no error.", Recursive = true };

        public Option<bool> Wait { get; } =
            new("--wait") { Description = "Wait until switch and servers have let go of the chains.", Recursive = true };

        public Option<TimeSpan> Timeout { get; } = Durations.Option("--timeout", DefaultTimeout, "How long to wait.");

        public void AddTo(Command command)
        {
            Timeout.Recursive = true;
            foreach (var option in new Option[] { DryRun, IgnoreNotFound, Wait, Timeout })
            {
                command.Add(option);
            }

            Change.AddTo(command);
        }
    }
}

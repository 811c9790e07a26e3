using System.CommandLine;
using Metron.Cli.Client;
using Metron.Cli.Output;
using Metron.Mapping.Yaml;

namespace Metron.Cli.Commands.Revisions;

/// <summary>`rollback`: makes a chain what it was.</summary>
internal static class RollbackCommand
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Makes the command.</summary>
    public static Command Create(Session session)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the chain; one that was deleted is created again." };
        Completions.OfChains(name, session);
        var revision = new Argument<string>("REV") { Description = $"The revision to go back to: {RevisionReference.Words}.", HelpName = "REV" };
        revision.CompletionSources.Add("running", "-1");
        var dryRun = new Option<bool>("--dry-run") { Description = "Let the controller check everything and show what would change, but change nothing." };
        var wait = new Option<bool>("--wait") { Description = "Wait until the chain is in force." };
        var timeout = Durations.Option("--timeout", DefaultTimeout, "How long to wait.");
        var change = new ChangeOptions(session);
        var output = OutputOption.Create(OutputFormat.Name, OutputFormat.Json, OutputFormat.Yaml);
        var command = new Command("rollback", "Make a chain what it was in an earlier revision: a new revision with the old labels and spec.")
        {
            name, revision, dryRun, wait, timeout, output,
        };
        change.AddTo(command);
        command.SetAction(session.Guarded(async (parsed, cancellation) =>
        {
            using var controller = session.Connect(parsed);
            var chain = parsed.GetRequiredValue(name);
            var isDry = parsed.GetValue(dryRun);
            var to = await RevisionReference.NumberAsync(controller, chain, parsed.GetRequiredValue(revision), cancellation);
            var before = await controller.FindChainAsync(chain, cancellation);
            var after = await controller.Revisions.RollbackServiceChainAsync(
                new V1.RollbackServiceChainRequest
                {
                    Name = chain,
                    Revision = to,
                    ValidateOnly = isDry,
                    Author = change.AuthorOf(parsed),
                    Message = change.MessageOf(parsed),
                },
                Controller.Call(cancellation));
            await session.Terminal.Output.WriteAsync(parsed.GetValue(output) switch
            {
                OutputFormat.Json => MessageText.Json(after),
                OutputFormat.Yaml => MessageText.Yaml(after),
                OutputFormat.Name => $"{chain}\n",
                _ => $"chain/{chain} rolled back to revision {to}{(isDry ? " (dry run)" : $", now revision {after.Revision}")}\n",
            });
            if (isDry && parsed.GetValue(output) == OutputFormat.Table)
            {
                await DiffCommand.PrintAsync(session.Terminal, UnifiedDiff.Of(
                    before is null ? string.Empty : ChainYaml.Of(before), ChainYaml.Of(after), before is null ? "nothing" : $"{chain} now", $"{chain} revision {to}"));
            }
            else if (!isDry && parsed.GetValue(wait))
            {
                await ChainWaiter.UntilReadyAsync(session, controller, [after], Durations.Value(parsed, timeout, DefaultTimeout), cancellation);
            }

            return ExitCode.Success;
        }));
        return command;
    }
}

using System.CommandLine;
using Google.Protobuf;
using Metron.Cli.Client;
using Metron.Cli.Output;

namespace Metron.Cli.Commands.Revisions;

/// <summary>`history`: what was changed, by whom, with what result.</summary>
internal static class HistoryCommand
{
    private const int DefaultLimit = 20;
    private const int LargestLimit = 10_000;

    /// <summary>Makes the command.</summary>
    public static Command Create(Session session)
    {
        var name = new Argument<string?>("NAME") { Description = "Only this chain; also one that was deleted.", Arity = ArgumentArity.ZeroOrOne };
        Completions.OfChains(name, session);
        var limit = new Option<int>("--limit")
        {
            Description = $"Most revisions to list: 1 to {LargestLimit}; {DefaultLimit} when not given.",
            HelpName = "NUMBER",
            DefaultValueFactory = _ => DefaultLimit,
        };
        limit.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !(int.TryParse(text, out var number) && number is >= 1 and <= LargestLimit))
            {
                result.AddError($"--limit '{text}' is not a number from 1 to {LargestLimit}");
            }
        });
        var output = OutputOption.Create(OutputFormat.Json, OutputFormat.Yaml);
        var command = new Command("history", "List changes of chains, the newest first, with author, time and result.") { name, limit, output };
        command.SetAction(session.Guarded(async (parsed, cancellation) =>
        {
            using var controller = session.Connect(parsed);
            var revisions = await controller.ListRevisionsAsync(parsed.GetValue(name) ?? string.Empty, parsed.GetValue(limit), cancellation);
            await session.Terminal.Output.WriteAsync(parsed.GetValue(output) switch
            {
                OutputFormat.Json => MessageText.Json(revisions.Cast<IMessage>()),
                OutputFormat.Yaml => MessageText.Yaml(revisions.Cast<IMessage>()),
                _ => RevisionTable.Of(revisions, session.Terminal.Time).ToText(),
            });
            return ExitCode.Success;
        }));
        return command;
    }
}

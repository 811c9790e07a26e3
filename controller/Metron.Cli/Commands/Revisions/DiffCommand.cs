using System.CommandLine;
using Metron.Cli.Client;
using Metron.Cli.Specs;
using Metron.Mapping.Yaml;

namespace Metron.Cli.Commands.Revisions;

/// <summary>`diff`: two revisions of a chain, or a revision and a file, compared as YAML.</summary>
internal static class DiffCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(Session session)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the chain; also of one that was deleted." };
        Completions.OfChains(name, session);
        var revisions = new Argument<string[]>("REV")
        {
            Description = $"One or two of: {RevisionReference.Words}, or a spec file. One is compared with the latest.",
            HelpName = "REV",
            Arity = new ArgumentArity(1, 2),
        };
        revisions.CompletionSources.Add("latest", "running", "-1");
        var command = new Command("diff", "Show what differs between two revisions of a chain, or a revision and a spec file.") { name, revisions };
        command.SetAction(session.Guarded(async (parsed, cancellation) =>
        {
            using var controller = session.Connect(parsed);
            var chain = parsed.GetRequiredValue(name);
            var wanted = parsed.GetRequiredValue(revisions);
            var before = await RevisionReference.TextAsync(session, controller, chain, wanted[0], cancellation);
            var after = await RevisionReference.TextAsync(session, controller, chain, wanted.Length > 1 ? wanted[1] : "latest", cancellation);
            await PrintAsync(session.Terminal, UnifiedDiff.Of(before.Yaml, after.Yaml, before.Name, after.Name));
            return ExitCode.Success;
        }));
        return command;
    }

    /// <summary>Prints a difference; nothing for none.</summary>
    public static Task PrintAsync(Terminal terminal, string diff) =>
        terminal.Output.WriteAsync(string.Join('\n', diff.Split('\n').Select(SpecText.Printable)));
}

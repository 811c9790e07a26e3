using System.CommandLine;
using Metron.Cli.Client;
using Metron.Cli.Explain;

namespace Metron.Cli.Commands;

/// <summary>`explain`: the API's documentation, field by field.</summary>
internal static class ExplainCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(Session session)
    {
        var path = new Argument<string>("PATH")
        {
            Description = "A kind and its fields, separated by dots: chain.spec.functions.firewall.",
            HelpName = "PATH",
        };
        path.CompletionSources.Add(context => Complete(context.WordToComplete));
        var recursive = new Option<bool>("--recursive") { Description = "All fields below with their types, as a tree." };
        var command = new Command("explain", "Print the documentation of the fields of chains, agents and switches.") { path, recursive };
        command.SetAction(session.Guarded(async (parsed, _) =>
        {
            var found = FieldPath.Find(parsed.GetRequiredValue(path));
            await session.Terminal.Output.WriteAsync(parsed.GetValue(recursive) ? Explanation.Tree(found) : Explanation.Of(found));
            return ExitCode.Success;
        }));
        return command;
    }

    private static IEnumerable<string> Complete(string word)
    {
        var lastDot = word.LastIndexOf('.');
        if (lastDot < 0)
        {
            return FieldPath.KindNames;
        }

        try
        {
            var parent = FieldPath.Find(word[..lastDot]);
            return parent.Below?.Fields.InDeclarationOrder().Select(field => $"{parent.Text}.{field.JsonName}") ?? [];
        }
        catch (CommandException)
        {
            return [];
        }
    }
}

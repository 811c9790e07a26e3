using System.CommandLine;
using Metron.Cli.Client;
using Metron.Cli.Compile;
using Metron.Cli.Output;
using Metron.NetworkFunctions.Chains;

namespace Metron.Cli.Commands;

/// <summary>`compile`: what a chain becomes, found out on this machine alone.</summary>
internal static class CompileCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(Session session)
    {
        var files = SpecInput.Option(required: true);
        var target = new CompileTarget();
        var output = OutputOption.Create(OutputFormat.Json, OutputFormat.Graphviz, OutputFormat.Mermaid);
        var command = new Command(
            "compile",
            "Compile spec files on this machine, without a controller: print traffic classes, tags, switch rules and what is left for servers.")
        {
            files, target.Workers, target.Tagging, target.Profile, output,
        };
        command.SetAction(session.Guarded(async (parsed, _) =>
        {
            var compiled = await Compilation.AllAsync(session, parsed.GetRequiredValue(files), target.Options(parsed));
            await session.Terminal.Output.WriteAsync(Print(compiled, parsed.GetValue(output)));
            return ExitCode.Success;
        }));
        return command;
    }

    private static string Print(IReadOnlyList<Compilation> compiled, OutputFormat format) => format switch
    {
        OutputFormat.Json => CompilationJson.Of(compiled),
        OutputFormat.Graphviz => string.Concat(compiled.Select(compilation => ClassGraph.Of(compilation).ToGraphviz())),
        OutputFormat.Mermaid => string.Join("\n", compiled.Select(compilation => ClassGraph.Of(compilation).ToMermaid())),
        _ => string.Join("\n", compiled.Select(CompilationReport.Of)),
    };
}

/// <summary>The options that say what a chain is compiled for when there is no controller to ask.</summary>
internal sealed class CompileTarget
{
    private const int DefaultWorkers = 2;
    private const int MostWorkers = 256;

    public CompileTarget()
    {
        Workers = new Option<int>("--workers")
        {
            Description = $"Workers that the server has: 1 to {MostWorkers}; {DefaultWorkers} when not given.",
            HelpName = "NUMBER",
            DefaultValueFactory = _ => DefaultWorkers,
        };
        Workers.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !(int.TryParse(text, out var workers) && workers is >= 1 and <= MostWorkers))
            {
                result.AddError($"--workers '{text}' is not a number from 1 to {MostWorkers}");
            }
        });
        Tagging = new Option<string>("--tagging") { Description = $"How the switch tags: {string.Join(", ", Names)}; vlan when not given.", HelpName = string.Join('|', Names) };
        Tagging.CompletionSources.Add([.. Names]);
        Tagging.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && TagRange.Named(text) is null)
            {
                result.AddError($"--tagging '{text}' is not one of {string.Join(", ", Names)}");
            }
        });
    }

    public Option<int> Workers { get; }

    /// <summary>What the switch can do.</summary>
    public Option<string> Profile { get; } = ProfileOption.Create();

    public Option<string> Tagging { get; }

    private static IEnumerable<string> Names => TagRange.All.Select(range => range.Name);

    /// <summary>What was asked for.</summary>
    /// <exception cref="CommandException">The profile is not there, or has problems.</exception>
    public CompileOptions Options(ParseResult parsed) => new(
        TagRange.Named(parsed.GetValue(Tagging))?.Kind ?? TagKind.Vlan, parsed.GetValue(Workers), ProfileOption.Read(parsed.GetValue(Profile)));
}

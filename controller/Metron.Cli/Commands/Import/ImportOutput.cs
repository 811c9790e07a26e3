using System.CommandLine;
using Metron.Cli.Client;
using Metron.Cli.Output;
using Metron.Cli.Specs;
using Metron.Import;
using Metron.Mapping;
using Metron.Mapping.Functions;
using Metron.NetworkFunctions;

namespace Metron.Cli.Commands.Import;

/// <summary>Options and output that all imports share.</summary>
internal sealed class ImportOutput
{
    private readonly Session _session;
    private readonly Option<OutputFormat> _format = OutputOption.Create(OutputFormat.Yaml, OutputFormat.Json);
    private readonly Option<bool> _strict = new("--strict") { Description = "Refuse when there is any note, too." };
    private readonly Option<string?> _into = new("--into")
    {
        Description = "A spec file with one chain: print it with the function of that name replaced. The file itself is not changed.",
        HelpName = "SPEC",
    };

    /// <summary>Adds the options to a command.</summary>
    public ImportOutput(Session session, Command command)
    {
        _session = session;
        _format.Description = "How to print: yaml (when not given) or json.";
        command.Add(_into);
        command.Add(_strict);
        command.Add(_format);
    }

    /// <summary>The chain of --into; null when it is not given.</summary>
    /// <exception cref="CommandException">It cannot be read, or has not one chain.</exception>
    public V1.ServiceChain? Into(ParseResult parsed)
    {
        if (parsed.GetValue(_into) is not { } file)
        {
            return null;
        }

        var files = SpecFiles.Read([file], _session.Terminal.Input);
        if (files.Problems.Count > 0)
        {
            throw new CommandException(ExitCode.BadInput, files.Problems[0].ToString());
        }

        return files.Documents.Count == 1
            ? files.Documents[0].Chain
            : throw new CommandException(ExitCode.BadInput, $"{ImportFiles.Name(file)}: has {files.Documents.Count} chains; --into needs a file with one");
    }

    /// <summary>Prints one function, or what is wrong.</summary>
    public Task<int> PrintAsync<T>(ParseResult parsed, V1.ServiceChain? into, ImportResult<T> result)
        where T : NetworkFunctionConfiguration =>
        PrintAsync(parsed, into, result.Value is { } function ? [function] : [], result.Problems, result.Notes);

    /// <summary>Prints functions, or what is wrong.</summary>
    public async Task<int> PrintAsync(
        ParseResult parsed,
        V1.ServiceChain? into,
        IReadOnlyList<NetworkFunctionConfiguration> functions,
        IReadOnlyList<ImportMessage> problems,
        IReadOnlyList<ImportMessage> notes)
    {
        var error = _session.Terminal.Error;
        foreach (var problem in problems)
        {
            await error.WriteLineAsync(SpecText.Printable(problem.ToString()));
        }

        foreach (var note in notes)
        {
            await error.WriteLineAsync(SpecText.Printable((note with { Message = $"note: {note.Message}" }).ToString()));
        }

        if (problems.Count > 0 || (notes.Count > 0 && parsed.GetValue(_strict)))
        {
            throw new CommandException(ExitCode.BadInput, problems.Count > 0
                ? $"{SpecInput.Count(problems.Count)}; nothing is imported"
                : "there are notes, and --strict refuses them; nothing is imported");
        }

        var written = functions.Select(FunctionWriter.ToProto).ToList();
        Check(written);
        var isJson = parsed.GetValue(_format) == OutputFormat.Json;
        Google.Protobuf.IMessage message = into is null ? Fragment(written) : Replaced(into, written);
        await _session.Terminal.Output.WriteAsync(isJson ? MessageText.Json(message) : MessageText.Yaml(message));
        return ExitCode.Success;
    }

    private static V1.ServiceChainSpec Fragment(IEnumerable<V1.NetworkFunction> functions)
    {
        var fragment = new V1.ServiceChainSpec();
        fragment.Functions.AddRange(functions);
        return fragment;
    }

    private static V1.ServiceChain Replaced(V1.ServiceChain chain, IEnumerable<V1.NetworkFunction> functions)
    {
        foreach (var function in functions)
        {
            var index = chain.Spec?.Functions.ToList().FindIndex(other => other.Name == function.Name) ?? -1;
            if (index < 0)
            {
                var names = string.Join(", ", chain.Spec?.Functions.Select(other => other.Name) ?? []);
                throw new CommandException(ExitCode.BadInput, $"chain/{chain.Name} has no function '{function.Name}' to replace{(names.Length == 0 ? string.Empty : $"; it has {names}")}; give its name by --name");
            }

            chain.Spec!.Functions[index] = function;
        }

        return chain;
    }

    // Names and limits of the API; the importers know the rest.
    private static void Check(IEnumerable<V1.NetworkFunction> functions)
    {
        foreach (var function in functions)
        {
            if (!ServiceChainMapper.TryMapFunction(function, out _, out var violations))
            {
                throw new CommandException(ExitCode.BadInput, $"what would be printed is not right: {violations[0]}");
            }
        }
    }
}

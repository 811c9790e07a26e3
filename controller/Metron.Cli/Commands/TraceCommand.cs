using System.CommandLine;
using Metron.Cli.Client;
using Metron.Cli.Output;
using Metron.Cli.Specs;
using Metron.Cli.Trace;
using Metron.Mapping;
using Metron.NetworkFunctions.Chains;
using Metron.Offline;

namespace Metron.Cli.Commands;

/// <summary>`trace`: why a packet goes where it goes, each step with the line of the spec behind it.</summary>
internal static class TraceCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(Session session)
    {
        var files = SpecInput.Option(required: true);
        var from = new Option<string>("--from") { Description = "Endpoint where the packet arrives.", HelpName = "ENDPOINT", Required = true };
        var packet = new PacketOptions();
        var hex = new Option<string>("--hex") { Description = "The whole Ethernet frame in hexadecimal digits instead.", HelpName = "DIGITS" };
        var target = new CompileTarget();
        var output = OutputOption.Create(OutputFormat.Json);
        var command = new Command(
            "trace", "Follow one packet through a spec on this machine: switch rules, tag, worker, functions, each with the line of the spec behind it.")
        {
            files, from, hex, target.Workers, target.Tagging, output,
        };
        foreach (var option in packet.All)
        {
            command.Add(option);
        }

        command.SetAction(session.Guarded(async (parsed, _) =>
        {
            var document = Only(await SpecInput.ReadAsync(session, parsed.GetRequiredValue(files)));
            using var chain = await CompileAsync(session, document, target.TagKind(parsed), target.WorkerCount(parsed));
            var spec = chain.Chain.Plan.Spec;
            var endpoint = FindEndpoint(spec, parsed.GetRequiredValue(from));
            var frame = Frame(parsed, hex, packet, spec.Endpoints[endpoint]);
            var trace = PacketTrace.Of(new SpecSource(document), chain, endpoint, frame, 0);
            await session.Terminal.Output.WriteAsync(parsed.GetValue(output) == OutputFormat.Json ? TraceReport.Json(trace) : TraceReport.Text(trace));
            return ExitCode.Success;
        }));
        return command;
    }

    private static byte[] Frame(ParseResult parsed, Option<string> hex, PacketOptions packet, ChainEndpoint endpoint) =>
        parsed.GetValue(hex) is not { } digits ? packet.Frame(parsed, endpoint)
        : !packet.IsGiven(parsed) ? Bytes(digits)
        : throw new CommandException(ExitCode.BadInput, "give the packet either by --hex or by its fields");

    private static SpecDocument Only(IReadOnlyList<SpecDocument> documents) => documents.Count == 1
        ? documents[0]
        : throw new CommandException(ExitCode.BadInput, $"a packet is traced through one chain, and there are {documents.Count}");

    private static async Task<ChainComparison> CompileAsync(Session session, SpecDocument document, TagKind tagKind, int workers)
    {
        try
        {
            _ = ServiceChainMapper.Map(document.Chain).TryGetSpec(out var spec);
            return new ChainComparison(OfflineChain.Compile(spec!, new OfflineOptions { TagKind = tagKind, Workers = workers, TraceRules = true }));
        }
        catch (OfflineException error)
        {
            await SpecInput.PrintAsync(session.Terminal, [.. error.Violations.Select(violation => document.Problem(new(violation.Path, violation.Message)))]);
            throw new CommandException(ExitCode.BadInput, $"{SpecInput.Count(error.Violations.Count)}; nothing was compiled");
        }
    }

    private static int FindEndpoint(ChainSpec spec, string name)
    {
        var names = spec.Endpoints.Select(endpoint => endpoint.Name).ToList();
        var index = names.IndexOf(name);
        return index >= 0
            ? index
            : throw new CommandException(ExitCode.BadInput, $"--from '{name}' is no endpoint of {spec.Name}; it has {string.Join(", ", names)}");
    }

    private static byte[] Bytes(string digits)
    {
        var plain = new string([.. digits.Where(character => character is not (' ' or ':' or '\n' or '\t'))]);
        try
        {
            var bytes = Convert.FromHexString(plain);
            return bytes.Length is >= 14 and <= 9216
                ? bytes
                : throw new CommandException(ExitCode.BadInput, $"--hex has {bytes.Length} bytes; an Ethernet frame has 14 to 9216");
        }
        catch (FormatException)
        {
            throw new CommandException(ExitCode.BadInput, "--hex must be an even number of hexadecimal digits; blanks and ':' may stand between them");
        }
    }
}

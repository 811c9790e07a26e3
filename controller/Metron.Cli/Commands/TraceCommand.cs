using System.CommandLine;
using Metron.Cli.Client;
using Metron.Cli.Compile;
using Metron.Cli.Output;
using Metron.Cli.Run;
using Metron.Cli.Trace;
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
        var from = new Option<string>("--from") { Description = "Endpoint where the packet arrives.", HelpName = "ENDPOINT" };
        var packet = new PacketOptions();
        var hex = new Option<string>("--hex") { Description = "The packet as a whole Ethernet frame in hexadecimal digits.", HelpName = "DIGITS" };
        var capture = new Option<string>("--in")
        {
            Description = "The packet from a pcap or pcapng file; those before it are carried through first, so that the chain knows its connection.",
            HelpName = "FILE",
        };
        var number = new Option<int>("--number")
        {
            Description = "Which packet of the file, as other programs count them: from 1. The first when not given.",
            HelpName = "NUMBER",
            DefaultValueFactory = _ => 1,
        };
        var map = RunInput.MapOption();
        var target = new CompileTarget();
        var output = OutputOption.Create(OutputFormat.Json);
        var command = new Command(
            "trace", "Follow one packet through a spec on this machine: switch rules, tag, worker, functions, each with the line of the spec behind it.")
        {
            files, from, hex, capture, number, map, target.Workers, target.Tagging, target.Profile, output,
        };
        foreach (var option in packet.All)
        {
            command.Add(option);
        }

        command.SetAction(session.Guarded(async (parsed, _) =>
        {
            var compiled = Only(await Compilation.AllAsync(session, parsed.GetRequiredValue(files), target.Options(parsed)));
            using var chain = new ChainComparison(OfflineChain.Of(compiled.Plan, new OfflineOptions { TraceRules = true }));
            var trace = parsed.GetValue(capture) is { } file
                ? FromCapture(compiled, chain, RunInput.Read(file, compiled.Spec, parsed.GetValue(from), parsed.GetValue(map) ?? []), parsed.GetValue(number))
                : FromWords(parsed);
            await session.Terminal.Output.WriteAsync(parsed.GetValue(output) == OutputFormat.Json ? TraceReport.Json(trace) : TraceReport.Text(trace));
            return ExitCode.Success;

            PacketTrace FromWords(ParseResult words)
            {
                var endpoint = FindEndpoint(compiled.Spec, words.GetValue(from));
                return PacketTrace.Of(compiled.Source, chain, endpoint, Frame(words, hex, packet, compiled.Spec.Endpoints[endpoint]), 0);
            }
        }));
        return command;
    }

    private static PacketTrace FromCapture(Compilation compiled, ChainComparison chain, RunInput input, int number)
    {
        var packets = input.Capture.Packets;
        if (number < 1 || number > packets.Count)
        {
            throw new CommandException(ExitCode.BadInput, $"--number {number}: the capture has {packets.Count} packets");
        }

        var now = 0L;
        for (var index = 0; index < number; index++)
        {
            var (packet, endpoint) = (packets[index], input.Endpoints[packets[index].Interface]);
            now = Math.Max(now, packet.Nanoseconds - packets[0].Nanoseconds);
            if (index == number - 1)
            {
                return endpoint < 0 || packet.IsCut
                    ? throw new CommandException(ExitCode.BadInput, $"packet {number} {(packet.IsCut ? "was cut off by the capture" : "came by an interface that leads to no endpoint")}")
                    : PacketTrace.Of(compiled.Source, chain, endpoint, packet.Frame, now);
            }

            if (endpoint >= 0 && !packet.IsCut)
            {
                _ = chain.Process(endpoint, packet.Frame, now);
            }
        }

        throw new InvalidOperationException("The loop ends with the packet asked for.");
    }

    private static byte[] Frame(ParseResult parsed, Option<string> hex, PacketOptions packet, ChainEndpoint endpoint) =>
        parsed.GetValue(hex) is not { } digits ? packet.Frame(parsed, endpoint)
        : !packet.IsGiven(parsed) ? Bytes(digits)
        : throw new CommandException(ExitCode.BadInput, "give the packet either by --hex or by its fields");

    private static Compilation Only(IReadOnlyList<Compilation> compiled) => compiled.Count == 1
        ? compiled[0]
        : throw new CommandException(ExitCode.BadInput, $"a packet is traced through one chain, and there are {compiled.Count}");

    private static int FindEndpoint(ChainSpec spec, string? name)
    {
        var names = spec.Endpoints.Select(endpoint => endpoint.Name).ToList();
        var index = name is null ? -1 : names.IndexOf(name);
        return index >= 0 ? index
            : name is null ? throw new CommandException(ExitCode.BadInput, $"say where the packet arrives: --from with one of {string.Join(", ", names)}")
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

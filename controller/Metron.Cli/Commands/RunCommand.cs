using System.CommandLine;
using Metron.Cli.Client;
using Metron.Cli.Compile;
using Metron.Cli.Output;
using Metron.Cli.Run;
using Metron.Offline.Captures;

namespace Metron.Cli.Commands;

/// <summary>`run`: a capture through a chain, on this machine alone.</summary>
internal static class RunCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(Session session)
    {
        var spec = new Argument<string>("SPEC") { Description = "Spec file with one chain, or - for standard input." };
        var input = new Option<string>("--in") { Description = "Capture to send through the chain: pcap or pcapng.", HelpName = "FILE", Required = true };
        var output = new Option<string>("--out") { Description = "Write what leaves the chain to this pcap file.", HelpName = "FILE" };
        var endpoint = new Option<string>("--endpoint") { Description = "Endpoint where the packets of the capture enter.", HelpName = "NAME" };
        var map = RunInput.MapOption();
        var reference = new Option<bool>("--reference")
        {
            Description = "Use the interpreter, which reads the spec function by function, instead of the compiled chain.",
        };
        var compare = new Option<bool>("--compare") { Description = "Use both, and report where they differ; exits with 1 when they do." };
        var packets = new Option<bool>("--packets") { Description = "Report every packet, too." };
        var target = new CompileTarget();
        var format = OutputOption.Create(OutputFormat.Table, OutputFormat.Json);
        var command = new Command(
            "run", "Send a capture through a chain on this machine, without a controller, switch or server, and report what becomes of it.")
        {
            spec, input, output, endpoint, map, reference, compare, packets, target.Workers, target.Tagging, target.Profile, format,
        };
        command.SetAction(session.Guarded(async (parsed, cancellation) =>
        {
            var mode = Mode(parsed.GetValue(reference), parsed.GetValue(compare));
            var compiled = await Compilation.AllAsync(session, [parsed.GetRequiredValue(spec)], target.Options(parsed));
            var plan = compiled.Count == 1 ? compiled[0].Plan
                : throw new CommandException(ExitCode.BadInput, $"the spec has {compiled.Count} chains; packets can be sent through one at a time");
            var capture = RunInput.Read(parsed.GetRequiredValue(input), plan.Spec, parsed.GetValue(endpoint), parsed.GetValue(map) ?? []);
            using var run = new CaptureRun(plan, capture, mode);
            var summary = new RunSummary(plan, parsed.GetValue(packets));
            Carry(run, summary, capture, parsed.GetValue(output), cancellation);
            var text = parsed.GetValue(format) == OutputFormat.Json ? summary.ToJson(mode, run) : summary.ToText(mode, run);
            await session.Terminal.Output.WriteAsync(text);
            return summary.Differences > 0 ? ExitCode.Failure : ExitCode.Success;
        }));
        return command;
    }

    private static RunMode Mode(bool reference, bool compare) =>
        reference && compare ? throw new CommandException(ExitCode.BadInput, "--reference and --compare exclude each other: --compare runs both")
        : compare ? RunMode.Compare
        : reference ? RunMode.Reference
        : RunMode.Compiled;

    private static void Carry(CaptureRun run, RunSummary summary, RunInput input, string? path, CancellationToken cancellation)
    {
        using var writer = path is null ? null : new PcapWriter(new FileStream(path, FileMode.Create, FileAccess.Write));
        foreach (var verdict in run.Verdicts())
        {
            cancellation.ThrowIfCancellationRequested();
            summary.Add(verdict);
            if (verdict.Frame is { } frame)
            {
                writer?.Write(input.Capture.Packets[verdict.Number - 1].Nanoseconds, frame);
            }
        }
    }
}

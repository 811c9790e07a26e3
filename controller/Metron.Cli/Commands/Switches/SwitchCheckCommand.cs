using System.CommandLine;
using Metron.Cli.Client;
using Metron.Cli.Specs;
using Metron.Offload;
using Metron.SwitchProbe;

namespace Metron.Cli.Commands.Switches;

/// <summary>`switch check`: tries what a switch really can do, and writes the profile that the controller works by.</summary>
internal static class SwitchCheckCommand
{
    private const string Description = """
        Check by doing what a switch really can do: handshakes, tables and match fields, actions, groups, meters, bundles, barriers, errors, speed.

        Rules of the check have conditions that no traffic fulfils, and are removed, also when the check is interrupted. Rules of others are not
        touched. Exit code 0: checked, whatever was found; 1: the switch is not as it was; 5: the switch could not be spoken with.
        """;

    /// <summary>Makes the command.</summary>
    public static Command Create(Session session)
    {
        var options = new SwitchCheckOptions();
        var command = new Command("check", Description);
        options.AddTo(command);
        command.SetAction(session.Guarded(async (parsed, cancellation) =>
        {
            await using var target = options.Target(parsed);
            var probe = options.Read(parsed, session.Terminal.Time);
            var quiet = parsed.GetValue(options.Quiet);
            if (!quiet)
            {
                await AnnounceAsync(session.Terminal, target, parsed.GetValue(options.Listen), probe);
            }

            var report = await SwitchCheck.RunAsync(target, probe, quiet ? null : step => session.Terminal.Error.WriteLine($"… {SpecText.Printable(step)}"), cancellation);
            await session.Terminal.Output.WriteAsync(parsed.GetValue(options.Format) switch
            {
                "json" => ReportJson.Of(report),
                "html" => ReportHtml.Of(report),
                _ => ReportText.Of(report),
            });
            await WriteProfileAsync(session.Terminal, report, parsed.GetValue(options.ProfileFile));
            return report.Identity is null ? ExitCode.Unreachable : report["restored"].Verdict == Verdict.Missing ? ExitCode.Failure : ExitCode.Success;
        }));
        return command;
    }

    private static async Task AnnounceAsync(Terminal terminal, ProbeTarget target, bool listens, ProbeOptions options)
    {
        await terminal.Error.WriteLineAsync(listens
            ? $"This check waits at {target.EndPoint} for the switch, and"
            : $"This check of the switch at {target.EndPoint}");
        foreach (var sentence in SwitchCheck.Plan(options))
        {
            await terminal.Error.WriteLineAsync($"  - {sentence}");
        }
    }

    private static async Task WriteProfileAsync(Terminal terminal, ProbeReport report, string? file)
    {
        if (file is null)
        {
            return;
        }

        if (report.Profile is not { } profile)
        {
            await terminal.Error.WriteLineAsync($"metronctl: too little is known of the switch for a profile; {file} was not written");
            return;
        }

        try
        {
            await File.WriteAllTextAsync(file, SwitchProfileJson.Write(profile));
        }
        catch (UnauthorizedAccessException error)
        {
            throw new CommandException(ExitCode.Failure, $"{file} cannot be written: {error.Message}");
        }
    }
}

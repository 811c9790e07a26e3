using System.CommandLine;
using System.Text;
using Metron.Balancing;
using Metron.Cli.Client;
using Metron.Cli.Output;
using Metron.Cli.Replay;

namespace Metron.Cli.Commands;

/// <summary>`replay`: decides a recorded run of a server's balancer again, with other settings.</summary>
internal static class ReplayCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(Session session)
    {
        var options = new ReplayOptions();
        var file = new Argument<string>("FILE") { Description = "What an agent recorded (balancing.recording in its configuration), or - for standard input." };
        var decisions = new Option<bool>("--decisions") { Description = "Show what was and would be decided at each tick." };
        var format = OutputOption.Create(OutputFormat.Table, OutputFormat.Json);
        var command = new Command("replay", "Decide a recorded run of a server's balancer again, with other settings: what would have moved, and how even workers would have been.")
        {
            file, decisions, format,
        };
        options.AddTo(command);
        command.SetAction(session.Guarded(async (parsed, _) =>
        {
            var recording = await ReadAsync(session.Terminal, parsed.GetRequiredValue(file));
            var report = Balancing.Replay.Run(recording, options.Apply(recording.Header.Settings, parsed));
            await session.Terminal.Output.WriteAsync(parsed.GetValue(format) == OutputFormat.Json
                ? ReplayText.Json(recording, report)
                : ReplayText.Table(recording, report, parsed.GetValue(decisions)));
            return ExitCode.Success;
        }));
        return command;
    }

    /// <summary>Reads a recording. One whose end is broken, as when its agent was killed, counts up to there.</summary>
    private static async Task<Recording> ReadAsync(Terminal terminal, string name)
    {
        var shown = name == "-" ? "standard input" : name;
        try
        {
            using var reader = new StreamReader(name == "-" ? terminal.Input : File.OpenRead(name), Encoding.UTF8);
            return RecordingReader.Read(reader);
        }
        catch (RecordingException wrong) when (wrong.Readable is { Ticks.Count: > 0 } readable)
        {
            await terminal.Error.WriteLineAsync($"warning: {shown}, {wrong.Message}; the {readable.Ticks.Count} ticks before are replayed");
            return readable;
        }
        catch (RecordingException wrong)
        {
            throw new CommandException(ExitCode.BadInput, $"{shown}, {wrong.Message}");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.BadInput, $"{shown} cannot be read: {failure.Message}");
        }
    }
}

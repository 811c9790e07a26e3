using System.CommandLine;
using System.Reflection;
using Metron.Cli.Client;

namespace Metron.Cli.Commands;

/// <summary>`version`.</summary>
internal static class VersionCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(Session session)
    {
        var command = new Command("version", "Print the version of metronctl and of the API it speaks.");
        command.SetAction(session.Guarded(async (_, _) =>
        {
            await session.Terminal.Output.WriteLineAsync($"metronctl {Version} (API metron.v1)");
            return ExitCode.Success;
        }));
        return command;
    }

    private static string Version =>
        typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
}

using System.CommandLine;
using Metron.Cli.Client;

namespace Metron.Cli.Commands.Switches;

/// <summary>`switch`: what is done with a switch itself, without a controller.</summary>
internal static class SwitchCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(Session session) => new("switch", "Work with a switch itself, over OpenFlow and without a controller.")
    {
        SwitchCheckCommand.Create(session),
    };
}

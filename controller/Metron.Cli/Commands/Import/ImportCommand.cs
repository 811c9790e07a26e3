using System.CommandLine;
using Metron.Cli.Client;

namespace Metron.Cli.Commands.Import;

/// <summary>`import`: makes functions of chains from what other systems print; local, without controller.</summary>
internal static class ImportCommand
{
    private const string Description = """
        Turn rules and routes of other systems into functions of a chain. Nothing is sent to the controller.

        What cannot be expressed exactly is refused with file, line and reason, and then nothing is printed. Notes on standard error say what is
        done less than before (answers, log entries); never is more let through.
        """;

    /// <summary>Makes the command.</summary>
    public static Command Create(Session session) => new("import", Description)
    {
        FilterCommands.Iptables(session),
        FilterCommands.Nft(session),
        FilterCommands.ClassBench(session),
        FilterCommands.Cisco(session),
        InspectionCommands.Suricata(session),
        RouteCommands.IpRoute(session),
        RouteCommands.Mrt(session),
        RouteCommands.Routes(session),
        RouteCommands.Click(session),
    };
}

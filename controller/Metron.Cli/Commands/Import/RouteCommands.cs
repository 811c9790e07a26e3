using System.CommandLine;
using Metron.Cli.Client;
using Metron.Import;
using Metron.Import.Click;
using Metron.Import.Routes;
using Metron.NetworkFunctions.Router;

namespace Metron.Cli.Commands.Import;

/// <summary>Imports that make routers, and Click.</summary>
internal static class RouteCommands
{
    /// <summary>ip -j route.</summary>
    public static Command IpRoute(Session session)
    {
        var file = FilterCommands.File("Output of 'ip -j route' (or 'ip -6 -j route'); - for standard input.");
        var second = new Option<string?>("--ipv6") { Description = "Output of 'ip -6 -j route', to have both IP versions in one router.", HelpName = "FILE" };
        var command = new Command("ip-route", "Import the routes of 'ip -j route' as a router.") { file, second };
        return Importing(session, command, (parsed, options) =>
        {
            var files = new[] { parsed.GetRequiredValue(file), parsed.GetValue(second) }.OfType<string>();
            return IpRouteImporter.Import([.. files.Select(name => ImportFiles.Text(session, name))], options);
        });
    }

    /// <summary>MRT.</summary>
    public static Command Mrt(Session session)
    {
        var file = FilterCommands.File("Table dump in MRT format (RFC 6396), not compressed; - for standard input.");
        var command = new Command("mrt", "Import a BGP table in MRT format as a router: the shortest AS path, then the lowest peer index.") { file };
        return Importing(session, command, (parsed, options) =>
        {
            var name = parsed.GetRequiredValue(file);
            return MrtImporter.Import(ImportFiles.Name(name), ImportFiles.Bytes(session, name), options);
        });
    }

    /// <summary>Plain lists.</summary>
    public static Command Routes(Session session)
    {
        var file = FilterCommands.File("Lines 'PREFIX via NEXTHOP [dev INTERFACE]' or 'blackhole PREFIX'; # begins a comment; - for standard input.");
        var command = new Command("routes", "Import a plain list of routes as a router.") { file };
        return Importing(
            session, command, (parsed, options) => PrefixListImporter.Import(ImportFiles.Text(session, parsed.GetRequiredValue(file)), options));
    }

    /// <summary>Gives a command the options of routes, and prints what is imported.</summary>
    private static Command Importing(Session session, Command command, Func<ParseResult, RouteImportOptions, ImportResult<RouterConfiguration>> import)
    {
        var routes = new RouteOptions(session, command, "rt");
        command.SetAction(session.Guarded(async (parsed, _) =>
        {
            var into = routes.Output.Into(parsed);
            return await routes.Output.PrintAsync(parsed, into, import(parsed, routes.Read(parsed, into)));
        }));
        return command;
    }

    /// <summary>Click.</summary>
    public static Command Click(Session session)
    {
        var file = FilterCommands.File("Click configuration; - for standard input.");
        var command = new Command("click", "Import IPFilter, IPClassifier, lookups of routes and IPRewriter of a Click configuration; output N of a lookup is the router's port N.") { file };
        var routes = new RouteOptions(session, command, null);
        command.SetAction(session.Guarded(async (parsed, _) =>
        {
            var into = routes.Output.Into(parsed);
            var options = new ClickImportOptions { Routes = routes.Read(parsed, into) };
            var result = ClickImporter.Import(ImportFiles.Text(session, parsed.GetRequiredValue(file)), options);
            return await routes.Output.PrintAsync(parsed, into, result.Value ?? [], result.Problems, result.Notes);
        }));
        return command;
    }
}

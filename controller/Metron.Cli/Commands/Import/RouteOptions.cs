using System.CommandLine;
using Metron.Cli.Client;
using Metron.Cli.Specs;
using Metron.Import.Routes;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Cli.Commands.Import;

/// <summary>Options of imports that make routers.</summary>
internal sealed class RouteOptions
{
    private readonly Session _session;
    private readonly Option<string>? _name;
    private readonly Option<string[]> _ports = Several("--port", "NAME=MAC", "A port of the router and its own MAC address there; at least two. Taken from --into when not given.");
    private readonly Option<string[]> _nextHops = Several("--next-hop", "ADDRESS=PORT,MAC", "Where a next hop is.");
    private readonly Option<string[]> _interfaces = Several("--interface", "INTERFACE=PORT", "Which port an interface is; without, the port of the same name.");
    private readonly Option<string[]> _neighbors = Several("--neighbors", "FILE", "Output of 'ip -j neigh', for next hops that --next-hop does not name.");
    private readonly Option<string> _connected = new("--connected")
    {
        Description = "Directly connected networks: refuse (when not given), hosts (a route for each neighbour) or skip.",
        HelpName = "refuse|hosts|skip",
        DefaultValueFactory = _ => "refuse",
    };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="session">What all commands share.</param>
    /// <param name="command">The command.</param>
    /// <param name="name">Name of the router when none is given; null where names come from the file.</param>
    public RouteOptions(Session session, Command command, string? name)
    {
        _session = session;
        _connected.AcceptOnlyFromAmong("refuse", "hosts", "skip");
        if (name is not null)
        {
            _name = FilterCommands.Name(name);
            command.Add(_name);
        }

        foreach (var option in new Option[] { _ports, _nextHops, _interfaces, _neighbors, _connected })
        {
            command.Add(option);
        }

        Output = new ImportOutput(session, command);
    }

    /// <summary>Options and output that all imports share.</summary>
    public ImportOutput Output { get; }

    /// <summary>Reads the options.</summary>
    /// <exception cref="CommandException">One of them is wrong.</exception>
    public RouteImportOptions Read(ParseResult parsed, V1.ServiceChain? into)
    {
        var name = _name is null ? "rt" : parsed.GetRequiredValue(_name);
        var ports = (parsed.GetValue(_ports) ?? []).Select(Port).ToList();
        return new RouteImportOptions
        {
            Name = name,
            Ports = ports.Count > 0 ? ports : PortsOf(into?.Spec?.Functions.FirstOrDefault(function => function.Router is not null && (_name is null || function.Name == name))),
            NextHops = NextHops(parsed.GetValue(_nextHops) ?? []),
            Interfaces = (parsed.GetValue(_interfaces) ?? []).Select(text => Pair(text, "--interface", "INTERFACE=PORT")).DistinctBy(pair => pair.Left).ToDictionary(pair => pair.Left, pair => pair.Right),
            Neighbors = [.. (parsed.GetValue(_neighbors) ?? []).Select(file => ImportFiles.Text(_session, file))],
            Connected = parsed.GetValue(_connected) switch { "hosts" => ConnectedRoutes.Hosts, "skip" => ConnectedRoutes.Skip, _ => ConnectedRoutes.Refuse },
        };
    }

    private static RouterPort[] PortsOf(V1.NetworkFunction? router) =>
        router is null ? [] : [.. router.Router.Ports.Select(port => Port($"{port.Name}={port.Mac}"))];

    private static RouterPort Port(string text)
    {
        var (name, mac) = Pair(text, "--port", "NAME=MAC");
        return new RouterPort(name, Mac(mac, text));
    }

    private static Dictionary<IpAddress, NextHopPlace> NextHops(string[] texts)
    {
        var hops = new Dictionary<IpAddress, NextHopPlace>();
        foreach (var text in texts)
        {
            var (address, place) = Pair(text, "--next-hop", "ADDRESS=PORT,MAC");
            if (!IpAddress.TryParse(address, out var hop) || place.Split(',') is not [var port, var mac])
            {
                throw Wrong(text, "--next-hop", "ADDRESS=PORT,MAC, such as 192.0.2.1=wan,02:00:00:00:00:01");
            }

            if (!hops.TryAdd(hop, new NextHopPlace(port, Mac(mac, text))))
            {
                throw new CommandException(ExitCode.BadInput, $"--next-hop names {hop} twice");
            }
        }

        return hops;
    }

    private static MacAddress Mac(string text, string option) => MacAddress.TryParse(text, out var mac)
        ? mac
        : throw new CommandException(ExitCode.BadInput, $"{SpecText.Quote(option)}: {SpecText.Quote(text)} is not a MAC address such as 02:00:00:00:00:01");

    private static (string Left, string Right) Pair(string text, string option, string form)
    {
        var sign = text.IndexOf('=');
        return sign > 0 && sign < text.Length - 1 ? (text[..sign], text[(sign + 1)..]) : throw Wrong(text, option, form);
    }

    private static CommandException Wrong(string text, string option, string form) => new(ExitCode.BadInput, $"{option} {SpecText.Quote(text)} is not {form}");

    private static Option<string[]> Several(string name, string value, string description) => new(name)
    {
        Description = description,
        HelpName = value,
        AllowMultipleArgumentsPerToken = false,
        Arity = ArgumentArity.OneOrMore,
    };
}

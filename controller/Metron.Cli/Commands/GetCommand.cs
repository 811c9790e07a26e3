using System.CommandLine;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Grpc.Core;
using Metron.Cli.Client;
using Metron.Cli.Output;

namespace Metron.Cli.Commands;

/// <summary>`get`: lists chains, servers and switches.</summary>
internal static class GetCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(Session session)
    {
        var command = new Command("get", "List chains, agents (servers) or switches.");
        command.Add(Chains(session));
        command.Add(Agents(session));
        command.Add(Switches(session));
        return command;
    }

    private static Command Chains(Session session)
    {
        var selector = LabelSelector.Option();
        var names = new Argument<string[]>("NAME") { Description = "Only these chains.", Arity = ArgumentArity.ZeroOrMore };
        Completions.OfChains(names, session);
        return Kind(session, "chains", "chain", "List service chains.", names, selector, new Listing<V1.ServiceChain>(
            chain => chain.Name,
            async (controller, parsed, cancellation) => await controller.ListChainsAsync(parsed.GetValue(selector) ?? [], cancellation),
            async (controller, name, cancellation) =>
                await controller.Chains.GetServiceChainAsync(new V1.GetServiceChainRequest { Name = name }, Controller.Call(cancellation)),
            (chains, wide) => ChainTable.Of(chains, wide, session.Terminal.Time),
            "No chains."));
    }

    private static Command Agents(Session session)
    {
        var names = new Argument<string[]>("NAME") { Description = "Only these servers.", Arity = ArgumentArity.ZeroOrMore };
        Completions.OfAgents(names, session);
        return Kind(session, "agents", "agent", "List servers and their agents.", names, null, new Listing<V1.Agent>(
            agent => agent.Name,
            async (controller, _, cancellation) =>
                (await controller.Agents.ListAgentsAsync(new V1.ListAgentsRequest(), Controller.Call(cancellation))).Agents,
            async (controller, name, cancellation) =>
                await controller.Agents.GetAgentAsync(new V1.GetAgentRequest { Name = name }, Controller.Call(cancellation)),
            (agents, wide) => AgentTable.Of(agents, wide, session.Terminal.Time),
            "No agents have registered."));
    }

    private static Command Switches(Session session)
    {
        var names = new Argument<string[]>("NAME") { Description = "Only these switches.", Arity = ArgumentArity.ZeroOrMore };
        Completions.OfSwitches(names, session);
        var strays = new RepeatedField<V1.StrayPeer>();
        return Kind(session, "switches", "switch", "List switches.", names, null, new Listing<V1.Switch>(
            @switch => @switch.Name,
            async (controller, _, cancellation) =>
            {
                var response = await controller.Switches.ListSwitchesAsync(new V1.ListSwitchesRequest(), Controller.Call(cancellation));
                strays = response.StrayPeers;
                return response.Switches;
            },
            async (controller, name, cancellation) =>
                await controller.Switches.GetSwitchAsync(new V1.GetSwitchRequest { Name = name }, Controller.Call(cancellation)),
            (switches, wide) => SwitchTable.Of(switches, wide, session.Terminal.Time),
            "The controller has no switches.")
        {
            // Only people are told: programs read lines of switches, and have the API for the rest.
            Footer = () => strays.Count == 0
                ? string.Empty
                : $"\n{StrayPeerTable.Title}:\n{StrayPeerTable.Of(strays, session.Terminal.Time).ToText("  ")}",
        });
    }

    private static Command Kind<T>(
        Session session,
        string name,
        string alias,
        string description,
        Argument<string[]> names,
        Option<Dictionary<string, string>>? selector,
        Listing<T> listing)
        where T : IMessage
    {
        var output = OutputOption.Create(OutputFormat.Wide, OutputFormat.Name, OutputFormat.Json, OutputFormat.Yaml);
        var command = new Command(name, description) { names, output };
        command.Aliases.Add(alias);
        if (selector is not null)
        {
            command.Add(selector);
        }

        command.SetAction(session.Guarded(async (parsed, cancellation) =>
        {
            var wanted = parsed.GetValue(names) ?? [];
            if (wanted.Length > 0 && selector is not null && parsed.GetValue(selector) is { Count: > 0 })
            {
                throw new CommandException(ExitCode.BadInput, "give either names or --selector, not both");
            }

            using var controller = session.Connect(parsed);
            var (items, failure) = await FetchAsync(session, controller, parsed, wanted, listing, cancellation);
            await PrintAsync(session.Terminal, parsed.GetValue(output), items, wanted.Length == 1, listing);
            return failure;
        }));
        return command;
    }

    private static async Task<(IReadOnlyList<T> Items, int Failure)> FetchAsync<T>(
        Session session, Controller controller, ParseResult parsed, string[] wanted, Listing<T> listing, CancellationToken cancellation)
        where T : IMessage
    {
        if (wanted.Length == 0)
        {
            return (await listing.All(controller, parsed, cancellation), ExitCode.Success);
        }

        var items = new List<T>();
        var failure = ExitCode.Success;
        foreach (var name in wanted)
        {
            try
            {
                items.Add(await listing.One(controller, name, cancellation));
            }
            catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
            {
                failure = ExitCode.NotFound;
                await session.Terminal.Error.WriteLineAsync($"metronctl: {Specs.SpecText.Printable(error.Status.Detail.TrimEnd('.'))}");
            }
        }

        return (items, failure);
    }

    private static async Task PrintAsync<T>(
        Terminal terminal, OutputFormat format, IReadOnlyList<T> items, bool single, Listing<T> listing)
        where T : IMessage
    {
        if (items.Count == 0 && single)
        {
            return;
        }

        switch (format)
        {
            case OutputFormat.Json:
                await terminal.Output.WriteAsync(single ? MessageText.Json(items[0]) : MessageText.Json(items.Cast<IMessage>()));
                break;
            case OutputFormat.Yaml:
                await terminal.Output.WriteAsync(MessageText.Yaml(items.Cast<IMessage>()));
                break;
            case OutputFormat.Name:
                await terminal.Output.WriteAsync(string.Concat(items.Select(item => listing.Name(item) + "\n")));
                break;
            case var _ when items.Count == 0:
                await terminal.Error.WriteLineAsync(listing.WhenEmpty);
                await terminal.Output.WriteAsync(listing.Footer());
                break;
            default:
                await terminal.Output.WriteAsync(listing.Table(items, format == OutputFormat.Wide).ToText());
                await terminal.Output.WriteAsync(listing.Footer());
                break;
        }
    }

    private sealed record Listing<T>(
        Func<T, string> Name,
        Func<Controller, ParseResult, CancellationToken, Task<IReadOnlyList<T>>> All,
        Func<Controller, string, CancellationToken, Task<T>> One,
        Func<IReadOnlyList<T>, bool, Table> Table,
        string WhenEmpty)
    {
        /// <summary>What stands below the table.</summary>
        public Func<string> Footer { get; init; } = static () => string.Empty;
    }
}

using System.CommandLine;
using System.Globalization;
using Metron.Cli.Client;

namespace Metron.Cli.Commands;

/// <summary>`cordon`, `uncordon` and `drain`: what is placed on servers.</summary>
internal static class ServerUseCommands
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>`cordon server NAME…`.</summary>
    public static Command Cordon(Session session) => Create(
        session,
        "cordon",
        "Place no further chains on servers; those that they have stay.",
        "cordoned",
        async (controller, name, cancellation) => await controller.Agents.CordonServerAsync(new V1.CordonServerRequest { Name = name }, Controller.Call(cancellation)));

    /// <summary>`uncordon server NAME…`.</summary>
    public static Command Uncordon(Session session) => Create(
        session,
        "uncordon",
        "Let chains be placed on servers again.",
        "in use",
        async (controller, name, cancellation) => await controller.Agents.UncordonServerAsync(new V1.UncordonServerRequest { Name = name }, Controller.Call(cancellation)));

    /// <summary>`drain server NAME…`.</summary>
    public static Command Drain(Session session)
    {
        var wait = new Option<bool>("--wait") { Description = "Wait until the servers run no chain any more." };
        var timeout = Durations.Option("--timeout", DefaultTimeout, "How long to wait.");
        var command = Create(
            session,
            "drain",
            "Place the chains of servers elsewhere, and no others there. What state their functions keep for flows stays behind.",
            "draining",
            async (controller, name, cancellation) => await controller.Agents.DrainServerAsync(new V1.DrainServerRequest { Name = name }, Controller.Call(cancellation)),
            (parsed, controller, names, cancellation) => parsed.GetValue(wait)
                ? UntilEmptyAsync(session, controller, names, Durations.Value(parsed, timeout, DefaultTimeout), cancellation)
                : Task.CompletedTask);
        command.Subcommands[0].Options.Add(wait);
        command.Subcommands[0].Options.Add(timeout);
        return command;
    }

    private static Command Create(
        Session session,
        string verb,
        string description,
        string done,
        Func<Controller, string, CancellationToken, Task<V1.Agent>> change,
        Func<ParseResult, Controller, string[], CancellationToken, Task>? afterwards = null)
    {
        var names = new Argument<string[]>("NAME") { Description = "Names of the servers.", Arity = ArgumentArity.OneOrMore };
        Completions.OfAgents(names, session);
        var server = new Command("server", description) { names };
        server.Aliases.Add("servers");
        server.SetAction(session.Guarded(async (parsed, cancellation) =>
        {
            using var controller = session.Connect(parsed);
            foreach (var name in parsed.GetRequiredValue(names))
            {
                var changed = await change(controller, name, cancellation);
                var chains = changed.PlacedChains.Count == 0 ? string.Empty : $"; chains there: {string.Join(", ", changed.PlacedChains)}";
                await session.Terminal.Output.WriteLineAsync($"server/{name} {done}{chains}");
            }

            await (afterwards?.Invoke(parsed, controller, parsed.GetRequiredValue(names), cancellation) ?? Task.CompletedTask);
            return ExitCode.Success;
        }));
        return new Command(verb, description) { server };
    }

    private static async Task UntilEmptyAsync(Session session, Controller controller, string[] names, TimeSpan timeout, CancellationToken cancellation)
    {
        var time = session.Terminal.Time;
        var deadline = time.GetUtcNow() + timeout;
        foreach (var name in names)
        {
            while (true)
            {
                var server = await controller.Agents.GetAgentAsync(new V1.GetAgentRequest { Name = name }, Controller.Call(cancellation));
                if (server.PlacedChains.Count == 0 && server.DeployedChains.Count == 0)
                {
                    await session.Terminal.Output.WriteLineAsync($"server/{name} empty");
                    break;
                }

                if (time.GetUtcNow() >= deadline)
                {
                    var left = server.PlacedChains.Concat(server.DeployedChains.Select(chain => chain.Chain)).Distinct().Order(StringComparer.Ordinal);
                    throw new CommandException(
                        ExitCode.Timeout, string.Create(CultureInfo.InvariantCulture, $"server '{name}' is not empty after {timeout.TotalSeconds:0.#} s: it has {string.Join(", ", left)}; 'metronctl describe chain NAME' says why"));
                }

                await Task.Delay(Pause, time, cancellation);
            }
        }
    }
}

using System.CommandLine;
using Grpc.Core;
using Metron.Cli.Client;

namespace Metron.Cli.Commands;

/// <summary>Names that the shell can complete, asked of the controller; silence when it does not answer at once.</summary>
internal static class Completions
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Completes names of chains.</summary>
    public static void OfChains(Argument argument, Session session) => Add(argument, session, async (controller, cancellation) =>
        (await controller.ListChainsAsync(new Dictionary<string, string>(), cancellation)).Select(chain => chain.Name));

    /// <summary>Completes names of servers.</summary>
    public static void OfAgents(Argument argument, Session session) => Add(argument, session, async (controller, cancellation) =>
        (await controller.Agents.ListAgentsAsync(new V1.ListAgentsRequest(), Controller.Call(cancellation))).Agents.Select(agent => agent.Name));

    /// <summary>Completes names of switches.</summary>
    public static void OfSwitches(Argument argument, Session session) => Add(argument, session, async (controller, cancellation) =>
        (await controller.Switches.ListSwitchesAsync(new V1.ListSwitchesRequest(), Controller.Call(cancellation))).Switches.Select(s => s.Name));

    private static void Add(Argument argument, Session session, Func<Controller, CancellationToken, Task<IEnumerable<string>>> names)
    {
        // Without a name for the help it would show the completions, and ask the controller for them.
        argument.HelpName = argument.Name;

        // An option that does not exist is taken for a name otherwise.
        argument.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => token.Value.StartsWith('-')))
            {
                result.AddError($"there is no option {token.Value}");
            }
        });
        argument.CompletionSources.Add(context =>
        {
            try
            {
                using var patience = new CancellationTokenSource(Patience, session.Terminal.Time);
                using var controller = session.Connect(context.ParseResult);

                // The library asks for completions synchronously; nothing else runs in this process then.
                return [.. names(controller, patience.Token).GetAwaiter().GetResult()];
            }
            catch (Exception error) when (error is RpcException or CommandException or OperationCanceledException)
            {
                return Array.Empty<string>();
            }
        });
    }
}

using System.CommandLine;
using Google.Protobuf;
using Grpc.Core;
using Metron.Cli.Client;
using Metron.Cli.Output;

namespace Metron.Cli.Commands;

/// <summary>`describe`: everything about one thing.</summary>
internal static class DescribeCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(Session session) => new("describe", "Describe a chain, an agent (server), the balancer of one, or a switch in full.")
    {
        Kind(
            session,
            "chain",
            "chains",
            "Describe a chain: conditions, placement, tags, traffic classes with counts, rules on its switches.",
            Completions.OfChains,
            async (controller, name, cancellation) =>
            {
                var request = new V1.GetServiceChainRequest { Name = name };
                var chain = await controller.Chains.GetServiceChainAsync(request, Controller.Call(cancellation));
                var (rules, problem) = await RulesAsync(controller, chain, cancellation);
                return (chain, ChainReport.Of(chain, rules, problem, session.Terminal.Time));
            }),
        Kind(
            session,
            "agent",
            "agents",
            "Describe a server: ports, workers with load, chains, counters.",
            Completions.OfAgents,
            async (controller, name, cancellation) =>
            {
                var agent = await controller.Agents.GetAgentAsync(new V1.GetAgentRequest { Name = name }, Controller.Call(cancellation));
                return (agent, AgentReport.Of(agent, session.Terminal.Time));
            }),
        Kind(
            session,
            "balancer",
            "balancers",
            "Describe how a server spreads its flow groups over its workers: loads, indirection table, elephants, the latest decisions.",
            Completions.OfAgents,
            async (controller, name, cancellation) =>
            {
                var agent = await controller.Agents.GetAgentAsync(new V1.GetAgentRequest { Name = name }, Controller.Call(cancellation));
                return (agent.Load?.Balancer ?? new V1.BalancerLoad(), BalancerReport.Of(agent, session.Terminal.Time));
            }),
        Kind(
            session,
            "switch",
            "switches",
            "Describe a switch: connection, ports, remarks, rules with counts.",
            Completions.OfSwitches,
            async (controller, name, cancellation) =>
            {
                var (@switch, problem) = await SwitchAsync(controller, name, cancellation);
                return (@switch, SwitchReport.Of(@switch, problem, session.Terminal.Time));
            }),
    };

    private static Command Kind(
        Session session,
        string kind,
        string alias,
        string description,
        Action<Argument, Session> complete,
        Func<Controller, string, CancellationToken, Task<(IMessage Message, string Report)>> describe)
    {
        var name = new Argument<string>("NAME") { Description = "Its name." };
        complete(name, session);
        var output = OutputOption.Create(OutputFormat.Wide, OutputFormat.Name, OutputFormat.Json, OutputFormat.Yaml);
        var command = new Command(kind, description) { name, output };
        command.Aliases.Add(alias);
        command.SetAction(session.Guarded(async (parsed, cancellation) =>
        {
            using var controller = session.Connect(parsed);
            var (message, report) = await describe(controller, parsed.GetRequiredValue(name), cancellation);
            await session.Terminal.Output.WriteAsync(parsed.GetValue(output) switch
            {
                OutputFormat.Json => MessageText.Json(message),
                OutputFormat.Yaml => MessageText.Yaml(message),
                OutputFormat.Name => parsed.GetRequiredValue(name) + "\n",
                _ => report,
            });
            return ExitCode.Success;
        }));
        return command;
    }

    // A switch whose rules cannot be read is described without them, and with the reason.
    private static async Task<(V1.Switch Switch, string? Problem)> SwitchAsync(
        Controller controller, string name, CancellationToken cancellation)
    {
        var request = new V1.GetSwitchRequest { Name = name, IncludeRules = true };
        try
        {
            return (await controller.Switches.GetSwitchAsync(request, Controller.Call(cancellation)), null);
        }
        catch (RpcException error) when (RpcFailure.IsOfOneRequest(error) && error.StatusCode != StatusCode.NotFound)
        {
            request.IncludeRules = false;
            return (await controller.Switches.GetSwitchAsync(request, Controller.Call(cancellation)), error.Status.Detail);
        }
    }

    // The rules of a chain are read from its switches.
    private static async Task<(IReadOnlyList<(string Switch, V1.SwitchRule Rule)> Rules, string? Problem)> RulesAsync(
        Controller controller, V1.ServiceChain chain, CancellationToken cancellation)
    {
        var rules = new List<(string, V1.SwitchRule)>();
        string? problem = null;
        foreach (var name in (chain.Spec?.Endpoints ?? []).Select(endpoint => endpoint.Switch).Distinct())
        {
            try
            {
                var (@switch, unread) = await SwitchAsync(controller, name, cancellation);
                rules.AddRange(@switch.Rules.Where(rule => rule.Chain == chain.Name).Select(rule => (name, rule)));
                problem ??= unread;
            }
            catch (RpcException error) when (RpcFailure.IsOfOneRequest(error))
            {
                problem ??= error.Status.Detail;
            }
        }

        return (rules, problem);
    }
}

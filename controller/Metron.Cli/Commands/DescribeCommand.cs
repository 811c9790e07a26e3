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
    public static Command Create(Session session) => new("describe", "Describe a chain, an agent (server) or a switch in full.")
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
                return (chain, ChainReport.Of(chain, await RulesAsync(controller, chain, cancellation), session.Terminal.Time));
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
            "switch",
            "switches",
            "Describe a switch: connection, ports, remarks, rules with counts.",
            Completions.OfSwitches,
            async (controller, name, cancellation) =>
            {
                var request = new V1.GetSwitchRequest { Name = name, IncludeRules = true };
                var @switch = await controller.Switches.GetSwitchAsync(request, Controller.Call(cancellation));
                return (@switch, SwitchReport.Of(@switch, session.Terminal.Time));
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

    // The rules of a chain are read from its switches; one that does not answer must not hide the rest of the description.
    private static async Task<IReadOnlyList<(string Switch, V1.SwitchRule Rule)>?> RulesAsync(
        Controller controller, V1.ServiceChain chain, CancellationToken cancellation)
    {
        var rules = new List<(string, V1.SwitchRule)>();
        foreach (var name in (chain.Spec?.Endpoints ?? []).Select(endpoint => endpoint.Switch).Distinct())
        {
            try
            {
                var request = new V1.GetSwitchRequest { Name = name, IncludeRules = true };
                var @switch = await controller.Switches.GetSwitchAsync(request, Controller.Call(cancellation));
                rules.AddRange(@switch.Rules.Where(rule => rule.Chain == chain.Name).Select(rule => (name, rule)));
            }
            catch (RpcException error) when (error.StatusCode is not (StatusCode.Cancelled or StatusCode.Unavailable))
            {
                return null;
            }
        }

        return rules;
    }
}

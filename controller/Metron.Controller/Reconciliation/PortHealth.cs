using System.Collections.Immutable;
using System.Globalization;
using Metron.Controller.Chains;
using Metron.Controller.Configuration;
using Metron.Controller.Switches;
using Metron.Orchestration;

namespace Metron.Controller.Reconciliation;

/// <summary>How the ports of the switch are that a chain uses, as the switch says it.</summary>
/// <param name="IsUp">Whether all are up.</param>
/// <param name="Message">Which are not, and what is there; sentences, for humans.</param>
internal sealed record PortHealth(bool IsUp, string Message)
{
    /// <summary>One word for <see cref="Message"/>, for programs.</summary>
    public string Reason { get; init; } = IsUp ? "Up" : "PortDown";

    /// <summary>Whether the chain does without the ports that are down, since their endpoints have others.</summary>
    public bool IsBridged { get; init; }

    /// <summary>How they are; null when it is not known.</summary>
    public static PortHealth? Of(PlanState? plan, World world)
    {
        if (plan is null || !world.Ports.TryGetValue(plan.Plan.Switch, out var state) || !state.Connected)
        {
            return null;
        }

        var down = Uses(plan.Plan, port => IsPortUp(state, port)).GroupBy(use => use.Port).OrderBy(port => port.Key)
            .Where(port => !IsPortUp(state, port.Key))
            .Select(port => $"Port {Words(port.Key, state)} of switch {plan.Plan.Switch} {(state.Ports.ContainsKey(port.Key) ? "is down" : "is not there")}: {string.Join(", ", port.Select(use => use.What))}.")
            .ToList();
        var bridged = plan.Plan.Spec.Endpoints.SelectMany((endpoint, index) => EndpointPorts.Bridged(endpoint, plan.Plan, index, port => IsPortUp(state, port), port => Words(port, state))).ToList();
        var message = string.Join(' ', down.Concat(bridged.Select(port => port.Message)));
        return down.Count > 0 ? new PortHealth(false, message)
            : bridged.Count > 0 ? new PortHealth(false, message) { Reason = EndpointPorts.Gravest(bridged), IsBridged = true }
            : new PortHealth(true, "All ports that the chain uses are up.");
    }

    /// <summary>Servers that say they are at a port where the configuration says something else is, by switch.</summary>
    public static IEnumerable<(string Switch, string Remark)> Mismatches(ImmutableSortedDictionary<string, SwitchState> switches, Inventory inventory) =>
        from server in inventory.Servers
        where server.IsConnected
        from worker in server.Workers
        where switches.ContainsKey(worker.Switch)
        let link = LinkAt(switches[worker.Switch].Configuration, worker.SwitchPort)
        where link is not null && link.Server != server.Name
        select (worker.Switch, string.Create(
            CultureInfo.InvariantCulture,
            $"server {server.Name} says that it is at port {worker.SwitchPort}, where links say {link.Server ?? link.Peer}; one of the two configurations is wrong"));

    private static bool IsPortUp(SwitchState state, uint port) => state.Ports.TryGetValue(port, out var known) && known.LinkUp;

    /// <summary>The ports that the chain cannot do without: of an endpoint that has others, only when all are down.</summary>
    private static IEnumerable<(uint Port, string What)> Uses(ChainPlan plan, Func<uint, bool> isUp)
    {
        for (var index = 0; index < plan.Spec.Endpoints.Count; index++)
        {
            var endpoint = plan.Spec.Endpoints[index];
            foreach (var port in EndpointPorts.IsServed(endpoint, plan, index, isUp) ? [] : endpoint.Ports)
            {
                yield return (port, $"endpoint {endpoint.Name}");
            }
        }

        foreach (var port in (plan.Placement?.Workers ?? []).GroupBy(worker => worker.SwitchPort))
        {
            var what = plan.Placement!.IsBalanced ? "flow groups" : port.Count() == 1 ? "worker" : "workers";
            var numbers = plan.Placement.IsBalanced ? "" : " " + string.Join(", ", port.Select(worker => worker.Index));
            yield return (port.Key, $"{what}{numbers} of server {plan.Placement.Server}");
        }
    }

    private static string Words(uint number, SwitchState state)
    {
        var name = state.Ports.TryGetValue(number, out var port) && port.Name.Length > 0 ? $" ({port.Name})" : string.Empty;
        var link = LinkAt(state.Configuration, number);
        return number.ToString(CultureInfo.InvariantCulture) + name + (link is null ? string.Empty : $" towards {link.Server ?? link.Peer}");
    }

    private static ConfiguredLink? LinkAt(ConfiguredSwitch configuration, uint port) => configuration.Links.FirstOrDefault(link => link.Port == port);
}

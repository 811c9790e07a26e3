using System.Globalization;
using System.Text;
using Metron.Controller.Agents;
using Metron.Controller.Chains;
using Metron.Controller.Switches;
using Metron.Offload;
using Metron.Orchestration;

namespace Metron.Controller.Reconciliation;

/// <summary>Switches and servers, in the planner's words.</summary>
public sealed class InventorySource(SwitchDirectory switches, AgentDirectory agents, LearntCapacities capacities) : IInventorySource
{
    /// <inheritdoc/>
    public Inventory Read() => new()
    {
        Switches = [.. switches.Switches.Values.Select(Describe)],
        Servers = [.. agents.Servers.Values.Select(Describe)],
    };

    /// <summary>Equal for inventories that a plan cannot tell apart.</summary>
    internal static string Fingerprint(Inventory inventory)
    {
        var text = new StringBuilder();
        foreach (var item in inventory.Switches)
        {
            text.Append(CultureInfo.InvariantCulture, $"{item.Name} {item.TagKind} {item.IsConnected} {item.HasBundles} {item.HasMeters} {string.Join(',', item.Ports)} {string.Join(',', item.PortsDown)}");
            text.Append(CultureInfo.InvariantCulture, $" {string.Join(',', item.LearntCapacity.OrderBy(learnt => learnt.Key))}\n");
        }

        foreach (var server in inventory.Servers)
        {
            text.Append(CultureInfo.InvariantCulture, $"{server.Name} {server.IsConnected} {server.IsLost} {server.Use} {server.BalancedWorkers} {string.Join(',', server.Workers)}\n");
            text.AppendJoin(' ', server.Labels.OrderBy(label => label.Key, StringComparer.Ordinal));
            text.AppendJoin('\n', server.Workers.Select(worker => string.Join(' ', worker.Appliances)));
        }

        return text.ToString();
    }

    private SwitchDescription Describe(SwitchState state) =>
        new(state.Configuration.Name, state.Configuration.Tagging)
        {
            IsConnected = state.Connected,
            HasBundles = state.Connected && state.Identity.HasBundles && (state.Configuration.Profile?.Bundles ?? true),
            Profile = state.Configuration.Profile ?? SwitchProfiles.OpenVSwitch,
            HasMeters = state.Configuration.UsesMeters && (state.Configuration.Profile?.Meters ?? true),
            Ports = [.. state.Ports.Keys],
            PortsDown = [.. state.Ports.Values.Where(port => !port.LinkUp).Select(port => port.Number)],
            LearntCapacity = capacities.Of(state.Configuration.Name, state.Identity.Description),
        };

    private static ServerDescription Describe(ServerState state)
    {
        var ports = state.Resources.Ports.ToDictionary(port => port.Index);
        return new ServerDescription(state.Name)
        {
            IsConnected = state.Connected,
            IsLost = state.IsLost,
            Use = state.Use,
            Labels = state.Resources.Labels,
            BusyCores = state.Load?.Workers.Sum(worker => worker.Load) ?? 0,
            BalancedWorkers = state.Resources.FlowGroups > 0 ? state.Resources.Workers.Count : 0,
            Workers = state.Resources.FlowGroups > 0 ? FlowGroups(state.Resources) :
            [
                .. from worker in state.Resources.Workers
                   let port = ports.GetValueOrDefault(worker.Port)
                   where port is { Switch.Length: > 0 }
                   orderby worker.Index
                   select new WorkerDescription((int)worker.Index, port.Switch, port.SwitchPort) { Appliances = [.. worker.Appliances] },
            ],
        };
    }

    /// <summary>The flow groups of a server that balances; it has one port, by which all of them are reached.</summary>
    private static List<WorkerDescription> FlowGroups(V1.ServerResources resources) => resources.Ports is [{ Switch.Length: > 0 } port]
        ? [.. Enumerable.Range(0, (int)resources.FlowGroups).Select(group => new WorkerDescription(group, port.Switch, port.SwitchPort))]
        : [];
}

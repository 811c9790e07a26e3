using Google.Protobuf.WellKnownTypes;
using Metron.Agent.Configuration;
using Metron.Dpdk;

namespace Metron.Agent.Server;

/// <summary>What the server has, as the controller and operators see it.</summary>
internal static class ServerDescription
{
    /// <summary>Describes the server; what can change, such as links, as it is now.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="eal">DPDK.</param>
    /// <param name="ports">What there is to see of the ports, by their indices.</param>
    /// <param name="taggedGroups">Flow groups that tags are to name; 0 when they name workers.</param>
    /// <param name="startTime">When the agent started.</param>
    public static V1.ServerResources Describe(
        AgentConfiguration configuration, Eal eal, IReadOnlyList<PortSight> ports, int taggedGroups, DateTimeOffset startTime)
    {
        var resources = new V1.ServerResources
        {
            AgentVersion = AgentVersion.Text,
            DpdkVersion = eal.Version,
            CpuModel = ReadCpuModel(),
            TscHz = eal.TscHertz,
            MemoryBytes = (ulong)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            StartTime = startTime.ToTimestamp(),
            FlowGroups = (uint)taggedGroups,
            Labels = { configuration.Labels.ToDictionary() },
        };
        resources.Ports.AddRange(configuration.Ports.Select((port, index) => new V1.ServerPort
        {
            Index = (uint)index,
            Device = port.Device,
            Driver = ports[index].Driver,
            Switch = port.Switch,
            SwitchPort = port.SwitchPort,
            Mac = ports[index].Mac.ToString(),
            LinkUp = ports[index].IsLinkUp(),
            Dispatch = NameOf(port.Dispatch),
        }));
        resources.Workers.AddRange(configuration.Workers.Select((worker, index) => new V1.Worker
        {
            Index = (uint)index,
            Core = (uint)worker.Core,
            Port = (uint)worker.Port,
            Queue = (uint)worker.Queue,
            Appliances = { configuration.AppliancesOf(index) },
        }));
        return resources;
    }

    /// <summary>As it is written in the configuration.</summary>
    public static string NameOf(Dispatch dispatch) => dispatch switch
    {
        Dispatch.PortPerWorker => "port-per-worker",
        Dispatch.QueuePerWorker => "queue-per-worker",
        _ => "flow-groups",
    };

    private static string ReadCpuModel() => File.ReadLines("/proc/cpuinfo")
        .Where(line => line.StartsWith("model name", StringComparison.Ordinal))
        .Select(line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim())
        .FirstOrDefault("unknown");
}

using System.Text.Json;

namespace Metron.IntegrationTests.Lab;

/// <summary>The agent's configuration file for a lab.</summary>
internal static class AgentConfiguration
{
    /// <summary>Writes the file's text: one port for each worker, on the lab's links.</summary>
    /// <param name="server">Name of the server.</param>
    /// <param name="controller">Address of the controller's gRPC.</param>
    /// <param name="workers">Number of workers.</param>
    /// <param name="dpdkPrefix">Prefix of DPDK's files.</param>
    /// <param name="keyDirectory">Where keys are that chains name.</param>
    /// <param name="appliance">Devices of the workers' interfaces to the appliance "ips", by worker and side ('i' or 'o'); null for none.</param>
    /// <param name="balancing">How flow groups are spread over the workers, which then share the first link; null: each worker has a link.</param>
    /// <param name="isOfKernel">Whether the kernel drives the link, not DPDK.</param>
    public static string Write(
        string server, string controller, int workers, string dpdkPrefix, string keyDirectory, Func<int, char, string>? appliance = null, object? balancing = null,
        bool isOfKernel = false) =>
        JsonSerializer.Serialize(new
        {
            server,
            controller,
            dpdk = new { hugePages = false, filePrefix = dpdkPrefix },
            ports = Enumerable.Range(0, balancing is null ? workers : 1).Select(index => new
            {
                device = isOfKernel ? $"worker{index}" : $"net_af_packet{index},iface=worker{index}",
                @switch = "br0",
                switchPort = 101 + index,
                dispatch = balancing is null ? "port-per-worker" : "flow-groups",
            }),
            workers = Enumerable.Range(0, workers).Select(index => new
            {
                core = index % Environment.ProcessorCount,
                port = balancing is null ? index : 0,
                queue = balancing is null ? 0 : index,
            }),
            appliances = appliance is null ? null : new[]
            {
                new
                {
                    name = "ips",
                    interfaces = Enumerable.Range(0, workers).Select(index => new { worker = index, inside = appliance(index, 'i'), outside = appliance(index, 'o') }),
                },
            },
            limits = new { flowsPerWorker = 65_536, connectionsPerFunction = 65_536 },
            keyDirectory,
            // Little traffic, so all of it is measured.
            sampling = new { oneIn = 1 },
            // Switch, hosts and workers share two cores here: a worker that finds nothing lets the others run.
            idle = new { sleepMicroseconds = 50, pollsBeforeSleep = 200 },
            balancing,
        });
}

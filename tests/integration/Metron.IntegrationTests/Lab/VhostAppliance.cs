namespace Metron.IntegrationTests.Lab;

/// <summary>A closed program of DPDK: testpmd, which forwards between two virtio-user ports, connected to the agent's vhost-user sockets.</summary>
internal sealed class VhostAppliance : IAsyncDisposable
{
    private readonly LabProcess _process;

    private VhostAppliance(LabProcess process) => _process = process;

    /// <summary>Path of the socket of a worker's interface.</summary>
    public static string Socket(LabNetwork network, int worker, char side) => Path.Combine(network.Directory, "run", $"bb{worker}{side}.sock");

    /// <summary>Starts it for worker 0; returns when it is about to forward. The agent must have made its sockets.</summary>
    public static async Task<VhostAppliance> StartAsync(LabNetwork network)
    {
        string Port(int number, char side) => $"--vdev=net_virtio_user{number},path={Socket(network, 0, side)},queues=1,queue_size=256";
        var last = Environment.ProcessorCount - 1;

        // It ends when its standard input does, so it gets one that never does.
        var command = string.Join(
            ' ',
            "sleep infinity | exec dpdk-testpmd --no-huge -m 192 --no-pci --no-telemetry",
            $"--file-prefix={network.DpdkPrefix}-vhost --lcores=0@0,1@{last} {Port(0, 'i')} {Port(1, 'o')}",
            "-- --total-num-mbufs=4096 --forward-mode=io --auto-start --no-flush-rx --nb-cores=1 --rxd=256 --txd=256");
        var process = network.Start("switch", "nice", "-n", "5", "sh", "-c", command);
        await process.WroteAsync("Checking link statuses", 30);
        return new VhostAppliance(process);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _process.DisposeAsync();
}

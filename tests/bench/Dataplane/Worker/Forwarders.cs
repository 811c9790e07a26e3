using Metron.Dataplane;
using Metron.Dpdk;

namespace Metron.Bench.Dataplane;

/// <summary>What a worker process does with the packets of its device; it runs until it is disposed.</summary>
internal interface IForwarder : IDisposable
{
    /// <summary>From the order to deploy the chain to the first packet sent; 0 when there is no chain.</summary>
    double DeployMilliseconds { get; }

    /// <summary>The dataplane's counters; null when there is no chain.</summary>
    DataplaneStatistics? ReadStatistics();
}

/// <summary>Makes forwarders.</summary>
internal static class Forwarders
{
    /// <param name="known">The case.</param>
    /// <param name="ports">Where packets come from and go to, one for each worker.</param>
    /// <param name="tscHertz">TSC frequency.</param>
    public static IForwarder Create(DataplaneCase known, IReadOnlyList<(ReceiveQueue Receive, TransmitQueue Transmit)> ports, ulong tscHertz) =>
        known.Functions.Count == 0
            ? new IoForwarder(ports[0].Receive, ports[0].Transmit)
            : new ChainForwarder(known, [.. ports.Select(port => new DpdkPort(port.Receive, port.Transmit))], tscHertz);
}

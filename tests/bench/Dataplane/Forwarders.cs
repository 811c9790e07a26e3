using Metron.Dataplane;
using Metron.Dpdk;

namespace Metron.Bench.Dataplane;

/// <summary>Makes what a worker process does with the packets of its device; it runs until it is disposed.</summary>
internal static class Forwarders
{
    /// <param name="known">The case.</param>
    /// <param name="receive">Where packets come from.</param>
    /// <param name="transmit">Where they go to.</param>
    /// <param name="tscHertz">TSC frequency.</param>
    public static IDisposable Create(DataplaneCase known, ReceiveQueue receive, TransmitQueue transmit, ulong tscHertz) => known.Functions.Count == 0
        ? new IoForwarder(receive, transmit)
        : new ChainForwarder(new DpdkPort(receive, transmit), tscHertz, known.Functions);
}

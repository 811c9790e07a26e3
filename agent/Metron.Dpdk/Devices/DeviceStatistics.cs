namespace Metron.Dpdk;

/// <summary>Counters of a device since it was started or they were reset (rte_ethdev.h, struct rte_eth_stats).</summary>
/// <param name="ReceivedPackets">Frames received.</param>
/// <param name="ReceivedBytes">Their bytes.</param>
/// <param name="SentPackets">Frames sent.</param>
/// <param name="SentBytes">Their bytes.</param>
/// <param name="Missed">Frames dropped because RX queues were full.</param>
/// <param name="ReceiveErrors">Erroneous frames.</param>
/// <param name="SendErrors">Frames that could not be sent.</param>
/// <param name="WithoutMbuf">Frames dropped because the pool was empty.</param>
public readonly record struct DeviceStatistics(
    ulong ReceivedPackets,
    ulong ReceivedBytes,
    ulong SentPackets,
    ulong SentBytes,
    ulong Missed,
    ulong ReceiveErrors,
    ulong SendErrors,
    ulong WithoutMbuf);

/// <summary>State of a device's link.</summary>
/// <param name="IsUp">Whether it is up.</param>
/// <param name="MegabitsPerSecond">Speed; 0 when the device does not know.</param>
public readonly record struct LinkState(bool IsUp, long MegabitsPerSecond);

namespace Metron.Dataplane.Nics;

/// <summary>What an <see cref="EmulatedNic"/> counted for one pair of queues since it was made.</summary>
/// <param name="Received">Packets put into the RX queue.</param>
/// <param name="Missed">Packets dropped because it was full (<c>rxMissed</c>).</param>
/// <param name="Taken">Packets that the worker took out of it.</param>
/// <param name="Sent">Packets that the worker put into the TX queue.</param>
/// <param name="Transmitted">Of these, packets that have left.</param>
public readonly record struct EmulatedQueueStatistics(ulong Received, ulong Missed, ulong Taken, ulong Sent, ulong Transmitted);

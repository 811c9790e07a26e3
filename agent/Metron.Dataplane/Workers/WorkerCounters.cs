using System.Runtime.InteropServices;
using Metron.Packets;

namespace Metron.Dataplane.Workers;

/// <summary>
/// Counters of a worker, in cache lines of their own. Written by its thread with plain stores, read by others: 64-bit words are never torn.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct WorkerCounters
{
    /// <summary>Room for drop reasons.</summary>
    public const int Reasons = 64;

    public ulong ReceivedPackets;
    public ulong ReceivedBytes;
    public ulong SentPackets;
    public ulong SentBytes;
    public ulong BusyNanoseconds;
    public ulong IdleNanoseconds;
    public ulong Polls;
    public ulong BusyPolls;

    /// <summary>Polls that found as many packets as they could take.</summary>
    public ulong FullPolls;

    /// <summary>Times that it was woken after it had parked, and from the command to its first turn.</summary>
    public ulong Wakes;
    public ulong WakeNanoseconds;
    public ulong LongestWakeNanoseconds;

    public ulong SlowPathPackets;
    public ulong RetaggedPackets;
    public ulong FlowEntries;
    public ulong FlowsCreated;
    public ulong FlowsExpired;
    public ulong FlowsEvicted;
    public ulong FlowBytes;

    /// <summary>Longest poll gap of the running interval in nanoseconds (low 48 bits), and the interval's number (high 16 bits).</summary>
    public ulong PollGap;

    /// <summary>Number of the running interval; the only word that the control thread writes.</summary>
    public ulong Interval;

    public fixed ulong Drops[Reasons];

    /// <summary>Times between polls, by their length; see <see cref="DurationCounts"/>.</summary>
    public fixed ulong PollGaps[DurationCounts.Length];

    /// <summary>Counts a dropped packet.</summary>
    public void CountDrop(DropReason reason) => Drops[(int)reason]++;
}

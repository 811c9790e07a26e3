using System.Runtime.InteropServices;

namespace Metron.Dataplane.Sampling;

/// <summary>What was measured on a worker. Written by its thread with plain stores, read by others: 64-bit words are never torn.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SampleCounters
{
    /// <summary>Number of stages.</summary>
    public const int Stages = (int)CycleStage.Housekeeping + 1;

    public ulong Polls;
    public fixed ulong Packets[Stages];
    public fixed ulong Nanoseconds[Stages];

    /// <summary>Times of packets in the worker, by their length; see <see cref="DurationCounts"/>.</summary>
    public fixed ulong Latencies[DurationCounts.Length];
}

using System.Runtime.InteropServices;

namespace Metron.Dataplane.Flows;

/// <summary>
/// What the fast path reads of a flow group, so that the packets of a burst may be of many groups and no object is looked into. Two cache lines. One
/// array holds those of all groups; each is written by the worker that owns the group, but for the one word by which it changes hands.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
internal unsafe struct GroupView
{
    /// <summary>Set in <see cref="Owner"/> while a group has been given to a worker that has not taken it yet.</summary>
    public const int HandedOver = 1 << 16;

    /// <summary><see cref="Owner"/> while the control thread holds the group, since the worker that was to take it died or stalled.</summary>
    public const int HeldByControl = HandedOver | 0xffff;

    /// <summary>Index of the group's IPv4 flows.</summary>
    public FlowIndex.View Index4;

    /// <summary>The group's IPv4 flows.</summary>
    public byte* Entries4;

    /// <summary>The group's exits.</summary>
    public FlowExit* Exits;

    /// <summary>
    /// The worker that owns the group; with <see cref="HandedOver"/>: that may take it. A worker's own index is written here by itself alone, and
    /// replaced by itself alone, so that it never changes under its hands; only what a dead worker left is taken from it.
    /// </summary>
    public int Owner;

    /// <summary>Pieces of work that flows of the group have for functions; 0: nothing is to be prepared.</summary>
    public int Work;

    /// <summary>Packets of the group so far.</summary>
    public ulong Packets;

    /// <summary>Index of the group's IPv6 flows.</summary>
    public FlowIndex.View Index6;

    /// <summary>The group's IPv6 flows.</summary>
    public byte* Entries6;

    /// <summary>The group's number.</summary>
    public int Number;

    /// <summary>Packets of the group in bursts that were measured.</summary>
    public ulong SampledPackets;

    /// <summary>Nanoseconds that those took.</summary>
    public ulong SampledNanoseconds;
}

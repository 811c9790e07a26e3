using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Metron.Dataplane;

/// <summary>
/// A count of packets that one thread writes and others read, with a cache line of its own: what a port has taken is asked for by the control thread too, while the
/// port itself is a field of its worker.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
public sealed class PortCount
{
    [FieldOffset(64)]
    private ulong _packets;

    /// <summary>Packets so far.</summary>
    public ulong Packets => Volatile.Read(ref _packets);

    /// <summary>Adds; on the writing thread only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Add(int packets) => Volatile.Write(ref _packets, _packets + (uint)packets);
}

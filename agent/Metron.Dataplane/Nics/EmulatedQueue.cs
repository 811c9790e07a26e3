using System.Runtime.CompilerServices;
using Metron.Dpdk;

namespace Metron.Dataplane.Nics;

/// <summary>An RX and a TX queue of an <see cref="EmulatedNic"/>: the port of one worker.</summary>
/// <typeparam name="TPort">Kind of the NIC's own port.</typeparam>
public unsafe struct EmulatedQueue<TPort> : IPacketPort
    where TPort : struct, IPacketPort
{
    private readonly EmulatedNic _nic; // owns the memory of the rings
    private readonly MbufRing _receive;
    private readonly MbufRing _transmit;
#pragma warning disable IDE0044 // A struct with state: readonly would make its calls work on copies.
    private TPort _port;
#pragma warning restore IDE0044

    internal EmulatedQueue(EmulatedNic nic, MbufRing receive, MbufRing transmit, TPort port) =>
        (_nic, _receive, _transmit, _port) = (nic, receive, transmit, port);

    /// <summary>The NIC that it belongs to.</summary>
    public readonly EmulatedNic Nic => _nic;

    /// <inheritdoc/>
    public readonly ulong Taken => _receive.Taken;

    /// <inheritdoc/>
    /// <remarks>Exact: what the NIC's thread has handed to its port. All TX queues go out by that port.</remarks>
    public readonly ulong Transmitted => _transmit.Taken;

    /// <inheritdoc/>
    public void Attach() => _port.Attach();

    /// <inheritdoc/>
    public void Detach() => _port.Detach();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Receive(Mbuf* burst, int count) => _receive.TakeBurst(burst, count);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Send(Mbuf* burst, int count) => _transmit.PutBurst(burst, count);

    /// <inheritdoc/>
    public bool TryCopy(Mbuf source, out Mbuf copy) => _port.TryCopy(source, out copy);

    /// <inheritdoc/>
    public void Free(Mbuf* burst, int count) => _port.Free(burst, count);
}

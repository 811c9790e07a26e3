using System.Runtime.CompilerServices;
using Metron.Dpdk;

namespace Metron.Dataplane.Tags;

/// <summary>
/// A port whose frames have service tags, MPLS labels or code points as tags, as <see cref="WireTags"/> says: to workers and NICs behind it they have VLAN ids
/// instead. Without such tags it costs one comparison per burst.
/// </summary>
/// <typeparam name="TPort">Kind of the port.</typeparam>
public unsafe struct TagPort<TPort> : IPacketPort
    where TPort : struct, IPacketPort
{
    private readonly WireTags? _tags;
#pragma warning disable IDE0044 // A struct with state: readonly would make its calls work on copies.
    private TPort _port;
#pragma warning restore IDE0044

    /// <param name="port">The port.</param>
    /// <param name="tags">The server's; null for a port whose frames have no tags, towards a closed program.</param>
    public TagPort(TPort port, WireTags? tags) => (_port, _tags) = (port, tags);

    /// <inheritdoc/>
    public readonly ulong Taken => _port.Taken;

    /// <inheritdoc/>
    public readonly ulong Transmitted => _port.Transmitted;

    /// <inheritdoc/>
    public void Attach() => _port.Attach();

    /// <inheritdoc/>
    public void Detach() => _port.Detach();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Receive(Mbuf* burst, int count)
    {
        var received = _port.Receive(burst, count);
        if (_tags is { IsActive: true } tags)
        {
            TagFrames.Receive(burst, received, tags);
        }

        return received;
    }

    /// <inheritdoc/>
    /// <remarks>What the port did not take has been written over all the same; it is sent as it is when it comes again.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Send(Mbuf* burst, int count)
    {
        if (_tags is { IsActive: true } tags)
        {
            TagFrames.Send(burst, count, tags);
        }

        return _port.Send(burst, count);
    }

    /// <inheritdoc/>
    public bool TryCopy(Mbuf source, out Mbuf copy) => _port.TryCopy(source, out copy);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(Mbuf* burst, int count) => _port.Free(burst, count);
}

using Metron.Dpdk;
using Metron.Packets.Memory;

namespace Metron.Dataplane.Workers;

/// <summary>Copies mbufs for a worker; implemented over its port.</summary>
internal abstract class PacketCopier
{
    /// <summary>Copies a frame as it is. The copy is the caller's.</summary>
    /// <returns>False when there is no mbuf for it.</returns>
    public abstract bool TryCopy(Mbuf source, out Mbuf copy);
}

/// <summary>The copies of packets that functions asked for in a burst; sent behind it. Belongs to the worker's thread.</summary>
internal sealed unsafe class PacketCopies : IDisposable
{
    /// <summary>Most copies of a burst.</summary>
    public const int Capacity = 256;

    private readonly NativeRegion _region = new((nuint)(Capacity * sizeof(Mbuf)));

    /// <summary>Copies mbufs; null where there is no port, and no copy then.</summary>
    public PacketCopier? Copier { get; set; }

    /// <summary>The copies in order.</summary>
    public Mbuf* Start => (Mbuf*)_region.Start;

    /// <summary>Number of copies.</summary>
    public int Count { get; private set; }

    /// <summary>Copies of established flows' packets that were not made; counted by who sends.</summary>
    public uint Failed { get; set; }

    /// <summary>Makes a copy that will be sent.</summary>
    /// <param name="source">The packet, which stays the caller's.</param>
    /// <param name="copy">The copy, to be rewritten by the caller.</param>
    /// <returns>False when there is no mbuf or no room for it.</returns>
    public bool TryMake(Mbuf source, out Mbuf copy)
    {
        copy = default;
        if (Count == Capacity || Copier?.TryCopy(source, out copy) != true)
        {
            return false;
        }

        Start[Count++] = copy;
        return true;
    }

    /// <summary>Cuts a copy to some bytes of its frame without tag; 0: not at all. What came in several segments is not cut.</summary>
    /// <param name="copy">The copy.</param>
    /// <param name="length">Most bytes of the Ethernet frame without tag.</param>
    /// <param name="networkOffset">Where its IP header begins, behind the tag.</param>
    public static void Truncate(Mbuf copy, int length, int networkOffset)
    {
        const int EthernetLength = 14;
        var most = length + networkOffset - EthernetLength;
        if (length > 0 && copy.SegmentCount <= 1 && copy.PacketLength > most)
        {
            copy.SetLength(most);
        }
    }

    /// <summary>The copies have been sent or freed.</summary>
    public void Clear() => (Count, Failed) = (0, 0);

    /// <inheritdoc/>
    public void Dispose() => _region.Dispose();
}

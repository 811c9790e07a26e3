using Metron.Dpdk;

namespace Metron.Dataplane;

/// <summary>
/// Where a worker takes packets from and hands them to: one RX queue and one TX queue. Implemented by structs, so that the worker's loop is
/// compiled for each kind of port and calls nothing virtually. Only the worker's thread calls it.
/// </summary>
public unsafe interface IPacketPort
{
    /// <summary>Packets that <see cref="Receive"/> ever returned: the reader's position in the RX queue.</summary>
    ulong Taken { get; }

    /// <summary>
    /// Of the packets that <see cref="Send"/> ever took, how many have left in their order: nothing that another queue of the NIC takes from now on
    /// overtakes them.
    /// </summary>
    ulong Transmitted { get; }

    /// <summary>Called once, by the worker's thread, before anything else.</summary>
    void Attach();

    /// <summary>Called once, by the worker's thread, after everything else.</summary>
    void Detach();

    /// <summary>Takes what has arrived. The mbufs belong to the worker afterwards.</summary>
    /// <param name="burst">Room for <paramref name="count"/> mbufs.</param>
    /// <param name="count">Most mbufs to take.</param>
    /// <returns>Number of mbufs.</returns>
    int Receive(Mbuf* burst, int count);

    /// <summary>Sends mbufs in order. Those taken belong to the port afterwards, the others still to the worker.</summary>
    /// <returns>Number of mbufs taken, from the first on.</returns>
    int Send(Mbuf* burst, int count);

    /// <summary>Copies a frame into an mbuf of the worker's own, which may be sent or freed like any other.</summary>
    /// <param name="source">The frame; it stays as it is.</param>
    /// <param name="copy">The copy.</param>
    /// <returns>False when no mbuf is left.</returns>
    bool TryCopy(Mbuf source, out Mbuf copy);

    /// <summary>Frees mbufs.</summary>
    void Free(Mbuf* burst, int count);
}

namespace Metron.Dataplane.Nics;

/// <summary>
/// A NIC that spreads packets over RX queues by an indirection table (RETA): a flow group's number is the index of its entry, the entry names the
/// queue. Called by one control thread at a time, never by workers.
/// </summary>
public interface INic
{
    /// <summary>What it is, as shown in every output: "emulated", "dpdk" or "linux".</summary>
    string Kind { get; }

    /// <summary>Number of RX queues.</summary>
    int Queues { get; }

    /// <summary>Number of entries of the indirection table, a power of two.</summary>
    int IndirectionSize { get; }

    /// <summary>Reads the whole table.</summary>
    /// <param name="queues">Room for <see cref="IndirectionSize"/> queue numbers.</param>
    /// <exception cref="NicException">It cannot be read.</exception>
    void ReadIndirection(Span<ushort> queues);

    /// <summary>Writes entries and reads them back.</summary>
    /// <param name="changes">What to write, in order.</param>
    /// <param name="positions">
    /// For each change, how many packets had ever been put into the entry's old queue when the entry changed: once the reader of that queue has taken
    /// that many (<see cref="IPacketPort.Taken"/>), no packet of the flow group is left in it. A NIC that cannot count gives an upper bound; a poll that begins
    /// after the call and finds the queue empty says the same as the position. As long as <paramref name="changes"/>.
    /// </param>
    /// <exception cref="NicException">
    /// The NIC did something else. Nothing may be assumed of any of the entries then: the caller reads.
    /// </exception>
    void WriteIndirection(ReadOnlySpan<IndirectionChange> changes, Span<ulong> positions);
}

/// <summary>A new value of an entry of the indirection table.</summary>
/// <param name="Entry">Number of the entry: 0 to <see cref="INic.IndirectionSize"/> - 1.</param>
/// <param name="Queue">Number of the RX queue: 0 to <see cref="INic.Queues"/> - 1.</param>
public readonly record struct IndirectionChange(int Entry, ushort Queue);

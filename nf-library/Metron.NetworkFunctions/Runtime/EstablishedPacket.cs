using Metron.Packets;

namespace Metron.NetworkFunctions.Runtime;

/// <summary>
/// A packet of a flow that has an entry, as it is shown to functions that asked for each one (<see cref="FlowPacket.WorkOn"/>). Its headers are
/// rewritten afterwards, by the entry.
/// </summary>
/// <param name="Now">Worker time in milliseconds, monotonic.</param>
/// <param name="FrameLength">Length of the Ethernet frame without tag and FCS, in bytes.</param>
/// <param name="Network">The packet from its IP header on, as it came, as far as it lies in the frame's first segment.</param>
public record struct EstablishedPacket(long Now, int FrameLength, PacketPayload Network = default)
{
    /// <summary>
    /// The next packet of the same flow, when the worker has it at hand already, from its IP header on, as it came; of length 0 when there is none, and
    /// in chains without a function that reads it (<see cref="NetworkFunction.ReadsNext"/>).
    /// </summary>
    public PacketPayload Next { get; init; }

    /// <summary>Whether the packet takes the slow path after all.</summary>
    public bool AsksFunctions { get; private set; }

    /// <summary>Set by a function that asked for copies (<see cref="FlowPacket.CopyTo"/>): this packet is copied.</summary>
    public bool IsCopied { get; set; }

    /// <summary>
    /// Has the packet walk the functions of its chain, as one without an entry does; what the caller returns then counts for nothing. Only for a
    /// function before which none works on the packet (<see cref="FlowPacket.WorkCount"/> was 0), or that one would work on it twice.
    /// </summary>
    public void AskFunctions() => AsksFunctions = true;
}

/// <summary>What a function does with every packet of a flow.</summary>
/// <param name="Function">The function.</param>
/// <param name="Handle">Its own name for it.</param>
/// <param name="Passed">How many of the flow's dependencies belong to functions before it.</param>
public readonly record struct FlowWork(int Function, int Handle, int Passed);

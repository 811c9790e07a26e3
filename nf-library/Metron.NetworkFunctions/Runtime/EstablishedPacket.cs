namespace Metron.NetworkFunctions.Runtime;

/// <summary>
/// A packet of a flow that has an entry, as it is shown to functions that asked for each one (<see cref="FlowPacket.WorkOn"/>). Its headers are
/// rewritten afterwards, by the entry.
/// </summary>
/// <param name="Now">Worker time in milliseconds, monotonic.</param>
/// <param name="FrameLength">Length of the Ethernet frame without tag and FCS, in bytes.</param>
public record struct EstablishedPacket(long Now, int FrameLength)
{
    /// <summary>Set by a function that asked for copies (<see cref="FlowPacket.CopyTo"/>): this packet is copied.</summary>
    public bool IsCopied { get; set; }
}

/// <summary>What a function does with every packet of a flow.</summary>
/// <param name="Function">The function.</param>
/// <param name="Handle">Its own name for it.</param>
/// <param name="Passed">How many of the flow's dependencies belong to functions before it.</param>
public readonly record struct FlowWork(int Function, int Handle, int Passed);

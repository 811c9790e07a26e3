using System.Runtime.CompilerServices;
using Metron.NetworkFunctions.Hashing;
using Metron.Packets;

namespace Metron.NetworkFunctions.Runtime;

/// <summary>A packet on its way through the functions of a chain: headers, what they embed, and what its flow will rest on.</summary>
public struct FlowPacket
{
    /// <summary>Most functions on one path.</summary>
    public const int MaximumDependencies = 16;

    /// <summary>Most functions on one path that work on every packet.</summary>
    public const int MaximumWork = 8;

    /// <summary>The headers; functions rewrite them.</summary>
    public PacketHeaders Headers;

    /// <summary>For an ICMP error: addresses, protocol and ports of the packet that the error is about, as it left the reporting side.</summary>
    public PacketHeaders Embedded;

    /// <summary>What the packet carries, not of a fragment; only in chains with a function that reads it (<see cref="NetworkFunction.ReadsPayload"/>).</summary>
    public PacketPayload Payload;

    /// <summary>TCP sequence number; with <see cref="Payload"/> only.</summary>
    public uint TcpSequence;

    /// <summary>TCP acknowledgement number; with <see cref="Payload"/> only.</summary>
    public uint TcpAcknowledgement;

    /// <summary>Whether the payload is more than what lies in <see cref="Payload"/>, since the frame came in several segments.</summary>
    public bool IsPayloadCut;

    /// <summary>
    /// The largest segment that a TCP SYN announces (RFC 9293, section 3.2); 0 when it announces none. Only in chains with a function that reads it
    /// (<see cref="NetworkFunction.ReadsSegmentSize"/>); functions may write another one, but not 0.
    /// </summary>
    public ushort SegmentSize;

    /// <summary>Worker time in milliseconds, monotonic.</summary>
    public long Now;

    /// <summary>
    /// The bits of a port (mask 2^(k+1) - 2) by which the switch chose this worker: a function that picks a new client-side port must pick one with
    /// the same <c>port &amp; SteeringMask</c>, so that replies come to the same worker. 0 when there is one worker only.
    /// </summary>
    public ushort SteeringMask;

    /// <summary>
    /// How the NIC's hash chose the flow group; null where a tag did. A function that picks a new client-side port must then pick one with which the
    /// hash of replies chooses <see cref="FlowGroup"/>.
    /// </summary>
    public HashDispatch? Dispatch;

    /// <summary>Number of the flow group, by the hash of the packet as it came; with <see cref="Dispatch"/> only.</summary>
    public int FlowGroup;

    /// <summary>
    /// Lets a function drop flow entries that rest on its state, when a packet changes that state in a way that they do not know of; null where
    /// nobody keeps entries.
    /// </summary>
    public IFlowDirectory? Flows;

    /// <summary>Index of the function at work, set by the dataplane.</summary>
    public int FunctionIndex;

    /// <summary>Number of entries of <see cref="Dependencies"/> in use.</summary>
    public int DependencyCount;

    /// <summary>State that the flow rests on.</summary>
    public DependencyList Dependencies;

    /// <summary>As the function at work said by <see cref="CopyTo"/>: the port, plus 1; 0 for no copies. Taken back by the dataplane.</summary>
    public int CopyPort;

    /// <summary>As said by <see cref="CopyTo"/>.</summary>
    public int CopyLength;

    /// <summary>As said by <see cref="CopyTo"/>.</summary>
    public bool IsCopied;

    /// <summary>Number of entries of <see cref="Work"/> in use.</summary>
    public int WorkCount;

    /// <summary>What functions do with every packet of the flow, in the order of the walk.</summary>
    public WorkList Work;

    /// <summary>Says that the flow's treatment rests on a piece of the calling function's state: the flow entry will name it.</summary>
    /// <param name="handle">The function's own name for the piece of state, not negative.</param>
    public void DependOn(int handle) => Dependencies[DependencyCount++] = new Dependency(FunctionIndex, handle);

    /// <summary>
    /// Says that the calling function works on every packet of the flow: once the flow has an entry, <see cref="NetworkFunction.Work"/> is called
    /// with each of its packets. This packet is the caller's already. At most once for each visit of a function.
    /// </summary>
    /// <param name="handle">The function's own name for what it does, not negative.</param>
    public void WorkOn(int handle) => Work[WorkCount++] = new FlowWork(FunctionIndex, handle, DependencyCount);

    /// <summary>
    /// Asks for copies of the flow's packets as they are when they leave the calling function, which also works on them (<see cref="WorkOn"/>, before
    /// this) and says with each whether it is copied.
    /// </summary>
    /// <param name="port">Port that copies leave by, linked to an endpoint.</param>
    /// <param name="length">Most bytes of a copy, of the Ethernet frame without tag; 0 for all.</param>
    /// <param name="isCopied">Whether this packet is copied.</param>
    public void CopyTo(int port, int length, bool isCopied) => (CopyPort, CopyLength, IsCopied) = (port + 1, length, isCopied);

    /// <summary>Storage for work, in place.</summary>
    [InlineArray(MaximumWork)]
    public struct WorkList
    {
        private FlowWork _first;
    }

    /// <summary>Storage for dependencies, in place.</summary>
    [InlineArray(MaximumDependencies)]
    public struct DependencyList
    {
        private Dependency _first;
    }
}

/// <summary>A function of the chain, and a piece of its state.</summary>
public readonly record struct Dependency(int Function, int Handle);

/// <summary>What a function decides for a packet.</summary>
/// <param name="Reason">Why it is dropped; <see cref="DropReason.None"/> when it goes on.</param>
/// <param name="Port">Index of the port that it leaves by.</param>
/// <param name="Outcome">Index of the outcome in the function's declaration; tells the traffic class.</param>
/// <param name="Cacheable">Whether later packets of the flow may be treated alike without asking.</param>
public readonly record struct Verdict(DropReason Reason, int Port, int Outcome, bool Cacheable)
{
    /// <summary>The packet goes on, and its flow like it.</summary>
    public static Verdict Forward(int port, int outcome) => new(DropReason.None, port, outcome, true);

    /// <summary>This packet goes on; the next one of its flow is asked about again.</summary>
    public static Verdict ForwardOnce(int port, int outcome) => new(DropReason.None, port, outcome, false);

    /// <summary>The packet is dropped; never cached.</summary>
    public static Verdict Drop(DropReason reason) => new(reason, -1, -1, false);

    /// <summary>Whether the packet is dropped.</summary>
    public bool IsDrop => Reason != DropReason.None;
}

using Metron.Packets;

namespace Metron.NetworkFunctions.Runtime;

/// <summary>
/// One network function of one chain on one worker: its state, and what it does with packets that have no flow entry yet (the slow
/// path). Only that worker's thread calls it, so it needs no lock; it shares nothing with other instances. It allocates nothing after
/// construction, but for growth of its tables in steps.
/// </summary>
/// <remarks>
/// The dataplane walks the functions of a chain with the first packet of each flow, remembers the composed rewrite in a flow entry, and
/// from then on handles the flow without calling the functions. It calls them again for: packets with SYN, FIN or RST set, ICMP errors,
/// fragments, packets whose flow entry was evicted, and every flow after a change of configuration. A flow is told by ingress tag,
/// addresses, protocol, and ports or ICMP identifier, type and code.
/// </remarks>
public abstract class NetworkFunction
{
    /// <summary>Name within the chain.</summary>
    public abstract string Name { get; }

    /// <summary>Whether it reads <see cref="FlowPacket.Payload"/>; asked once, when its chain is deployed.</summary>
    public virtual bool ReadsPayload => false;

    /// <summary>Whether it reads or writes <see cref="FlowPacket.SegmentSize"/>; asked once, when its chain is deployed.</summary>
    public virtual bool ReadsSegmentSize => false;

    /// <summary>Whether it reads <see cref="EstablishedPacket.Next"/>; asked once, when its chain is deployed.</summary>
    public virtual bool ReadsNext => false;

    /// <summary>
    /// Says on how many workers of the server the chain runs, so that each takes its share of what is for all of them together. Called once,
    /// before anything else.
    /// </summary>
    public virtual void Share(int workers)
    {
    }

    /// <summary>
    /// Asks the CPU for the state that <see cref="Process"/> will look at, and waits for none of it: the dataplane calls it for several packets
    /// before the first of them is handled, so that their cache misses overlap. Changes and counts nothing.
    /// </summary>
    /// <param name="headers">Addresses, protocol and ports, as the packet came in; functions before this one may change them.</param>
    /// <param name="port">Index of the port that it probably enters by.</param>
    public virtual void Prefetch(in PacketHeaders headers, int port)
    {
    }

    /// <summary>
    /// Whether it changes frames as a whole (their length, their payload): then it is shown every packet by <see cref="ProcessFrame"/>, and never by
    /// <see cref="Process"/> or <see cref="ProcessIcmpError"/>. Asked once, when its chain is deployed.
    /// </summary>
    public virtual bool ChangesFrames => false;

    /// <summary>
    /// Whether frames enter by a port that cannot be read as IP packets: the function is shown them as they are. Only for a function that changes frames;
    /// asked once, when its chain is deployed.
    /// </summary>
    /// <param name="port">Index of the port.</param>
    public virtual bool TakesRawFrames(int port) => false;

    /// <summary>
    /// Handles one packet of a function that changes frames. What the functions before have rewritten stands in the frame already; those behind
    /// read anew what it leaves there.
    /// </summary>
    /// <param name="packet">The packet.</param>
    /// <param name="port">Index of the port that it enters by.</param>
    /// <returns>Where it goes; nothing of it is cached. A packet that is turned back leaves by the port that it entered by, with outcome -1.</returns>
    public virtual Verdict ProcessFrame(ref FramePacket packet, int port) => Verdict.Drop(DropReason.UnsupportedProtocol);

    /// <summary>Whether it answers ARP requests and neighbour solicitations that come in by a port; asked once, when its chain is deployed.</summary>
    /// <param name="port">Index of the port.</param>
    public virtual bool AnswersNeighbors(int port) => false;

    /// <summary>
    /// Answers an ARP frame, or a packet of ICMPv6 type 135 right behind the IPv6 header; where <see cref="AnswersNeighbors"/> says so, it gets these
    /// instead of <see cref="Process"/>.
    /// </summary>
    /// <param name="packet">The frame, to be made into the answer.</param>
    /// <param name="port">Index of the port that it enters by.</param>
    /// <returns>The port that the answer leaves by, with outcome -1; or why there is none.</returns>
    public virtual Verdict AnswerNeighbor(ref FramePacket packet, int port) => Verdict.Drop(DropReason.NotIp);

    /// <summary>
    /// Handles one packet: reads and rewrites <see cref="FlowPacket.Headers"/>, and says where it goes.
    /// </summary>
    /// <param name="packet">The packet as the functions before left it.</param>
    /// <param name="port">Index of the port that it enters by.</param>
    public abstract Verdict Process(ref FlowPacket packet, int port);

    /// <summary>
    /// Handles an ICMP error: translates <see cref="FlowPacket.Embedded"/>, the start of the packet that the error is about (which went the
    /// other way), together with the outer addresses. Never cached in a flow entry.
    /// </summary>
    public abstract Verdict ProcessIcmpError(ref FlowPacket packet, int port);

    /// <summary>
    /// Works on a packet of a flow that has an entry: one call for each <see cref="FlowPacket.WorkOn"/>, in the order of the walk, until one drops
    /// the packet. The only call of a function for an established flow, and only for flows that asked for it.
    /// </summary>
    /// <param name="handle">As given to <see cref="FlowPacket.WorkOn"/>; of this instance, or of one whose state it adopted.</param>
    /// <param name="packet">The packet.</param>
    /// <returns>Why the packet is dropped; <see cref="DropReason.None"/> when it goes on.</returns>
    public virtual DropReason Work(int handle, ref EstablishedPacket packet) => DropReason.None;

    /// <summary>
    /// Says that <see cref="Work"/> will be called with the handle soon: touch what it needs, so that the misses of a burst overlap. It may be that the
    /// call does not come. It must change nothing.
    /// </summary>
    /// <param name="handle">As given to <see cref="FlowPacket.WorkOn"/>.</param>
    public virtual void PrepareWork(int handle)
    {
    }

    /// <summary>
    /// A packet of an entry that rests on the state behind the handle passed here and was dropped by the <see cref="Work"/> of a function behind:
    /// the entry does not count it.
    /// </summary>
    /// <param name="handle">Handle as given in <see cref="FlowPacket.DependOn"/>.</param>
    /// <param name="bytes">Length of the Ethernet frame without tag and FCS.</param>
    /// <param name="now">Worker time in milliseconds.</param>
    public virtual void DroppedBehind(int handle, int bytes, long now)
    {
    }

    /// <summary>A flow entry was made that rests on the state behind the handle; called after <see cref="Process"/> returned it.</summary>
    public virtual void FlowAttached(int handle, FlowReference flow)
    {
    }

    /// <summary>The flow entry is gone; its last packet was seen at <paramref name="lastSeen"/>.</summary>
    /// <param name="handle">Handle as given in <see cref="FlowPacket.DependOn"/>.</param>
    /// <param name="flow">The entry.</param>
    /// <param name="lastSeen">Worker time in milliseconds.</param>
    /// <param name="packets">Packets that the entry counted.</param>
    /// <param name="bytes">Bytes that the entry counted.</param>
    public virtual void FlowDetached(int handle, FlowReference flow, long lastSeen, ulong packets, ulong bytes)
    {
    }

    /// <summary>
    /// Ages state: examines at most <paramref name="budget"/> timers that are due. Called between bursts, at least every 100 ms.
    /// </summary>
    /// <param name="now">Worker time in milliseconds.</param>
    /// <param name="flows">Tells when a flow entry was last used, and drops entries.</param>
    /// <param name="budget">Most timers to look at.</param>
    /// <returns>Number of timers looked at.</returns>
    public virtual int Age(long now, IFlowDirectory flows, int budget) => 0;

    /// <summary>
    /// Takes over the state of the instance that did the same job (same chain, name and kind) in the revision before, as far as the new
    /// configuration allows it. Called by the worker's thread when it switches to the new revision. The older instance is not called again
    /// for new flows, but may still be for the flows of its own tags until they have drained; both then work on the same state.
    /// </summary>
    public virtual void Adopt(NetworkFunction previous)
    {
    }

    /// <summary>
    /// Adds the function's named counters, gauges and top talkers. Called by the worker's thread on demand, between bursts.
    /// </summary>
    public virtual void Report(IFlowDirectory flows, FunctionReport report)
    {
    }
}

/// <summary>Names a flow entry of the worker.</summary>
/// <param name="Value">Opaque; -1 names none.</param>
public readonly record struct FlowReference(int Value)
{
    /// <summary>No entry.</summary>
    public static FlowReference None => new(-1);
}

/// <summary>What functions may ask of the worker's flow tables when they age their state.</summary>
public interface IFlowDirectory
{
    /// <summary>When the entry was last used, in worker milliseconds; <see cref="long.MinValue"/> if it is gone.</summary>
    long LastSeen(FlowReference flow);

    /// <summary>What the entry has counted so far; zeros if it is gone.</summary>
    void ReadCounters(FlowReference flow, out ulong packets, out ulong bytes);

    /// <summary>Drops the entry, without calling <see cref="NetworkFunction.FlowDetached"/> of the caller's handle.</summary>
    void Remove(FlowReference flow);
}

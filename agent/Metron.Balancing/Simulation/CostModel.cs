namespace Metron.Balancing.Simulation;

/// <summary>What packets cost, in cycles of a core. The defaults are measured figures; where each comes from is said with it.</summary>
public sealed record CostModel
{
    /// <summary>Clock of the cores in Hz: that of the machine on which the cycles below were measured.</summary>
    public double Hertz { get; init; } = 2.4454e9;

    /// <summary>Cycles per packet: firewall, router and NAPT, receive and transmit (agent/Metron.Dataplane/README.md: 159).</summary>
    public double CyclesPerPacket { get; init; } = 160;

    /// <summary>Cycles per byte of a frame: deep inspection for 1,000 literals (1,934 cycles per IMIX packet, whose mean is 362 bytes).</summary>
    public double CyclesPerByte { get; init; } = 5.3;

    /// <summary>Cycles that the first packet of a flow takes besides (docs/adr/0009-first-packets-walk-virtual-calls.md: 3,417).</summary>
    public double FirstPacketCycles { get; init; } = 3_400;

    /// <summary>
    /// What a packet costs more, as a share of its cycles, when another core handled the flow's packet before it: its state comes from that core's
    /// cache. Published: 84.6G by flow groups, 54.6G with packets sprayed over 15 cores, which is 0.55 more per packet.
    /// </summary>
    public double ForeignStateShare { get; init; } = 0.55;

    /// <summary>What each packet costs more where all cores share one flow table. Published: 98.5G by flow groups, 83.1G with a shared table.</summary>
    public double SharedTableShare { get; init; } = 0.185;

    /// <summary>
    /// Nanoseconds for which one core excludes the others when it takes a packet from a queue that they share. Published: 11.1G through one queue
    /// on 8 cores, which is 1.39 million packets a second if they have 1,000 bytes.
    /// </summary>
    public double SharedQueueNanoseconds { get; init; } = 720;

    /// <summary>Nanoseconds between the moment at which a core has handled the last packet of a group that it gives away, and the next core's first.</summary>
    public double HandOverNanoseconds { get; init; } = 10_000;

    /// <summary>Nanoseconds that a parked core takes to poll again.</summary>
    public double WakeUpNanoseconds { get; init; } = 100_000;

    /// <summary>Packets of a group that wait for its hand-over; those beyond are dropped.</summary>
    public int EarlyPackets { get; init; } = 512;

    /// <summary>Nanoseconds for which a packet waits for a hand-over before it is dropped.</summary>
    public double HandOverDeadline { get; init; } = 1e8;

    /// <summary>Cycles of a packet of a flow that is established and whose state is in its core's cache.</summary>
    /// <param name="bytes">Length of its frame.</param>
    public double Cycles(int bytes) => CyclesPerPacket + (CyclesPerByte * bytes);
}

using Metron.NetworkFunctions.Runtime;

namespace Metron.Offline.Tests;

/// <summary>Decides in place of a function, which it may ask.</summary>
internal delegate Verdict Decide(NetworkFunction right, ref FlowPacket packet, int port);

/// <summary>A function that does as another one but for what is said.</summary>
internal sealed class AlteredFunction(NetworkFunction right) : NetworkFunction
{
    /// <summary>In place of <see cref="NetworkFunction.Process"/>.</summary>
    public Decide OnPacket { get; init; } = (NetworkFunction function, ref FlowPacket packet, int port) => function.Process(ref packet, port);

    /// <summary>In place of <see cref="NetworkFunction.ProcessIcmpError"/>.</summary>
    public Decide OnError { get; init; } = (NetworkFunction function, ref FlowPacket packet, int port) => function.ProcessIcmpError(ref packet, port);

    /// <summary>The flow directory that the function is shown.</summary>
    public Func<IFlowDirectory, IFlowDirectory> Directory { get; init; } = flows => flows;

    /// <summary>How much of what a flow entry counted the function hears.</summary>
    public bool HearsCounters { get; init; } = true;

    public override string Name => right.Name;

    public override bool ReadsPayload => right.ReadsPayload;

    public override Verdict Process(ref FlowPacket packet, int port) => OnPacket(right, ref packet, port);

    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port) => OnError(right, ref packet, port);

    public override DropReason Work(int handle, ref EstablishedPacket packet) => right.Work(handle, ref packet);

    public override void DroppedBehind(int handle, int bytes, long now) => right.DroppedBehind(handle, bytes, now);

    public override void Share(int workers) => right.Share(workers);

    public override bool ReadsSegmentSize => right.ReadsSegmentSize;

    public override void FlowAttached(int handle, FlowReference flow) => right.FlowAttached(handle, flow);

    public override void FlowDetached(int handle, FlowReference flow, long lastSeen, ulong packets, ulong bytes) =>
        right.FlowDetached(handle, flow, lastSeen, HearsCounters ? packets : 0, HearsCounters ? bytes : 0);

    public override int Age(long now, IFlowDirectory flows, int budget) => right.Age(now, Directory(flows), budget);

    public override void Adopt(NetworkFunction previous) => right.Adopt(previous);

    public override void Report(IFlowDirectory flows, FunctionReport report) => right.Report(Directory(flows), report);
}

/// <summary>A directory that takes every flow for one that is not used.</summary>
internal sealed class ForgetfulDirectory(IFlowDirectory right) : IFlowDirectory
{
    public long LastSeen(FlowReference flow) => long.MinValue;

    public void ReadCounters(FlowReference flow, out ulong packets, out ulong bytes) => (packets, bytes) = (0, 0);

    public void Remove(FlowReference flow) => right.Remove(flow);
}

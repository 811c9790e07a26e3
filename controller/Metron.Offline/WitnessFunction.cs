using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.Offline;

/// <summary>A packet that a worker showed to a function, because no flow entry knew what to do with it.</summary>
/// <param name="Function">Name of the function.</param>
/// <param name="Port">Index of the port that it entered by.</param>
/// <param name="Before">Headers as it came.</param>
/// <param name="After">Headers as it left.</param>
/// <param name="Verdict">What the function decided.</param>
public readonly record struct FunctionCall(string Function, int Port, PacketHeaders Before, PacketHeaders After, Verdict Verdict);

/// <summary>A function of the dataplane that writes down what it is asked and what it says; otherwise it is the function that it stands for.</summary>
/// <param name="function">The function.</param>
/// <param name="calls">Gets the calls.</param>
internal sealed class WitnessFunction(NetworkFunction function, List<FunctionCall> calls) : NetworkFunction
{
    /// <inheritdoc/>
    public override string Name => function.Name;

    /// <inheritdoc/>
    public override bool ReadsPayload => function.ReadsPayload;

    public override bool ReadsNext => function.ReadsNext;

    /// <inheritdoc/>
    public override bool ReadsSegmentSize => function.ReadsSegmentSize;

    /// <inheritdoc/>
    public override void Share(int workers) => function.Share(workers);

    /// <inheritdoc/>
    public override bool ChangesFrames => function.ChangesFrames;

    /// <inheritdoc/>
    public override bool TakesRawFrames(int port) => function.TakesRawFrames(port);

    /// <inheritdoc/>
    public override bool AnswersNeighbors(int port) => function.AnswersNeighbors(port);

    /// <inheritdoc/>
    public override Verdict AnswerNeighbor(ref FramePacket packet, int port)
    {
        var before = Read(packet);
        var verdict = function.AnswerNeighbor(ref packet, port);
        calls.Add(new FunctionCall(Name, port, before, before, verdict));
        return verdict;
    }

    /// <inheritdoc/>
    public override Verdict ProcessFrame(ref FramePacket packet, int port)
    {
        var before = Read(packet);
        var verdict = function.ProcessFrame(ref packet, port);
        calls.Add(new FunctionCall(Name, port, before, verdict.IsDrop ? before : Read(packet), verdict));
        return verdict;
    }

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port)
    {
        var before = packet.Headers;
        var verdict = function.Process(ref packet, port);
        calls.Add(new FunctionCall(Name, port, before, packet.Headers, verdict));
        return verdict;
    }

    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port)
    {
        var before = packet.Headers;
        var verdict = function.ProcessIcmpError(ref packet, port);
        calls.Add(new FunctionCall(Name, port, before, packet.Headers, verdict));
        return verdict;
    }

    /// <inheritdoc/>
    public override DropReason Work(int handle, ref EstablishedPacket packet) => function.Work(handle, ref packet);

    /// <inheritdoc/>
    public override void DroppedBehind(int handle, int bytes, long now) => function.DroppedBehind(handle, bytes, now);

    /// <inheritdoc/>
    public override void FlowAttached(int handle, FlowReference flow) => function.FlowAttached(handle, flow);

    /// <inheritdoc/>
    public override void FlowDetached(int handle, FlowReference flow, long lastSeen, ulong packets, ulong bytes) =>
        function.FlowDetached(handle, flow, lastSeen, packets, bytes);

    /// <inheritdoc/>
    public override int Age(long now, IFlowDirectory flows, int budget) => function.Age(now, flows, budget);

    /// <inheritdoc/>
    public override void Adopt(NetworkFunction previous) => function.Adopt(previous is WitnessFunction witness ? witness.Function : previous);

    /// <inheritdoc/>
    public override void Report(IFlowDirectory flows, FunctionReport report) => function.Report(flows, report);

    private NetworkFunction Function => function;

    /// <summary>The headers of a frame as far as they can be read.</summary>
    private static PacketHeaders Read(in FramePacket packet)
    {
        FrameParser.Parse(packet.Frame, packet.Length, packet.LinkLength > 14, out var headers, out _);
        return headers;
    }
}

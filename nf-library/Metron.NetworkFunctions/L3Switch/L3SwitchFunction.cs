using Metron.NetworkFunctions.NeighborResponder;
using Metron.NetworkFunctions.Router;
using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.L3Switch;

/// <summary>A layer 3 switch on one worker: a router that answers for its own addresses. See the README of this folder for its behaviour.</summary>
public sealed class L3SwitchFunction : NetworkFunction
{
    private readonly L3SwitchTables _tables;
    private readonly RouterFunction _router;
    private readonly bool[] _isAnswering;
    private readonly DropCounters _drops = new();
    private long _answered;

    /// <summary>Makes a layer 3 switch.</summary>
    public L3SwitchFunction(L3SwitchConfiguration configuration)
    {
        Name = configuration.Name;
        _tables = L3SwitchTables.Of(configuration);
        _router = new RouterFunction(_tables.Router);
        _isAnswering = [.. configuration.SwitchPorts.Select(port => port.Addresses.Count > 0)];
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override void Prefetch(in PacketHeaders headers, int port) => _router.Prefetch(headers, port);

    /// <inheritdoc/>
    public override bool AnswersNeighbors(int port) => _isAnswering[port];

    /// <inheritdoc/>
    public override Verdict AnswerNeighbor(ref FramePacket packet, int port)
    {
        var reason = NeighborQuestion.TryAnswer(ref packet, _tables.Answers[port]);
        if (reason != DropReason.None)
        {
            return Verdict.Drop(reason);
        }

        _answered++;
        return Verdict.ForwardOnce(port, -1);
    }

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port) =>
        _tables.IsUnknownNeighbor(packet.Headers.Destination) ? _drops.Drop(DropReason.NoRoute) : _router.Process(ref packet, port);

    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port) => Process(ref packet, port) with { Cacheable = false };

    /// <inheritdoc/>
    public override void Report(IFlowDirectory flows, FunctionReport report)
    {
        _router.Report(flows, report);
        var own = new FunctionReport();
        _drops.Report(own);
        foreach (var (name, count) in own.Counters)
        {
            report.Counters[name] = report.Counters.GetValueOrDefault(name) + count;
        }

        report.Counters["neighborsAnswered"] = _answered;
    }

    /// <inheritdoc/>
    public override void Adopt(NetworkFunction previous)
    {
        if (previous is L3SwitchFunction older)
        {
            _answered = older._answered;
        }
    }
}

using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.NetworkFunctions.NeighborResponder;

/// <summary>Answers ARP requests and neighbour solicitations on one worker, and passes packets. See the README of this folder for its behaviour.</summary>
public sealed class NeighborResponderFunction : NetworkFunction
{
    private readonly bool[] _isAnswering;
    private readonly NeighborAnswers[] _answers;
    private long _arpAnswered;
    private long _discoveryAnswered;

    /// <summary>Makes a neighbour responder.</summary>
    public NeighborResponderFunction(NeighborResponderConfiguration configuration)
    {
        Name = configuration.Name;
        _isAnswering = [configuration.AnswersNeighborsAt(0), configuration.AnswersNeighborsAt(1)];
        _answers = [.. Enumerable.Range(0, 2).Select(port => new NeighborAnswers(configuration.Answers.Where(answer => answer.IsFor(port))))];
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override bool AnswersNeighbors(int port) => _isAnswering[port];

    /// <inheritdoc/>
    public override Verdict AnswerNeighbor(ref FramePacket packet, int port)
    {
        var isArp = packet.EtherType == Encapsulation.EtherTypes.Arp;
        var reason = NeighborQuestion.TryAnswer(ref packet, _answers[port]);
        if (reason != DropReason.None)
        {
            return Verdict.Drop(reason);
        }

        _arpAnswered += isArp ? 1 : 0;
        _discoveryAnswered += isArp ? 0 : 1;
        return Verdict.ForwardOnce(port, -1);
    }

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port) =>
        new(DropReason.None, 1 - port, NeighborResponderDeclaration.Pass, !packet.Headers.IsFragment);

    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port) => Verdict.ForwardOnce(1 - port, NeighborResponderDeclaration.Pass);

    /// <inheritdoc/>
    public override void Report(IFlowDirectory flows, FunctionReport report)
    {
        report.Counters["arpAnswered"] = _arpAnswered;
        report.Counters["discoveryAnswered"] = _discoveryAnswered;
    }

    /// <inheritdoc/>
    public override void Adopt(NetworkFunction previous)
    {
        if (previous is NeighborResponderFunction older)
        {
            (_arpAnswered, _discoveryAnswered) = (older._arpAnswered, older._discoveryAnswered);
        }
    }
}

using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.NetworkFunctions.WanOptimizer;

/// <summary>A WAN optimizer on one worker: lowers announced segment sizes. It keeps nothing. See the README of this folder for its behaviour.</summary>
public sealed class WanOptimizerFunction : NetworkFunction
{
    /// <summary>The only outcome.</summary>
    public const int PassOutcome = 0;

    private readonly ushort _largest4;
    private readonly ushort _largest6;
    private long _lowered;
    private long _silent;

    /// <summary>Makes a WAN optimizer.</summary>
    public WanOptimizerFunction(WanOptimizerConfiguration configuration)
    {
        Name = configuration.Name;
        _largest4 = configuration.LargestSegment(false);
        _largest6 = configuration.LargestSegment(true);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override bool ReadsSegmentSize => true;

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port)
    {
        ref var headers = ref packet.Headers;
        if (headers.Protocol == IpProtocol.Tcp && (headers.TcpFlags & TcpFlags.Syn) != 0 && !headers.IsFragment)
        {
            Lower(ref packet.SegmentSize, headers.IsV6 ? _largest6 : _largest4);
        }

        return new Verdict(DropReason.None, 1 - port, PassOutcome, !headers.IsFragment);
    }

    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port) => Verdict.ForwardOnce(1 - port, PassOutcome);

    /// <inheritdoc/>
    public override void Report(IFlowDirectory flows, FunctionReport report)
    {
        report.Counters["segmentSizesLowered"] = _lowered;
        report.Counters["synsWithoutSegmentSize"] = _silent;
    }

    private void Lower(ref ushort size, ushort largest)
    {
        if (size == 0)
        {
            _silent++;
        }
        else if (size > largest)
        {
            size = largest;
            _lowered++;
        }
    }
}

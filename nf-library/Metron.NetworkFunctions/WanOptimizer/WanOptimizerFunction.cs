using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.WanOptimizer;

/// <summary>
/// A WAN optimizer on one worker: lowers announced segment sizes, and leaves out TCP acknowledgements if asked to. See the README of this folder for
/// its behaviour.
/// </summary>
public sealed class WanOptimizerFunction : NetworkFunction, IStateOwner
{
    /// <summary>The only outcome.</summary>
    public const int PassOutcome = 0;

    private const long IdleMilliseconds = 10_000;
    private const TcpFlags NotPlain = TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Reset;

    private readonly ushort _largest4;
    private readonly ushort _largest6;
    private readonly int _keepOneIn;
    private StateTable<AcknowledgedFlow> _flows;
    private bool _superseded;
    private long _lowered;
    private long _silent;
    private long _thinned;

    /// <summary>Makes a WAN optimizer.</summary>
    public WanOptimizerFunction(WanOptimizerConfiguration configuration, WorkerResources resources)
    {
        _keepOneIn = configuration.KeepOneAcknowledgementIn;
        _flows = new StateTable<AcknowledgedFlow>(resources.MaximumConnections);
        Name = configuration.Name;
        _largest4 = configuration.LargestSegment(false);
        _largest6 = configuration.LargestSegment(true);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override bool ReadsSegmentSize => true;

    /// <inheritdoc/>
    public override bool ReadsNext => _keepOneIn > 1;

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port)
    {
        ref var headers = ref packet.Headers;
        if (headers.Protocol == IpProtocol.Tcp && (headers.TcpFlags & TcpFlags.Syn) != 0 && !headers.IsFragment)
        {
            Lower(ref packet.SegmentSize, headers.IsV6 ? _largest6 : _largest4);
        }

        if (_keepOneIn > 1 && headers.Protocol == IpProtocol.Tcp && !headers.IsFragment && (headers.TcpFlags & NotPlain) == 0)
        {
            Follow(ref packet);
        }

        return new Verdict(DropReason.None, 1 - port, PassOutcome, !headers.IsFragment);
    }

    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port) => Verdict.ForwardOnce(1 - port, PassOutcome);

    /// <inheritdoc/>
    public override DropReason Work(int handle, ref EstablishedPacket packet)
    {
        if (!AcknowledgementFilter.MayLeaveOut(ref _flows[handle], packet.Network.Span, packet.Next.Span, _keepOneIn))
        {
            return DropReason.None;
        }

        _thinned++;
        return DropReason.AcknowledgementThinned;
    }

    /// <inheritdoc/>
    public override void FlowAttached(int handle, FlowReference flow) => _flows.Attach(handle, flow);

    /// <inheritdoc/>
    public override void FlowDetached(int handle, FlowReference flow, long lastSeen, ulong packets, ulong bytes) => _flows.Detach(handle, flow, lastSeen);

    /// <inheritdoc/>
    public override void DroppedBehind(int handle, int bytes, long now) => _flows.TouchBy(handle, now);

    /// <inheritdoc/>
    public override int Age(long now, IFlowDirectory flows, int budget) => _superseded ? 0 : _flows.Age(now, flows, budget, this);

    /// <inheritdoc/>
    public override void Adopt(NetworkFunction previous)
    {
        if (previous is WanOptimizerFunction older)
        {
            (_flows, _lowered, _silent, _thinned) = (older._flows, older._lowered, older._silent, older._thinned);
            older._superseded = true;
            _superseded = false;
        }
    }

    /// <inheritdoc/>
    public override void Report(IFlowDirectory flows, FunctionReport report)
    {
        if (_superseded)
        {
            return;
        }

        report.Counters["segmentSizesLowered"] = _lowered;
        report.Counters["synsWithoutSegmentSize"] = _silent;
        if (_keepOneIn > 1)
        {
            report.Counters["drop.acknowledgementThinned"] = _thinned;
            report.Counters["flows"] = _flows.Count;
        }
    }

    long IStateOwner.IdleMilliseconds(int record) => IdleMilliseconds;

    void IStateOwner.Release(int record)
    {
        // Nothing but its flow leads to a record.
    }

    /// <summary>Notes the numbers of a flow from now on; one that finds no room passes as it is.</summary>
    private void Follow(ref FlowPacket packet)
    {
        if (_flows.TryAdd(packet.Now, IdleMilliseconds, out var record))
        {
            _flows[record] = default;
            packet.DependOn(StateTable<AcknowledgedFlow>.Handle(record, true));
            packet.WorkOn(record);
        }
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

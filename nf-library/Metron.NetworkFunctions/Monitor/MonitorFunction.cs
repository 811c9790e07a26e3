using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.NetworkFunctions.Monitor;

/// <summary>
/// A monitor on one worker: passes everything and finds the top talkers. (Counters by traffic class are the dataplane's.) See the README of
/// this folder for its behaviour.
/// </summary>
public sealed class MonitorFunction : NetworkFunction
{
    /// <summary>The only outcome.</summary>
    public const int PassOutcome = 0;

    private readonly int _top;
    private TalkerTable _talkers;
    private bool _superseded;

    /// <summary>Makes a monitor that has seen nothing.</summary>
    public MonitorFunction(MonitorConfiguration configuration, WorkerResources resources)
    {
        Name = configuration.Name;
        _top = configuration.TopTalkers;
        _talkers = new TalkerTable(resources.MaximumTalkers, resources.HashSeed);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port)
    {
        var talker = _talkers.Count(in packet.Headers, port);
        if (talker >= 0)
        {
            packet.DependOn(talker);
        }

        return new Verdict(DropReason.None, 1 - port, PassOutcome, !packet.Headers.IsFragment);
    }

    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port)
    {
        _talkers.Count(in packet.Headers, port);
        return Verdict.ForwardOnce(1 - port, PassOutcome);
    }

    /// <inheritdoc/>
    public override void FlowAttached(int handle, FlowReference flow) => _talkers.Attach(handle, flow);

    /// <inheritdoc/>
    public override void FlowDetached(int handle, FlowReference flow, long lastSeen, ulong packets, ulong bytes) =>
        _talkers.Detach(handle, flow, packets, bytes);

    /// <inheritdoc/>
    public override void DroppedBehind(int handle, int bytes, long now) => _talkers.CountMore(handle, bytes);

    /// <inheritdoc/>
    public override int Age(long now, IFlowDirectory flows, int budget) => _superseded ? 0 : _talkers.Refresh(now, flows, budget);

    /// <inheritdoc/>
    public override void Adopt(NetworkFunction previous)
    {
        if (previous is MonitorFunction older)
        {
            _talkers = older._talkers;
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

        report.Counters["talkers"] = _talkers.Known;
        report.Counters["talkersEvicted"] = _talkers.Evicted;
        report.Counters["talkersRefused"] = _talkers.Refused;
        _talkers.ReportTop(_top, flows, report.TopTalkers);
    }
}

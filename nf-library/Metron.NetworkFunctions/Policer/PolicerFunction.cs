using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.Policer;

/// <summary>
/// A policer on one worker: token buckets that every packet of a limited flow is charged to, by <see cref="Process"/> or, once the flow has an
/// entry, by <see cref="Work"/>. See the README of this folder for its behaviour.
/// </summary>
public sealed class PolicerFunction : NetworkFunction, IStateOwner
{
    /// <summary>Outcome of what no limit fits; limit i has outcome 1 + i.</summary>
    public const int UnlimitedOutcome = 0;

    private readonly PolicerConfiguration _configuration;
    private readonly CompiledRule[] _matches;
    private readonly DropCounters _drops = new();
    private readonly int _maximumFlows;
    private readonly int[] _meters;
    private int _workers = 1;
    private PolicerState _state;
    private bool _superseded;

    /// <summary>Makes a policer whose buckets are full.</summary>
    public PolicerFunction(PolicerConfiguration configuration, WorkerResources resources)
    {
        Name = configuration.Name;
        _configuration = configuration;
        _matches = [.. configuration.Limits.Select(limit => new CompiledRule(new FirewallRule("", limit.Match, true, limit.FromPort)))];
        _maximumFlows = resources.MaximumConnections;
        _meters = new int[configuration.Limits.Count];
        _state = new PolicerState(resources);
        RegisterLimits();
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override void Share(int workers)
    {
        _workers = workers;
        RegisterLimits();
    }

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port)
    {
        ref var headers = ref packet.Headers;
        var limit = Find(headers, port);
        if (limit < 0)
        {
            return new Verdict(DropReason.None, 1 - port, UnlimitedOutcome, !headers.IsFragment);
        }

        if (_configuration.Limits[limit].IsMetered(port))
        {
            return new Verdict(DropReason.None, 1 - port, 1 + limit, !headers.IsFragment);
        }

        var number = _meters[limit];
        var meter = _state.Meters[number];
        if (meter.Limit.PerFlow)
        {
            var record = _state.FindOrAdd(headers, port, number, packet.Now);
            if (record < 0)
            {
                return _drops.Drop(DropReason.TableFull);
            }

            _state.Flows.Touch(record, packet.Now);
            if (!meter.TryTake(ref _state.Flows[record].Bucket, packet.Now, headers.FrameLength))
            {
                return _drops.Drop(DropReason.RateExceeded);
            }

            packet.DependOn(StateTable<PolicedFlow>.Handle(record, true));
            packet.WorkOn(HandleOfFlow(record));
        }
        else
        {
            if (!meter.TryTake(ref meter.Buckets[port], packet.Now, headers.FrameLength))
            {
                return _drops.Drop(DropReason.RateExceeded);
            }

            packet.WorkOn(HandleOfMeter(number, port));
        }

        return new Verdict(DropReason.None, 1 - port, 1 + limit, !headers.IsFragment);
    }

    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port) => Process(ref packet, port) with { Cacheable = false };

    /// <inheritdoc/>
    public override DropReason Work(int handle, ref EstablishedPacket packet)
    {
        bool conforms;
        if ((handle & 1) != 0)
        {
            ref var flow = ref _state.Flows[handle >> 1];
            conforms = _state.Meters[flow.Meter].TryTake(ref flow.Bucket, packet.Now, packet.FrameLength);
        }
        else
        {
            var meter = _state.Meters[handle >> 2];
            conforms = meter.TryTake(ref meter.Buckets[handle >> 1 & 1], packet.Now, packet.FrameLength);
        }

        if (conforms)
        {
            return DropReason.None;
        }

        _drops.Drop(DropReason.RateExceeded);
        return DropReason.RateExceeded;
    }

    /// <inheritdoc/>
    public override void FlowAttached(int handle, FlowReference flow) => _state.Flows.Attach(handle, flow);

    /// <inheritdoc/>
    public override void FlowDetached(int handle, FlowReference flow, long lastSeen, ulong packets, ulong bytes) =>
        _state.Flows.Detach(handle, flow, lastSeen);

    /// <inheritdoc/>
    public override void DroppedBehind(int handle, int bytes, long now) => _state.Flows.TouchBy(handle, now);

    /// <inheritdoc/>
    public override int Age(long now, IFlowDirectory flows, int budget) => _superseded ? 0 : _state.Flows.Age(now, flows, budget, this);

    /// <inheritdoc/>
    public override void Adopt(NetworkFunction previous)
    {
        if (previous is PolicerFunction older)
        {
            _state = older._state;
            _state.Flows.Maximum = _maximumFlows;
            RegisterLimits();
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

        _drops.Report(report);
        report.Counters["flows"] = _state.Flows.Count;
        for (var limit = 0; limit < _meters.Length; limit++)
        {
            var meter = _state.Meters[_meters[limit]];
            var label = _configuration.LabelOf(limit);
            report.Counters[$"{label}.conformed"] = meter.ConformedPackets;
            report.Counters[$"{label}.exceeded"] = meter.ExceededPackets;
            report.Counters[$"{label}.exceededBytes"] = meter.ExceededBytes;
        }
    }

    long IStateOwner.IdleMilliseconds(int record) => _state.Meters[_state.Flows[record].Meter].Rate.FillMilliseconds;

    void IStateOwner.Release(int record) => _state.Release(record);

    private static int HandleOfFlow(int record) => (record << 1) | 1;

    private static int HandleOfMeter(int meter, int port) => (meter << 2) | (port << 1);

    private void RegisterLimits()
    {
        for (var limit = 0; limit < _meters.Length; limit++)
        {
            _meters[limit] = _state.Register(_configuration.Limits[limit], _workers);
        }
    }

    private int Find(in PacketHeaders headers, int port)
    {
        for (var limit = 0; limit < _matches.Length; limit++)
        {
            if (_matches[limit].MatchesFlow(headers, port))
            {
                return limit;
            }
        }

        return -1;
    }
}

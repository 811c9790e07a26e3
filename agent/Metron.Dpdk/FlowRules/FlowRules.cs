using System.Globalization;

namespace Metron.Dpdk;

/// <summary>
/// Rules of one device that send frames to RX queues (rte_flow.h): tag → queue, or tag → set of queues, in hardware. Not every device has them; those that
/// have not say so, and nothing is emulated here. Not thread-safe. Dispose it, which removes its rules, before the device is stopped.
/// </summary>
public sealed class FlowRules : IDisposable
{
    /// <summary>errno of a driver that has no rte_flow at all.</summary>
    private const int FunctionNotImplemented = 38;

    private readonly string _device;
    private readonly string _driver;
    private readonly IFlowCalls _calls;
    private readonly Dictionary<FlowMatch, Entry> _rules = [];
    private readonly Dictionary<FlowMatch, PreparedFlowRule> _prepared = [];

    /// <param name="device">A configured device.</param>
    public FlowRules(EthernetDevice device)
        : this(device.Name, device.Capabilities.Driver, new DpdkFlowCalls(device.Port))
    {
    }

    /// <param name="device">Name of the device.</param>
    /// <param name="driver">Its driver.</param>
    /// <param name="calls">How it is reached.</param>
    internal FlowRules(string device, string driver, IFlowCalls calls)
    {
        _device = device;
        _driver = driver;
        _calls = calls;
    }

    /// <summary>Matches that have a rule.</summary>
    public IReadOnlyCollection<FlowMatch> Matches => _rules.Keys;

    /// <summary>Where the frames of a match go; null without a rule.</summary>
    public FlowTarget? TargetOf(FlowMatch match) => _rules.TryGetValue(match, out var entry) ? entry.Target : null;

    /// <summary>Asks the device whether it would take a rule, without making it (rte_flow_validate).</summary>
    /// <param name="match">Frames.</param>
    /// <param name="queue">RX queue for them.</param>
    /// <param name="reason">Why not, in a sentence; empty when it would.</param>
    public bool CanAdd(FlowMatch match, int queue, out string reason) => CanAdd(match, FlowTarget.Queue((ushort)queue), out reason);

    /// <summary>As the other, for any target.</summary>
    public bool CanAdd(FlowMatch match, FlowTarget target, out string reason)
    {
        using var rule = new NativeFlowRule(match, target);
        var refusal = _calls.Validate(rule);
        reason = refusal is null ? string.Empty : Explain(match, target, 0, refusal);
        return refusal is null;
    }

    /// <summary>Makes a rule (rte_flow_create); it works at once.</summary>
    /// <param name="match">Frames; none of them may have a rule already.</param>
    /// <param name="queue">RX queue for them.</param>
    /// <exception cref="DpdkException">The device has no flow rules, no room for more, or cannot match this.</exception>
    public void Add(FlowMatch match, int queue) => Add(match, FlowTarget.Queue((ushort)queue));

    /// <summary>As the other, for any target.</summary>
    public void Add(FlowMatch match, FlowTarget target)
    {
        if (_rules.ContainsKey(match))
        {
            throw new DpdkException($"{_device} has a flow rule for {match} already");
        }

        _rules.Add(match, Create(match, target, priority: 0));
    }

    /// <summary>
    /// Makes a rule under the present one of the same match: the device is asked (rte_flow_validate), then has the rule, but no frame takes it before
    /// <see cref="PreparedFlowRule.Swap"/>. What the device refuses, it refuses here, while nothing has changed.
    /// </summary>
    /// <param name="match">Frames that have a rule, and none prepared.</param>
    /// <param name="target">Where they shall go.</param>
    /// <exception cref="DpdkException">There is no rule to replace, one is prepared already, or the device refuses.</exception>
    public PreparedFlowRule Prepare(FlowMatch match, FlowTarget target)
    {
        if (!_rules.TryGetValue(match, out var present))
        {
            throw new DpdkException($"{_device} has no flow rule for {match} that could be replaced");
        }

        if (_prepared.ContainsKey(match))
        {
            throw new DpdkException($"{_device}: a flow rule for {match} is prepared already");
        }

        var priority = present.Priority + 1;
        using (var rule = new NativeFlowRule(match, target, priority))
        {
            if (_calls.Validate(rule) is { } refusal)
            {
                throw new DpdkException(Explain(match, target, priority, refusal));
            }
        }

        var prepared = new PreparedFlowRule(this, match, Create(match, target, priority));
        _prepared.Add(match, prepared);
        return prepared;
    }

    /// <summary>Removes a rule (rte_flow_destroy), and what is prepared under it. Without one, nothing happens.</summary>
    /// <exception cref="DpdkException">The device keeps it.</exception>
    public void Remove(FlowMatch match)
    {
        if (_prepared.TryGetValue(match, out var prepared))
        {
            prepared.Dispose();
        }

        if (_rules.Remove(match, out var entry))
        {
            Destroy(match, entry);
        }
    }

    /// <summary>Removes all rules.</summary>
    public void Dispose()
    {
        foreach (var match in _rules.Keys.ToList())
        {
            Remove(match);
        }
    }

    /// <summary>Replaces the present rule by a prepared one.</summary>
    internal void Swap(PreparedFlowRule prepared)
    {
        if (_rules.TryGetValue(prepared.Match, out var present))
        {
            Destroy(prepared.Match, present);
        }

        _prepared.Remove(prepared.Match);
        _rules[prepared.Match] = Raise(prepared.Match, prepared.Entry);
    }

    /// <summary>Removes a prepared rule.</summary>
    internal void Cancel(PreparedFlowRule prepared)
    {
        _prepared.Remove(prepared.Match);
        Destroy(prepared.Match, prepared.Entry);
    }

    /// <summary>
    /// Gives a rule the highest priority again, so that the next one has room below it: devices have few priorities. Two rules of one target are there for a
    /// moment. A device that refuses leaves it where it is.
    /// </summary>
    private Entry Raise(FlowMatch match, Entry entry)
    {
        using var rule = new NativeFlowRule(match, entry.Target);
        if (_calls.Create(rule, out var flow) is not null)
        {
            return entry;
        }

        var raised = new Entry(flow, entry.Target, 0);
        if (_calls.Destroy(entry.Flow) is null)
        {
            return raised;
        }

        // The lower one stays: so it is the one to remember, and the upper one goes.
        Destroy(match, raised);
        return entry;
    }

    private Entry Create(FlowMatch match, FlowTarget target, int priority)
    {
        using var rule = new NativeFlowRule(match, target, priority);
        return _calls.Create(rule, out var flow) is { } refusal
            ? throw new DpdkException(Explain(match, target, priority, refusal))
            : new Entry(flow, target, priority);
    }

    private void Destroy(FlowMatch match, Entry entry)
    {
        if (_calls.Destroy(entry.Flow) is { } refusal)
        {
            throw new DpdkException($"{_device} does not remove the flow rule {match} -> {entry.Target}: {refusal.Message}", refusal.ErrorNumber);
        }
    }

    private string Explain(FlowMatch match, FlowTarget target, int priority, FlowRefusal refusal)
    {
        if (refusal.ErrorNumber == FunctionNotImplemented)
        {
            return $"{_device}: the driver {_driver} has no flow rules (rte_flow)";
        }

        var at = priority == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $" at priority {priority}");
        return $"{_device} ({_driver}) does not take the flow rule {match} -> {target}{at}: {refusal.Message} (errno {refusal.ErrorNumber})";
    }

    /// <summary>A rule that the device has.</summary>
    /// <param name="Flow">Handle (struct rte_flow *).</param>
    /// <param name="Target">Where it sends frames.</param>
    /// <param name="Priority">0 is the highest.</param>
    internal sealed record Entry(nint Flow, FlowTarget Target, int Priority);
}

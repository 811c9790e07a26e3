namespace Metron.Dpdk;

/// <summary>
/// A rule that is in the device already, under the one it shall replace: frames take it as soon as that one is gone. Not disposed of by a swap, it is removed
/// again.
/// </summary>
public sealed class PreparedFlowRule : IDisposable
{
    private readonly FlowRules _rules;
    private bool _isDone;

    internal PreparedFlowRule(FlowRules rules, FlowMatch match, FlowRules.Entry entry)
    {
        _rules = rules;
        Match = match;
        Entry = entry;
    }

    /// <summary>Frames of both rules.</summary>
    public FlowMatch Match { get; }

    /// <summary>Where they will go.</summary>
    public FlowTarget Target => Entry.Target;

    internal FlowRules.Entry Entry { get; }

    /// <summary>Removes the rule above: from then on frames go to <see cref="Target"/>. There is no moment at which they have no rule.</summary>
    /// <exception cref="DpdkException">The device keeps the old rule; frames still take it, and this one waits on.</exception>
    public void Swap()
    {
        ObjectDisposedException.ThrowIf(_isDone, this);
        _rules.Swap(this);
        _isDone = true;
    }

    /// <summary>Removes this rule, if it was not swapped in.</summary>
    public void Dispose()
    {
        if (!_isDone)
        {
            _isDone = true;
            _rules.Cancel(this);
        }
    }
}

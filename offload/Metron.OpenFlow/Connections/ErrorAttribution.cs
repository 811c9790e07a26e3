namespace Metron.OpenFlow;

/// <summary>Attributes errors to messages that were sent together under consecutive transaction numbers.</summary>
/// <remarks>Messages that succeed are not answered; whoever sends them also sends something that is answered after them.</remarks>
internal sealed class ErrorAttribution(IReadOnlyList<OpenFlowMessage> messages, uint firstTransaction)
{
    private readonly Lock _lock = new();
    private readonly List<MessageFailure> _failures = [];
    private readonly HashSet<uint> _refused = [];

    /// <summary>The errors so far.</summary>
    public EquatableArray<MessageFailure> Failures
    {
        get
        {
            lock (_lock)
            {
                return _failures.ToEquatableArray();
            }
        }
    }

    /// <summary>Takes an error if it is for one of these messages.</summary>
    public bool TryAccept(uint transaction, ErrorMessage error)
    {
        var index = transaction - firstTransaction;
        if (index >= (uint)messages.Count)
        {
            return false;
        }

        lock (_lock)
        {
            // One per message: a switch that repeats itself must not fill the memory.
            if (_refused.Add(index))
            {
                _failures.Add(new MessageFailure((int)index, messages[(int)index], error));
            }
        }

        return true;
    }
}

namespace Metron.Dataplane.Groups;

/// <summary>
/// Tells a worker to give a flow group away once it has taken all of the group's packets out of its queue. The control thread may withdraw it for as long
/// as the worker has not done so.
/// </summary>
/// <param name="group">Number of the group.</param>
/// <param name="to">Index of the worker that gets it.</param>
/// <param name="position">Position in the worker's queue from which on it has no packet of the group; <see cref="WhenEmpty"/>.</param>
internal sealed class ReleaseOrder(int group, int to, ulong position)
{
    /// <summary>No position is known: as soon as the queue is found empty.</summary>
    public const ulong WhenEmpty = ulong.MaxValue;

    private const int Open = 0;
    private const int Done = 1;
    private const int Withdrawn = 2;

    private int _state;

    public int Group { get; } = group;

    public int To { get; } = to;

    public ulong Position { get; } = position;

    /// <summary>What must have left the worker's TX queue before it gives the group away; null until it has taken all packets.</summary>
    public ulong? TransmitPosition { get; set; }

    /// <summary>Whether the control thread has taken it back.</summary>
    public bool IsWithdrawn => Volatile.Read(ref _state) == Withdrawn;

    /// <summary>Called by the worker that is about to give the group away: false when the order was withdrawn.</summary>
    public bool TryCarryOut() => Interlocked.CompareExchange(ref _state, Done, Open) == Open;

    /// <summary>Called by the control thread: false when the group has been given away, or is being so.</summary>
    public bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Withdrawn, Open) == Open;
}

namespace Metron.Dataplane.Nics;

/// <summary>
/// What a control thread asks the NIC's thread to do, once. Either the NIC's thread takes it and does it whole, or the control thread withdraws it:
/// never both.
/// </summary>
/// <param name="changes">Entries to write.</param>
/// <param name="tags">What tags shall mean from now on; null: as before.</param>
internal sealed class ControlRequest(IndirectionChange[] changes, TagGroups? tags)
{
    private const int Waiting = 0;
    private const int Accepted = 1;
    private const int Withdrawn = 2;
    private const int Finished = 3;

    private int _state;

    public IndirectionChange[] Changes => changes;

    public TagGroups? Tags => tags;

    /// <summary>Packets ever put into the old queue of each change.</summary>
    public ulong[] Positions { get; } = new ulong[changes.Length];

    /// <summary>Whether it is done, so that all that was written for it can be read.</summary>
    public bool IsFinished => Volatile.Read(ref _state) == Finished;

    /// <summary>The NIC's thread takes it.</summary>
    /// <returns>False when it was withdrawn.</returns>
    public bool TryAccept() => Interlocked.CompareExchange(ref _state, Accepted, Waiting) == Waiting;

    /// <summary>The control thread wants it no more.</summary>
    /// <returns>False when the NIC's thread has taken it.</returns>
    public bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Withdrawn, Waiting) == Waiting;

    /// <summary>The NIC's thread has done it.</summary>
    public void Finish() => Volatile.Write(ref _state, Finished);
}

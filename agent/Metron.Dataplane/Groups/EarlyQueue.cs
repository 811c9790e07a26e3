using Metron.Dpdk;
using Metron.Packets;

namespace Metron.Dataplane.Groups;

/// <summary>
/// Packets of a flow group that came to a worker before the group did, in their order; they are the worker's. Made by the control thread, used by the
/// worker's alone.
/// </summary>
/// <param name="group">Number of the group.</param>
/// <param name="capacity">Most packets.</param>
internal sealed class EarlyQueue(int group, int capacity)
{
    private readonly (Mbuf Mbuf, long Since)[] _packets = new (Mbuf, long)[capacity];
    private int _first;
    private volatile bool _isForgotten;

    /// <summary>Number of the group.</summary>
    public int Group { get; } = group;

    /// <summary>Packets that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Why packets of the group are dropped, since it will not come; <see cref="DropReason.None"/> while it is expected.</summary>
    public DropReason Refusal { get; private set; }

    /// <summary>Position in the worker's queue up to which packets are refused; those behind are no longer meant for it.</summary>
    public ulong RefusedUntil { get; private set; }

    /// <summary>Whether the worker expects nothing of the group any more, and refuses nothing; readable by any thread.</summary>
    public bool IsForgotten => _isForgotten;

    /// <summary>Called by the worker when it has the group, or there can be no packet of it any more.</summary>
    public void SetForgotten() => _isForgotten = true;

    /// <summary>The group will not come.</summary>
    /// <param name="reason">Why its packets are dropped from now on.</param>
    /// <param name="until">Position in the worker's queue up to which there may be some.</param>
    public void Refuse(DropReason reason, ulong until) => (Refusal, RefusedUntil) = (reason, until);

    /// <summary>Lets a packet wait.</summary>
    /// <returns><see cref="DropReason.None"/>, or why it must be freed.</returns>
    public DropReason TryAdd(Mbuf mbuf, long now)
    {
        if (Refusal != DropReason.None)
        {
            return Refusal;
        }

        if (Count == _packets.Length)
        {
            return DropReason.MigrationOverflow;
        }

        _packets[(_first + Count) % _packets.Length] = (mbuf, now);
        Count++;
        return DropReason.None;
    }

    /// <summary>Takes the oldest packet, if it came before some time.</summary>
    /// <param name="before">Nanoseconds.</param>
    /// <param name="mbuf">The packet; it is the caller's.</param>
    public bool TryTake(long before, out Mbuf mbuf)
    {
        mbuf = default;
        if (Count == 0 || _packets[_first].Since >= before)
        {
            return false;
        }

        mbuf = _packets[_first].Mbuf;
        _first = (_first + 1) % _packets.Length;
        Count--;
        return true;
    }
}

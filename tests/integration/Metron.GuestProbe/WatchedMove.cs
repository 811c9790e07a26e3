using Metron.Dataplane.Nics;

namespace Metron.GuestProbe;

/// <summary>A flow group on its way from one queue to another: what comes by the new queue waits until nothing is left in the old one.</summary>
internal sealed class WatchedMove(IndirectionChange change, ushort from)
{
    private readonly Queue<(FlowRecord Flow, long Sequence)> _early = [];

    /// <summary>Queue before.</summary>
    public ushort From => from;

    /// <summary>Queue afterwards.</summary>
    public ushort To => change.Queue;

    /// <summary>What the reader of the old queue has to take; null until the table is written.</summary>
    public ulong? Position { get; set; }

    /// <summary>Whether nothing can be left in the old queue.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Most packets that waited.</summary>
    public int MostEarly { get; private set; }

    /// <summary>Has a packet from the new queue wait.</summary>
    public void Hold(FlowRecord flow, long sequence)
    {
        _early.Enqueue((flow, sequence));
        MostEarly = Math.Max(MostEarly, _early.Count);
    }

    /// <summary>After a poll of the old queue: ends the move when that has found it empty, or has reached the position.</summary>
    public void Polled(int received, ulong taken)
    {
        if (IsOver || Position is not { } position || (received > 0 && taken < position))
        {
            return;
        }

        IsOver = true;
        while (_early.TryDequeue(out var packet))
        {
            packet.Flow.Process(packet.Sequence);
        }
    }
}

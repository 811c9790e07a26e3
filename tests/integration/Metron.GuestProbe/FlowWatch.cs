using System.Globalization;
using Metron.Dataplane.Nics;

namespace Metron.GuestProbe;

/// <summary>
/// Takes down which packet of which flow comes by which queue, and holds packets of moving flow groups as the dataplane does. Whoever calls holds the lock of
/// the probe.
/// </summary>
/// <param name="table">Indirection table at the beginning.</param>
/// <param name="queues">Number of queues.</param>
internal sealed class FlowWatch(ushort[] table, int queues)
{
    private readonly Dictionary<int, FlowRecord> _flows = [];
    private readonly Dictionary<int, WatchedMove> _moves = [];
    private long _late;
    private long _astray;
    private int _early;

    /// <summary>Whether no queue holds packets any more of a group that has left it.</summary>
    public bool AllMovesAreOver => _moves.Values.All(move => move.IsOver);

    /// <summary>Before the table is written: packets may come by the new queue at once.</summary>
    public WatchedMove? Begin(IndirectionChange change)
    {
        var present = _moves.TryGetValue(change.Entry, out var before) ? before.To : table[change.Entry];
        if (before is { IsOver: false })
        {
            throw new InvalidOperationException($"entry {change.Entry} is still moving");
        }

        return present == change.Queue ? null : _moves[change.Entry] = new WatchedMove(change, present);
    }

    /// <summary>A packet.</summary>
    /// <param name="queue">Where it came from.</param>
    /// <param name="hash">Its RSS hash; null when it has none.</param>
    /// <param name="flow">Number of its flow.</param>
    /// <param name="sequence">Its number in it.</param>
    public void Add(int queue, uint? hash, int flow, long sequence)
    {
        if (!_flows.TryGetValue(flow, out var record))
        {
            record = _flows[flow] = new FlowRecord(queues, hash is { } value ? (int)(value & (uint)(table.Length - 1)) : null);
        }

        record.Receive(queue);
        var move = record.Entry is { } entry ? _moves.GetValueOrDefault(entry) : null;
        if (move is null)
        {
            _astray += record.Entry is { } own && table[own] == queue ? 0 : 1;
        }
        else if (queue == move.To && !move.IsOver)
        {
            move.Hold(record, sequence);
            return;
        }
        else
        {
            _late += queue == move.From && move.IsOver ? 1 : 0;
            _astray += queue == move.From || queue == move.To ? 0 : 1;
        }

        record.Process(sequence);
    }

    /// <summary>After a poll.</summary>
    /// <param name="queue">Queue that was polled.</param>
    /// <param name="received">Packets found.</param>
    /// <param name="taken">Packets that were ever taken from it.</param>
    public void Polled(int queue, int received, ulong taken)
    {
        foreach (var move in _moves.Values)
        {
            if (move.From == queue)
            {
                move.Polled(received, taken);
                _early = Math.Max(_early, move.MostEarly);
            }
        }
    }

    /// <summary>A line for each flow, and "late 0 astray 0 early 3".</summary>
    public IReadOnlyList<string> Describe() =>
    [
        .. _flows.OrderBy(flow => flow.Key).Select(flow => flow.Value.Describe(flow.Key)),
        string.Create(CultureInfo.InvariantCulture, $"late {_late} astray {_astray} early {_early}"),
    ];
}

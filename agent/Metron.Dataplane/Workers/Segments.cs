using Metron.Dataplane.Flows;
using Metron.Dataplane.Programs;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.Dataplane.Workers;

/// <summary>A place of a chain where packets go on: at or behind a function that changes frames.</summary>
/// <param name="number">Number of the segment, and of its slot in flow keys.</param>
/// <param name="slot">The place, as packets enter there.</param>
/// <param name="isWellFormed">Whether packets need not be read.</param>
internal sealed class Segment(ushort number, IngressSlot slot, bool isWellFormed)
{
    /// <summary>Whether packets only leave from here, without being read.</summary>
    public bool IsExit { get; } = isWellFormed && slot.At.Endpoint >= 0;

    public ushort Number { get; } = number;

    public IngressSlot Slot { get; } = slot;

    /// <summary>The function that changes frames, if packets go on there.</summary>
    public NetworkFunction? Function { get; } = slot.At.Endpoint < 0 && slot.Program.EndsSegment(slot.At)
        ? slot.Program.Functions[slot.At.Function].Instance
        : null;

    /// <summary>Whether the frame has a VLAN header that is its tag.</summary>
    public bool HasVlan { get; } = slot.IsTagged && slot.Program.Compiled.Program.TagKind == NetworkFunctions.Chains.TagKind.Vlan;

    /// <summary>What the function said last, and the segment where that leads: nearly always the same.</summary>
    public (int Port, int Outcome, bool IsNewLink, bool IsWellFormed, int Next) Last { get; set; }

    /// <summary>Exit of packets that only leave from here; 0 when it is not known yet.</summary>
    public int Exit { get; set; }
}

/// <summary>
/// The segments of a flow group. A chain with functions that change frames is carried out piece by piece: each such function ends a segment, and
/// what it leaves is read anew and has flow entries of its own. Made when packets first come there.
/// </summary>
internal sealed unsafe class Segments
{
    /// <summary>Stands for a segment that found no room.</summary>
    public const int NoRoom = -1;

    private readonly Dictionary<SegmentKey, int> _numbers = [];
    private readonly List<Segment?> _segments = [];
    private readonly Stack<int> _free = new();

    /// <summary>A segment by its number.</summary>
    public Segment this[int number] => _segments[number - WorkerSnapshot.FirstSegment]!;

    /// <summary>Number of the segment that begins at a place; made if there is none yet.</summary>
    /// <param name="from">The slot or segment before.</param>
    /// <param name="at">The place.</param>
    /// <param name="position">Position in the class trie.</param>
    /// <param name="isDestinationWritten">Whether a router wrote the destination MAC.</param>
    /// <param name="isWellFormed">Whether packets need not be read.</param>
    /// <returns>The number; -1 when there is no room for another segment.</returns>
    public int Find(IngressSlot from, in WireTarget at, int position, bool isDestinationWritten, bool isWellFormed)
    {
        var key = new SegmentKey(from.Program, at, position, from.IsTagged, isDestinationWritten, isWellFormed);
        return _numbers.TryGetValue(key, out var number) ? number : Add(key, from);
    }

    /// <summary>The exit to an endpoint.</summary>
    /// <param name="slot">Where the packet entered its segment.</param>
    /// <param name="endpoint">An endpoint that packets leave by.</param>
    /// <param name="position">Position in the class trie.</param>
    /// <param name="destination">Destination MAC that a function wrote; <see cref="ExitKey.Unchanged"/> for none.</param>
    /// <param name="source">Source MAC that a function wrote; <see cref="ExitKey.Unchanged"/> for none.</param>
    public static ExitKey ExitTo(IngressSlot slot, int endpoint, int position, MacAddress destination, MacAddress source)
    {
        var compiled = slot.Program.Compiled;
        var isUnwritten = destination == ExitKey.Unchanged && !slot.IsDestinationWritten;
        return new ExitKey(
            slot.Program.Number,
            endpoint,
            compiled.Classes.ClassAt(position, endpoint),
            slot.IsTagged,
            isUnwritten ? compiled.Egress(endpoint)!.PeerMac ?? ExitKey.Unchanged : destination,
            source);
    }

    /// <summary>Forgets a program's segments; no flow entry may refer to them any more.</summary>
    public void RemoveProgram(int program)
    {
        foreach (var (key, number) in _numbers)
        {
            if (key.Program.Number == program)
            {
                _numbers.Remove(key);
                _segments[number - WorkerSnapshot.FirstSegment] = null;
                _free.Push(number);
            }
        }
    }

    private int Add(in SegmentKey key, IngressSlot from)
    {
        if (!_free.TryPop(out var number))
        {
            number = WorkerSnapshot.FirstSegment + _segments.Count;
            if (number > WorkerSnapshot.LastSlot)
            {
                return NoRoom;
            }

            _segments.Add(null);
        }

        _segments[number - WorkerSnapshot.FirstSegment] = new Segment((ushort)number, new IngressSlot(from.Tag, key.Program, [], key.IsTagged)
        {
            Dispatch = from.Dispatch,
            At = key.At,
            ClassRoot = key.Position,
            IsContinuation = true,
            IsDestinationWritten = key.IsDestinationWritten,
        }, key.IsWellFormed);
        _numbers.Add(key, number);
        return number;
    }

    private readonly record struct SegmentKey(
        WorkerProgram Program, WireTarget At, int Position, bool IsTagged, bool IsDestinationWritten, bool IsWellFormed);
}

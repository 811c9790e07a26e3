namespace Metron.Dataplane.Flows;

/// <summary>
/// Chooses which entries of a full table go: the idlest of some, but those of programs first that hold more than their share. Several are chosen
/// at a time, so that what their removal touches can be asked for before it is needed; who was used since stays.
/// </summary>
/// <param name="table">The table.</param>
internal sealed unsafe class EvictionQueue<TAddresses>(FlowTable<TAddresses> table)
    where TAddresses : unmanaged, IFlowAddresses<TAddresses>
{
    /// <summary>Entries looked at at a time.</summary>
    public const int Looks = 32;

    /// <summary>Most entries looked at for one of a program with more than its share.</summary>
    private const int MostLooks = 256;

    /// <summary>Entries chosen of them.</summary>
    private const int Chosen = 4;

    /// <summary>Above every idle time.</summary>
    private const ulong OverShare = 1ul << 32;

    private readonly int[] _numbers = new int[Chosen]; // the idlest last
    private readonly ulong[] _merits = new ulong[Chosen];
    private readonly uint[] _seen = new uint[Chosen];
    private int _count;
    private int _cursor;

    /// <summary>The entry to remove; the table is full.</summary>
    /// <param name="now">Low 32 bits of the worker's milliseconds.</param>
    public int Take(uint now)
    {
        while (_count > 0)
        {
            var number = _numbers[--_count];
            if (table.Entry(number)->LastSeen == _seen[_count] && table.Record(number)->Program != 0)
            {
                return number;
            }
        }

        Choose(now);
        return _numbers[--_count];
    }

    private void Choose(uint now)
    {
        var share = table.Share;
        for (var look = 0; look < Looks || MustLookFurther(look); look++)
        {
            _cursor = _cursor + 1 < table.HighWater ? _cursor + 1 : 0;
            int program = table.Record(_cursor)->Program;
            if (program != 0)
            {
                var merit = (ulong)(now - table.Entry(_cursor)->LastSeen) + (table.CountOf(program) > share ? OverShare : 0);
                Propose(_cursor, merit);
            }
        }

        KeepTheBest();
        for (var place = 0; place < _count; place++)
        {
            _seen[place] = table.Entry(_numbers[place])->LastSeen;
            table.PrefetchRemoval(_numbers[place]);
        }
    }

    /// <summary>Whether there should be an entry of a program that holds more than its share, but none was found yet.</summary>
    private bool MustLookFurther(int look) =>
        _count == 0 || (table.Programs > 1 && look < MostLooks && _merits[_count - 1] < OverShare);

    /// <summary>With several programs, leaves those out that hold no more than their share, but for one when there is nothing else.</summary>
    private void KeepTheBest()
    {
        if (table.Programs == 1)
        {
            return;
        }

        var first = 0;
        while (first < _count - 1 && _merits[first] < OverShare)
        {
            first++;
        }

        _count -= first;
        Array.Copy(_numbers, first, _numbers, 0, _count);
    }

    /// <summary>Puts an entry in its place among the chosen ones, if it is better than the least of them.</summary>
    private void Propose(int number, ulong merit)
    {
        int place;
        if (_count < Chosen)
        {
            place = _count++;
        }
        else if (merit > _merits[0])
        {
            place = 0;
        }
        else
        {
            return;
        }

        for (; place > 0 && _merits[place - 1] > merit; place--)
        {
            (_numbers[place], _merits[place]) = (_numbers[place - 1], _merits[place - 1]);
        }

        for (; place + 1 < _count && _merits[place + 1] < merit; place++)
        {
            (_numbers[place], _merits[place]) = (_numbers[place + 1], _merits[place + 1]);
        }

        (_numbers[place], _merits[place]) = (number, merit);
    }
}

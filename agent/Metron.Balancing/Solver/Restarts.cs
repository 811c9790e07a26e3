namespace Metron.Balancing;

/// <summary>
/// Gets the search out of dead ends: some flow groups change places at random, the search goes on from there, and the better of both
/// assignments is kept (iterated local search). The numbers come from a fixed seed, so that a plan can be repeated. Few and large flow groups need it;
/// with many small ones the search ends content.
/// </summary>
internal sealed class Restarts(Assignment assignment, LocalSearch search, int maximumGroups, int maximumWorkers)
{
    private const int Attempts = 60;
    private const ulong Seed = 0x9e3779b97f4a7c15;

    private readonly int[] _best = new int[maximumGroups];
    private readonly int[] _movable = new int[maximumGroups];
    private readonly int[] _active = new int[maximumWorkers];
    private ulong _random;

    /// <summary>Tries until the search is content or has had its share of attempts.</summary>
    public void Run(BalanceSettings settings)
    {
        var least = assignment.SquaredImbalance();
        if (least <= search.Enough || search.IsExhausted)
        {
            return;
        }

        var groups = Movable();
        var workers = Active();
        if (groups.Length < 3 || workers.Length < 2)
        {
            return;
        }

        _random = Seed;
        least = Value();
        assignment.Owners.CopyTo(_best);
        for (var attempt = 0; attempt < Attempts && !search.IsExhausted; attempt++)
        {
            Shake(groups, workers);
            search.Improve(exchanges: true);
            var value = assignment.Moves <= settings.MaximumMoves ? Value() : double.PositiveInfinity;
            if (value < least)
            {
                least = value;
                assignment.Owners.CopyTo(_best);
                if (assignment.SquaredImbalance() <= search.Enough)
                {
                    return;
                }
            }
            else
            {
                Restore(groups);
            }
        }

        search.Aim();
    }

    // Squared imbalance and what it costs to get there.
    private double Value()
    {
        var value = assignment.SquaredImbalance();
        var owners = assignment.Owners;
        for (var group = 0; group < owners.Length; group++)
        {
            value += assignment.Cost(group, owners[group]);
        }

        return value;
    }

    private ReadOnlySpan<int> Movable()
    {
        var count = 0;
        for (var worker = 0; worker < assignment.Workers; worker++)
        {
            for (var group = assignment.First(worker); group != Assignment.None; group = assignment.Next(group))
            {
                _movable[count++] = group;
            }
        }

        return _movable.AsSpan(0, count);
    }

    private ReadOnlySpan<int> Active()
    {
        var count = 0;
        for (var worker = 0; worker < assignment.Workers; worker++)
        {
            if (assignment.States[worker] == WorkerState.Active)
            {
                _active[count++] = worker;
            }
        }

        return _active.AsSpan(0, count);
    }

    private void Shake(ReadOnlySpan<int> groups, ReadOnlySpan<int> workers)
    {
        for (var i = 0; i < 3; i++)
        {
            var (group, worker) = (groups[Random(groups.Length)], workers[Random(workers.Length)]);
            if (assignment.Owners[group] != worker)
            {
                assignment.Move(group, worker);
            }
        }
    }

    private void Restore(ReadOnlySpan<int> groups)
    {
        foreach (var group in groups)
        {
            if (assignment.Owners[group] != _best[group])
            {
                assignment.Move(group, _best[group]);
            }
        }
    }

    // xorshift64 (Marsaglia 2003).
    private int Random(int limit)
    {
        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        return (int)((_random >> 32) * (ulong)limit >> 32);
    }
}

namespace Metron.Balancing;

/// <summary>
/// How much each worker should carry if load were a fluid: the same share of every capacity, except where a worker has more than that from
/// what cannot be divided further, its fixed load and its largest flow group; the others then share the rest.
/// </summary>
internal sealed class Aims(int maximumWorkers)
{
    private readonly double[] _floors = new double[maximumWorkers];
    private readonly double[] _shares = new double[maximumWorkers];

    /// <summary>What each worker should carry less the mean, as share of its capacity, as of the last <see cref="Fill"/>.</summary>
    public ReadOnlySpan<double> Shares(int workers) => _shares.AsSpan(0, workers);

    /// <summary>Squared imbalance if every aim is met.</summary>
    public double SquaredImbalance { get; private set; }

    /// <summary>Computes the aims.</summary>
    /// <param name="assignment">Who owns what.</param>
    /// <returns>The largest distance from an aim, as share of the worker's capacity.</returns>
    public double Fill(Assignment assignment)
    {
        var (load, capacity) = (0.0, 0.0);
        for (var worker = 0; worker < assignment.Workers; worker++)
        {
            if (assignment.Counts(worker))
            {
                var largest = assignment.First(worker);
                _floors[worker] = assignment.Fixed[worker] + (largest == Assignment.None ? 0 : assignment.Load(largest));
                load += assignment.Totals[worker];
                capacity += assignment.Capacities[worker];
            }
        }

        var level = Level(assignment, load, capacity);
        var furthest = 0.0;
        SquaredImbalance = 0;
        _shares.AsSpan(0, assignment.Workers).Clear();
        for (var worker = 0; worker < assignment.Workers; worker++)
        {
            if (assignment.Counts(worker))
            {
                var share = Math.Max(level, _floors[worker] * assignment.Inverses[worker]) - assignment.Mean;
                _shares[worker] = share;
                furthest = Math.Max(furthest, Math.Abs(assignment.Deviations[worker] - share));
                SquaredImbalance += share * share;
            }
        }

        return furthest;
    }

    // Takes out who is above the level until nobody is; each time the level of the others sinks.
    private double Level(Assignment assignment, double load, double capacity)
    {
        var level = load / capacity;
        for (var round = 0; round < assignment.Workers; round++)
        {
            var (rest, room) = (load, capacity);
            for (var worker = 0; worker < assignment.Workers; worker++)
            {
                if (assignment.Counts(worker) && _floors[worker] > level * assignment.Capacities[worker])
                {
                    rest -= _floors[worker];
                    room -= assignment.Capacities[worker];
                }
            }

            var lower = room > 0 ? Math.Max(0, rest / room) : 0;
            if (room <= 0 || lower >= level)
            {
                break;
            }

            level = lower;
        }

        return level;
    }
}

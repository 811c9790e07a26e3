namespace Metron.Balancing;

/// <summary>
/// Improves an assignment step by step. A step moves one flow group, or exchanges two; which ones is found in one walk down both workers'
/// lists, because the change of squared imbalance depends only on the load that changes hands.
/// </summary>
internal sealed class LocalSearch(Assignment assignment, Aims aims, int maximumWorkers)
{
    // Gains below this are rounding.
    private const double Least = 1e-12;

    // What workers should carry changes only when the largest flow groups move, so it is seen anew once in a while.
    private const int StepsPerAim = 32;

    private readonly bool[] _isDone = new bool[maximumWorkers];
    private BalanceSettings _settings = BalanceSettings.Default;
    private double _imbalance;
    private double _near;

    /// <summary>Comparisons made since <see cref="Begin"/>.</summary>
    public int Steps { get; private set; }

    /// <summary>A step was not taken because of <see cref="BalanceSettings.MaximumMoves"/>.</summary>
    public bool HitMoveLimit { get; private set; }

    /// <summary>No more comparisons are allowed.</summary>
    public bool IsExhausted => Steps >= _settings.SearchSteps;

    /// <summary>Squared imbalance with which the search is content.</summary>
    public double Enough { get; private set; }

    /// <summary>Begins a plan.</summary>
    /// <param name="settings">How balance is weighed against moves.</param>
    /// <param name="imbalance">Squared imbalance as things are.</param>
    public void Begin(BalanceSettings settings, double imbalance) => (_settings, _imbalance, Steps, HitMoveLimit) = (settings, imbalance, 0, false);

    /// <summary>Takes steps until squared imbalance is low enough and every worker within the threshold, nothing improves, or the search is exhausted.</summary>
    /// <param name="exchanges">Whether flow groups may be exchanged, too.</param>
    public void Improve(bool exchanges)
    {
        var done = _isDone.AsSpan(0, assignment.Workers);
        done.Clear();
        var imbalance = Aim();
        var taken = 0;
        while (!IsExhausted)
        {
            var (worker, distance) = Furthest(done);
            if (worker == Assignment.None || (imbalance <= Enough && distance <= _near))
            {
                return;
            }

            var step = BestStep(worker, exchanges);
            if (!step.Exists)
            {
                done[worker] = true;
                continue;
            }

            Take(step);
            done.Clear();
            imbalance -= step.Fall;
            if (++taken % StepsPerAim == 0 || imbalance <= Enough)
            {
                imbalance = Aim();
            }
        }
    }

    /// <summary>Sees anew what workers should carry.</summary>
    /// <returns>Squared imbalance.</returns>
    public double Aim()
    {
        var counting = 0;
        for (var worker = 0; worker < assignment.Workers; worker++)
        {
            counting += assignment.Counts(worker) ? 1 : 0;
        }

        aims.Fill(assignment);
        var fine = counting * _settings.Precision * _settings.Precision;
        var leftOver = Math.Max(fine, _settings.Coarseness * (_imbalance - aims.SquaredImbalance));
        Enough = aims.SquaredImbalance + leftOver;
        _near = Math.Max(_settings.Threshold, 2 * Math.Sqrt(leftOver / Math.Max(1, counting)));
        Steps += assignment.Workers / 2;
        return assignment.SquaredImbalance();
    }

    /// <summary>Leaves flow groups at home after all, where that still is enough.</summary>
    public void TakeBack()
    {
        var imbalance = assignment.SquaredImbalance();
        var homes = assignment.Homes;
        for (var group = 0; group < homes.Length; group++)
        {
            var (owner, home) = (assignment.Owners[group], homes[group]);
            if (owner == home || assignment.States[home] != WorkerState.Active)
            {
                continue;
            }

            var change = Change(assignment.Load(group), owner, home);
            var isEnough = imbalance + change <= Enough && StaysNear(owner, -assignment.Load(group)) && StaysNear(home, assignment.Load(group));
            if (isEnough || change < assignment.Cost(group, owner))
            {
                assignment.Move(group, home);
                imbalance += change;
            }
        }
    }

    private bool StaysNear(int worker, double more) =>
        Math.Abs(assignment.Deviations[worker] + (more * assignment.Inverses[worker]) - aims.Shares(assignment.Workers)[worker]) <= _near;

    // By how much squared imbalance changes when load changes hands.
    private double Change(double load, int giver, int taker)
    {
        var deviations = assignment.Deviations;
        var inverses = assignment.Inverses;
        var (given, taken) = (load * inverses[giver], load * inverses[taker]);
        return (given * (given - (2 * deviations[giver]))) + (taken * (taken + (2 * deviations[taker])));
    }

    /// <summary>Takes one step.</summary>
    public void Take(in Exchange step)
    {
        assignment.Move(step.Given, step.Taker);
        if (step.Returned != Assignment.None)
        {
            assignment.Move(step.Returned, step.Giver);
        }
    }

    // The active worker that is furthest from its aim and not done.
    private (int Worker, double Distance) Furthest(ReadOnlySpan<bool> done)
    {
        var shares = aims.Shares(assignment.Workers);
        var deviations = assignment.Deviations;
        var (furthest, distance) = (Assignment.None, 0.0);
        for (var worker = 0; worker < done.Length; worker++)
        {
            var its = Math.Abs(deviations[worker] - shares[worker]);
            if (its > distance && !done[worker] && assignment.States[worker] == WorkerState.Active)
            {
                (furthest, distance) = (worker, its);
            }
        }

        Steps += done.Length / 8;
        return (furthest, distance);
    }

    private Exchange BestStep(int worker, bool exchanges)
    {
        var best = Exchange.Nothing;
        for (var other = 0; other < assignment.Workers; other++)
        {
            if (other != worker && assignment.States[other] == WorkerState.Active)
            {
                Compare(worker, other, exchanges, ref best);
            }
        }

        Steps += assignment.Workers / 8;
        return best;
    }

    // Moving load t from giver to taker changes squared imbalance by t²(1/c² + 1/d²) - 2t(x/c - y/d), with capacities c, d and deviations x, y.
    private void Compare(int one, int other, bool exchanges, ref Exchange best)
    {
        var deviations = assignment.Deviations;
        var inverses = assignment.Inverses;
        var slope = (deviations[one] * inverses[one]) - (deviations[other] * inverses[other]);
        var (giver, taker) = slope > 0 ? (one, other) : (other, one);
        slope = Math.Abs(slope);
        var curve = (inverses[one] * inverses[one]) + (inverses[other] * inverses[other]);
        if (slope * slope <= best.Score * curve)
        {
            return; // Not even the ideal load would win as much.
        }

        var ideal = slope / curve;
        var given = assignment.First(giver);
        var returned = exchanges ? assignment.First(taker) : Assignment.None;
        while (given != Assignment.None)
        {
            var moved = assignment.Load(given) - (returned == Assignment.None ? 0 : assignment.Load(returned));
            Steps++;
            if (moved > 0)
            {
                var gain = ((2 * slope) - (moved * curve)) * moved;
                if (gain > best.Score)
                {
                    Consider(new Exchange(gain, gain, gain, giver, taker, given, returned), ref best);
                }
            }

            if (moved > ideal)
            {
                given = assignment.Next(given);
            }
            else if (returned != Assignment.None)
            {
                returned = assignment.Next(returned);
            }
            else
            {
                break;
            }
        }
    }

    private void Consider(in Exchange step, ref Exchange best)
    {
        var homes = assignment.Homes;
        var cost = assignment.Cost(step.Given, step.Taker) - assignment.Cost(step.Given, step.Giver);
        var moves = (homes[step.Given] == step.Taker ? 0 : 1) - (homes[step.Given] == step.Giver ? 0 : 1);
        if (step.Returned != Assignment.None)
        {
            cost += assignment.Cost(step.Returned, step.Giver) - assignment.Cost(step.Returned, step.Taker);
            moves += (homes[step.Returned] == step.Giver ? 0 : 1) - (homes[step.Returned] == step.Taker ? 0 : 1);
        }

        var gain = step.Fall - cost;
        var score = moves > 1 ? gain / moves : gain;
        if (gain <= Least || score <= best.Score)
        {
            return;
        }

        if (moves > 0 && assignment.Moves + moves > _settings.MaximumMoves)
        {
            HitMoveLimit = true;
            return;
        }

        best = step with { Gain = gain, Score = score };
    }
}

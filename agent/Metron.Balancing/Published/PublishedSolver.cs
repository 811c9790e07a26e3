namespace Metron.Balancing.Published;

/// <summary>
/// The solver of RSS++ as published: which groups of overloaded cores go to which underloaded cores. A greedy pass, repeated up to ten times with a slack
/// that is searched for. It is the baseline that ours is compared with, so its weaknesses are kept: the answer is that of the last pass, not
/// of the best; a group that found no place is not looked at again in a pass; the pass always begins with the largest group.
/// </summary>
/// <remarks>
/// The same answers as the published code but for ties and rounding (double, not float), in less time: groups are sorted once, not once per
/// pass, only the core with the most room is asked (where it has none, no other has), and the tenth pass, which repeats the ninth, is left out.
/// Allocates nothing after construction. Not thread-safe.
/// </remarks>
public sealed class PublishedSolver
{
    private const double Enough = 0.01;
    private const double FirstSlack = -0.01;
    private const int Passes = 9;

    private readonly int[] sorted;
    private readonly double[] keys;
    private readonly int[] next;
    private readonly int[] end;
    private readonly double[] left;
    private readonly double[] free;
    private readonly PriorityQueue<int, double> overloaded;
    private readonly PriorityQueue<int, double> underloaded;
    private readonly List<double> squares = new(Passes);
    private double leftOver;
    private double leftFree;

    /// <summary>A solver for problems up to a size.</summary>
    public PublishedSolver(int groups, int cores)
    {
        sorted = new int[groups];
        keys = new double[groups];
        next = new int[cores];
        end = new int[cores];
        left = new double[cores];
        free = new double[cores];
        overloaded = new PriorityQueue<int, double>(cores);
        underloaded = new PriorityQueue<int, double>(cores);
    }

    /// <summary>Squared imbalance of the cores that took part after each pass of the last problem, which shows where the last is not the best.</summary>
    public IReadOnlyList<double> SquaredImbalances => squares;

    /// <summary>Solves one problem.</summary>
    /// <param name="excess">Load of each overloaded core above the mean.</param>
    /// <param name="room">Load of each underloaded core below the mean.</param>
    /// <param name="groupLoads">Load of each group that overloaded cores own, in any order.</param>
    /// <param name="groupOwners">Index in <paramref name="excess"/> of each group's core; every core has at least one group.</param>
    /// <param name="targets">Index in <paramref name="room"/> of the core that each group goes to; -1 where it stays.</param>
    public void Solve(
        ReadOnlySpan<double> excess, ReadOnlySpan<double> room, ReadOnlySpan<double> groupLoads, ReadOnlySpan<int> groupOwners, Span<int> targets)
    {
        Sort(groupLoads, groupOwners, excess.Length);
        squares.Clear();
        var search = new SlackSearch(FirstSlack);
        for (var pass = 1; pass <= Passes; pass++)
        {
            var squared = Pass(excess, room, groupLoads, targets, search.Over, search.Under);
            squares.Add(squared);
            if (squared < Enough || !search.Next(squared, leftOver, leftFree))
            {
                return;
            }
        }
    }

    // Groups by core, the largest first; next[core] and end[core] bound what a pass has not yet looked at.
    private void Sort(ReadOnlySpan<double> loads, ReadOnlySpan<int> owners, int cores)
    {
        end.AsSpan(0, cores).Clear();
        foreach (var owner in owners)
        {
            end[owner]++;
        }

        for (int core = 0, at = 0; core < cores; core++)
        {
            (next[core], at) = (at, at + end[core]);
            end[core] = next[core];
        }

        for (var group = 0; group < owners.Length; group++)
        {
            var at = end[owners[group]]++;
            (sorted[at], keys[at]) = (group, -loads[group]);
        }

        for (var core = 0; core < cores; core++)
        {
            Array.Sort(keys, sorted, next[core], end[core] - next[core]);
        }
    }

    private double Pass(
        ReadOnlySpan<double> excess, ReadOnlySpan<double> room, ReadOnlySpan<double> loads, Span<int> targets, double overSlack, double underSlack)
    {
        Prepare(excess, room, targets);
        while (overloaded.Count > 0 && underloaded.Count > 0)
        {
            var from = overloaded.Dequeue();
            var group = sorted[next[from]++];
            var to = underloaded.Peek();
            if (loads[group] < free[to] + underSlack)
            {
                underloaded.Dequeue();
                targets[group] = to;
                left[from] -= loads[group];
                free[to] -= loads[group];
                if (free[to] > Enough)
                {
                    underloaded.Enqueue(to, -free[to]);
                }
            }

            if (left[from] > -overSlack && next[from] < end[from])
            {
                overloaded.Enqueue(from, -left[from]);
            }
        }

        leftOver = Sum(left.AsSpan(0, excess.Length), out var overSquared);
        leftFree = Sum(free.AsSpan(0, room.Length), out var underSquared);
        return overSquared + underSquared;
    }

    private void Prepare(ReadOnlySpan<double> excess, ReadOnlySpan<double> room, Span<int> targets)
    {
        targets.Fill(-1);
        overloaded.Clear();
        underloaded.Clear();
        for (var core = 0; core < excess.Length; core++)
        {
            left[core] = excess[core];
            next[core] = core == 0 ? 0 : end[core - 1];
            overloaded.Enqueue(core, -excess[core]);
        }

        for (var core = 0; core < room.Length; core++)
        {
            free[core] = room[core];
            underloaded.Enqueue(core, -room[core]);
        }
    }

    private static double Sum(ReadOnlySpan<double> values, out double squared)
    {
        var sum = 0.0;
        squared = 0;
        foreach (var value in values)
        {
            sum += Math.Abs(value);
            squared += value * value;
        }

        return sum;
    }

    /// <summary>The search for the slack: grows it while that helps, then bisects between the last that helped and the first that did not.</summary>
    private struct SlackSearch(double first)
    {
        private enum Phase
        {
            First,
            Growing,
            Left,
            Right,
        }

        private Phase phase = Phase.First;
        private double last;
        private double at;
        private (double Over, double Under) bottom = (first, first);
        private (double Over, double Under) top;

        /// <summary>How much more than its excess an overloaded core may give.</summary>
        public double Over { get; private set; } = first;

        /// <summary>How much more than its room an underloaded core may take.</summary>
        public double Under { get; private set; } = first;

        /// <summary>Chooses the slack of the next pass.</summary>
        /// <returns>Whether there is a next pass.</returns>
        public bool Next(double squared, double leftOver, double leftFree)
        {
            var better = squared <= last;
            last = squared;
            switch (phase)
            {
                case Phase.First:
                    (Over, Under, phase) = (leftOver, leftFree, Phase.Growing);
                    return true;
                case Phase.Growing when better:
                    (Over, Under) = (Over * 1.5, Under * 1.5);
                    return true;
                case Phase.Growing:
                    (top, at, phase) = ((Over, Under), 0.5, Phase.Left);
                    (Over, Under) = (Over / 2, Under / 2);
                    return true;
                case Phase.Left when better:
                    at /= 2;
                    return at >= 0.01 && Between();
                case Phase.Left:
                    (bottom, at, phase) = ((Over, Under), 0.5, Phase.Right);
                    return Between();
                case Phase.Right when better:
                    at = (1 + at) / 2;
                    return at <= 0.99 && Between();
                default:
                    (top, at, phase) = ((Over, Under), 0.5, Phase.Left);
                    return Between();
            }
        }

        private bool Between()
        {
            Over = bottom.Over + ((top.Over - bottom.Over) * at);
            Under = bottom.Under + ((top.Under - bottom.Under) * at);
            return true;
        }
    }
}

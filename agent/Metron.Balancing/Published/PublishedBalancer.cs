namespace Metron.Balancing.Published;

/// <summary>
/// RSS++ as published (Barbette et al., CoNEXT 2019): its balancing tick, its interval and its core scaling, on one NUMA node. The baseline that ours is compared
/// with, including what was found wrong with it: when a core is removed, its smallest group is placed first and the load that
/// the others have already is ignored.
/// </summary>
/// <remarks>Pure: measurements come in with <see cref="Tick"/>. Not thread-safe.</remarks>
public sealed class PublishedBalancer
{
    private readonly PublishedParameters parameters;
    private readonly PublishedSolver solver;
    private readonly int[] owners;
    private readonly List<int> active;
    private readonly double[] loads;
    private readonly double[] imbalances;
    private readonly long[] packets;
    private readonly int[] nonEmpty;
    private readonly bool[] received;
    private readonly int[] sources;
    private readonly int[] over;
    private readonly int[] under;
    private readonly double[] excess;
    private readonly double[] room;
    private readonly int[] candidates;
    private readonly double[] candidateLoads;
    private readonly int[] candidateOwners;
    private readonly int[] targets;

    /// <summary>A balancer whose groups are dealt out to the active cores in turn.</summary>
    /// <param name="groups">Number of flow groups.</param>
    /// <param name="cores">Number of cores that there are.</param>
    /// <param name="activeCores">How many of them are used at first: cores 0 to this less one.</param>
    /// <param name="parameters">Its parameters.</param>
    public PublishedBalancer(int groups, int cores, int activeCores, PublishedParameters parameters)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(activeCores, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(activeCores, cores);
        this.parameters = parameters;
        solver = new PublishedSolver(groups, cores);
        owners = [.. Enumerable.Range(0, groups).Select(group => group % activeCores)];
        active = [.. Enumerable.Range(0, activeCores)];
        IntervalSeconds = parameters.MinimumInterval;
        (loads, imbalances, packets, nonEmpty, received) = (new double[cores], new double[cores], new long[cores], new int[cores], new bool[cores]);
        (sources, over, under, excess, room) = (new int[cores], new int[cores], new int[cores], new double[cores], new double[cores]);
        (candidates, candidateLoads, candidateOwners, targets) = (new int[groups], new double[groups], new int[groups], new int[groups]);
    }

    /// <summary>The core of each group.</summary>
    public ReadOnlySpan<int> Owners => owners;

    /// <summary>The cores in use, in the order in which they are looked at.</summary>
    public IReadOnlyList<int> ActiveCores => active;

    /// <summary>When the next tick is due, in seconds after this one.</summary>
    public double IntervalSeconds { get; private set; }

    /// <summary>Decides once.</summary>
    /// <param name="coreLoads">Share of useful cycles of each core since the last tick, 0 to 1.</param>
    /// <param name="queueFill">How full each core's queue is, 0 to 1.</param>
    /// <param name="groupPackets">Packets of each group since the last tick.</param>
    /// <returns>Number of groups that changed their core.</returns>
    public int Tick(ReadOnlySpan<double> coreLoads, ReadOnlySpan<double> queueFill, ReadOnlySpan<long> groupPackets)
    {
        Measure(coreLoads, queueFill, groupPackets);
        if (parameters.ScaleCores && Scale(groupPackets) is { } removal)
        {
            AdaptInterval(removal.Imbalance, moved: true);
            return removal.Moves;
        }

        var imbalance = Classify(out var overloaded, out var underloaded);
        var moves = overloaded > 0 && underloaded > 0 ? Balance(groupPackets, overloaded, underloaded) : 0;
        if (moves > 0)
        {
            imbalance = active.Sum(core => Math.Abs(imbalances[core]));
        }

        AdaptInterval(imbalance, moves > 0);
        return moves;
    }

    private void Measure(ReadOnlySpan<double> coreLoads, ReadOnlySpan<double> queueFill, ReadOnlySpan<long> groupPackets)
    {
        var full = 0;
        foreach (var core in active)
        {
            full += coreLoads[core] > parameters.FullLoad ? 1 : 0;
        }

        foreach (var core in active)
        {
            loads[core] = full > 1 ? ((1 - parameters.FillShare) * coreLoads[core]) + (parameters.FillShare * queueFill[core]) : coreLoads[core];
        }

        Array.Clear(packets);
        Array.Clear(nonEmpty);
        for (var group = 0; group < owners.Length; group++)
        {
            packets[owners[group]] += groupPackets[group];
            nonEmpty[owners[group]] += groupPackets[group] > 0 ? 1 : 0;
        }
    }

    private (double Imbalance, int Moves)? Scale(ReadOnlySpan<long> groupPackets)
    {
        var spare = 0.0;
        var highest = 0.0;
        foreach (var core in active)
        {
            spare += parameters.TargetLoad - loads[core];
            highest = Math.Max(highest, loads[core]);
        }

        var protection = (active.Count + 1) * Math.Max(0.05, highest - parameters.TargetLoad);
        if (spare > 1 + (1 - parameters.TargetLoad) + protection && active.Count > 1)
        {
            return Remove(groupPackets);
        }

        if (spare < -0.1 && active.Count < loads.Length)
        {
            var added = 0;
            while (active.Contains(added))
            {
                added++;
            }

            active.Add(added);
            (loads[added], received[added]) = (0, false);
        }

        return null;
    }

    private (double Imbalance, int Moves) Remove(ReadOnlySpan<long> groupPackets)
    {
        var position = 0;
        for (var i = 1; i < active.Count; i++)
        {
            position = loads[active[i]] < loads[active[position]] ? i : position;
        }

        var core = active[position];
        active[position] = active[^1];
        active.RemoveAt(active.Count - 1);
        var count = 0;
        for (var group = 0; group < owners.Length; group++)
        {
            if (owners[group] == core)
            {
                (candidates[count], candidateLoads[count]) = (group, GroupLoad(group, groupPackets));
                count++;
            }
        }

        // The smallest first, each to the core that has been given the least so far, whatever it had before.
        Array.Sort(candidateLoads, candidates, 0, count);
        var given = new PriorityQueue<int, double>(active.Select(other => (other, 0.0)));
        for (var i = 0; i < count; i++)
        {
            given.TryDequeue(out var to, out var load);
            owners[candidates[i]] = to;
            given.Enqueue(to, load + candidateLoads[i]);
        }

        return (loads[core], count);
    }

    private double GroupLoad(int group, ReadOnlySpan<long> groupPackets)
    {
        var core = owners[group];
        return packets[core] == 0 ? 0 : (double)groupPackets[group] / packets[core] * loads[core];
    }

    // Which cores give and which take. A core that received groups in the last tick is left alone, once.
    private double Classify(out int overloaded, out int underloaded)
    {
        (overloaded, underloaded) = (0, 0);
        var mean = active.Sum(core => loads[core]) / active.Count;
        var total = 0.0;
        foreach (var core in active)
        {
            imbalances[core] = 0;
            sources[core] = -1;
            if (received[core])
            {
                received[core] = false;
                continue;
            }

            var imbalance = imbalances[core] = mean - loads[core];
            total += Math.Abs(imbalance);
            if (imbalance > parameters.Threshold)
            {
                (under[underloaded], room[underloaded]) = (core, imbalance);
                underloaded++;
            }
            else if (imbalance < -parameters.Threshold && nonEmpty[core] > 1)
            {
                (over[overloaded], excess[overloaded], sources[core]) = (core, -imbalance, overloaded);
                overloaded++;
            }
        }

        return total;
    }

    private int Balance(ReadOnlySpan<long> groupPackets, int overloaded, int underloaded)
    {
        var count = 0;
        for (var group = 0; group < owners.Length; group++)
        {
            if (groupPackets[group] > 0 && sources[owners[group]] is >= 0 and var source)
            {
                (candidates[count], candidateLoads[count], candidateOwners[count]) = (group, GroupLoad(group, groupPackets), source);
                count++;
            }
        }

        solver.Solve(
            excess.AsSpan(0, overloaded), room.AsSpan(0, underloaded), candidateLoads.AsSpan(0, count), candidateOwners.AsSpan(0, count), targets.AsSpan(0, count));
        var moves = 0;
        for (var i = 0; i < count; i++)
        {
            if (targets[i] >= 0)
            {
                var to = under[targets[i]];
                imbalances[owners[candidates[i]]] += candidateLoads[i];
                imbalances[to] -= candidateLoads[i];
                owners[candidates[i]] = to;
                received[to] = true;
                moves++;
            }
        }

        return moves;
    }

    private void AdaptInterval(double imbalance, bool moved)
    {
        if (imbalance > 0.4)
        {
            IntervalSeconds = parameters.MinimumInterval;
        }
        else if (imbalance > 0.2)
        {
            IntervalSeconds /= 2;
        }
        else if (!moved)
        {
            IntervalSeconds *= 2;
        }

        IntervalSeconds = Math.Clamp(IntervalSeconds, parameters.MinimumInterval, parameters.MaximumInterval);
    }
}

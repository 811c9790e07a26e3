namespace Metron.Balancing;

/// <summary>
/// Turns counters into the load of each flow group: its share of its worker's useful cycles, by packets times the cycles that its packets
/// were sampled to take. Not thread-safe.
/// </summary>
/// <remarks>
/// A worker without a sample (its counters stood still or started anew) leaves the loads of its flow groups as they were. A flow group whose counter started
/// anew counts what it shows since. One that changed its worker within the interval keeps its load, since its cycles belong to two workers.
/// </remarks>
public sealed class LoadReader
{
    // A millionth of a core: more would only make recordings longer.
    private const int Digits = 6;

    private readonly LoadSettings _settings;
    private readonly LoadMeasurement _before;
    private readonly double[] _capacities;
    private readonly double[] _costs;
    private readonly double[] _weights;
    private readonly double[] _sums;
    private readonly double[] _loads;
    private readonly double[] _useful;
    private readonly double[] _bases;
    private readonly bool[] _isKnown;
    private bool _isFirst = true;

    /// <summary>Makes one.</summary>
    /// <param name="groups">Number of flow groups.</param>
    /// <param name="capacities">Capacity of each worker in nominal cores.</param>
    /// <param name="settings">How load is estimated.</param>
    public LoadReader(int groups, ReadOnlySpan<double> capacities, LoadSettings settings)
    {
        _settings = settings;
        _capacities = capacities.ToArray();
        _before = new LoadMeasurement(groups, capacities.Length);
        (_costs, _weights, _loads) = (new double[groups], new double[groups], new double[groups]);
        _sums = new double[capacities.Length];
        (_useful, _bases, _isKnown) = (new double[capacities.Length], new double[capacities.Length], new bool[capacities.Length]);
    }

    /// <summary>Loads since the call before; after the first call, when there is nothing to compare with, all are 0.</summary>
    /// <param name="now">Counters as they are.</param>
    /// <param name="seconds">Time since the call before.</param>
    public LoadSample Read(LoadMeasurement now, double seconds)
    {
        if (!_isFirst)
        {
            ReadWorkers(now);
            ReadCosts(now, seconds);
            Attribute(now);
        }

        Remember(now);
        return new LoadSample(
            seconds, (double[])_loads.Clone(), (double[])_bases.Clone(), (ushort[])now.Owners.Clone(), (WorkerHealth[])now.Health.Clone(), now.LatencyMicroseconds);
    }

    private void ReadWorkers(LoadMeasurement now)
    {
        for (var worker = 0; worker < _capacities.Length; worker++)
        {
            var all = (double)now.AllCycles[worker] - _before.AllCycles[worker];
            var useful = (double)now.UsefulCycles[worker] - _before.UsefulCycles[worker];
            var other = (double)now.OtherCycles[worker] - _before.OtherCycles[worker];
            _isKnown[worker] = all > 0 && useful >= 0 && other >= 0;
            if (_isKnown[worker])
            {
                var share = Math.Min(1, useful / all);
                var rest = Math.Min(1 - share, other / all);
                var fill = double.IsNaN(now.QueueFill[worker]) ? 0 : Math.Clamp(now.QueueFill[worker], 0, 1);
                share += share + rest > _settings.Saturation ? fill * _settings.QueueWeight : 0;
                (_useful[worker], _bases[worker]) = (share * _capacities[worker], Math.Round(rest * _capacities[worker], Digits));
            }
        }
    }

    // Cycles per packet; flow groups that were never sampled count as the mean of those that were.
    private void ReadCosts(LoadMeasurement now, double seconds)
    {
        var follow = Follow(seconds, _settings.CostSeconds);
        for (var group = 0; group < _costs.Length; group++)
        {
            var packets = (double)now.SampledPackets[group] - _before.SampledPackets[group];
            var cycles = (double)now.SampledCycles[group] - _before.SampledCycles[group];
            if (packets > 0 && cycles > 0)
            {
                _costs[group] += (_costs[group] > 0 ? follow : 1) * ((cycles / packets) - _costs[group]);
            }
        }
    }

    private void Attribute(LoadMeasurement now)
    {
        var (sum, sampled) = (0.0, 0);
        foreach (var cost in _costs)
        {
            sum += cost;
            sampled += cost > 0 ? 1 : 0;
        }

        var usual = sampled > 0 ? sum / sampled : 1;
        Array.Clear(_sums);
        for (var group = 0; group < _weights.Length; group++)
        {
            var (packets, before) = (now.Packets[group], _before.Packets[group]);
            var arrived = packets >= before ? packets - before : packets;
            _weights[group] = arrived * (_costs[group] > 0 ? _costs[group] : usual);
            _sums[now.Owners[group]] += _weights[group];
        }

        for (var group = 0; group < _weights.Length; group++)
        {
            var owner = now.Owners[group];
            if (_isKnown[owner] && owner == _before.Owners[group])
            {
                _loads[group] = _sums[owner] > 0 ? Math.Round(_useful[owner] * _weights[group] / _sums[owner], Digits) : 0;
            }
        }

        for (var worker = 0; worker < _sums.Length; worker++)
        {
            // Useful cycles without packets of any flow group are caused by something else.
            _bases[worker] += _isKnown[worker] && _sums[worker] == 0 ? _useful[worker] : 0;
        }
    }

    private void Remember(LoadMeasurement now)
    {
        _isFirst = false;
        now.UsefulCycles.CopyTo(_before.UsefulCycles, 0);
        now.AllCycles.CopyTo(_before.AllCycles, 0);
        now.OtherCycles.CopyTo(_before.OtherCycles, 0);
        now.Packets.CopyTo(_before.Packets, 0);
        now.SampledPackets.CopyTo(_before.SampledPackets, 0);
        now.SampledCycles.CopyTo(_before.SampledCycles, 0);
        now.Owners.CopyTo(_before.Owners, 0);
    }

    /// <summary>Share of a difference that is followed in an interval.</summary>
    internal static double Follow(double seconds, double constant) => constant > 0 ? 1 - Math.Exp(-seconds / constant) : 1;
}

using Metron.Offload;

namespace Metron.Orchestration;

/// <summary>
/// Packets per second of rules, from counters of switches and servers. Each of them has an exponentially weighted mean of its own for each rule, which
/// begins with 0; a rule's rate is their sum, so that it stays the same while a rule goes from a server to the switch or back. What the means lack as
/// they began with 0 is made good by how long the chain was watched. Not thread-safe.
/// </summary>
/// <param name="halfLife">After this time, what was measured before counts half.</param>
public sealed class RuleRateMeter(TimeSpan halfLife)
{
    /// <summary>For so many half-lives a chain is watched before its rates are told.</summary>
    private const double LeastAge = 0.5;

    /// <summary>After so many half-lives without a word, a counter counts no more, once another one of its kind speaks for the chain.</summary>
    private const double MostSilence = 3;

    /// <summary>Rates below are 0, in packets per second.</summary>
    private const double Nothing = 0.001;

    /// <summary>OpenFlow's word for "not counted" (OpenFlow 1.3.5, section 7.3.5.2: fields that are not supported have all bits set).</summary>
    private const ulong NotCounted = ulong.MaxValue;

    private readonly Dictionary<string, Watched> _chains = new(StringComparer.Ordinal);

    /// <summary>Takes what a counter says of a chain. A reading that is not later than its last one is left out.</summary>
    /// <param name="chain">Name of the chain.</param>
    /// <param name="counter">Who counts.</param>
    /// <param name="time">When it was read.</param>
    /// <param name="counts">All that it counts for the chain; what it does not name any more is gone.</param>
    /// <param name="functions">Functions of which it counts each denied packet, whether their rules are named or not.</param>
    public void Take(string chain, RuleCounter counter, DateTimeOffset time, IEnumerable<RuleCount> counts, IEnumerable<string> functions)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(functions);
        if (!_chains.TryGetValue(chain, out var watched))
        {
            _chains[chain] = watched = new Watched { Since = time };
        }

        if (!watched.Counters.TryGetValue(counter, out var readings))
        {
            watched.Counters[counter] = readings = new Readings { Time = time };
            Remember(readings, counts, []);
        }
        else if (time > readings.Time)
        {
            var elapsed = time - readings.Time;
            Dictionary<FunctionRule, (double Packets, double Bytes)> taken = [];
            Remember(readings, counts, taken);
            readings.Time = time;
            Smooth(readings, taken, elapsed);
        }
        else
        {
            return;
        }

        watched.Latest = time > watched.Latest ? time : watched.Latest;
        watched.Functions.UnionWith(functions);
        foreach (var silent in watched.Counters.Where(other =>
            other.Key != counter && other.Key.Kind == counter.Kind && time - other.Value.Time > MostSilence * halfLife).ToList())
        {
            watched.Counters.Remove(silent.Key);
        }
    }

    /// <summary>Forgets all chains but these.</summary>
    public void KeepOnly(IReadOnlySet<string> chains)
    {
        foreach (var gone in _chains.Keys.Where(chain => !chains.Contains(chain)).ToList())
        {
            _chains.Remove(gone);
        }
    }

    /// <summary>The rate of a rule; null while its chain was not watched for long enough, or when nobody counts the rule.</summary>
    public Rate? Read(string chain, FunctionRule rule)
    {
        if (!_chains.TryGetValue(chain, out var watched) || watched.Latest - watched.Since < LeastAge * halfLife)
        {
            return null;
        }

        var share = Weight(watched.Latest - watched.Since);
        var (packets, bytes, isKnown) = (0.0, 0.0, watched.Functions.Contains(rule.Function));
        foreach (var readings in watched.Counters.Values)
        {
            if (readings.Rates.TryGetValue(rule, out var rate))
            {
                (packets, bytes, isKnown) = (packets + rate.Packets, bytes + rate.Bytes, true);
            }
        }

        return isKnown ? new Rate(packets / share, bytes / share) : null;
    }

    /// <summary>All rates, as they are now.</summary>
    public IRuleRates Snapshot()
    {
        Dictionary<string, (IReadOnlySet<string> Functions, Dictionary<FunctionRule, double> Rates)> chains = new(StringComparer.Ordinal);
        foreach (var (chain, watched) in _chains.Where(of => of.Value.Latest - of.Value.Since >= LeastAge * halfLife))
        {
            var rules = watched.Counters.Values.SelectMany(readings => readings.Rates.Keys).Distinct();
            chains[chain] = (watched.Functions.ToHashSet(StringComparer.Ordinal), rules.ToDictionary(rule => rule, rule => Read(chain, rule)!.Value.Packets));
        }

        return new Frozen(chains);
    }

    /// <summary>Adds what was counted since the reading before, and keeps the counts for the next.</summary>
    private static void Remember(Readings readings, IEnumerable<RuleCount> counts, Dictionary<FunctionRule, (double Packets, double Bytes)> taken)
    {
        var before = readings.Counts;
        var now = new Dictionary<object, (ulong Packets, ulong Bytes)>(before.Count);
        foreach (var (rule, source, packets, bytes) in counts.Where(count => count.Packets != NotCounted))
        {
            // A counter that went down began anew; one that was not there before began with 0 since.
            var last = before.GetValueOrDefault(source);
            var (addedPackets, addedBytes) = packets < last.Packets ? (packets, bytes ?? 0) : (packets - last.Packets, (bytes ?? 0) - Math.Min(last.Bytes, bytes ?? 0));
            now[source] = (packets, bytes ?? 0);
            var sum = taken.GetValueOrDefault(rule);
            taken[rule] = (sum.Packets + addedPackets, sum.Bytes + addedBytes);
        }

        readings.Counts = now;
    }

    private void Smooth(Readings readings, Dictionary<FunctionRule, (double Packets, double Bytes)> taken, TimeSpan elapsed)
    {
        // What was missed counts as spread evenly over the time since the reading before.
        var (weight, seconds) = (Weight(elapsed), elapsed.TotalSeconds);
        foreach (var rule in readings.Rates.Keys.Where(rule => !taken.ContainsKey(rule)).ToList())
        {
            var rest = readings.Rates[rule];
            if (rest.Packets * (1 - weight) < Nothing)
            {
                readings.Rates.Remove(rule);
            }
            else
            {
                readings.Rates[rule] = new Rate(rest.Packets * (1 - weight), rest.Bytes * (1 - weight));
            }
        }

        foreach (var (rule, (packets, bytes)) in taken)
        {
            var before = readings.Rates.GetValueOrDefault(rule);
            readings.Rates[rule] = new Rate(
                before.Packets + (weight * ((packets / seconds) - before.Packets)), before.Bytes + (weight * ((bytes / seconds) - before.Bytes)));
        }
    }

    private double Weight(TimeSpan elapsed) => 1 - Math.Pow(2, -(elapsed / halfLife));

    private sealed class Watched
    {
        public required DateTimeOffset Since { get; init; }

        public DateTimeOffset Latest { get; set; }

        public HashSet<string> Functions { get; } = new(StringComparer.Ordinal);

        public Dictionary<RuleCounter, Readings> Counters { get; } = [];
    }

    private sealed class Readings
    {
        public required DateTimeOffset Time { get; set; }

        public Dictionary<object, (ulong Packets, ulong Bytes)> Counts { get; set; } = [];

        public Dictionary<FunctionRule, Rate> Rates { get; } = [];
    }

    private sealed class Frozen(Dictionary<string, (IReadOnlySet<string> Functions, Dictionary<FunctionRule, double> Rates)> chains) : IRuleRates
    {
        public double? PacketsPerSecond(string chain, FunctionRule rule) =>
            !chains.TryGetValue(chain, out var of) ? null
            : of.Rates.TryGetValue(rule, out var rate) ? rate
            : of.Functions.Contains(rule.Function) ? 0 : null;
    }
}

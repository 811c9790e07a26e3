using Metron.Dataplane;
using Metron.Dpdk;

namespace Metron.Bench.Gaps;

/// <summary>How long a worker goes without polling while the rest of the process collects garbage. Loads no DPDK library.</summary>
internal sealed class GapSuite : ISuite
{
    private const string Contender = "metron";

    private static readonly Dictionary<string, Func<Load>> Known = new()
    {
        ["quiet"] = () => new Load(static _ => { }, liveMebibytes: 0),
        ["young-20MiB"] = () => new Load(static load => load.MakeGarbage(), liveMebibytes: 20),
        ["background-20MiB"] = () => new Load(static load => load.Collect(blocking: false), liveMebibytes: 20),
        ["blocking-20MiB"] = () => new Load(static load => load.Collect(blocking: true), liveMebibytes: 20),
        ["background-200MiB"] = () => new Load(static load => load.Collect(blocking: false), liveMebibytes: 200),
        ["blocking-200MiB"] = () => new Load(static load => load.Collect(blocking: true), liveMebibytes: 200),
    };

    public string Name => "gaps";

    public IReadOnlyList<string> Cases => [.. Known.Keys];

    public IReadOnlyList<string> Contenders(string caseName) => [Contender];

    public IEnumerable<Result> Run(string caseName, Options options, Action<string> progress)
    {
        var readings = Enumerable.Range(1, options.Rounds).Select(round =>
        {
            var reading = Measure(Known[caseName], TimeSpan.FromSeconds(options.Seconds));
            progress($"{Name} {caseName}: round {round}: longest gap {reading.Longest:0} µs, {reading.Collections} collections");
            return reading;
        }).ToList();
        Result Summary(string metric, string unit, Func<Reading, double> value) => Result.Of(Name, caseName, Contender, metric, unit, [.. readings.Select(value)]);
        return
        [
            Summary("gapMedian", "µs", reading => reading.Median),
            Summary("gapP99.99", "µs", reading => reading.P9999),
            Summary("gapMax", "µs", reading => reading.Longest),
            Summary("collections", "in the round", reading => reading.Collections),
            Summary("pausePerCollection", "µs, by the runtime", reading => reading.Collections == 0 ? 0 : reading.Paused / reading.Collections),
        ];
    }

    private static Reading Measure(Func<Load> begin, TimeSpan duration)
    {
        var core = CpuAffinity.Allowed()[^1];
        var dataplane = Metron.Dataplane.Dataplane.Start(new DataplaneOptions { Workers = [new() { Core = core }] }, [default(EmptyPort)]);
        using var load = begin();
        load.GoOn(TimeSpan.FromSeconds(1));
        var before = dataplane.ReadStatistics().Workers[0].PollGaps;
        var (collections, paused) = (Collections(), GC.GetTotalPauseDuration());
        load.GoOn(duration);
        var now = dataplane.ReadStatistics().Workers[0];
        var reading = new Reading(
            now.PollGaps.MicrosecondsOf(0.5, before),
            now.PollGaps.MicrosecondsOf(0.9999, before),
            now.MaximumPollGapMicroseconds,
            Collections() - collections,
            (GC.GetTotalPauseDuration() - paused).TotalMicroseconds);
        dataplane.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return reading;
    }

    private static int Collections() => GC.CollectionCount(0);

    /// <summary>What a round showed.</summary>
    private sealed record Reading(double Median, double P9999, double Longest, int Collections, double Paused);

    /// <summary>A thread that makes garbage beside some live objects, and does something every ten milliseconds.</summary>
    private sealed class Load : IDisposable
    {
        private const int ObjectBytes = 64;
        private const int GarbagePerTurn = 20_000; // about 200 MB a second
        private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(10);

        private readonly List<object> _live;
        private readonly Thread _thread;
        private readonly ManualResetEventSlim _isOver = new();
        private object _last = new();

        public Load(Action<Load> act, int liveMebibytes)
        {
            _live = [.. Enumerable.Range(0, liveMebibytes * (1 << 20) / ObjectBytes).Select(_ => new byte[ObjectBytes - 24])];
            GC.Collect();
            _thread = new Thread(() =>
            {
                while (!_isOver.Wait(Turn))
                {
                    act(this);
                }
            });
            _thread.Start();
        }

        /// <summary>Lets it work for a time.</summary>
        public void GoOn(TimeSpan duration) => _isOver.Wait(duration);

        public void MakeGarbage()
        {
            for (var i = 0; i < GarbagePerTurn; i++)
            {
                _last = new byte[ObjectBytes];
            }

            // Old objects that point to young ones are what makes a collection of the young dear.
            if (_live.Count > 0)
            {
                _live[Random.Shared.Next(_live.Count)] = _last;
            }
        }

        public void Collect(bool blocking)
        {
            MakeGarbage();
            GC.Collect(2, GCCollectionMode.Forced, blocking);
        }

        public void Dispose()
        {
            _isOver.Set();
            _thread.Join();
            _isOver.Dispose();
        }
    }
}

using Metron.NetworkFunctions.Chains;
using Metron.Orchestration;

namespace Metron.Offline.Tests;

/// <summary>A random chain with random traffic, compiled and interpreted side by side: all of it follows from the seed.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Plan">The plan of the chain.</param>
/// <param name="Options">What it is compiled for.</param>
/// <param name="Arrivals">The packets, up to the one that shows a difference.</param>
/// <param name="Difference">What is different; null when nothing is.</param>
internal sealed record RandomCase(int Seed, ChainPlan Plan, OfflineOptions Options, IReadOnlyList<Arrival> Arrivals, string? Difference)
{
    /// <summary>Ethernet header, VLAN header and two bytes of IP.</summary>
    private const int ShortestMarked = 20;

    private const int Packets = 120;

    /// <summary>Runs the case of a seed; null when its chain is not valid, or does not concern the broken dataplane.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="broken">What carries out the server's part in place of the platform; null: the platform.</param>
    /// <param name="witness">Sees every packet.</param>
    public static RandomCase? Run(int seed, BrokenDataplane? broken = null, Action<ComparedPacket>? witness = null)
    {
        var dice = new Dice(seed);
        var (spec, options) = RandomChain.Make(dice, fewKinds: broken is not null);
        if (broken is not null)
        {
            if (!broken.Concerns(spec))
            {
                return null;
            }

            options = options with { CreateFunction = configuration => broken.Function(configuration) };
        }

        OfflineChain chain;
        try
        {
            chain = OfflineChain.Compile(spec, options);
        }
        catch (OfflineException)
        {
            return null; // not every random chain is valid
        }

        using var comparison = new ChainComparison(chain);
        var arrivals = new List<Arrival>();
        var difference = Drive(new RandomTraffic(dice, spec), comparison, arrivals, broken, witness) ?? MonitorDifference(comparison);
        return new RandomCase(seed, chain.Plan, options, arrivals, difference);
    }

    private static string? Drive(
        RandomTraffic traffic, ChainComparison comparison, List<Arrival> arrivals, BrokenDataplane? broken, Action<ComparedPacket>? witness)
    {
        while (arrivals.Count < Packets)
        {
            var arrival = traffic.Next();
            if (comparison.Chain.Plan.TagKind == TagKind.Dscp && arrival.Frame.Length < ShortestMarked)
            {
                continue; // no Ethernet frame is that short: what ends before its code point cannot carry one, and nobody knows then whose it is
            }

            arrivals.Add(arrival);
            var result = comparison.Chain.Process(arrival.Endpoint, arrival.Frame, arrival.Nanoseconds);
            if (broken is not null)
            {
                result = broken.Result(arrival.Frame, result);
            }

            var compared = comparison.Compare(arrival.Endpoint, arrival.Frame, arrival.Nanoseconds, result);
            if (compared.Difference is { } difference)
            {
                return difference;
            }

            witness?.Invoke(compared);
            if (compared.Compiled.Frame is { } left)
            {
                traffic.Left(arrival, compared.Compiled.Egress, left);
            }
        }

        return null;
    }

    /// <summary>The pairs that monitors report, all workers together, are those that went through them, to the byte.</summary>
    private static string? MonitorDifference(ChainComparison comparison)
    {
        foreach (var reports in comparison.Chain.Reports().GroupBy(report => report.Function))
        {
            var expected = comparison.Reference.Talkers(reports.Key)
                .GroupBy(pair => (pair.Key.Source, pair.Key.Destination))
                .ToDictionary(pair => pair.Key, pair => (Sum(pair, known => known.Value.Packets), Sum(pair, known => known.Value.Bytes)));
            var reported = reports.SelectMany(report => report.Report.TopTalkers)
                .GroupBy(talker => (talker.Source, talker.Destination))
                .ToDictionary(pair => pair.Key, pair => (Sum(pair, talker => talker.Packets), Sum(pair, talker => talker.Bytes)));
            if (expected.Count != reported.Count || expected.Any(pair => reported.GetValueOrDefault(pair.Key) != pair.Value))
            {
                return $"monitor {reports.Key} reports {string.Join(", ", reported)}; as written: {string.Join(", ", expected)}";
            }
        }

        return null;

        static ulong Sum<T>(IEnumerable<T> values, Func<T, ulong> select) => values.Aggregate(0UL, (sum, value) => sum + select(value));
    }
}

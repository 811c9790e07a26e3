using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Metron.Dpdk;

namespace Metron.Bench.Lookup;

/// <summary>What one contender took.</summary>
/// <param name="BuildMilliseconds">Wall-clock time to build, the least of some.</param>
/// <param name="Mebibytes">Resident memory that it takes.</param>
/// <param name="Warm">Cycles per look-up, one after the other, as often as the caches like.</param>
/// <param name="Zipf">The same with addresses that are asked for by Zipf's law; NaN where there is no such case.</param>
/// <param name="Cold">Cycles per look-up in bursts of 32 after something else has had the caches.</param>
/// <param name="Checksum">Of the answers: the same for all contenders.</param>
internal sealed record LookupReport(
    double BuildMilliseconds, double Mebibytes, double Warm, double Zipf, double Cold, long Checksum);

/// <summary>A process in which one contender is built and asked.</summary>
internal static class LookupProcess
{
    private const int Builds = 5;
    private const int Burst = 32;
    private const int Batch = 4096;
    private const int Evictions = 300;
    private const double SecondsPerFigure = 0.5;

    /// <summary>Figures that a case has not are NaN.</summary>
    public static JsonSerializerOptions Numbers { get; } = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    // More than all caches.
    private static readonly byte[] Other = new byte[96 << 20];

    /// <summary>Runs with the arguments CONTENDER CASE; prints a <see cref="LookupReport"/>.</summary>
    public static int Run(IReadOnlyList<string> arguments)
    {
        using var eal = Eal.Start(new EalOptions
        {
            HugePages = false,
            MemoryMegabytes = 4096,
            ExtraArguments = ["--force-max-simd-bitwidth=512"], // for rte_acl
        });
        var cycles = eal.TscHertz / 1e9;
        try
        {
            var report = arguments[1].StartsWith("rules", StringComparison.Ordinal)
                ? Rules(arguments[0], arguments[1], cycles)
                : Routes(arguments[0], arguments[1], cycles);
            Console.WriteLine(JsonSerializer.Serialize(report, Numbers));
            return 0;
        }
        catch (BenchmarkException failure)
        {
            Console.Error.WriteLine(failure.Message);
            return 1;
        }
    }

    private static LookupReport Rules(string contender, string name, double cyclesPerNanosecond)
    {
        var generated = RuleCases.Generated(name);
        var rules = RuleCases.ForFirewall(generated);
        var (build, milliseconds, mebibytes) = Built(() => RuleAnswers.Build(contender, generated, rules));
        var answers = build(RuleCases.Packets(generated));
        return new LookupReport(
            milliseconds, mebibytes, Warm(answers) * cyclesPerNanosecond, double.NaN, Cold(answers) * cyclesPerNanosecond, Checksum(answers));
    }

    private static LookupReport Routes(string contender, string name, double cyclesPerNanosecond)
    {
        var routes = RouteCases.Routes(name);
        var (build, milliseconds, mebibytes) = Built(() => RouteAnswers.Build(contender, routes));
        var random = build(RouteCases.Addresses(routes, isZipf: false));
        var zipf = build(RouteCases.Addresses(routes, isZipf: true));
        return new LookupReport(
            milliseconds,
            mebibytes,
            Warm(random) * cyclesPerNanosecond,
            Warm(zipf) * cyclesPerNanosecond,
            Cold(random) * cyclesPerNanosecond,
            Checksum(random));
    }

    private static (T Built, double Milliseconds, double Mebibytes) Built<T>(Func<T> build)
    {
        var least = double.MaxValue;
        T built = default!;
        for (var i = 0; i < Builds; i++)
        {
            built = default!;
            Collect();
            var before = Resident();
            var watch = Stopwatch.StartNew();
            built = build();
            least = Math.Min(least, watch.Elapsed.TotalMilliseconds);
            Collect();
            if (i == Builds - 1)
            {
                return (built, least, (Resident() - before) / 1048576.0);
            }
        }

        return (built, least, 0);
    }

    private static void Collect()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
    }

    /// <summary>Bytes of resident memory (proc(5), statm).</summary>
    private static long Resident() => long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], null) * Environment.SystemPageSize;

    /// <summary>Nanoseconds per question: the median of batches, which leaves out those that the system interrupted.</summary>
    private static double Warm(IAnswers answers)
    {
        var found = new int[Batch];
        var times = new List<double>();
        var first = 0;
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed.TotalSeconds < SecondsPerFigure * 2)
        {
            var begin = Stopwatch.GetTimestamp();
            answers.Answer(first, found);
            var time = Stopwatch.GetElapsedTime(begin).TotalNanoseconds;
            if (watch.Elapsed.TotalSeconds > SecondsPerFigure)
            {
                times.Add(time / Batch);
            }

            first = (first + Batch) % answers.Questions;
        }

        return Median(times);
    }

    private static double Cold(IAnswers answers)
    {
        var found = new int[Burst];
        var times = new List<double>();
        for (var i = 0; i < Evictions; i++)
        {
            for (var at = 0; at < Other.Length; at += 64)
            {
                Other[at]++;
            }

            var begin = Stopwatch.GetTimestamp();
            answers.AnswerBurst(i * 7 * Burst % answers.Questions, found);
            times.Add(Stopwatch.GetElapsedTime(begin).TotalNanoseconds / Burst);
        }

        return Median(times);
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static long Checksum(IAnswers answers)
    {
        var found = new int[answers.Questions];
        answers.Answer(0, found);
        return found.Aggregate(17L, (sum, answer) => unchecked((sum * 31) + answer));
    }
}

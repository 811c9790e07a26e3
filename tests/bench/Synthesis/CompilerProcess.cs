using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Metron.NetworkFunctions.Chains;
using Metron.Orchestration;

namespace Metron.Bench.Synthesis;

/// <summary>What one compilation took and gave.</summary>
/// <param name="Milliseconds">Wall-clock time; of edits the median.</param>
/// <param name="FirstMilliseconds">That of the first edit.</param>
/// <param name="PeakMebibytes">Most memory of the process (VmHWM): runtime, chain and result included.</param>
/// <param name="TrafficClasses">Traffic classes.</param>
/// <param name="SwitchRules">Rules on the switch.</param>
/// <param name="HasEnded">Whether it came to an end, or was given up at so many rules.</param>
internal sealed record CompilerReport(double Milliseconds, double FirstMilliseconds, double PeakMebibytes, int TrafficClasses, long SwitchRules, bool HasEnded);

/// <summary>A process that compiles one chain once, after a small one that warms the code up.</summary>
internal static class CompilerProcess
{
    /// <summary>Runs with the arguments CONTENDER CASE; prints a <see cref="CompilerReport"/>.</summary>
    public static int Run(IReadOnlyList<string> arguments)
    {
        try
        {
            var spec = SynthesisCase.Chain(arguments[1]);
            if (arguments[0] == "gate")
            {
                CompiledChainGate.Check(spec);
                Console.WriteLine(JsonSerializer.Serialize(new CompilerReport(0, 0, 0, 0, 0, true)));
                return 0;
            }

            Measure(arguments[0], SynthesisCase.Chain("fw-100"));
            GC.Collect();
            Console.WriteLine(JsonSerializer.Serialize(
                arguments[1] == SynthesisCase.EditOneRule ? MeasureEdits(spec, SynthesisCase.Edits()) : Measure(arguments[0], spec)));
            return 0;
        }
        catch (BenchmarkException failure)
        {
            Console.Error.WriteLine(failure.Message);
            return 1;
        }
    }

    private static CompilerReport Measure(string contender, ChainSpec spec)
    {
        if (contender == "naive-product")
        {
            var watch = Stopwatch.StartNew();
            var product = NaiveProduct.Of(spec);
            return new CompilerReport(watch.Elapsed.TotalMilliseconds, 0, Peak(), 0, product.SwitchRules, product.IsComplete);
        }

        var (plan, milliseconds, rules) = Compile(spec);
        return new CompilerReport(milliseconds, 0, Peak(), plan.Classes.Count, rules, true);
    }

    /// <summary>What follows edits: each time the new plan, next to the one in force, and its switch rules.</summary>
    private static CompilerReport MeasureEdits(ChainSpec spec, IEnumerable<ChainSpec> edits)
    {
        var (plan, _, rules) = Compile(spec);
        var times = new List<double>();
        foreach (var edited in edits)
        {
            // What came before left garbage behind that is not this edit's to clear up.
            GC.Collect();
            var watch = Stopwatch.StartNew();
            plan = Replan(edited, plan);
            Step("edit: plan", watch);
            rules = ChainPrograms.SwitchRules(plan).Count;
            Step("edit: switch rules", watch);
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        var first = times[0];
        times.Sort();
        return new CompilerReport(times[times.Count / 2], first, Peak(), plan.Classes.Count, rules, true);
    }

    private static ChainPlan Replan(ChainSpec spec, ChainPlan before) =>
        ChainPlanner.Plan(new PlanRequest(spec, 1, before.Revision + 1, Inventory(spec)) { Previous = before, Held = [before] }).Plan!;

    private static (ChainPlan Plan, double Milliseconds, int Rules) Compile(ChainSpec spec)
    {
        var inventory = Inventory(spec);
        var watch = Stopwatch.StartNew();
        var violations = ChainValidator.Validate(spec, inventory, []);
        Step("validate", watch);
        if (violations.Count > 0)
        {
            throw new BenchmarkException(violations[0].ToString());
        }

        var result = ChainPlanner.Plan(new PlanRequest(spec, 1, 1, inventory));
        var plan = result.Plan ?? throw new BenchmarkException(result.Problem!.Message);
        Step("plan", watch);
        var rules = ChainPrograms.SwitchRules(plan).Count;
        Step("switch rules", watch);
        _ = ChainPrograms.ResidualPrograms(plan).Count;
        Step("programs", watch);
        return (plan, watch.Elapsed.TotalMilliseconds, rules);
    }

    private static void Step(string name, Stopwatch watch)
    {
        if (Environment.GetEnvironmentVariable("METRON_BENCH_STEPS") is not null)
        {
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{watch.Elapsed.TotalMilliseconds,9:0.0} ms {Environment.CpuUsage.TotalTime.TotalMilliseconds,9:0.0} ms of CPU {Peak(),6:0} MiB  {name}"));
        }
    }

    private static Inventory Inventory(ChainSpec spec) => VirtualInventory.For(spec, TagKind.Vlan, 2);

    private static double Peak() => File.ReadLines("/proc/self/status")
        .Where(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
        .Select(line => double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024)
        .First();
}

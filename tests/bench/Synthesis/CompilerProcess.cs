using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Metron.NetworkFunctions.Chains;
using Metron.Orchestration;

namespace Metron.Bench.Synthesis;

/// <summary>What one compilation took and gave.</summary>
/// <param name="Milliseconds">Wall-clock time.</param>
/// <param name="PeakMebibytes">Most memory of the process (VmHWM): runtime, chain and result included.</param>
/// <param name="TrafficClasses">Traffic classes.</param>
/// <param name="SwitchRules">Rules on the switch.</param>
/// <param name="HasEnded">Whether it came to an end, or was given up at so many rules.</param>
internal sealed record CompilerReport(double Milliseconds, double PeakMebibytes, int TrafficClasses, long SwitchRules, bool HasEnded);

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
                Console.WriteLine(JsonSerializer.Serialize(new CompilerReport(0, 0, 0, 0, true)));
                return 0;
            }

            Measure(arguments[0], SynthesisCase.Chain("fw-100"), null);
            var edited = arguments[1] == SynthesisCase.EditOneRule ? SynthesisCase.Edited() : null;
            if (edited is not null)
            {
                WarmUpEdits();
            }

            GC.Collect();
            Console.WriteLine(JsonSerializer.Serialize(Measure(arguments[0], spec, edited)));
            return 0;
        }
        catch (BenchmarkException failure)
        {
            Console.Error.WriteLine(failure.Message);
            return 1;
        }
    }

    private static CompilerReport Measure(string contender, ChainSpec spec, ChainSpec? edited)
    {
        if (contender == "naive-product")
        {
            var watch = Stopwatch.StartNew();
            var product = NaiveProduct.Of(spec);
            return new CompilerReport(watch.Elapsed.TotalMilliseconds, Peak(), 0, product.SwitchRules, product.IsComplete);
        }

        var (plan, milliseconds, rules) = Compile(spec);
        if (edited is not null)
        {
            // What follows an edit: the new plan, next to the one in force. What making that one left behind is not the edit's to clear up.
            GC.Collect();
            var watch = Stopwatch.StartNew();
            plan = Replan(edited, plan);
            milliseconds = watch.Elapsed.TotalMilliseconds;
            Step("edit: plan", watch);
            rules = ChainPrograms.SwitchRules(plan).Count;
            Step("edit: switch rules", watch);
        }

        return new CompilerReport(milliseconds, Peak(), plan.Classes.Count, rules, true);
    }

    private static void WarmUpEdits()
    {
        ChainPlan? plan = null;
        foreach (var spec in SynthesisCase.SmallEdits())
        {
            plan = Replan(spec, plan);
            _ = ChainPrograms.SwitchRules(plan).Count;
        }
    }

    private static ChainPlan Replan(ChainSpec spec, ChainPlan? before) => ChainPlanner.Plan(
        new PlanRequest(spec, 1, (before?.Revision ?? 0) + 1, Inventory(spec)) { Previous = before, Held = before is null ? [] : [before] }).Plan!;

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

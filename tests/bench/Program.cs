using System.IO.Enumeration;
using Metron.Bench.Balancing;
using Metron.Bench.Dataplane;
using Metron.Bench.Gaps;
using Metron.Bench.Lookup;
using Metron.Bench.Migration;
using Metron.Bench.Nics;
using Metron.Bench.OpenFlow;
using Metron.Bench.Simulation;
using Metron.Bench.StateSharing;
using Metron.Bench.Synthesis;

namespace Metron.Bench;

/// <summary>Runs benchmark suites and reports. With "worker", "compiler", "answers", "echoes" or "attackers" as first argument it is a contender of a suite, or an attacker of one.</summary>
internal static class Program
{
    private static readonly ISuite[] Suites =
    [
        new DataplaneSuite(), new SynthesisSuite(), new GapSuite(), new LookupSuite(), new NicSuite(), new StateSharingSuite(), new BalancingSuite(), new SimulationSuite(),
        new MigrationSuite(), new OpenFlowSuite(),
    ];

    public static int Main(string[] arguments)
    {
        if (arguments is ["worker", .. var rest])
        {
            return WorkerProcess.Run(rest);
        }

        if (arguments is ["answers", .. var wanted])
        {
            return LookupProcess.Run(wanted);
        }

        if (arguments is ["compiler", .. var asked])
        {
            return CompilerProcess.Run(asked);
        }

        if (arguments is ["echoes", .. var measured])
        {
            return AttackCase.Measure(measured);
        }

        if (arguments is ["attackers", .. var attacked])
        {
            return AttackCase.Attack(attacked);
        }

        try
        {
            var options = Options.Parse(arguments);
            if (options.Help)
            {
                Console.WriteLine(Options.Usage);
                return 0;
            }

            return Run(options);
        }
        catch (FormatException wrong)
        {
            Console.Error.WriteLine(wrong.Message);
            Console.Error.WriteLine(Options.Usage);
            return 2;
        }
    }

    private static int Run(Options options)
    {
        var unknown = options.Suites.Except(Suites.Select(suite => suite.Name)).ToList();
        if (unknown.Count > 0)
        {
            throw new FormatException($"no suite '{unknown[0]}'; there is {string.Join(", ", Suites.Select(suite => suite.Name))}");
        }

        var chosen = Suites.Where(suite => options.Suites.Count == 0 || options.Suites.Contains(suite.Name))
            .SelectMany(suite => suite.Cases.Where(name => Matches(options, name)).Select(name => (suite, name)))
            .ToList();
        if (chosen.Count == 0)
        {
            throw new FormatException($"no case matches {string.Join(" or ", options.Cases)}; see --list");
        }

        if (options.List)
        {
            foreach (var (suite, name) in chosen)
            {
                Console.WriteLine($"{suite.Name}  {name}  {string.Join(", ", suite.Contenders(name))}");
            }

            return 0;
        }

        return Measure(options, chosen);
    }

    private static int Measure(Options options, List<(ISuite Suite, string Name)> chosen)
    {
        var results = new List<Result>();
        var failed = false;
        foreach (var (suite, name) in chosen)
        {
            try
            {
                results.AddRange(suite.Run(name, options, Console.Error.WriteLine));
            }
            catch (BenchmarkException failure)
            {
                failed = true;
                Console.Error.WriteLine($"{suite.Name} {name}: {failure.Message}");
            }
        }

        Report(options, results);
        return failed ? 1 : 0;
    }

    private static void Report(Options options, List<Result> results)
    {
        var machine = Machine.Read(DataplaneSuite.TscHertz);
        TableReport.Write(options.JsonFile == "-" ? Console.Error : Console.Out, machine, results);
        if (options.JsonFile == "-")
        {
            JsonReport.Write(Console.Out, machine, results);
        }
        else if (options.JsonFile is { } file)
        {
            using var output = File.CreateText(file);
            JsonReport.Write(output, machine, results);
        }

        if (options.PlotDirectory is { } directory && results.Count > 0)
        {
            PlotReport.Write(directory, results);
            foreach (var suite in Suites.OfType<IPlots>())
            {
                suite.Plot(directory, results);
            }
        }
    }

    private static bool Matches(Options options, string name) =>
        options.Cases.Count == 0 || options.Cases.Any(glob => FileSystemName.MatchesSimpleExpression(glob, name, ignoreCase: false));
}

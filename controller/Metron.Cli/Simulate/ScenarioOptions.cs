using System.CommandLine;
using System.Globalization;
using Metron.Balancing.Simulation;
using Metron.Cli.Commands;

namespace Metron.Cli.Simulate;

/// <summary>The options that describe a scenario. What is given on the command line goes before what the file says.</summary>
internal sealed class ScenarioOptions
{
    private readonly List<(Option Option, Func<SimulationScenario, ParseResult, SimulationScenario> Apply)> options = [];

    public ScenarioOptions()
    {
        File = new Option<string>("--file", "-f")
        {
            Description = "Scenario file (YAML or JSON), or - for standard input; see docs/simulator.md. Options change what it says.",
            HelpName = "FILE",
        };
        Number<int>("--cores", "NUMBER", "Cores of the server; 8 when not given.", (s, value) => s with { Cores = value });
        Number<double>("--load", "SHARE", "Load as a share of what all cores can do, at its highest where it changes; 0.9 when not given.", (s, value) => s with { Load = value });
        var kind = new Option<string>("--traffic") { Description = $"How traffic changes: {string.Join(", ", ScenarioField.Kinds)}; steady when not given.", HelpName = "KIND" };
        kind.CompletionSources.Add([.. ScenarioField.Kinds]);
        kind.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && ScenarioField.Kind(text) is null)
            {
                result.AddError($"--traffic '{text}' is not one of {string.Join(", ", ScenarioField.Kinds)}");
            }
        });
        Add(kind, (s, parsed) => s with { Traffic = s.Traffic with { Kind = ScenarioField.Kind(parsed.GetValue(kind)!)!.Value } });
        Number<int>("--groups", "NUMBER", "Flow groups, a power of two; 512 when not given.", (s, value) => s with { Groups = value });
        Number<int>("--flows", "NUMBER", "Flows at a time; 50000 when not given.", (s, value) => s with { Traffic = s.Traffic with { Flows = value } });
        Number<double>("--zipf", "EXPONENT", "How unequal the flows are: 0 for equal; 1 when not given.", (s, value) => s with { Traffic = s.Traffic with { ZipfExponent = value } });
        Number<int>("--descriptors", "NUMBER", "Descriptors of each receive queue, a power of two.", (s, value) => s with { Descriptors = value });
        Number<ulong>("--seed", "NUMBER", "Seed of all that is random; 1 when not given.", (s, value) => s with { Seed = value });
        Time("--duration", 10, "Virtual time that is measured.", (s, seconds) => s with { Seconds = seconds });
        Time("--warm-up", 2, "Virtual time before it that is not.", (s, seconds) => s with { WarmUpSeconds = seconds });
        Time("--period", 20, "Period of sine and diurnal traffic.", (s, seconds) => s with { Traffic = s.Traffic with { PeriodSeconds = seconds } });
        Flag("--scale", "Let policies that can use fewer cores than there are.", s => s with { ScaleCores = true });
        Flag("--shared-state", "One flow table for all cores instead of one for each flow group.", s => s with { SharedState = true });
    }

    /// <summary>The scenario file.</summary>
    public Option<string> File { get; }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(File);
        foreach (var (option, _) in options)
        {
            command.Add(option);
        }
    }

    /// <summary>The scenario with what the command line says.</summary>
    public SimulationScenario Apply(SimulationScenario scenario, ParseResult parsed) =>
        options.Where(known => parsed.GetResult(known.Option) is { Implicit: false }).Aggregate(scenario, (changed, known) => known.Apply(changed, parsed));

    private void Add(Option option, Func<SimulationScenario, ParseResult, SimulationScenario> apply) => options.Add((option, apply));

    private void Number<T>(string name, string helpName, string description, Func<SimulationScenario, T, SimulationScenario> set)
        where T : struct, System.Numerics.INumber<T>
    {
        var option = new Option<T>(name)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result =>
            {
                if (!T.TryParse(result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
                {
                    result.AddError($"{name} '{result.Tokens[0].Value}' is not a number");
                }

                return value;
            },
        };
        Add(option, (scenario, parsed) => set(scenario, parsed.GetValue(option)));
    }

    private void Time(string name, double whenAbsent, string description, Func<SimulationScenario, double, SimulationScenario> set)
    {
        var option = Durations.Option(name, TimeSpan.FromSeconds(whenAbsent), description);
        Add(option, (scenario, parsed) => set(scenario, parsed.GetValue(option).TotalSeconds));
    }

    private void Flag(string name, string description, Func<SimulationScenario, SimulationScenario> set) =>
        Add(new Option<bool>(name) { Description = description }, (scenario, parsed) => parsed.GetValue<bool>(name) ? set(scenario) : scenario);
}

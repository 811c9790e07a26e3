using System.Text.Json;
using Metron.Balancing.Simulation;
using Metron.Cli.Simulate;
using Metron.Cli.Tests.Fakes;

namespace Metron.Cli.Tests.Commands;

/// <summary>No controller is there: the address leads nowhere.</summary>
public sealed class SimulateTests : IDisposable
{
    private static readonly string[] s_short = ["--cores", "2", "--flows", "500", "--groups", "64", "--duration", "100ms", "--warm-up", "100ms"];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("metron-simulate-");

    [Fact]
    public async Task Policies_are_compared_in_a_table()
    {
        var result = await RunAsync([.. s_short, "--policy", "rss", "--policy", "metron"]);

        Assert.Equal(("", ExitCode.Success), (result.Error, result.ExitCode));
        Assert.StartsWith("2 cores, steady load 0.9, 500 flows in 64 groups, seed 1: ", result.Output, StringComparison.Ordinal);
        Assert.Matches(@"\nPOLICY +P50 +P95 +P99 +DROPPED +REORDERED +CORES +IMBALANCE +MOVES\nrss +[0-9.]+ µs.*\nmetron +[0-9.]+ µs", result.Output);
        Assert.Equal(result, await RunAsync([.. s_short, "--policy", "rss", "--policy", "metron"]));
    }

    [Fact]
    public async Task Json_has_the_scenario_the_figures_and_the_readings_of_every_policy()
    {
        var result = await RunAsync([.. s_short, "-o", "json", "--traffic", "sine", "--period", "1s", "--scale", "--seed", "7"]);

        Assert.Equal(("", ExitCode.Success), (result.Error, result.ExitCode));
        using var json = JsonDocument.Parse(result.Output);
        var scenario = json.RootElement.GetProperty("scenario");
        Assert.Equal((7, true), (scenario.GetProperty("seed").GetInt32(), scenario.GetProperty("scaleCores").GetBoolean()));
        Assert.Equal(("sine", 1), (scenario.GetProperty("traffic").GetProperty("kind").GetString(), scenario.GetProperty("traffic").GetProperty("periodSeconds").GetDouble()));
        var results = json.RootElement.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(Simulator.Policies, results.Select(policy => policy.GetProperty("policy").GetString()));
        Assert.All(results, policy => Assert.Single(policy.GetProperty("samples").EnumerateArray()));
        Assert.All(results, policy => Assert.True(policy.GetProperty("p95Microseconds").GetDouble() >= policy.GetProperty("p50Microseconds").GetDouble()));
    }

    [Fact]
    public async Task A_file_says_what_options_do_not_and_options_go_first()
    {
        var file = Write("""
            cores: 2
            load: 0.5
            seconds: 0.1
            warmUpSeconds: 0.1
            groups: 64
            policies: [rss, spray]
            traffic: {kind: churn, flows: 500, lifetimeSeconds: 0.05}
            cost: {cyclesPerPacket: 1000, cyclesPerByte: 0}
            """);

        var result = await RunAsync(["-f", file, "--load", "0.25"]);

        Assert.Equal(("", ExitCode.Success), (result.Error, result.ExitCode));
        Assert.StartsWith("2 cores, churn load 0.25, 500 flows in 64 groups, seed 1: ", result.Output, StringComparison.Ordinal);
        Assert.Equal(["rss", "spray"], result.Output.Split('\n').Skip(3).Where(line => line.Length > 0).Select(line => line.Split(' ')[0]));
    }

    [Fact]
    public async Task Every_field_of_a_file_changes_the_scenario()
    {
        var untouched = new SimulationScenario();
        foreach (var field in ScenarioField.All)
        {
            var value = field.Takes.StartsWith("true", StringComparison.Ordinal) ? "true" : field.Path == "traffic.kind" ? "burst" : "64";
            var parts = field.Path.Split('.');
            var read = ScenarioFile.Read(Write(parts.Length == 1 ? $"{field.Path}: {value}" : $"{parts[0]}: {{{parts[1]}: {value}}}"), Stream.Null);
            Assert.Empty(read.Problems);
            Assert.NotEqual(untouched, read.Scenario);
        }

        await Task.CompletedTask;
    }

    [Fact]
    public async Task Everything_wrong_with_a_file_is_told_with_its_place()
    {
        var file = Write("""
            cores: many
            laod: 0.5
            policies: [rss, rsss]
            traffic: {kind: wave, flows: 1.5, popularityOfFlows: 1}
            cost: 5
            seconds: 1
            seconds: 2
            """);

        var result = await RunAsync(["-f", file]);

        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.Equal("", result.Output);
        Assert.Equal(
            [
                "1:8: cores: takes a whole number, not the text 'many'",
                "2:1: laod: there is no such field; did you mean 'load'?",
                $"3:17: policies: takes names among {string.Join(", ", Simulator.Policies)}, not the text 'rsss'",
                "4:17: traffic.kind: takes one of steady, sine, diurnal, burst, churn, not the text 'wave'",
                "4:30: traffic.flows: takes a whole number, not the number 1.5",
                "4:35: traffic.popularityOfFlows: there is no such field",
                "5:7: cost: takes a mapping, not the number 5",
                "7:1: seconds: is given twice; keep one",
                "metronctl: 8 problems; nothing was simulated",
            ],
            result.Error.TrimEnd('\n').Split('\n').Select(line => line.Replace(file + ":", "", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("--traffic 'wave' is not one of steady, sine, diurnal, burst, churn", "--traffic", "wave")]
    [InlineData("--cores 'x' is not a number", "--cores", "x")]
    [InlineData("--load '-1' is not a number", "--load", "-1")]
    [InlineData("cores: 0 is not between 1 and 256", "--cores", "0")]
    [InlineData("groups: 100 is not a power of two up to 4096", "--groups", "100")]
    [InlineData("there is no policy 'rrs'; did you mean 'rss'?", "--policy", "rrs")]
    [InlineData("there is no such file", "-f", "/nowhere.yaml")]
    public async Task Wrong_options_are_refused_in_a_sentence(string message, params string[] options)
    {
        var result = await RunAsync(options);
        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal("", result.Output);
    }

    [Fact]
    public async Task Plots_are_drawn_of_imbalance_and_cores_over_time()
    {
        var directory = Path.Combine(_folder.FullName, "plots");

        var result = await RunAsync([.. s_short, "--policy", "rss", "--plots", directory]);

        Assert.Equal(("", ExitCode.Success), (result.Error, result.ExitCode));
        foreach (var name in (string[])["simulate-imbalance.svg", "simulate-cores.svg"])
        {
            var svg = System.Xml.Linq.XDocument.Load(Path.Combine(directory, name));
            Assert.Contains(svg.Descendants(), element => element.Name.LocalName == "polyline" && element.Attribute("points")!.Value.Length > 0);
            Assert.Contains(svg.Descendants(), element => element.Value == "rss");
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static Task<CliResult> RunAsync(params string[] options) => CliRun.Async(["simulate", .. options], environmentAddress: "unix:/nowhere");

    private string Write(string text)
    {
        var file = Path.Combine(_folder.FullName, "scenario.yaml");
        File.WriteAllText(file, text);
        return file;
    }
}

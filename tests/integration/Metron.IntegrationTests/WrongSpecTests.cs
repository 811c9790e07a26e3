using System.Collections.Concurrent;
using Metron.IntegrationTests.Lab;
using Metron.V1;
using Xunit.Abstractions;

namespace Metron.IntegrationTests;

/// <summary>Wrong specs are refused by a real controller with a real switch and server, and change nothing.</summary>
public class WrongSpecTests(VlanLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<VlanLab>
{
    private readonly ITestOutputHelper _output = output;

    private static string Directory => Path.Combine(Repository.Root, "tests", "unit", "Metron.Cli.Tests", "wrong-specs");

    [LabFact]
    public async Task No_wrong_spec_changes_anything()
    {
        await Lab.ApplyAsync(Chains.Sample("present"));
        await using var changes = await Lab.Network.WatchFlowsAsync();
        var metronctl = new Metronctl(Lab.SocketPath);
        var files = System.IO.Directory.GetFiles(Directory).Where(file => Path.GetExtension(file) is ".yaml" or ".json").Order(StringComparer.Ordinal).ToArray();
        Assert.True(files.Length >= 40, $"only {files.Length} wrong specs");
        var accepted = new ConcurrentBag<string>();

        await Parallel.ForEachAsync(files, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (file, _) =>
        {
            var result = await metronctl.RunAsync("apply", "-f", file);
            _output.WriteLine($"{Path.GetFileName(file)}: {result.ExitCode}\n{result.Errors}");
            if (result.ExitCode == 0 || result.Errors.Length == 0)
            {
                accepted.Add(Path.GetFileName(file));
            }
        });

        Assert.Empty(accepted);
        var chains = (await Lab.Client.Chains.ListServiceChainsAsync(new ListServiceChainsRequest())).ServiceChains;
        Assert.Equal(("present", 1L), (chains.Single().Name, chains.Single().Revision));
        Assert.Equal("present", (await Lab.ServerAsync()).DeployedChains.Single().Chain);
        Assert.DoesNotContain("event=", changes.Output, StringComparison.Ordinal);
    }
}

using Metron.Cli.Tests.Fakes;
using Metron.NetworkFunctions.Chains;
using Metron.Orchestration;

namespace Metron.Cli.Tests.WrongSpecs;

public sealed class WrongSpecTests
{
    /// <summary>The lab that <see cref="WrongSpec.Graph"/> speaks of.</summary>
    private static readonly Inventory Lab = new()
    {
        Switches =
        [
            new SwitchDescription("br0", TagKind.Vlan) { IsConnected = true, Ports = [1, 2, 3, 101, 102] },
            new SwitchDescription("br1", TagKind.Vlan),
            new SwitchDescription("br-mac", TagKind.Mac) { IsConnected = true, Ports = [1, 2] },
        ],
        Servers =
        [
            new ServerDescription("server1")
            {
                IsConnected = true,
                Workers = [new WorkerDescription(0, "br0", 101), new WorkerDescription(1, "br0", 102)],
            },
        ],
    };

    public static TheoryData<string> GraphSpecs => [.. WrongSpec.Graph.Select(spec => spec.ToString())];

    public static TheoryData<string> LocalSpecs => [.. WrongSpec.Local.Select(spec => spec.ToString())];

    [Theory]
    [MemberData(nameof(LocalSpecs))]
    public async Task A_wrong_spec_gets_the_expected_answer_and_nothing_is_sent(string name)
    {
        await using var controller = await FakeController.StartAsync();
        var spec = WrongSpec.Local.Single(candidate => candidate.ToString() == name);

        var result = await controller.RunAsync("apply", "-f", spec.File);

        AssertAsExpected(spec, result);
        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Empty(controller.Calls);
    }

    [Theory]
    [MemberData(nameof(GraphSpecs))]
    public async Task A_spec_with_a_wrong_graph_gets_the_expected_answer_and_changes_nothing(string name)
    {
        await using var controller = await FakeController.StartAsync();
        controller.Inventory = Lab;
        var spec = WrongSpec.Graph.Single(candidate => candidate.ToString() == name);

        var result = await controller.RunAsync("apply", "-f", spec.File);

        AssertAsExpected(spec, result);
        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Empty(controller.Chains);
    }

    [Fact]
    public async Task Specs_of_hostile_size_are_refused_too()
    {
        var folder = Directory.CreateTempSubdirectory("cli-wrong-");
        try
        {
            foreach (var spec in WrongSpec.Generate(folder.FullName))
            {
                var result = await CliRun.Async(["apply", "-f", spec.File, "--controller", "unix:/nowhere"]);

                AssertAsExpected(spec, result);
                Assert.Equal(ExitCode.BadInput, result.ExitCode);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void AssertAsExpected(WrongSpec spec, CliResult result)
    {
        var difference = spec.Difference(result.Error.Split('\n'));
        Assert.True(difference.Length == 0, difference);
    }

    [Fact]
    public void There_are_enough_wrong_specs()
    {
        Assert.True(WrongSpec.Local.Count() >= 90);
        Assert.True(WrongSpec.Graph.Count() >= 20);
    }

    [Fact]
    public async Task An_endless_stream_is_refused()
    {
        var result = await CliRun.Async(["apply", "-f", "/dev/zero", "--controller", "unix:/nowhere"]);

        Assert.Equal("/dev/zero: is larger than 128 MiB, the most that a spec file may have; split it into several chains or files", result.Error.Split('\n')[0]);
        Assert.Equal(ExitCode.BadInput, result.ExitCode);
    }

    [Fact]
    public async Task A_wrong_spec_among_right_ones_keeps_all_from_being_sent()
    {
        await using var controller = await FakeController.StartAsync();
        var right = Path.Combine(TestFolder.Repository, "deploy/examples/firewall.yaml");
        var wrong = Path.Combine(WrongSpec.Folder, "name-missing.yaml");

        var result = await controller.RunAsync("apply", "-f", right, "-f", wrong);

        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.EndsWith("metronctl: 1 problem; nothing was changed\n", result.Error, StringComparison.Ordinal);
        Assert.Empty(controller.Calls);
    }

    [Fact]
    public async Task All_wrong_specs_in_one_directory_are_told_at_once()
    {
        var result = await CliRun.Async(["apply", "-f", WrongSpec.Folder, "--controller", "unix:/nowhere"]);

        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.Contains("… and ", result.Error, StringComparison.Ordinal);
    }
}

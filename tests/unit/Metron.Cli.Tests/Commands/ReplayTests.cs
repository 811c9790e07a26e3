using Metron.Balancing;
using Metron.Cli.Tests.Fakes;

namespace Metron.Cli.Tests.Commands;

public sealed class ReplayTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    [Fact]
    public async Task A_recording_is_decided_again_as_it_was()
    {
        Record(ticks: 20);
        await using var controller = await FakeController.StartAsync();

        var result = await controller.RunAsync("replay", _file);

        Assert.Equal((ExitCode.Success, string.Empty), (result.ExitCode, result.Error));
        Golden.Equal("replay.txt", result.Output);
    }

    [Fact]
    public async Task Other_settings_decide_otherwise_and_each_tick_can_be_seen()
    {
        Record(ticks: 20);
        await using var controller = await FakeController.StartAsync();

        Golden.Equal("replay-limited.txt", (await controller.RunAsync("replay", _file, "--maximum-moves", "1", "--no-scaling", "--decisions")).Output);
        Golden.Equal("replay-limited.json", (await controller.RunAsync("replay", _file, "--maximum-moves", "1", "--no-scaling", "-o", "json")).Output);
    }

    [Fact]
    public async Task A_recording_that_breaks_off_counts_up_to_there()
    {
        Record(ticks: 5);
        await File.WriteAllTextAsync(_file, (await File.ReadAllTextAsync(_file))[..^100]);
        await using var controller = await FakeController.StartAsync();

        var result = await controller.RunAsync("replay", _file);

        Assert.Equal(ExitCode.Success, result.ExitCode);
        Assert.StartsWith("4 ticks", result.Output, StringComparison.Ordinal);
        Assert.Contains("line 6: ends in the middle", result.Error, StringComparison.Ordinal);
        Assert.Contains("the 4 ticks before are replayed", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "line 1: the recording is empty")]
    [InlineData("{}\n", "line 1: not a recording of the balancer")]
    [InlineData("hello\n", "line 1: ")]
    public async Task What_is_no_recording_is_refused(string text, string expected)
    {
        await File.WriteAllTextAsync(_file, text);
        await using var controller = await FakeController.StartAsync();

        var result = await controller.RunAsync("replay", _file);

        Assert.Equal((ExitCode.BadInput, string.Empty), (result.ExitCode, result.Output));
        Assert.Contains($"{_file}, {expected}", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--target", "2")]
    [InlineData("--minimum-workers", "1.5")]
    [InlineData("--rest-ticks", "256")]
    [InlineData("--threshold", "x")]
    public async Task Settings_out_of_range_are_refused(string option, string value)
    {
        Record(ticks: 2);
        await using var controller = await FakeController.StartAsync();

        var result = await controller.RunAsync("replay", _file, option, value);

        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.Contains($"{option} '{value}' is not", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named()
    {
        await using var controller = await FakeController.StartAsync();

        var result = await controller.RunAsync("replay", "/nonexistent/ticks.jsonl");

        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.Contains("/nonexistent/ticks.jsonl cannot be read", result.Error, StringComparison.Ordinal);
    }

    public void Dispose() => File.Delete(_file);

    /// <summary>Three workers, whose flow groups are uneven and become lighter halfway.</summary>
    private void Record(int ticks)
    {
        const int Groups = 12;
        var workers = Enumerable.Repeat(BalanceWorker.Nominal, 3).ToArray();
        var balancer = new Balancer(Groups, workers, BalancerSettings.Default);
        var owners = new ushort[Groups];
        using var output = new StreamWriter(_file);
        var writer = new RecordingWriter(output, Groups, workers, BalancerSettings.Default);
        for (var tick = 0; tick < ticks; tick++)
        {
            var loads = Enumerable.Range(0, Groups).Select(group => (group + 1) * (tick < ticks / 2 ? 0.02 : 0.005)).ToArray();
            var decision = balancer.Tick(new LoadSample(0.1, loads, new double[3], [.. owners], new WorkerHealth[3], double.NaN));
            writer.Write(decision);
            foreach (var move in decision.Moves)
            {
                owners[move.Group] = move.To;
            }
        }
    }
}

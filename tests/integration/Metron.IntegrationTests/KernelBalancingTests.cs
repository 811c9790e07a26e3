using System.Globalization;
using System.Text.Json;
using Metron.IntegrationTests.Lab;

namespace Metron.IntegrationTests;

/// <summary><c>metron-agent balance</c> on a veth, with real traffic.</summary>
public sealed class KernelBalancingTests : IDisposable
{
    private const int Port = 7000;
    private static readonly string s_agent = "agent/Metron.Agent";
    private readonly string _state = Directory.CreateTempSubdirectory("metron-balance-").FullName;

    [LabFact]
    public async Task Each_packet_is_counted_once_as_tcpdump_sees_it_and_arrives_in_order()
    {
        // Each side stays on a CPU: a process that changes it reorders its own packets, in the queues of both.
        await using var pair = await VethPair.StartAsync();
        await using var echo = pair.StartNear("taskset", "-c", "0", Repository.Traffic("numbered.py"), "echo", $"{Port}");
        await echo.WroteAsync("ready");
        await using var balance = Start(pair, "--interval", "0.2", "--groups", "64", "--threshold", "0");
        await balance.WroteAsync("groupPackets");
        await using var dump = pair.StartNear("tcpdump", "-i", pair.NearInterface, "-Q", "in", "-w", "/dev/null", "--immediate-mode", "-s", "128", "-B", "4096", "udp");
        await dump.WroteAsync("listening on");

        await using var sender = pair.StartFar("taskset", "-c", $"{Environment.ProcessorCount - 1}", Repository.Traffic("numbered.py"), "send", VethPair.NearAddress, $"{Port}", "--flows", "40", "--rate", "2000", "--seconds", "3");
        var sent = JsonDocument.Parse((await sender.WaitAsync()).Succeeded().Output.Split('\n')[1]).RootElement;
        var count = sent.GetProperty("sent").GetInt64();
        Assert.Equal(0, sent.GetProperty("lost").GetInt64());
        Assert.Equal(0, sent.GetProperty("doubled").GetInt64());
        Assert.Equal(0, sent.GetProperty("reordered").GetInt64());
        await Eventually.HoldsAsync("all packets are counted", () =>
        {
            var counted = Intervals(balance).Sum(Packets);
            return Task.FromResult(counted == count ? null : $"{counted} of {count}");
        });

        // "N packets captured"
        var captured = (await dump.StopAsync()).Errors.Split('\n').Single(line => line.Contains("captured", StringComparison.Ordinal));
        Assert.Equal(count, long.Parse(captured.Split(' ')[0], CultureInfo.InvariantCulture));
        Assert.Equal(Intervals(balance).Sum(Packets), Intervals(balance).Sum(interval => interval.GetProperty("cpus").EnumerateArray().Sum(cpu => cpu.GetProperty("packets").GetInt64())));
        (await balance.StopAsync()).Succeeded();
    }

    [LabFact]
    public async Task Many_connections_spread_over_all_CPUs()
    {
        await using var pair = await VethPair.StartAsync();
        await using var server = pair.StartNear("iperf3", "--server", "--one-off", "--forceflush");
        await server.WroteAsync("listening");
        await using var balance = Start(pair, "--interval", "0.5");
        await balance.WroteAsync("groupPackets");
        await using var client = pair.StartFar("iperf3", "--client", VethPair.NearAddress, "--parallel", "32", "--time", "2", "--json");
        var result = JsonDocument.Parse((await client.WaitAsync()).Succeeded().Output).RootElement;
        Assert.True(result.GetProperty("end").GetProperty("sum_received").GetProperty("bytes").GetInt64() > 0);

        var handled = Intervals(balance).SelectMany(interval => interval.GetProperty("cpus").EnumerateArray())
            .GroupBy(cpu => cpu.GetProperty("cpu").GetInt32(), cpu => cpu.GetProperty("packets").GetInt64())
            .ToDictionary(cpu => cpu.Key, cpu => cpu.Sum());
        Assert.Equal(Environment.ProcessorCount, handled.Count);
        Assert.All(handled.Values, packets => Assert.True(packets > 0));
        (await balance.StopAsync()).Succeeded();
    }

    [LabFact]
    public async Task Nothing_stays_behind_after_a_kill_and_the_next_one_starts()
    {
        await using var pair = await VethPair.StartAsync();
        await using (var killed = Start(pair, "--interval", "0.2"))
        {
            await killed.WroteAsync("groupPackets");
            Assert.True(await HasProgramAsync(pair));
            await using var second = Start(pair);
            var refused = await second.WaitAsync();
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("another metron-agent balance works on near", refused.Errors, StringComparison.Ordinal);
            await killed.KillAsync();
        }

        await Eventually.HoldsAsync("the kernel removed the program", async () => await HasProgramAsync(pair) ? "it is there" : null);
        await using var next = Start(pair, "--interval", "0.2");
        await next.WroteAsync("groupPackets");
        Assert.Equal(0, (await next.StopAsync()).ExitCode);
        Assert.False(await HasProgramAsync(pair));
        Assert.Empty(Directory.GetFiles(_state));
        Assert.Contains("nothing to restore", (await RunAsync(pair, "--restore")).Succeeded().Output, StringComparison.Ordinal);
    }

    [LabFact]
    public async Task A_dry_run_sees_everything_and_changes_nothing()
    {
        await using var pair = await VethPair.StartAsync();
        var before = await DescribeAsync(pair);
        await using var echo = pair.StartNear("taskset", "-c", "0", Repository.Traffic("numbered.py"), "echo", $"{Port}");
        await echo.WroteAsync("ready");
        await using var balance = Start(pair, "--dry-run", "--interval", "0.2");
        await balance.WroteAsync("groupPackets");
        await using var sender = pair.StartFar("taskset", "-c", $"{Environment.ProcessorCount - 1}", Repository.Traffic("numbered.py"), "send", VethPair.NearAddress, $"{Port}", "--flows", "8", "--rate", "1000", "--seconds", "1");
        var sent = JsonDocument.Parse((await sender.WaitAsync()).Succeeded().Output.Split('\n')[1]).RootElement.GetProperty("sent").GetInt64();
        await Eventually.HoldsAsync("all packets are counted", () => Task.FromResult(Intervals(balance).Sum(Packets) == sent ? null : "fewer"));
        Assert.Equal(before, await DescribeAsync(pair));
        Assert.All(Intervals(balance), interval => Assert.True(interval.GetProperty("dryRun").GetBoolean()));
        (await balance.StopAsync()).Succeeded();
    }

    [LabFact]
    public async Task What_cannot_be_done_is_said()
    {
        await using var pair = await VethPair.StartAsync();
        var hardware = await RunAsync(pair, "--steer", "hardware");
        Assert.Equal(1, hardware.ExitCode);
        Assert.Contains("has no indirection table; steer by XDP instead (--steer xdp)", hardware.Errors, StringComparison.Ordinal);

        var nowhere = await pair.NearAsync(Repository.Executable(s_agent, "metron-agent"), "balance", "--interface", "nowhere");
        Assert.Equal(1, nowhere.ExitCode);
        Assert.Contains("there is no interface nowhere; there are lo, near", nowhere.Errors, StringComparison.Ordinal);

        var powerless = await pair.NearAsync("setpriv", "--bounding-set", "-all", "--inh-caps", "-all", Repository.Executable(s_agent, "metron-agent"), "balance", "--interface", "near", "--state", _state);
        Assert.Equal(1, powerless.ExitCode);
        Assert.Contains("CAP_NET_ADMIN", powerless.Errors, StringComparison.Ordinal);
    }

    /// <inheritdoc />
    public void Dispose() => Directory.Delete(_state, recursive: true);

    private static IReadOnlyList<JsonElement> Intervals(LabProcess balance) =>
        [.. balance.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    private static long Packets(JsonElement interval) => interval.GetProperty("groupPackets").EnumerateArray().Sum(packets => packets.GetInt64());

    private static async Task<bool> HasProgramAsync(VethPair pair) => (await DescribeAsync(pair)).Contains("xdp", StringComparison.Ordinal);

    private static async Task<string> DescribeAsync(VethPair pair) =>
        (await pair.NearAsync("ip", "-details", "link", "show", pair.NearInterface)).Succeeded().Output
        + (await pair.NearAsync("ethtool", "-k", pair.NearInterface)).Succeeded().Output;

    private string[] Command(IEnumerable<string> arguments) =>
        [Repository.Executable(s_agent, "metron-agent"), "balance", "--interface", "near", "--output", "json", "--state", _state, .. arguments];

    private LabProcess Start(VethPair pair, params IEnumerable<string> arguments) => pair.StartNear(Command(arguments));

    private Task<CommandResult> RunAsync(VethPair pair, params IEnumerable<string> arguments) => pair.NearAsync(Command(arguments));
}

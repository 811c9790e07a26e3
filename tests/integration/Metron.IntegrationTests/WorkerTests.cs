using System.Globalization;
using System.Text.Json;
using Metron.IntegrationTests.Lab;
using Xunit.Abstractions;

namespace Metron.IntegrationTests;

/// <summary>Both directions of a flow are on one worker, and all workers work.</summary>
public class WorkerTests(VlanLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<VlanLab>
{
    [LabFact]
    public async Task Each_flow_s_packets_of_both_directions_are_seen_by_one_worker_only()
    {
        await Lab.ApplyAsync(Chains.Sample());
        var files = Enumerable.Range(0, 2).Select(worker => Path.Combine(Lab.Network.Directory, $"worker{worker}.pcap")).ToArray();
        var captures = new List<LabProcess>();
        for (var worker = 0; worker < 2; worker++)
        {
            captures.Add(Lab.Network.Start("switch", "tcpdump", "-i", $"worker{worker}", "--immediate-mode", "-U", "-Z", "root", "-w", files[worker]));
            await captures[worker].WroteAsync("listening on");
        }

        var four = await Lab.Traffic.NumberedAsync("203.0.113.10", flows: 32, seconds: 2);
        var six = await Lab.Traffic.NumberedAsync("2001:db8:2::10", flows: 32, seconds: 2);
        four.NothingWasLost();
        six.NothingWasLost();

        // What the switch sends to a worker: each packet and its echo. (What DPDK sends bypasses the kernel's taps.)
        (string, int)[] expected =
        [
            .. four.Flows.Select((flow, index) => ($"4/{index}", 2 * flow.Sent)),
            .. six.Flows.Select((flow, index) => ($"6/{index}", 2 * flow.Sent)),
        ];
        Dictionary<string, int> first = [], second = [];
        await Eventually.HoldsAsync("all packets are in the captures", async () =>
        {
            (first, second) = (await FlowsIn(files[0]), await FlowsIn(files[1]));
            var captured = first.Values.Sum() + second.Values.Sum();
            var sent = expected.Sum(flow => flow.Item2);
            return captured >= sent ? null : $"{captured} of {sent}";
        });
        Assert.Empty(first.Keys.Intersect(second.Keys));
        Assert.True(first.Count >= 8 && second.Count >= 8, $"{first.Count} flows on worker 0, {second.Count} on worker 1");
        Assert.Equal(expected.Order(), first.Concat(second).Select(pair => (pair.Key, pair.Value)).Order());
    }

    [LabFact]
    public async Task Connections_of_TCP_are_spread_over_all_workers()
    {
        await Lab.ApplyAsync(Chains.Sample());
        var before = await ReceivedAsync();

        for (var i = 0; i < 40; i++)
        {
            Assert.NotNull(await Lab.Traffic.HttpAsync("http://203.0.113.10/"));
        }

        await Eventually.HoldsAsync("both workers have received packets", async () =>
        {
            var now = await ReceivedAsync();
            return now.Zip(before).All(pair => pair.First > pair.Second + 20) ? null : string.Join(", ", now);
        });
    }

    [LabFact]
    public async Task Top_shows_what_the_cycles_of_workers_go_to_and_how_long_packets_take()
    {
        await Lab.ApplyAsync(Chains.Sample());
        (await Lab.Traffic.NumberedAsync("203.0.113.10", flows: 16, seconds: 1)).NothingWasLost();

        await Eventually.HoldsAsync("functions, stages and times are there", async () =>
        {
            var shown = (await new Metronctl(Lab.SocketPath).RunAsync("top", "--cycles", "--once")).Succeeded().Output;
            string[] expected = ["idle", "receive", "classify", "lookup", "rewrite", "slow path", "transmit", "web/fw (asked)", "web/rt (asked)", "web/nat (asked)"];
            return expected.All(what => shown.Contains($" {what}\n", StringComparison.Ordinal)) ? null : shown;
        });
        var described = (await new Metronctl(Lab.SocketPath).RunAsync("describe", "agent", "server1")).Succeeded().Output;
        Assert.Contains("Packet times:", described, StringComparison.Ordinal);
    }

    [LabTheory]
    [InlineData("203.0.113.10", 40000)]
    [InlineData("203.0.113.10", 40002)]
    [InlineData("2001:db8:2::10", 40000)]
    [InlineData("2001:db8:2::10", 40002)]
    public async Task ICMP_errors_find_their_way_through_the_NAPT_to_the_flow_s_worker(string address, int sourcePort)
    {
        await Lab.ApplyAsync(Chains.Sample());

        // Nothing listens at port 9: the server answers each packet with "port unreachable", which the client's socket reports.
        var result = (await Lab.Network.RunAsync("client1", Repository.Traffic("numbered.py"), "send", address, "9", "--seconds", "0.5", "--rate", "20",
            "--source-ports", sourcePort.ToString(CultureInfo.InvariantCulture))).Succeeded();

        var flow = JsonDocument.Parse(result.Output.Split('\n')[1]).RootElement.GetProperty("flows")[0];
        Assert.True(flow.GetProperty("errors").TryGetProperty("ConnectionRefusedError", out var errors) && errors.GetInt32() > 0, flow.ToString());
    }

    private async Task<ulong[]> ReceivedAsync()
    {
        var load = await Eventually.GetAsync("a load report", async () => ((await Lab.ServerAsync()).Load, (string?)"none"));
        return [.. load.Workers.OrderBy(worker => worker.Worker).Select(worker => worker.Received.Packets)];
    }

    private static async Task<Dictionary<string, int>> FlowsIn(string file)
    {
        await using var process = LabProcess.Start([Repository.Traffic("flows.py"), file]);
        return JsonSerializer.Deserialize<Dictionary<string, int>>((await process.WaitAsync()).Succeeded().Output)!;
    }
}

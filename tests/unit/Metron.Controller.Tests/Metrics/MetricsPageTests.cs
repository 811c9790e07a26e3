using System.Text.RegularExpressions;

namespace Metron.Controller.Tests.Metrics;

public partial class MetricsPageTests
{
    [Fact]
    public async Task The_page_has_chains_switches_and_what_agents_report()
    {
        await using var running = await RunningChain.StartAsync();
        var (controller, _, agent) = running;
        await agent.ReportAsync(Load());
        await Eventually.HoldsAsync("the report", async () => (await PageAsync(controller)).Contains("metron_worker_load_ratio", StringComparison.Ordinal));

        var page = await PageAsync(controller);

        string[] expected =
        [
            "metron_chain_condition{chain=\"web\",condition=\"Ready\"} 1",
            "metron_switch_connected{switch=\"br0\"} 1",
            "metron_agent_connected{agent=\"s1\"} 1",
            "metron_agent_collections_total{agent=\"s1\"} 2",
            "metron_agent_collection_pause_seconds_total{agent=\"s1\"} 0.0005",
            "metron_worker_load_ratio{agent=\"s1\",worker=\"1\"} 0.5",
            "metron_worker_received_packets_total{agent=\"s1\",worker=\"1\"} 11",
            "metron_worker_received_bytes_total{agent=\"s1\",worker=\"1\"} 12",
            "metron_worker_sent_packets_total{agent=\"s1\",worker=\"1\"} 13",
            "metron_worker_sent_bytes_total{agent=\"s1\",worker=\"1\"} 14",
            "metron_worker_slow_path_packets_total{agent=\"s1\",worker=\"1\"} 15",
            "metron_worker_flow_entries{agent=\"s1\",worker=\"1\"} 16",
            "metron_worker_cycles_per_packet{agent=\"s1\",worker=\"1\"} 17.5",
            "metron_worker_dropped_packets_total{agent=\"s1\",worker=\"1\",reason=\"noRoute\"} 18",
            "metron_worker_measured_cycles_total{agent=\"s1\",worker=\"1\",stage=\"slowPath\"} 20",
            "metron_worker_measured_packets_total{agent=\"s1\",worker=\"1\",stage=\"slowPath\"} 19",
            "metron_worker_poll_gap_seconds{agent=\"s1\",worker=\"1\",quantile=\"0.9999\"} 2.2E-05",
            "metron_worker_packet_time_seconds{agent=\"s1\",worker=\"1\",quantile=\"0.99\"} 2.5E-05",
            "metron_chain_packet_time_seconds{agent=\"s1\",worker=\"1\",chain=\"web\",revision=\"1\",quantile=\"1\"} 2.9E-05",
            "metron_class_packets_total{chain=\"web\",class=\"1\"} 30",
            "metron_function_dropped_packets_total{agent=\"s1\",chain=\"web\",revision=\"1\",function=\"mon\",reason=\"noRoute\"} 31",
            "metron_function_value{agent=\"s1\",chain=\"web\",revision=\"1\",function=\"mon\",counter=\"bindings\"} 32",
            "metron_function_measured_cycles_total{agent=\"s1\",worker=\"1\",chain=\"web\",revision=\"1\",function=\"mon\",path=\"asked\"} 34",
            "metron_function_measured_packets_total{agent=\"s1\",worker=\"1\",chain=\"web\",revision=\"1\",function=\"mon\",path=\"asked\"} 33",
            "metron_blackbox_up{agent=\"s1\",worker=\"1\",chain=\"web\",revision=\"1\",function=\"bb\",appliance=\"ips\"} 1",
        ];
        Assert.All(expected, line => Assert.Contains(line, page.Split('\n')));
        AssertWellFormed(page);
    }

    [Fact]
    public async Task Reports_of_agents_that_were_lost_are_not_shown()
    {
        await using var running = await RunningChain.StartAsync();
        var (controller, _, agent) = running;
        await agent.ReportAsync(Load());
        await Eventually.HoldsAsync("the report", async () => (await PageAsync(controller)).Contains("metron_worker_load_ratio", StringComparison.Ordinal));

        await agent.DisposeAsync();

        await Eventually.HoldsAsync("it is lost", async () => (await PageAsync(controller)).Contains("metron_agent_connected{agent=\"s1\"} 0\n", StringComparison.Ordinal));
        Assert.DoesNotContain("metron_worker", await PageAsync(controller), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_says_what_format_it_has()
    {
        await using var controller = await ControllerUnderTest.StartAsync();

        using var answer = await controller.Http.GetAsync("/metrics");

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        AssertWellFormed(await answer.Content.ReadAsStringAsync());
    }

    private static Task<string> PageAsync(ControllerUnderTest controller) => controller.Http.GetStringAsync("/metrics");

    /// <summary>The rules of the format: known lines, samples behind their type, families in one piece, no sample twice.</summary>
    private static void AssertWellFormed(string page)
    {
        Assert.EndsWith("\n", page, StringComparison.Ordinal);
        var families = new HashSet<string>();
        var series = new HashSet<string>();
        var family = string.Empty;
        foreach (var line in page.Split('\n')[..^1])
        {
            if (Heading().Match(line) is { Success: true } heading)
            {
                family = heading.Groups[2].Value;
                Assert.True(heading.Groups[1].Value != "HELP" || families.Add(family), $"{family} is there twice");
                continue;
            }

            var sample = SampleLine().Match(line);
            Assert.True(sample.Success, line);
            Assert.Equal(family, sample.Groups[1].Value);
            Assert.True(series.Add(sample.Groups[1].Value + sample.Groups[2].Value), $"{line} is there twice");
        }
    }

    private static V1.ServerLoad Load()
    {
        var times = new V1.PacketTimes { Packets = 9, MedianMicroseconds = 24, P99Microseconds = 25, P999Microseconds = 26, MaxMicroseconds = 27 };
        return new V1.ServerLoad
        {
            Time = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch),
            Collections = 2,
            CollectionPauseMicroseconds = 500,
            Workers =
            {
                new V1.WorkerLoad
                {
                    Worker = 1,
                    Load = 0.5,
                    Received = new V1.Counters { Packets = 11, Bytes = 12 },
                    Sent = new V1.Counters { Packets = 13, Bytes = 14 },
                    SlowPathPackets = 15,
                    FlowEntries = 16,
                    CyclesPerPacket = 17.5,
                    Drops = { ["noRoute"] = 18 },
                    Samples = new V1.CycleSamples { Interval = 256, Polls = 2, Stages = { new V1.StageCycles { Stage = "slowPath", Packets = 19, Cycles = 20 } } },
                    MedianPollGapMicroseconds = 21,
                    P9999PollGapMicroseconds = 22,
                    MaxPollGapMicroseconds = 23,
                    PacketTimes = times,
                },
            },
            Chains =
            {
                new V1.ChainLoad
                {
                    Chain = "web",
                    Revision = 1,
                    Classes = { new V1.ClassLoad { TrafficClass = 1, Worker = 1, Counters = new V1.Counters { Packets = 30, Bytes = 1920 } } },
                    Functions = { new V1.NetworkFunctionLoad { Function = "mon", Counters = { ["drop.noRoute"] = 31, ["bindings"] = 32 } } },
                    FunctionCycles = { new V1.FunctionCycles { Function = "mon", Worker = 1, Path = "asked", Packets = 33, Cycles = 34 } },
                    PacketTimes = { new V1.ChainTimes { Worker = 1, Times = new V1.PacketTimes(times) { MaxMicroseconds = 29 } } },
                    Blackboxes = { new V1.BlackboxHealth { Function = "bb", Appliance = "ips", Worker = 1, Up = true } },
                },
            },
        };
    }

    [GeneratedRegex("^# (HELP|TYPE) ([a-z_]+) .+$")]
    private static partial Regex Heading();

    [GeneratedRegex("""^([a-z_]+)(\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z]+="(?:[^"\\\n]|\\["\\n])*")*\})? (\S+)$""")]
    private static partial Regex SampleLine();
}

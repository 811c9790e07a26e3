using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Metron.IntegrationTests.Lab;
using Metron.OpenFlow;
using Xunit.Abstractions;

namespace Metron.IntegrationTests;

/// <summary>All of 10,000 rules of Open vSwitch are exchanged under traffic, and every packet arrives.</summary>
public class RuleExchangeTests(ITestOutputHelper output)
{
    private const int Count = 10_000;
    private const int Leaving = 500;
    private const int InBundle = 1_000;
    private const int FirstPort = 10_000;
    private const int Flows = 100;
    private const ushort Priority = 1000;
    private const uint ClientPort = 1;
    private const uint ServerPort = 2;

    private static readonly RuleTransferOptions BesideTraffic = new() { TargetSectionTime = TimeSpan.FromMilliseconds(2) };

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("METRON_LONG_TESTS") == "1";

    /// <summary>A port of the switch holds some 270 packets. On a busy machine the switch waits for a core for longer than 20 ms, hardly for longer than 130 ms.</summary>
    private static readonly int PacketsPerSecond = IsLong ? 12_500 : 2_000;

    [LabFact]
    public async Task Ten_thousand_rules_are_exchanged_under_traffic_without_a_lost_packet()
    {
        await using var network = await LabNetwork.CreateAsync(new LabLayout());
        await using var connection = await ConnectAsync(network);
        await SendAsync(connection, Revision(0), new RuleTransferOptions());
        for (var run = 1; run <= (IsLong ? 10 : 2); run++)
        {
            var exchange = 0.0;
            var lost = await WithTrafficAsync(network, connection, $"run {run}", async () => exchange = await ExchangeAsync(connection, run));
            output.WriteLine($"run {run}: exchanged in {exchange:0} ms");
            Assert.Equal(0, lost);
            await AssertHasAsync(connection, Revision(run));

            lost = await WithTrafficAsync(network, connection, $"run {run}, bundle", async () =>
                Assert.True((await connection.ApplyBundleAsync([.. Revision(0).Take(InBundle)])).Succeeded));
            Assert.Equal(0, lost);
        }
    }

    /// <summary>Has numbered packets sent before, during and after some work; tells how many did not arrive.</summary>
    private async Task<int> WithTrafficAsync(LabNetwork network, OpenFlowConnection connection, string what, Func<Task> work)
    {
        // None of the flows uses a rule that goes: all rules get other actions, the last ones leave and as many come.
        var ports = string.Join(',', Enumerable.Range(0, Flows).Select(i => FirstPort + (i * (Count - Leaving) / Flows)));
        var (arrived, read) = (await ArrivedAsync(network), await ReadAsync(network));
        await using var counter = network.Start("server1", Repository.Traffic("steady.py"), "count");
        await counter.WroteAsync("ready");
        await using var sender = network.Start(
            "client1", Repository.Traffic("steady.py"), "send", "02:00:00:00:01:02", "02:00:00:00:01:01", $"{PacketsPerSecond}", ports);
        await sender.WroteAsync("started");
        await EnoughPacketsAsync(connection);
        await work();
        await EnoughPacketsAsync(connection);
        var sent = int.Parse((await sender.StopAsync()).Succeeded().Output.Split('\n')[1], CultureInfo.InvariantCulture);
        var result = JsonDocument.Parse((await counter.StopAsync()).Succeeded().Output.Split('\n')[1]).RootElement;
        var received = result.GetProperty("received").GetInt32();
        Assert.Equal(0, result.GetProperty("doubled").GetInt32());
        (arrived, read) = (await ArrivedAsync(network) - arrived, await ReadAsync(network) - read);
        output.WriteLine($"{what}: {sent} sent, {sent - received} lost; {arrived} came to the switch's interfaces, and it read {read} of them");
        return sent - received;
    }

    /// <summary>Packets that came to the interfaces of the switch.</summary>
    private static async Task<long> ArrivedAsync(LabNetwork network)
    {
        var shown = (await network.RunAsync("switch", "ip", "-s", "-j", "link")).Succeeded().Output;
        return JsonDocument.Parse(shown).RootElement.EnumerateArray()
            .Where(link => link.GetProperty("ifname").GetString() is "client1" or "servers" or "port0" or "port1")
            .Sum(link => link.GetProperty("stats64").GetProperty("rx").GetProperty("packets").GetInt64());
    }

    /// <summary>Packets that the switch's thread read from its interfaces: what else came there was lost in the receive buffers of their sockets.</summary>
    private static async Task<long> ReadAsync(LabNetwork network)
    {
        var control = Path.Combine(network.Directory, "run", "vswitchd.ctl");
        var shown = (await network.RunAsync("switch", "ovs-appctl", "-t", control, "dpif-netdev/pmd-stats-show")).Succeeded().Output;
        return shown.Split('\n').Where(line => line.Contains("packets received:", StringComparison.Ordinal))
            .Sum(line => long.Parse(line.Split(':')[1].Trim(), CultureInfo.InvariantCulture));
    }

    /// <summary>Adds over what is there, waits until all of it is in force, then deletes what is left of the revision before.</summary>
    /// <returns>Milliseconds that it took.</returns>
    private static async Task<double> ExchangeAsync(OpenFlowConnection connection, int revision)
    {
        var clock = Stopwatch.StartNew();
        await SendAsync(connection, Revision(revision), BesideTraffic);
        await SendAsync(
            connection,
            Revision(revision - 1).TakeLast(Leaving).Select(rule => new FlowMod
            {
                Command = FlowModCommand.DeleteStrict,
                Priority = rule.Priority,
                Match = rule.Match,
                Cookie = rule.Cookie,
                CookieMask = ulong.MaxValue,
            }),
            BesideTraffic);
        return clock.Elapsed.TotalMilliseconds;
    }

    /// <summary>Waits until a fifth of a second of packets was sent since now.</summary>
    private static async Task EnoughPacketsAsync(OpenFlowConnection connection)
    {
        var before = await connection.ReadPortStatsAsync(ClientPort);
        await Eventually.HoldsAsync("packets flow", async () =>
            (await connection.ReadPortStatsAsync(ClientPort))[0].ReceivedPackets > before[0].ReceivedPackets + ((ulong)PacketsPerSecond / 5) ? null : "too few packets");
    }

    /// <summary>Rules by UDP source port; the last ones are other ports in each revision.</summary>
    private static IEnumerable<FlowMod> Revision(int revision) => Enumerable.Range(0, Count).Select(i => new FlowMod
    {
        Cookie = 0x4d00_0001_0000_0000UL | ((ulong)revision << 16),
        Priority = Priority,
        Match = Match.Of(
            OxmField.InPort(ClientPort),
            OxmField.EthernetType(0x0800),
            OxmField.IpProtocol(17),
            OxmField.UdpSource((ushort)(FirstPort + (i < Count - Leaving ? i : i + (revision % 20 * Leaving))))),
        Instructions =
        [
            new ApplyActionsInstruction(
            [
                new SetFieldAction(OxmField.EthernetSource(new HardwareAddress(0x0200_0000_0100UL + (uint)revision))),
                new SetFieldAction(OxmField.EthernetDestination(HardwareAddress.Parse("02:00:00:00:f0:10"))),
                new OutputAction(ServerPort),
            ]),
        ],
    });

    private static async Task SendAsync(OpenFlowConnection connection, IEnumerable<FlowMod> messages, RuleTransferOptions options)
    {
        await using var transfer = new RuleTransfer(messages, options);
        Assert.Empty(await transfer.CompleteAsync(connection));
    }

    private static async Task AssertHasAsync(OpenFlowConnection connection, IEnumerable<FlowMod> rules)
    {
        var wanted = rules.ToDictionary(rule => (rule.Priority, rule.Match.Canonical()));
        await foreach (var flow in connection.StreamFlowsAsync())
        {
            Assert.True(wanted.Remove((flow.Priority, flow.Match.Canonical()), out var rule), flow.ToString());
            Assert.Equal((rule.Cookie, rule.Instructions), (flow.Cookie, flow.Instructions));
        }

        Assert.Empty(wanted);
    }

    /// <summary>Connects to the lab's bridge by its management socket.</summary>
    private static async Task<OpenFlowConnection> ConnectAsync(LabNetwork network)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(network.Directory, "run", "br0.mgmt")));
        return await OpenFlowConnection.OpenAsync(new NetworkStream(socket, ownsSocket: true));
    }
}

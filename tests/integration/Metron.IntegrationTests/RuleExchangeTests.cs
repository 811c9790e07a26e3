using System.Net.Sockets;
using Metron.IntegrationTests.Lab;
using Metron.OpenFlow;
using Xunit.Abstractions;

namespace Metron.IntegrationTests;

/// <summary>All of 10,000 rules of Open vSwitch are exchanged under traffic, and every packet arrives.</summary>
public class RuleExchangeTests(ITestOutputHelper output)
{
    private const int Count = 10_000;
    private const int Leaving = 500;
    private const int FirstPort = 10_000;
    private const int Flows = 100;
    private const int PacketsPerSecond = 2_000;
    private const ushort Priority = 1000;
    private const uint ClientPort = 1;
    private const uint ServerPort = 2;

    private static bool IsLong => Environment.GetEnvironmentVariable("METRON_LONG_TESTS") == "1";

    [LabFact]
    public async Task Ten_thousand_rules_are_exchanged_under_traffic_without_a_lost_packet()
    {
        await using var network = await LabNetwork.CreateAsync(new LabLayout());
        var traffic = new TrafficSource(network);
        await traffic.ServeAsync("server1");
        await PreferAsync(network);
        await using var connection = await ConnectAsync(network);
        FlowMod back = new()
        {
            Cookie = 1,
            Match = Match.Of(OxmField.InPort(ServerPort)),
            Instructions = [new ApplyActionsInstruction([new SetFieldAction(OxmField.EthernetDestination(HardwareAddress.Parse("02:00:00:00:01:02"))), new OutputAction(ClientPort)])],
        };
        await SendAsync(connection, [back, .. Revision(0)]);

        for (var run = 1; run <= (IsLong ? 10 : 2); run++)
        {
            // Of the flows, none uses a rule that goes: all rules get other actions, the last ones leave and as many come.
            var ports = string.Join(',', Enumerable.Range(0, Flows).Select(i => FirstPort + (i * (Count - Leaving) / Flows)));
            await using var packets = await traffic.StartNumberedAsync("203.0.113.10", packetsPerSecond: PacketsPerSecond, more: ["--source-ports", ports]);
            await RunAsync(connection, run);
            var result = await TrafficSource.ResultAsync(packets);
            output.WriteLine($"run {run}: {result.Sent} sent, {result.Lost} lost, {result.Reordered} reordered");
            result.NothingWasLost();
            await AssertHasAsync(connection, back, Revision(run));
        }
    }

    /// <summary>
    /// The switch forwards between messages, and its ports hold a tenth of a second of packets: it is not to lose them by waiting for a core of a busy
    /// machine.
    /// </summary>
    private static async Task PreferAsync(LabNetwork network)
    {
        var id = (await File.ReadAllTextAsync(Path.Combine(network.Directory, "run", "vswitchd.pid"))).Trim();
        (await network.RunAsync("switch", "chrt", "--all-tasks", "--rr", "--pid", "1", id)).Succeeded();
    }

    /// <summary>Adds over what is there, waits until all of it is in force, then deletes what is left of the revision before.</summary>
    private static async Task RunAsync(OpenFlowConnection connection, int revision)
    {
        // Long enough for traffic before, in between and after.
        await EnoughPacketsAsync(connection);
        await SendAsync(connection, Revision(revision));
        await SendAsync(connection, Revision(revision - 1).TakeLast(Leaving).Select(rule => new FlowMod
        {
            Command = FlowModCommand.DeleteStrict,
            Priority = rule.Priority,
            Match = rule.Match,
            Cookie = rule.Cookie,
            CookieMask = ulong.MaxValue,
        }));
        await EnoughPacketsAsync(connection);
    }

    /// <summary>Waits until every flow has sent some packets since now.</summary>
    private static async Task EnoughPacketsAsync(OpenFlowConnection connection)
    {
        var before = await connection.ReadPortStatsAsync(ClientPort);
        await Eventually.HoldsAsync("packets flow", async () =>
            (await connection.ReadPortStatsAsync(ClientPort))[0].ReceivedPackets > before[0].ReceivedPackets + (5 * Flows) ? null : "too few packets");
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

    private static async Task SendAsync(OpenFlowConnection connection, IEnumerable<FlowMod> messages)
    {
        await using var transfer = new RuleTransfer(messages);
        Assert.Empty(await transfer.CompleteAsync(connection));
    }

    private static async Task AssertHasAsync(OpenFlowConnection connection, FlowMod back, IEnumerable<FlowMod> rules)
    {
        var wanted = rules.Append(back).ToDictionary(rule => (rule.Priority, rule.Match.Canonical()));
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

using System.Globalization;
using Metron.IntegrationTests.Lab;
using Metron.Mapping;
using Metron.Offline.Tests;
using Metron.Reference;
using Xunit.Abstractions;

namespace Metron.IntegrationTests;

/// <summary>The random packets of the property tests through the real switch and the real agent: as the interpreter says, byte by byte.</summary>
public class ReferenceTests(VlanLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<VlanLab>
{
    private const int Rounds = 8;
    private const int PacketsPerRound = 50;

    // A busy machine loses packets on the lab's links now and then, another one each time; a mistake repeats itself.
    private const int Attempts = 4;

    // Both workers of the lab are told by bit 1 of a port.
    private const ushort SteeringMask = 2;
    private static readonly string[] s_hosts = ["client1", "server1"];

    // Answers to the last packets that the client's side sent.
    private readonly List<byte[]> _answers = [];

    [LabTheory]
    [InlineData("translate", 1)]
    [InlineData("balance", 2)]
    [InlineData("filter", 3)]
    public async Task Switch_and_agent_do_with_random_packets_what_the_chain_as_written_does(string name, int seed)
    {
        for (var attempt = 1; await LosesAsync(name, seed, attempt == Attempts); attempt++)
        {
            await Lab.DeleteAllAsync();
        }
    }

    /// <summary>Plays all rounds; returns true when a packet was lost that should have arrived, unless that is not borne any more.</summary>
    private async Task<bool> LosesAsync(string name, int seed, bool isLastAttempt)
    {
        var chain = ReferenceChains.Of(name);
        Assert.True(ServiceChainMapper.Map(chain).TryGetSpec(out var spec));
        await Lab.ApplyAsync(chain);
        await using var exchange = await Exchange.StartAsync(Lab.Network, s_hosts);
        var traffic = new RandomTraffic(new Dice(seed), spec!);
        var reference = new ReferenceChain(spec!, SteeringMask);
        var forwarded = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var count = await PlayAsync(round % 2, name == "filter", traffic, reference, exchange, isLastAttempt);
            if (count < 0)
            {
                return true;
            }

            forwarded += count;
        }

        Assert.True(forwarded > Rounds * PacketsPerRound / 10, $"only {forwarded} packets were forwarded: the chain shows nothing");
        return false;
    }

    /// <summary>Sends packets from one side, so that they stay in order, and compares what arrived.</summary>
    /// <returns>How many arrived; -1 when one was lost and that is borne.</returns>
    private async Task<int> PlayAsync(int side, bool isSwitchOnly, RandomTraffic traffic, ReferenceChain reference, Exchange exchange, bool isLastAttempt)
    {
        List<(byte[] Frame, uint Number)> sent = [];
        var arrivals = new Dictionary<uint, Arrival>();
        while (sent.Count < PacketsPerRound)
        {
            var arrival = traffic.Next();
            if (arrival.Endpoint == side && IsCarriedByKernels(arrival.Frame))
            {
                var marked = exchange.Mark(arrival.Frame);
                sent.Add(marked);
                arrivals.Add(marked.Number, arrival);
            }
        }

        var last = Last(side).Select(exchange.Mark).ToList();
        if (!await exchange.SendAsync(side, [.. sent.Concat(last).Select(packet => packet.Frame)], [.. last.Select(packet => packet.Number)]) && !isLastAttempt)
        {
            return -1;
        }

        var forwarded = 0;
        foreach (var (frame, number) in sent.Concat(last))
        {
            var hasArrived = exchange.TryGet(number, out var host, out var seen);
            var expected = reference.Process(side, frame, 0, new ObservedChoices(hasArrived ? seen : null));
            var isTolerated = isSwitchOnly && expected.IsRefused;
            if (!hasArrived && expected.DropReason is null && !isLastAttempt)
            {
                return -1;
            }

            var agrees = hasArrived ? expected.Egress == host && expected.Agrees(seen) : expected.DropReason is not null;
            Assert.True(
                agrees || isTolerated,
                string.Create(CultureInfo.InvariantCulture, $"frame {number} from {s_hosts[side]} {Convert.ToHexStringLower(frame)}\n")
                + $"as written: {expected.DropReason ?? expected.Violation ?? Convert.ToHexStringLower(expected.Frame!)}\n"
                + $"real: {(hasArrived ? $"{s_hosts[host]} {Convert.ToHexStringLower(seen)}" : "dropped")}");
            if (hasArrived)
            {
                forwarded++;
                if (arrivals.TryGetValue(number, out var arrival))
                {
                    traffic.Left(arrival, host, Exchange.Unmark(seen));
                }
            }
        }

        if (side == 0)
        {
            _answers.Clear();
            _answers.AddRange(last.Select(packet => exchange.TryGet(packet.Number, out _, out var seen) ? AnswerTo(seen) : []));
        }

        return forwarded;
    }

    /// <summary>
    /// Packets that every chain here lets pass, through each worker: when they have arrived, everything sent before has been handled. Those from
    /// the servers' side answer the others.
    /// </summary>
    private IEnumerable<byte[]> Last(int side) => side == 1 ? _answers : new ushort[] { 52000, 52002 }.Select(port => new FrameBuilder
    {
        EthernetSource = MacAddress.Parse(Chains.ClientMac),
        EthernetDestination = MacAddress.Parse(Chains.ClientGatewayMac),
        Source = IpAddress.Parse("10.0.0.9"),
        Destination = IpAddress.Parse("192.0.2.1"),
        SourcePort = port,
        DestinationPort = 443,
    }.Build());

    private static byte[] AnswerTo(byte[] frame)
    {
        Assert.Equal(DropReason.None, FrameParser.Parse(frame, frame.Length, false, out var headers, out _));
        return new FrameBuilder
        {
            EthernetSource = MacAddress.Parse(Chains.ServerMac),
            EthernetDestination = MacAddress.Parse(Chains.ServerGatewayMac),
            Source = headers.Destination,
            Destination = headers.Source,
            SourcePort = headers.DestinationPort,
            DestinationPort = headers.SourcePort,
        }.Build();
    }

    /// <summary>
    /// Whether the lab's links carry the frame as it is: the kernel puts IPv4 fragments together before DPDK gets them, and takes VLAN headers
    /// off.
    /// </summary>
    private static bool IsCarriedByKernels(byte[] frame)
    {
        var type = frame[12] << 8 | frame[13];
        var isFragment = type == 0x0800 && frame.Length >= 34 && ((frame[20] & 0x3f) != 0 || frame[21] != 0);
        return type is not (0x8100 or 0x88a8 or 0x0806) && !isFragment;
    }

    /// <summary>Reads what the chain chose off the frame that left it.</summary>
    private sealed class ObservedChoices(byte[]? frame) : IChoices
    {
        private readonly PacketHeaders? _headers =
            frame is not null && FrameParser.Parse(frame, frame.Length, false, out var headers, out _) == DropReason.None ? headers : null;

        public OutsideChoice ChooseOutside(BindingRequest request) => _headers is { } seen
            ? new OutsideChoice(ChoiceKind.Made, seen.Source, seen.SourcePort)
            : new OutsideChoice(ChoiceKind.Missing);

        public BackendChoice ChooseBackend(BackendRequest request) => _headers is { } seen
            ? new BackendChoice(ChoiceKind.Made, seen.Destination, seen.DestinationPort)
            : new BackendChoice(ChoiceKind.Missing);
    }
}

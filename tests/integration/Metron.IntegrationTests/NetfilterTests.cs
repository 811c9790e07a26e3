using System.Buffers.Binary;
using Metron.Import;
using Metron.Import.Filters;
using Metron.Import.Iptables;
using Metron.Import.Nftables;
using Metron.Import.Syntax;
using Metron.Import.Tests.Support;
using Metron.IntegrationTests.Netfilter;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.Reference;

namespace Metron.IntegrationTests;

/// <summary>
/// Imported firewalls and the Linux kernel that the rules were written for: the same packets pass. The kernel's netfilter runs the rules, the
/// interpreter the firewall that is imported from what the kernel's own tools print of them.
/// </summary>
public class NetfilterTests
{
    private const int Packets = 150;
    private const int Flows = 250;
    private static readonly FilterImportOptions s_options = new() { Inside = "lan0", Outside = "wan0" };

    [LabTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_firewall_from_iptables_lets_through_what_the_kernel_does(bool isV6)
    {
        await using var router = await NetfilterRouter.StartAsync();
        for (var seed = 1; seed <= 6; seed++)
        {
            var random = new Random(seed);
            var rules = new FilterGenerator(random, isV6).Draw(2 + random.Next(8)).ToIptables(random);
            var (restore, save) = isV6 ? ("ip6tables-restore", "ip6tables-save") : ("iptables-restore", "iptables-save");
            await router.LoadAsync(FirstOfAll($"-A FORWARD -d {LastDestination(isV6)} -j ACCEPT", isV6 ? V6Words(rules) : rules), restore);
            var printed = (await router.InRouterAsync(save, "-t", "filter")).Succeeded().Output;

            var options = s_options with { DefaultVersion = isV6 ? 6 : 4 };
            await CompareAsync(router, IptablesImporter.Import([new SourceText("rules", printed)], options), Random(random, isV6), $"seed {seed}\n{printed}");
        }
    }

    [LabTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_firewall_from_nft_lets_through_what_the_kernel_does(bool isV6)
    {
        await using var router = await NetfilterRouter.StartAsync();
        for (var seed = 101; seed <= 106; seed++)
        {
            var random = new Random(seed);
            await router.ClearAsync();
            await router.LoadAsync(new FilterGenerator(random, isV6).Draw(2 + random.Next(8)).ToNft(random), "nft", "-j", "-f");
            var family = isV6 ? "ip6" : "ip";
            (await router.InRouterAsync("nft", "insert", "rule", family, "filter", "FORWARD", family, "daddr", LastDestination(isV6), "accept")).Succeeded();
            var printed = (await router.InRouterAsync("nft", "-j", "list", "ruleset")).Succeeded().Output;

            await CompareAsync(router, NftablesImporter.Import(new SourceText("rules", printed), s_options), Random(random, isV6), $"seed {seed}\n{printed}");
        }
    }

    [LabFact]
    public async Task A_stateful_firewall_of_an_office_lets_through_what_the_kernel_does()
    {
        await using var router = await NetfilterRouter.StartAsync();
        var rules = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Netfilter", "office.rules"));
        await router.LoadAsync(rules, "iptables-restore");

        // Packets in the middle of unknown connections are no start of one, as for Metron's firewall.
        (await router.InRouterAsync("sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_loose=0", "net.netfilter.nf_conntrack_tcp_be_liberal=1")).Succeeded();
        var printed = (await router.InRouterAsync("iptables-save", "-t", "filter")).Succeeded().Output;

        var firewall = IptablesImporter.Import([new SourceText("office", printed)], s_options);
        Assert.True(firewall.Value?.Stateful, string.Join("\n", firewall.Problems));
        await CompareAsync(router, firewall, Connections(new Random(7)), printed);
    }

    /// <summary>Sends the packets by the kernel and by the interpreter.</summary>
    private static async Task CompareAsync(
        NetfilterRouter router, ImportResult<FirewallConfiguration> import, List<(int Side, FrameBuilder Frame)> packets, string rules)
    {
        Assert.True(import.Problems.Count == 0, $"{string.Join("\n", import.Problems)}\n{rules}");
        var isV6 = packets[0].Frame.Source.IsV6;
        packets.AddRange([(0, LastOf(0, isV6)), (1, LastOf(1, isV6))]);
        var frames = packets.Select((packet, number) => (packet.Side, Frame: Numbered(packet.Side, packet.Frame, (uint)number).Build())).ToList();
        var arrived = await router.ForwardAsync(frames);

        var reference = new ReferenceChain(Between(import.Value!));
        var allowed = 0;
        for (var number = 0; number < frames.Count; number++)
        {
            var (side, frame) = frames[number];
            var expected = reference.Process(side, frame, 0, new OwnChoices());
            var hasArrived = arrived.Contains((uint)number);
            Assert.True(
                (expected.DropReason is null) == hasArrived,
                $"{packets[number]}: the kernel {(hasArrived ? "forwards" : "drops")} it; imported: {expected.DropReason ?? "forwarded"}\n{rules}");
            allowed += hasArrived ? 1 : 0;
        }

        Assert.InRange(allowed, 2, frames.Count);
    }

    private static List<(int Side, FrameBuilder Frame)> Random(Random random, bool isV6)
    {
        List<(int Side, FrameBuilder Frame)> packets = [];
        while (packets.Count < Packets)
        {
            var packet = PacketWorld.Draw(random);
            if (packet.IsV6 == isV6 && !IsLinkLocal(packet.Source) && !IsLinkLocal(packet.Destination))
            {
                packets.Add((packet.FromPort, new FrameBuilder
                {
                    Source = packet.Source,
                    Destination = packet.Destination,
                    Protocol = packet.Protocol,
                    SourcePort = packet.SourcePort,
                    DestinationPort = packet.DestinationPort,
                    TcpFlags = packet.Flags,
                    IcmpType = packet.IcmpType,
                    IcmpCode = packet.IcmpCode,
                }));
            }
        }

        return packets;
    }

    /// <summary>Connections from both sides, mixed: opened or not, answered or not, each packet at most once.</summary>
    private static List<(int Side, FrameBuilder Frame)> Connections(Random random)
    {
        string[] inside = ["10.0.1.5", "10.0.2.10", "10.0.2.22", "10.0.2.53", "10.0.3.7", "10.0.4.8"];
        string[] outside = ["192.0.2.1", "198.51.100.9", "203.0.113.66", "8.8.8.8", "10.0.1.5"];
        ushort[] ports = [22, 25, 53, 80, 113, 443, 8005, 8011, 33500];
        List<List<(int Side, FrameBuilder Frame)>> flows = [];
        for (var flow = 0; flow < Flows; flow++)
        {
            var side = random.Next(2);
            var (near, far) = side == 0 ? (inside, outside) : (outside, inside);
            var request = new FrameBuilder
            {
                Source = IpAddress.Parse(PacketWorld.Pick(random, near)),
                Destination = IpAddress.Parse(PacketWorld.Pick(random, far)),
                Protocol = PacketWorld.Pick(random, [IpProtocol.Tcp, IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Icmp]),
                SourcePort = (ushort)(40000 + flow),
                DestinationPort = PacketWorld.Pick(random, ports),
                IcmpType = 8,
            };
            var isEcho = request.Protocol == IpProtocol.Icmp;
            var answer = request with
            {
                Source = request.Destination,
                Destination = request.Source,
                SourcePort = isEcho ? request.SourcePort : request.DestinationPort,
                DestinationPort = request.SourcePort,
                IcmpType = 0,
            };
            List<(int Side, FrameBuilder Frame)> packets =
            [
                (side, request with { TcpFlags = TcpFlags.Syn }),
                (1 - side, answer with { TcpFlags = TcpFlags.Syn | TcpFlags.Acknowledgement }),
                (side, request with { TcpFlags = TcpFlags.Acknowledgement }),
                (1 - side, answer with { TcpFlags = TcpFlags.Acknowledgement | TcpFlags.Push }),
            ];

            // Some begin in the middle, some are never answered.
            flows.Add(random.Next(5) switch { 0 => packets[2..], 1 => packets[..1], _ => packets });
        }

        List<(int Side, FrameBuilder Frame)> mixed = [];
        while (flows.Count > 0)
        {
            var next = PacketWorld.Pick(random, flows);
            mixed.Add(next[0]);
            next.RemoveAt(0);
            flows.RemoveAll(flow => flow.Count == 0);
        }

        return mixed;
    }

    /// <summary>Accepted before all other rules, so that its arrival tells that everything before it was handled.</summary>
    private static FrameBuilder LastOf(int side, bool isV6) => new()
    {
        Source = IpAddress.Parse(isV6 ? "2001:db8:77::7" : "192.0.2.77"),
        Destination = IpAddress.Parse(LastDestination(isV6)),
        SourcePort = (ushort)(7000 + side),
    };

    private static string LastDestination(bool isV6) => isV6 ? "2001:db8:fa::250" : "203.0.113.250";

    /// <summary>With its number at the end of what it carries; before that stands SCTP's header, or what an ICMP error is about.</summary>
    private static FrameBuilder Numbered(int side, FrameBuilder frame, uint number)
    {
        byte[] header = frame.Protocol == IpProtocol.Sctp
            ? [(byte)(frame.SourcePort >> 8), (byte)frame.SourcePort, (byte)(frame.DestinationPort >> 8), (byte)frame.DestinationPort, 0, 0, 0, 0, 0, 0, 0, 0]
            : IsError(frame) ? new FrameBuilder { Source = frame.Destination, Destination = frame.Source }.BuildPacket()
            : frame.Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Icmp or IpProtocol.IcmpV6 ? [] : new byte[16];
        byte[] payload = [.. header, .. "MTX1"u8, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(payload.Length - 4), number);
        return frame with { Payload = payload, EthernetDestination = MacAddress.Parse(side == 0 ? "02:00:00:00:00:01" : "02:00:00:00:00:02") };
    }

    private static bool IsError(FrameBuilder frame) => frame.Protocol switch
    {
        IpProtocol.Icmp => frame.IcmpType is 3 or 4 or 5 or 11 or 12,
        IpProtocol.IcmpV6 => frame.IcmpType < 128,
        _ => false,
    };

    private static ChainSpec Between(FirewallConfiguration firewall) => new("imported")
    {
        Endpoints = [new ChainEndpoint("lan", "br0", 1), new ChainEndpoint("wan", "br0", 2)],
        Functions = [firewall],
        Links =
        [
            new ChainLink(new Attachment("lan", null), new Attachment(firewall.Name, null)),
            new ChainLink(new Attachment(firewall.Name, null), new Attachment("wan", null)),
        ],
    };

    /// <summary>Puts a rule before all others.</summary>
    private static string FirstOfAll(string rule, string rules) =>
        rules.Replace("-A INPUT", $"{rule}\n-A INPUT", StringComparison.Ordinal);

    /// <summary>What ip6tables calls the same thing.</summary>
    private static string V6Words(string rules) => rules.Replace("--reject-with icmp-port", "--reject-with icmp6-port", StringComparison.Ordinal);

    private static bool IsLinkLocal(IpAddress address) => address.IsV6 && address.Value >> 118 == 0x3fa;
}

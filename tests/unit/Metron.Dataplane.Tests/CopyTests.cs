using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Mirror;
using Metron.NetworkFunctions.Policer;
using Metron.NetworkFunctions.StaticNat;
using Metron.NetworkFunctions.Tunnel;

namespace Metron.Dataplane.Tests;

/// <summary>Copies that a mirror asks for, through the loop.</summary>
public sealed class CopyTests
{
    private static readonly StaticNatConfiguration Nat = new("nat")
    {
        Pairs = [Pair("10.0.0.0/24", "198.51.100.0/24"), Pair("fd00::/64", "2001:db8:ffff::/64")],
        PassOthers = true,
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_copy_is_the_packet_as_it_is_at_the_mirror_first_or_established(bool isV6)
    {
        // A copy behind the first NAT shows its address, the packet itself that of the second one.
        var second = Nat with { Name = "nat2", Pairs = [Pair("198.51.100.0/24", "203.0.113.0/24"), Pair("2001:db8:ffff::/64", "2001:db8:eeee::/64")] };
        using var rig = new WorkerRig().Deploy(Chains.Line(Nat, new MirrorConfiguration("tap"), second).WithArchive(1));
        var packet = Client(isV6);
        for (var i = 0; i < 5; i++)
        {
            var sent = rig.PassAll([packet.Build()]);
            Assert.Equal(2, sent.Count);
            Assert.Equal(Expected(packet, isV6 ? "2001:db8:eeee::5" : "203.0.113.5", Chains.FarEgress), sent[0]);
            Assert.Equal(Expected(packet, isV6 ? "2001:db8:ffff::5" : "198.51.100.5", Chains.ArchiveEgress), sent[1]);
        }

        Assert.Equal(1ul, rig.Worker.SlowPathPackets);
        Assert.Equal(10ul, rig.Worker.Sent.Packets);
    }

    [Fact]
    public void Copies_are_cut_and_leave_behind_their_burst_in_order()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(new MirrorConfiguration("tap") { TruncateTo = 64 }).WithArchive(0));
        var packets = Enumerable.Range(0, 40).Select(i => (Client(false) with { SourcePort = (ushort)(40000 + (i % 4)), Payload = [.. Enumerable.Repeat((byte)i, 100)] }).Build()).ToList();
        rig.PassAll(packets);
        var sent = rig.PassAll(packets);
        Assert.Equal(80, sent.Count);
        var (copies, whole) = (sent.Where(frame => frame.Length == 68).ToList(), sent.Where(frame => frame.Length != 68).ToList());
        Assert.Equal(Enumerable.Range(0, 40), copies.Select(frame => (int)frame[^1]));
        Assert.Equal(Enumerable.Range(0, 40), whole.Select(frame => (int)frame[^1]));
        Assert.All(sent.Take(32), frame => Assert.NotEqual(68, frame.Length));
    }

    [Fact]
    public void Without_mbufs_the_packet_passes_and_the_missing_copy_is_counted()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(new MirrorConfiguration("tap")).WithArchive(0));
        rig.Wire.CopiesLeft = 0;
        for (var i = 0; i < 3; i++)
        {
            Assert.Single(rig.PassAll([Client(false).Build()]));
        }

        Assert.Equal(3ul, rig.Worker.Drops[DropReason.NoBuffer]);
        Assert.Equal(3ul, Assert.Single(rig.Statistics.Programs[0].Functions).Drops[DropReason.NoBuffer]);
        rig.Wire.CopiesLeft = 1;
        Assert.Equal(2, rig.PassAll([Client(false).Build()]).Count);
    }

    [Fact]
    public void A_packet_that_is_dropped_behind_the_mirror_was_copied()
    {
        var limit = new PolicerConfiguration("limit") { Limits = [new PolicerLimit("", PacketMatch.Any, 1, 1) { InPackets = true }] };
        using var rig = new WorkerRig().Deploy(Chains.Line(new MirrorConfiguration("tap"), limit).WithArchive(0));
        Assert.Equal(2, rig.PassAll([Client(false).Build()]).Count);
        Assert.Single(rig.PassAll([Client(false).Build()]));
        Assert.Equal(1ul, rig.Worker.SlowPathPackets);
        Assert.Equal(1ul, rig.Worker.Drops[DropReason.RateExceeded]);
    }

    [Fact]
    public void Behind_a_tunnel_established_flows_are_limited_and_copied_too()
    {
        var tunnel = new TunnelConfiguration("tunnel") { Local = IpAddress.Parse("203.0.113.1"), Remote = IpAddress.Parse("203.0.113.2") };
        var limit = new PolicerConfiguration("limit") { Limits = [new PolicerLimit("", PacketMatch.Any, 1, 3) { InPackets = true }] };
        using var rig = new WorkerRig().Deploy(Chains.Line(tunnel, new MirrorConfiguration("tap"), limit).WithArchive(1));
        var sent = Enumerable.Range(0, 6).Select(_ => rig.PassAll([Client(false).Build()])).ToList();
        Assert.Equal([2, 2, 2, 1, 1, 1], sent.Select(frames => frames.Count));
        Assert.All(sent.Skip(1).Take(2), frames => Assert.Equal(frames[0][18..], frames[1][18..])); // the same packet of the tunnel, under two tags
        Assert.Equal(3ul, rig.Worker.Drops[DropReason.RateExceeded]);
    }

    [Fact]
    public void Entries_with_copies_give_back_what_they_hold()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(new MirrorConfiguration("tap")).WithArchive(0));
        for (var round = 0; round < 3; round++)
        {
            rig.PassAll(Enumerable.Range(0, 50).Select(i => (Client(i % 2 == 1) with { SourcePort = (ushort)(40000 + i) }).Build()));
            Assert.Equal(50ul, rig.Worker.FlowEntries);
            rig.Idle(TimeSpan.FromSeconds(40));
            Assert.Equal(0ul, rig.Worker.FlowEntries);
        }
    }

    private static FrameBuilder Client(bool isV6) => new()
    {
        Vlan = (ushort)Chains.ClientTag,
        Protocol = IpProtocol.Udp,
        Source = IpAddress.Parse(isV6 ? "fd00::5" : "10.0.0.5"),
        Destination = IpAddress.Parse(isV6 ? "2001:db8::9" : "192.0.2.9"),
    };

    private static byte[] Expected(FrameBuilder packet, string source, uint tag) =>
        (packet with { Source = IpAddress.Parse(source), Vlan = (ushort)tag }).Build();

    private static AddressPair Pair(string inside, string outside) => new(IpPrefix.Parse(inside), IpPrefix.Parse(outside));
}

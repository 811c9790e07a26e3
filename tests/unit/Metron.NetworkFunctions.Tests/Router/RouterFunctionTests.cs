using Metron.NetworkFunctions.Router;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Router;

public class RouterFunctionTests
{
    private const int Lan = 0;
    private const int Wan = 1;
    private const int Backup = 2;

    private static readonly RouterConfiguration Configuration = new("rt")
    {
        RouterPorts =
        [
            new RouterPort("lan", MacAddress.Parse("02:00:00:00:01:01")),
            new RouterPort("wan", MacAddress.Parse("02:00:00:00:01:02")),
            new RouterPort("backup", MacAddress.Parse("02:00:00:00:01:03")),
        ],
        Routes =
        [
            Route("0.0.0.0/0", Wan, "02:00:00:00:02:01"),
            Route("10.0.0.0/8", Lan, "02:00:00:00:02:02"),
            Route("10.1.0.0/16", Backup, "02:00:00:00:02:03"),
            Route("198.51.100.0/24", Backup, "02:00:00:00:02:03"),
            Route("2001:db8::/32", Wan, "02:00:00:00:02:04"),
            Route("2001:db8:1::/48", Lan, "02:00:00:00:02:05"),
            Route("2001:db8:1:1::7/128", Backup, "02:00:00:00:02:06"),
        ],
    };

    [Theory]
    [InlineData("203.0.113.1", Wan, "02:00:00:00:01:02", "02:00:00:00:02:01", 0)]
    [InlineData("10.200.0.1", Lan, "02:00:00:00:01:01", "02:00:00:00:02:02", 1)]
    [InlineData("10.1.255.255", Backup, "02:00:00:00:01:03", "02:00:00:00:02:03", 2)]
    [InlineData("198.51.100.255", Backup, "02:00:00:00:01:03", "02:00:00:00:02:03", 2)]
    [InlineData("2001:db8:ffff::1", Wan, "02:00:00:00:01:02", "02:00:00:00:02:04", 3)]
    [InlineData("2001:db8:1:ffff::1", Lan, "02:00:00:00:01:01", "02:00:00:00:02:05", 4)]
    [InlineData("2001:db8:1:1::7", Backup, "02:00:00:00:01:03", "02:00:00:00:02:06", 5)]
    public void The_longest_prefix_decides_port_macs_and_outcome(
        string destination, int port, string ownMac, string nextHopMac, int outcome)
    {
        var worker = Router();
        var ingress = port == Lan ? Wan : Lan;
        var source = destination.Contains(':') ? "2001:db8:9::9" : "192.0.2.9";

        var after = worker.Pass(Udp(source, 1, destination, 2) with { TimeToLive = 2 }, ingress);

        Assert.Equal(Verdict.Forward(port, outcome), worker.Verdict);
        Assert.Equal(MacAddress.Parse(ownMac), after.EthernetSource);
        Assert.Equal(MacAddress.Parse(nextHopMac), after.EthernetDestination);
        Assert.Equal(1, after.TimeToLive);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_packet_whose_time_to_live_would_reach_0_is_dropped(byte timeToLive) =>
        Assert.Equal(
            DropReason.TimeToLiveExpired, Router().Drop(Udp("192.0.2.9", 1, "10.0.0.1", 2) with { TimeToLive = timeToLive }, Wan));

    [Fact]
    public void A_packet_without_route_is_dropped() =>
        Assert.Equal(DropReason.NoRoute, Router().Drop(Udp("2001:db8::1", 1, "2001:db9::1", 2), Lan));

    [Fact]
    public void A_packet_whose_route_leads_back_is_dropped() =>
        Assert.Equal(DropReason.RouteToIngress, Router().Drop(Udp("10.0.0.1", 1, "10.0.0.2", 2), Lan));

    [Theory]
    [InlineData("192.0.2.9", "0.1.2.3")]
    [InlineData("192.0.2.9", "127.0.0.1")]
    [InlineData("192.0.2.9", "169.254.1.1")]
    [InlineData("192.0.2.9", "224.0.0.5")]
    [InlineData("192.0.2.9", "255.255.255.255")]
    [InlineData("169.254.1.1", "203.0.113.1")]
    [InlineData("240.0.0.1", "203.0.113.1")]
    [InlineData("2001:db8::9", "::")]
    [InlineData("2001:db8::9", "::1")]
    [InlineData("2001:db8::9", "::ffff:10.0.0.1")]
    [InlineData("2001:db8::9", "fe80::1")]
    [InlineData("2001:db8::9", "febf::1")]
    [InlineData("2001:db8::9", "ff02::1")]
    [InlineData("fe80::1", "2001:db8::9")]
    public void Addresses_that_must_not_be_forwarded_are_dropped(string source, string destination) =>
        Assert.Equal(DropReason.MartianAddress, Router().Drop(Udp(source, 1, destination, 2), Lan));

    [Theory]
    [InlineData("192.0.2.9", "126.255.255.255")]
    [InlineData("192.0.2.9", "169.253.255.255")]
    [InlineData("192.0.2.9", "223.255.255.255")]
    [InlineData("fec0::1", "2001:db8::9")]
    public void Their_neighbours_are_forwarded(string source, string destination) => Router().Pass(Udp(source, 1, destination, 2), Lan);

    [Fact]
    public void Icmp_errors_are_routed_by_their_own_destination_and_their_content_is_left_alone()
    {
        var worker = Router();
        var about = Udp("10.0.0.1", 1, "203.0.113.1", 2);

        var (outer, embedded) = worker.SendErrorExpecting(DropReason.None, Unreachable("203.0.113.1", "10.0.0.1"), about, Wan);

        Assert.Equal(Lan, worker.Verdict.Port);
        Assert.Equal(63, outer.TimeToLive);
        Assert.Equal(about, embedded);
        worker.SendErrorExpecting(
            DropReason.TimeToLiveExpired, Unreachable("203.0.113.1", "10.0.0.1") with { TimeToLive = 1 }, about, Wan);
    }

    [Fact]
    public void Fragments_are_routed_but_not_cached()
    {
        var worker = Router();
        worker.Pass(Packet("192.0.2.9", "10.0.0.1", IpProtocol.Udp) with { IsFragment = true }, Wan);
        Assert.False(worker.Verdict.Cacheable);
    }

    [Fact]
    public void Drops_and_routes_are_reported()
    {
        var worker = Router();
        worker.Drop(Udp("2001:db8::1", 1, "2001:db9::1", 2), Lan);

        Assert.Equal(1, worker.Counter("drop.noRoute"));
        Assert.Equal(7, worker.Counter("routes"));
    }

    private static TestWorker Router() => new(NetworkFunctionFactory.Create(Configuration, WorkerResources.Default));

    private static Route Route(string prefix, int port, string mac) =>
        new(IpPrefix.Parse(prefix), new NextHop(port, MacAddress.Parse(mac)));
}

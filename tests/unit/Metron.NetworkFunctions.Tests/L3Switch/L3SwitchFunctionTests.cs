using Metron.NetworkFunctions.L3Switch;
using Metron.NetworkFunctions.Router;
using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Tests.Tunnel;
using Metron.Packets;

namespace Metron.NetworkFunctions.Tests.L3Switch;

public sealed class L3SwitchFunctionTests
{
    private const int Lan = 0;
    private const int Wan = 1;
    private static readonly MacAddress Own = MacAddress.Parse("02:00:00:00:00:01");
    private static readonly MacAddress Gateway = MacAddress.Parse("02:00:00:00:02:09");

    [Theory]
    [InlineData("192.0.2.10", DropReason.RouteToIngress)] // a neighbour of the port it came by
    [InlineData("10.9.0.9", DropReason.None)] // a neighbour
    [InlineData("10.9.0.10", DropReason.NoRoute)] // in a subnet, nobody
    [InlineData("10.9.0.1", DropReason.NoRoute)] // its own
    [InlineData("8.8.8.8", DropReason.None)] // by the default route
    [InlineData("2001:db8:5::1", DropReason.NoRoute)] // there is none
    public void A_packet_goes_to_a_neighbor_or_by_a_route_or_is_dropped(string destination, DropReason expected)
    {
        var to = IpAddress.Parse(destination);
        var packet = new FlowPacket();
        packet.Headers.Source = IpAddress.Parse(to.IsV6 ? "2001:db8::a" : "192.0.2.10");
        (packet.Headers.Destination, packet.Headers.TimeToLive) = (to, 9);

        var verdict = new L3SwitchFunction(Configuration()).Process(ref packet, Lan);

        Assert.Equal(expected, verdict.Reason);
        if (expected == DropReason.None)
        {
            Assert.Equal((Wan, Gateway, (byte)8), (verdict.Port, packet.Headers.EthernetDestination, packet.Headers.TimeToLive));
        }
    }

    [Theory]
    [InlineData("arp")]
    [InlineData("arp-probe")]
    [InlineData("nd")]
    [InlineData("nd-unicast")]
    [InlineData("nd-probe")]
    public void Its_own_addresses_are_answered_for_as_scapy_would(string name)
    {
        var (question, answer) = TunnelFunctionTests.Read("neighbors.txt")[name];
        byte[] buffer = [.. new byte[64], .. question, .. new byte[64]];
        var packet = new FramePacket(buffer, 64, question.Length, 14, 0);
        var function = new L3SwitchFunction(Configuration());

        Assert.True(function.AnswersNeighbors(Lan));
        Assert.Equal(Verdict.ForwardOnce(Lan, -1), function.AnswerNeighbor(ref packet, Lan));
        Assert.Equal(Convert.ToHexString(answer), Convert.ToHexString(packet.Frame));
    }

    [Fact]
    public void Addresses_of_other_ports_are_not_answered_for()
    {
        var question = TunnelFunctionTests.Read("neighbors.txt")["arp"].Plain;
        byte[] buffer = [.. new byte[64], .. question, .. new byte[64]];
        var packet = new FramePacket(buffer, 64, question.Length, 14, 0);

        Assert.Equal(DropReason.NoNeighbor, new L3SwitchFunction(Configuration()).AnswerNeighbor(ref packet, Wan).Reason);
    }

    [Fact]
    public void Drops_of_the_router_and_of_the_subnets_are_counted_together()
    {
        var function = new L3SwitchFunction(Configuration());
        foreach (var destination in new[] { "10.9.0.77", "10.9.0.78", "2001:db8:5::1" })
        {
            var packet = new FlowPacket();
            packet.Headers.Destination = IpAddress.Parse(destination);
            packet.Headers.Source = IpAddress.Parse(packet.Headers.Destination.IsV6 ? "2001:db8::a" : "192.0.2.10");
            function.Process(ref packet, Lan);
        }

        var report = new FunctionReport();
        function.Report(new TestWorker(function), report);
        Assert.Equal((3, 3), (report.Counters["drop.noRoute"], report.Counters["routes"]));
    }

    private static L3SwitchConfiguration Configuration() => new("core")
    {
        SwitchPorts =
        [
            new L3SwitchPort("lan", Own) { Addresses = [Address("192.0.2.1", "192.0.2.0/24"), Address("2001:db8::1", "2001:db8::/64")] },
            new L3SwitchPort("wan", MacAddress.Parse("02:00:00:00:00:02")) { Addresses = [Address("10.9.0.1", "10.9.0.0/24")] },
        ],
        Neighbors =
        [
            new L3SwitchNeighbor(IpAddress.Parse("192.0.2.10"), new NextHop(Lan, MacAddress.Parse("02:00:00:00:00:0a"))),
            new L3SwitchNeighbor(IpAddress.Parse("10.9.0.9"), new NextHop(Wan, Gateway)),
        ],
        Routes = [new Route(IpPrefix.Parse("0.0.0.0/0"), new NextHop(Wan, Gateway))],
    };

    private static PortAddress Address(string address, string subnet) => new(IpAddress.Parse(address), IpPrefix.Parse(subnet));
}

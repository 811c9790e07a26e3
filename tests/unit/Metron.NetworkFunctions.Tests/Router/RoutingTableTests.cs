using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.NetworkFunctions.Tests.Router;

public class RoutingTableTests
{
    private static readonly MacAddress NextHopMac = MacAddress.Parse("02:00:00:00:02:01");

    [Theory]
    [InlineData(1000, false)]
    [InlineData(20_000, true)]
    public void Small_and_large_tables_lead_to_the_same_next_hops(int networks, bool isDirect)
    {
        // Every second /24 of 20.0.0.0/8 on, each with a host of its own next hop.
        var routes = Enumerable.Range(0, networks).SelectMany(number => new[]
        {
            new Route(new IpPrefix(new IpAddress(Network(number), false), 24), new NextHop(number % 100, NextHopMac)),
            new Route(new IpPrefix(new IpAddress(Network(number) + 7, false), 32), new NextHop(100 + (number % 3), NextHopMac)),
        });
        var table = new RoutingTable(new RouterConfiguration("rt") { Routes = [.. routes] });

        Assert.Equal(isDirect, table.IsDirect);
        for (var number = 0; number < networks; number++)
        {
            Assert.Equal(number % 100, Port(table, Network(number)));
            Assert.Equal(number % 100, Port(table, Network(number) + 6));
            Assert.Equal(100 + (number % 3), Port(table, Network(number) + 7));
            Assert.Equal(number % 100, Port(table, Network(number) + 255));
            Assert.Equal(-1, Port(table, Network(number) + 256));
        }
    }

    private static uint Network(int number) => 0x14000000 + ((uint)number << 9);

    private static int Port(RoutingTable table, uint address)
    {
        var destination = new IpAddress(address, false);
        table.Prefetch(destination);
        return table.Find(destination, out var nextHop) < 0 ? -1 : nextHop.Port;
    }
}

using Metron.Bench.Dataplane;
using Metron.Bench.Traces;

namespace Metron.Bench.Tests;

public class SwitchProgramTests
{
    private static readonly Trace s_v4 = Trace.Known.Single(trace => trace.Name == "T2");
    private static readonly Trace s_v6 = Trace.Known.Single(trace => trace.Name == "T6");

    [Fact]
    public void Rules_of_a_firewall_keep_their_order_as_priorities()
    {
        var lines = SwitchProgram.Filter(ChainFunctions.Firewall(4), s_v4);
        Assert.StartsWith("priority=65000,ip,nw_src=172.16.0.0/24,actions=drop", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("priority=64997,ip,actions=", lines[^1], StringComparison.Ordinal);
        Assert.EndsWith(",IN_PORT", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_range_of_ports_becomes_masks_that_cover_it_and_no_more()
    {
        // Rule 2 denies TCP to ports 3 to 7.
        var lines = SwitchProgram.Filter(ChainFunctions.Firewall(4), s_v4).Where(line => line.StartsWith("priority=64998,", StringComparison.Ordinal)).ToList();
        var covered = lines.SelectMany(line =>
        {
            var mask = line[(line.IndexOf("tp_dst=", StringComparison.Ordinal) + 7)..line.IndexOf(",actions", StringComparison.Ordinal)].Split('/');
            var (value, bits) = (int.Parse(mask[0]), Convert.ToInt32(mask[1], 16));
            return Enumerable.Range(0, 65_536).Where(port => (port & bits) == value);
        });
        Assert.Equal([3, 4, 5, 6, 7], covered.Order());
    }

    [Fact]
    public void Routes_are_those_of_the_traces_version_the_longest_first()
    {
        var router = ChainFunctions.Router(1_000);
        var lines = SwitchProgram.Route(router, s_v6);
        Assert.Equal(router.Routes.Count(route => route.Prefix.Address.IsV6), lines.Count);
        Assert.StartsWith("priority=122,ipv6,ipv6_dst=2001:db8:100::/121,actions=dec_ttl,set_field:02:00:01:00:00:00->eth_dst", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Open_vSwitch_takes_part_where_it_can_do_the_same()
    {
        Assert.True(OpenVSwitchContender.Knows(TracedCase.Known["C3/T2"]));
        Assert.False(OpenVSwitchContender.Knows(TracedCase.Known["C5/T2"]));
        Assert.False(OpenVSwitchContender.Knows(TracedCase.Known["C0/T5"]));
    }
}

using Metron.NetworkFunctions.Firewall;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Firewall;

public class RuleTreesTests
{
    [Fact]
    public void Rules_that_cuts_do_not_tell_apart_get_no_trees_and_are_found_all_the_same()
    {
        // Each excludes one port from all: as boxes they are all alike.
        FirewallRule[] rules =
        [
            .. Enumerable.Range(0, 60).Select(number => new FirewallRule(
                "",
                new PacketMatch
                {
                    Protocol = new Condition<byte>(IpProtocol.Udp),
                    SourcePort = new Condition<PortRange>(new PortRange(0, (ushort)(999 - number)), Negated: true),
                },
                Allow: true,
                FromPort: null)),
        ];

        Assert.Null(RuleTrees.TryBuild(rules, isV6: false));
        var set = new RuleSet(rules, allowByDefault: false);
        Assert.Equal(-1, set.Classify(Udp("10.0.0.1", 940, "10.0.0.2", 2), 0).Rule);
        Assert.Equal(59, set.Classify(Udp("10.0.0.1", 941, "10.0.0.2", 2), 0).Rule);
        Assert.Equal(9, set.Classify(Udp("2001:db8::1", 991, "2001:db8::2", 2), 0).Rule);
        Assert.Equal(0, set.Classify(Udp("10.0.0.1", 1000, "10.0.0.2", 2), 0).Rule);
    }

    [Fact]
    public void Ten_thousand_hosts_behind_one_prefix_are_told_apart()
    {
        // All share the leading 112 bits, so that cuts of these would not help.
        FirewallRule[] rules =
        [
            .. Enumerable.Range(0, 10_000).Select(number => new FirewallRule(
                "",
                new PacketMatch { Destination = new Condition<IpPrefix>(new IpPrefix(IpAddress.V6(Network + (uint)(number * 3)), 128)) },
                Allow: number % 2 == 0,
                FromPort: null)),
        ];

        Assert.NotNull(RuleTrees.TryBuild(rules, isV6: true));
        var set = new RuleSet(rules, allowByDefault: false);
        for (var number = 0; number < rules.Length; number++)
        {
            var address = Network + (uint)(number * 3);
            Assert.Equal(number, Find(set, address));
            Assert.Equal(-1, Find(set, address + 1));
            Assert.Equal(-1, Find(set, address ^ (UInt128.One << 100)));
        }
    }

    private static UInt128 Network => (UInt128)0x20010db8 << 96;

    private static int Find(RuleSet set, UInt128 destination)
    {
        var packet = Udp("2001:db8::1", 1, "2001:db8::2", 2) with { Destination = IpAddress.V6(destination) };
        return set.Classify(in packet, 0).Rule;
    }
}

using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Optimization;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.Tests.Optimization;

public class FirewallOptimizerTests
{
    private static readonly PacketMatch Tcp = new() { Protocol = new(IpProtocol.Tcp) };

    [Fact]
    public void A_shadowed_rule_is_left_out_with_a_warning_that_names_both()
    {
        var optimized = Optimize(Rule("all-tcp", Tcp, false), Rule("", Ports(80, 80), true), Rule("dns", Udp(53), true));

        var warning = Assert.Single(optimized.Warnings, candidate => candidate.Code == WarningCode.Shadowed);
        Assert.Equal(("rules[1]", "rules[0]"), (warning.Field, warning.Related));
        Assert.Equal(
            "no packet comes to rules[1]: rule \"all-tcp\" (rules[0]) before it matches all that it matches, and denies it, while it allows: "
            + "likely a mistake in their order; it was left out",
            warning.Message);
        Assert.DoesNotContain(Rules(optimized), rule => rule.Match == Ports(80, 80));
    }

    [Fact]
    public void A_rule_that_several_shadow_together_names_them()
    {
        var warning = Assert.Single(Optimize(
            Rule("low", Ports(0, 999), true), Rule("high", Ports(1000, 65535), true), Rule("web", Ports(80, 2000), true)).Warnings);

        Assert.Equal(
            "no packet comes to rule \"web\" (rules[2]): rule \"low\" (rules[0]) and rule \"high\" (rules[1]) before it together match all that it "
            + "matches, and decide alike; it was left out",
            warning.Message);
    }

    [Fact]
    public void A_redundant_rule_is_left_out_unless_it_counts_by_its_name_what_the_default_would_get()
    {
        var optimized = Optimize(Rule("", Ports(22, 22), false), Rule("ssh", Ports(23, 23), false), Rule("", Ports(80, 80), true), Rule("web", Ports(80, 81), true));

        Assert.Equal(["rules[0]", "rules[1]", "rules[2]"], optimized.Warnings.Select(warning => warning.Field));
        Assert.All(optimized.Warnings, warning => Assert.Equal(WarningCode.Redundant, warning.Code));
        Assert.Equal(
            "rules[2] changes nothing: without it, its packets are allowed by rule \"web\" (rules[3]) all the same; it was left out, and they count there",
            optimized.Warnings[2].Message);
        Assert.EndsWith("it was kept, as it counts its packets under its name", optimized.Warnings[1].Message, StringComparison.Ordinal);
        Assert.Equal([1, 3], Rules(optimized).Select(rule => rule.Position));
    }

    [Fact]
    public void Rules_for_one_side_do_not_stand_for_the_other()
    {
        var firewall = new FirewallConfiguration("fw")
        {
            Rules = [new FirewallRule("", Tcp, true, 0), new FirewallRule("", Ports(80, 80), true, 1), new FirewallRule("", Ports(80, 80), true, 0)],
        };

        Assert.Equal("rules[2]", Assert.Single(FunctionOptimizer.Optimize(firewall).Warnings).Field);
    }

    [Fact]
    public void A_firewall_that_needs_all_of_its_rules_stays_the_same_object()
    {
        var firewall = new FirewallConfiguration("fw") { Rules = [Rule("", Tcp, true)] };

        Assert.Same(firewall, FunctionOptimizer.Optimize(firewall).Configuration);
    }

    [Fact]
    public void A_rule_that_no_packet_can_come_to_is_left_out()
    {
        var firewall = new FirewallConfiguration("fw") { Rules = [Rule("", Ports(80, 80), true), Rule("v6", new PacketMatch { IpVersion = 6 }, true)] };
        var v4 = new HeaderSpace([HeaderCube.AllV4]);

        var optimized = FunctionOptimizer.Optimize(firewall, [v4, v4]);

        var warning = Assert.Single(optimized.Warnings);
        Assert.Equal((WarningCode.Unreachable, "rules[1]"), (warning.Code, warning.Field));
        Assert.Equal(firewall.Rules[0].Match, Assert.Single(Rules(optimized)).Match);
        Assert.Same(firewall, FunctionOptimizer.Optimize(firewall, [v4, HeaderSpace.All]).Configuration);
    }

    [Fact]
    public void Warnings_are_put_into_words_for_the_first_hundred_only()
    {
        var optimized = Optimize([.. Enumerable.Range(0, 300).Select(_ => Rule("", Tcp, true))]);

        Assert.Equal((100, 299), (optimized.Warnings.Count, optimized.WarningCount));
        Assert.Single(Rules(optimized));
    }

    private static OptimizedFunction Optimize(params FirewallRule[] rules) => FunctionOptimizer.Optimize(new FirewallConfiguration("fw") { Rules = rules });

    private static IReadOnlyList<FirewallRule> Rules(OptimizedFunction optimized) => ((FirewallConfiguration)optimized.Configuration).Rules;

    private static FirewallRule Rule(string name, PacketMatch match, bool allow) => new(name, match, allow, null);

    private static PacketMatch Ports(ushort first, ushort last) => Tcp with { DestinationPort = new(new PortRange(first, last)) };

    private static PacketMatch Udp(ushort port) => new() { Protocol = new(IpProtocol.Udp), DestinationPort = new(new PortRange(port, port)) };
}

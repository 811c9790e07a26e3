using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Optimization;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Orchestration.Tests.Optimization;

public class ChainWarningsTests
{
    [Fact]
    public void What_an_endpoint_does_not_take_reaches_no_rule()
    {
        var spec = SampleChains.Filter();
        spec = spec with
        {
            Endpoints = [.. spec.Endpoints.Select(endpoint => endpoint with { Match = SampleChains.Tcp(80) })],
            Functions = [new FirewallConfiguration(spec.Functions[0].Name) { AllowByDefault = true, Rules = [new FirewallRule("ssh", SampleChains.Tcp(22), false, null)] }],
        };

        var warning = Assert.Single(ChainWarnings.Of(spec).First);

        Assert.Equal((WarningCode.Unreachable, "spec.functions[0].firewall.rules[0]"), (warning.Code, warning.Path));
    }

    [Fact]
    public void What_an_earlier_firewall_denies_reaches_no_rule_of_a_later_one()
    {
        var warning = Assert.Single(ChainWarnings.Of(TwoFirewalls()).First);

        Assert.Equal((WarningCode.Unreachable, "spec.functions[1].firewall.rules[1]"), (warning.Code, warning.Path));
    }

    [Fact]
    public void Switch_rules_are_counted_under_the_numbers_of_the_spec()
    {
        var spec = TwoFirewalls();
        var first = (FirewallConfiguration)spec.Functions[0];
        spec = spec with
        {
            Functions =
            [
                first with { Rules = [first.Rules[0], first.Rules[0], new FirewallRule("", SampleChains.Tcp(443), true, null)] }, spec.Functions[1],
            ],
        };

        var purposes = ChainPrograms.SwitchRules(Plan(spec)).Select(rule => rule.Purpose).ToList();

        Assert.Contains("f0 rules[0]", purposes);
        Assert.Contains("f0 rules[2]", purposes);
        Assert.DoesNotContain("f0 rules[1]", purposes);
    }

    [Fact]
    public void Servers_get_what_is_left()
    {
        var spec = SampleChains.Web();
        var router = (RouterConfiguration)spec.Functions[1];
        spec = spec with
        {
            Functions =
            [
                spec.Functions[0],
                router with { Routes = [.. router.Routes, new Route(IpPrefix.Parse("203.0.113.0/24"), router.Routes[0].NextHop)] },
                spec.Functions[2],
            ],
        };

        var program = Assert.Single(ChainPrograms.ResidualPrograms(Plan(spec))).Value;

        Assert.Equal(router.Routes, Assert.Single(program.Functions.OfType<RouterConfiguration>()).Routes);
        Assert.Contains(ChainWarnings.Of(spec).First, warning => warning.Path == "spec.functions[1].router.routes[2]");
    }

    [Fact]
    public void Classes_say_what_state_must_say_of_their_packets()
    {
        var plan = Plan(SampleChains.Web());

        Assert.Contains(plan.Classes, planned => planned.Conditions.Contains("nat: has a binding"));
        Assert.Contains(plan.Classes, planned => planned.Conditions.Any(condition => condition.EndsWith("belongs to a connection", StringComparison.Ordinal)));
        Assert.All(plan.Classes, planned => Assert.All(planned.Conditions, condition => Assert.Contains(planned.Path, part => part.StartsWith(condition.Split(':')[0] + ":", StringComparison.Ordinal))));
    }

    /// <summary>The first lets only web pass, so that the second has nothing to do with SSH.</summary>
    private static ChainSpec TwoFirewalls()
    {
        NetworkFunctionConfiguration[] functions =
        [
            new FirewallConfiguration("f0") { Rules = [new FirewallRule("", SampleChains.Tcp(80), true, null)] },
            new FirewallConfiguration("f1")
            {
                Rules = [new FirewallRule("", SampleChains.Tcp(80), true, null), new FirewallRule("", SampleChains.Tcp(22), true, 0)],
            },
        ];
        return new ChainSpec("two")
        {
            Endpoints = [new ChainEndpoint("a", "br0", 1), new ChainEndpoint("b", "br0", 2)],
            Functions = functions,
            Links = [SampleChains.Link("a", "f0"), SampleChains.Link("f0", "f1"), SampleChains.Link("f1", "b")],
        };
    }

    private static ChainPlan Plan(ChainSpec spec)
    {
        var inventory = SampleChains.Inventory();
        Assert.Empty(ChainValidator.Validate(spec, inventory, []));
        return ChainPlanner.Plan(new PlanRequest(spec, 1, 1, inventory)).Plan!;
    }
}

using System.Collections.Immutable;
using Metron.Controller.Chains;
using Metron.Controller.Configuration;
using Metron.Controller.Reconciliation;
using Metron.Controller.Store;
using Metron.Controller.Switches;
using Metron.NetworkFunctions.Chains;

namespace Metron.Controller.Tests.Reconciliation;

public class PortHealthTests
{
    private static readonly ConfiguredLink[] Links = [new(2, null, "core router"), new(3, null, "core router"), new(101, "s1", null)];

    [Fact]
    public void A_port_that_is_down_is_named_with_what_uses_it_and_what_is_there()
    {
        var plan = Worlds.Plan(1, PlanPhase.Running);
        var far = plan.Plan.Spec.Endpoints[1].Port;

        var health = PortHealth.Of(plan, World(plan, down: [far, 101]));

        Assert.False(health!.IsUp);
        Assert.Equal(
            $"Port {far} (p{far}) towards core router of switch br0 is down: endpoint b. Port 101 (p101) towards s1 of switch br0 is down: worker 0 of server s1.",
            health.Message);
    }

    [Fact]
    public void A_port_that_is_gone_is_said_to_be_gone_and_others_do_not_matter()
    {
        var plan = Worlds.Plan(1, PlanPhase.Running);

        Assert.Equal("Port 1 of switch br0 is not there: endpoint a.", PortHealth.Of(plan, World(plan, gone: [1]))!.Message);
        Assert.True(PortHealth.Of(plan, World(plan, down: [4]))!.IsUp);
    }

    [Fact]
    public void Nothing_is_said_of_a_switch_that_is_away() => Assert.Null(PortHealth.Of(Worlds.Plan(1, PlanPhase.Running), World(null, isConnected: false)));

    [Fact]
    public void The_condition_comes_with_a_port_that_is_down_and_then_stays_to_say_that_all_are_up()
    {
        var plan = Worlds.Plan(1, PlanPhase.Running);
        var up = World(plan);
        var chain = up.Chains["web"];
        Assert.DoesNotContain(ConditionRules.Of(chain, up), condition => condition.Type == ConditionTypes.PortsUp);

        var down = ConditionRules.Of(chain, World(plan, down: [1]));
        Assert.Contains(down, condition => condition is { Type: ConditionTypes.PortsUp, Holds: false, Reason: "PortDown" });
        Assert.Equal((false, ReadyReasons.NotInForce), (down[^1].Holds, down[^1].Reason));

        var again = ConditionRules.Of(chain with { Conditions = down }, up);
        Assert.Contains(again, condition => condition is { Type: ConditionTypes.PortsUp, Holds: true, Reason: "Up" });
        Assert.True(again[^1].Holds);
    }

    [Fact]
    public void A_server_that_says_it_is_where_links_say_another_is_remarked()
    {
        var switches = World(null).Ports;

        Assert.Empty(PortHealth.Mismatches(switches, Worlds.Inventory("s1")));
        var moved = Worlds.Inventory("s1");
        moved = moved with { Servers = [.. moved.Servers.Select(server => server with { Name = "s2" })] };
        Assert.Equal(
            [("br0", "server s2 says that it is at port 101, where links say s1; one of the two configurations is wrong")], PortHealth.Mismatches(switches, moved));
    }

    private static World World(PlanState? plan, uint[]? down = null, uint[]? gone = null, bool isConnected = true)
    {
        var worlds = plan is null ? new Worlds() : new Worlds().Chain(1, plans: plan).Server("s1", true, plan).Installed([plan]);
        var ports = new uint[] { 1, 2, 3, 4, 101, 102 }.Except(gone ?? [])
            .ToImmutableSortedDictionary(port => port, port => new SwitchPortState(port, $"p{port}", "02:00:00:00:00:01", !(down ?? []).Contains(port)));
        var state = new SwitchState(new ConfiguredSwitch("br0", 1, TagKind.Vlan) { Links = [.. Links] }, Worlds.Now)
        {
            Connection = isConnected ? new FakeSwitch() : null,
            Ports = ports,
        };
        return worlds.Build() with { Ports = ImmutableSortedDictionary<string, SwitchState>.Empty.Add("br0", state) };
    }
}

using System.Collections.Immutable;
using Metron.Controller.Chains;
using Metron.Controller.Configuration;
using Metron.Controller.Reconciliation;
using Metron.Controller.Store;
using Metron.Controller.Switches;
using Metron.NetworkFunctions.Chains;
using Metron.Orchestration;

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

    [Theory]
    [InlineData(new uint[] { 3 }, PortUse.Failover, "OnBackup", "Endpoint b runs on backup port 2 (p2) towards core router, as port 3 (p3) towards core router is down.")]
    [InlineData(new uint[] { 3, 2 }, PortUse.Failover, "OnBackup", "Endpoint b runs on backup port 4 (p4), as port 3 (p3) towards core router and 2 (p2) towards core router are down.")]
    [InlineData(new uint[] { 2 }, PortUse.Failover, "BackupDown", "Port 2 (p2) towards core router of endpoint b is down; the others are up.")]
    [InlineData(new uint[] { 3, 2 }, PortUse.Spread, "FewerPorts", "Endpoint b is spread over port 4 (p4) only, as port 3 (p3) towards core router and 2 (p2) towards core router are down.")]
    public void An_endpoint_that_has_another_port_up_keeps_the_chain_ready_and_the_condition_says_how(uint[] down, PortUse use, string reason, string message)
    {
        var plan = WithBackups(use);
        var world = World(plan, down);

        var condition = Assert.Single(ConditionRules.Of(world.Chains["web"], world), condition => condition.Type == ConditionTypes.PortsUp);

        Assert.Equal((false, reason, message), (condition.Holds, condition.Reason, condition.Message));
        Assert.True(ConditionRules.Of(world.Chains["web"], world)[^1].Holds);
    }

    [Fact]
    public void An_endpoint_all_of_whose_ports_are_down_is_down_and_one_without_group_is_when_the_port_in_use_is()
    {
        var plan = WithBackups(PortUse.Failover);
        Assert.Equal("PortDown", PortHealth.Of(plan, World(plan, down: [2, 3, 4]))!.Reason);

        var alone = WithBackups(PortUse.Failover, group => group with { Number = 0, OnlyPort = 3 });
        Assert.Equal((false, "PortDown"), (PortHealth.Of(alone, World(alone, down: [3]))!.IsUp, PortHealth.Of(alone, World(alone, down: [3]))!.Reason));
        Assert.Equal("BackupDown", PortHealth.Of(alone, World(alone, down: [2]))!.Reason);
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

    /// <summary>A plan whose far endpoint has port 3 and the backups 2 and 4.</summary>
    private static PlanState WithBackups(PortUse use, Func<PlannedGroup, PlannedGroup>? change = null) => Worlds.Plan(1, PlanPhase.Running, change: plan =>
    {
        var endpoint = plan.Spec.Endpoints[1] with { BackupPorts = [2, 4], PortUse = use };
        var group = new PlannedGroup(GroupPlanner.FirstNumber, 1, use, endpoint.Ports);
        return plan with { Spec = plan.Spec with { Endpoints = [plan.Spec.Endpoints[0], endpoint] }, Groups = [change?.Invoke(group) ?? group] };
    });

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

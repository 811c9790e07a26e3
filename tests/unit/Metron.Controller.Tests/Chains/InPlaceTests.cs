using Metron.OpenFlow;

namespace Metron.Controller.Tests.Chains;

/// <summary>Changes of chains on a switch that has bundles.</summary>
public class InPlaceTests
{
    /// <summary>Event id of "Chain {Chain}: plan {Revision} is gone from switch and servers".</summary>
    private const int PlanForgotten = 3305;

    [Fact]
    public async Task A_changed_rule_goes_to_the_switch_in_one_bundle_and_nothing_else_is_touched()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch { HasBundles = true };
        atSwitch.Connect(controller);
        await controller.CreateAsync(Specs.Firewall());
        await controller.ReadyAsync("edge");
        Assert.Empty(atSwitch.Bundles);
        var before = atSwitch.Rules;

        await controller.UpdateAsync(Specs.Firewall(deniedPort: "23"));
        var chain = await controller.WhenAsync("edge", chain => chain.Status is { State: V1.ChainState.Ready, RunningRevision: 2 });

        // Both directions and both IP versions.
        var bundle = Assert.Single(atSwitch.Bundles);
        Assert.Equal(4, bundle.Count(message => message.Command == FlowModCommand.Add));
        Assert.Equal(4, bundle.Count(message => message.Command == FlowModCommand.DeleteStrict));
        Assert.Equal(before.Count - 4, atSwitch.Rules.Intersect(before).Count());
        Assert.Equal((uint)atSwitch.Rules.Count(rule => LifecycleTests.IsOf(rule, 1)), chain.Status.SwitchRules);
    }

    [Fact]
    public async Task Other_names_and_another_order_of_independent_rules_send_nothing_to_switch_and_servers()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch { HasBundles = true };
        atSwitch.Connect(controller);
        await using var agent = await FakeAgent.ConnectAsync(controller);
        await controller.CreateAsync(Chain("80", "443", stateful: true));
        await controller.ReadyAsync("web");
        var batches = atSwitch.Batches.Count;

        await controller.UpdateAsync(Chain("443", "80", stateful: true));
        await controller.WhenAsync("web", chain => chain.Status is { State: V1.ChainState.Ready, RunningRevision: 2 });
        var labelled = Chain("443", "80", stateful: true);
        labelled.Labels["team"] = "net";
        await controller.UpdateAsync(labelled);
        await controller.ReadyAsync("web");

        Assert.Equal(batches, atSwitch.Batches.Count);
        Assert.Equal([1L], agent.Deploys.Select(program => program.Revision));
        Assert.Single(agent.Running);
    }

    [Fact]
    public async Task A_program_that_the_next_plan_needs_too_is_not_sent_again_and_goes_with_the_last_plan()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch { HasBundles = true };
        atSwitch.Connect(controller);
        await using var agent = await FakeAgent.ConnectAsync(controller);
        await controller.CreateAsync(Specs.Monitor());
        await controller.ReadyAsync("web");
        var changed = Specs.Monitor();
        changed.Spec.PassNeighborDiscovery = true;
        await controller.UpdateAsync(changed);
        await controller.WhenAsync("web", chain => chain.Status is { State: V1.ChainState.Ready, RunningRevision: 2 });

        // The plan before is forgotten, and the program that both had stays.
        Assert.Equal([1L], agent.Deploys.Select(program => program.Revision));
        await Eventually.HoldsAsync("the end of the first plan", () => controller.Logged(PlanForgotten).Count > 0);
        Assert.Single(agent.Running);
        await controller.Chains.DeleteServiceChainAsync(new V1.DeleteServiceChainRequest { Name = "web" });
        await controller.GoneAsync("web");
        Assert.Empty(agent.Running);
        Assert.DoesNotContain(atSwitch.Rules, rule => LifecycleTests.IsOf(rule, 1));
    }

    [Fact]
    public async Task A_change_of_more_rules_than_a_bundle_may_have_goes_in_two_phases()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch { HasBundles = true };
        atSwitch.Connect(controller);
        await controller.CreateAsync(ManyRules(1000));
        await controller.ReadyAsync("web");
        var before = atSwitch.Rules;
        Assert.True(before.Count > 1000);
        var sent = atSwitch.Batches.Count;

        await controller.UpdateAsync(ManyRules(3000));
        await controller.WhenAsync("web", chain => chain.Status is { State: V1.ChainState.Ready, RunningRevision: 2 });

        Assert.Empty(atSwitch.Bundles);
        var batches = atSwitch.Batches.Skip(sent).ToList();
        var stages = batches.FindIndex(batch => batch.Any(message => message is { Command: FlowModCommand.Add, Table: > 0 }));
        var entrances = batches.FindIndex(batch => batch.Any(message => message is { Command: FlowModCommand.Add, Table: 0 }));
        var deletions = batches.FindIndex(batch => batch.Any(message => message.Command == FlowModCommand.DeleteStrict));
        Assert.True(stages < entrances && entrances < deletions, $"{stages}, {entrances}, {deletions}");
        Assert.Empty(before.Where(rule => rule.Table > 0).Select(rule => rule.Match).Intersect(atSwitch.Rules.Where(rule => rule.Table > 0).Select(rule => rule.Match)));

        // A switch that lost them all needs no bundle either: nothing of the chain is changed, it is only completed.
        atSwitch.Forget();
        await Eventually.HoldsAsync("the repair", () => atSwitch.Rules.Count > 1000);
        Assert.Empty(atSwitch.Bundles);
    }

    [Fact]
    public async Task A_refused_bundle_leaves_everything_as_it_was_and_is_tried_again()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch { HasBundles = true };
        atSwitch.Connect(controller);
        await controller.CreateAsync(Specs.Firewall());
        await controller.ReadyAsync("edge");
        var before = atSwitch.Rules.ToHashSet();

        atSwitch.Refuse = message => message.Command == FlowModCommand.Add && message.Table > 0 ? "OFPFMFC_TABLE_FULL" : null;
        await controller.UpdateAsync(Specs.Firewall(deniedPort: "23"));
        var chain = await controller.WhenAsync("edge", chain => chain.Condition("SwitchProgrammed").Reason == "RulesRefused");

        Assert.Contains("OFPFMFC_TABLE_FULL", chain.Condition("SwitchProgrammed").Message, StringComparison.Ordinal);
        Assert.Equal(1, chain.Status.RunningRevision);
        Assert.True(before.SetEquals(atSwitch.Rules));

        atSwitch.Refuse = _ => null;
        await controller.ReadyAsync("edge");
        Assert.DoesNotContain(atSwitch.Rules, rule => rule.ToString().Contains("dst=22", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_controller_that_died_before_its_bundle_was_committed_sends_it_after_its_restart()
    {
        using var folder = new TemporaryFolder();
        var atSwitch = new FakeSwitch { HasBundles = true };
        await using (var before = await ControllerUnderTest.StartAsync(folder))
        {
            atSwitch.Connect(before);
            await before.CreateAsync(Specs.Firewall());
            await before.ReadyAsync("edge");
            var died = new TaskCompletionSource();
            atSwitch.BeforeApply = async () =>
            {
                died.TrySetResult();
                await Task.FromException(new Controller.Switches.SwitchException("gone"));
            };
            await before.UpdateAsync(Specs.Firewall(deniedPort: "23"));
            await died.Task;
        }

        atSwitch.BeforeApply = () => Task.CompletedTask;
        await using var after = await ControllerUnderTest.StartAsync(folder);
        atSwitch.Connect(after);
        await after.WhenAsync("edge", chain => chain.Status is { State: V1.ChainState.Ready, RunningRevision: 2 });

        Assert.Equal(8, atSwitch.Bundles.Last().Count);
    }

    [Fact]
    public async Task A_switch_that_came_back_without_bundles_is_changed_in_two_phases()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var capable = new FakeSwitch { HasBundles = true };
        capable.Connect(controller);
        await controller.CreateAsync(Specs.Firewall());
        await controller.ReadyAsync("edge");
        capable.Refuse = message => message.Table > 0 ? "OFPFMFC_TABLE_FULL" : null;
        await controller.UpdateAsync(Specs.Firewall(deniedPort: "23"));
        await controller.WhenAsync("edge", chain => chain.Condition("SwitchProgrammed").Reason == "RulesRefused");

        controller.Switches.Disconnect("br0", capable, "replaced");
        var plain = new FakeSwitch();
        plain.Connect(controller);
        await controller.ReadyAsync("edge");

        Assert.Empty(plain.Bundles);
        Assert.Contains(plain.Rules, rule => rule.ToString().Contains("dst=23", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Counts_of_a_class_go_on_over_a_change_that_it_outlives()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch { HasBundles = true };
        atSwitch.Connect(controller);
        await controller.CreateAsync(Specs.Firewall());
        await controller.ReadyAsync("edge");
        atSwitch.Count(rule => rule.Table > 0, 10);
        var counted = await controller.WhenAsync("edge", chain => chain.Status.TrafficClasses.All(c => c.Packets > 0));

        await controller.UpdateAsync(Specs.Firewall(deniedPort: "23"));
        var changed = await controller.WhenAsync("edge", chain => chain.Status is { State: V1.ChainState.Ready, RunningRevision: 2 });

        Assert.Equal(counted.Status.TrafficClasses.Select(c => c.Packets), changed.Status.TrafficClasses.Select(c => c.Packets));
    }

    private static V1.ServiceChain ManyRules(int from)
    {
        var chain = Chain("80", "443", stateful: false);
        chain.Spec.Functions[0].Firewall.Rules.Clear();
        chain.Spec.Functions[0].Firewall.Rules.AddRange(Enumerable.Range(from, 300).Select(port => new V1.FirewallRule
        {
            Name = $"p{port}",
            Action = V1.FirewallAction.Deny,
            Match = new V1.PacketMatch { Protocol = "tcp", DestinationPort = $"{port}" },
        }));
        return chain;
    }

    private static V1.ServiceChain Chain(string first, string second, bool stateful)
    {
        var chain = Specs.Firewall("web");
        var firewall = chain.Spec.Functions[0].Firewall;
        firewall.Stateful = stateful;
        firewall.Rules.Clear();
        foreach (var port in new[] { first, second })
        {
            firewall.Rules.Add(new V1.FirewallRule
            {
                Name = $"p{port}",
                Action = port == "80" ? V1.FirewallAction.Allow : V1.FirewallAction.Deny,
                Match = new V1.PacketMatch { Protocol = "tcp", DestinationPort = port },
            });
        }

        return chain;
    }
}

using Metron.Controller.Switches;
using Metron.OpenFlow;

namespace Metron.Controller.Tests.Chains;

public class RecoveryTests
{
    [Fact]
    public async Task A_restarted_controller_sends_nothing_when_nothing_has_changed()
    {
        using var folder = new TemporaryFolder();
        var atSwitch = new FakeSwitch();
        IReadOnlyCollection<V1.DeployedChain> running;
        await using (var before = await ControllerUnderTest.StartAsync(folder))
        {
            atSwitch.Connect(before);
            await using var agent = await FakeAgent.ConnectAsync(before);
            await before.CreateAsync(Specs.Monitor());
            await before.ReadyAsync("web");
            running = [.. agent.Running.Values];
        }

        var batches = atSwitch.Batches.Count;
        await using var after = await ControllerUnderTest.StartAsync(folder);
        atSwitch.Connect(after);
        await using var returned = await FakeAgent.ConnectAsync(after, running: running);
        var chain = await after.ReadyAsync("web");
        await Eventually.HoldsAsync("a read of the switch", () => after.Switches.Switches["br0"].Rules is not null);

        Assert.Equal(1, chain.Revision);
        Assert.Equal(batches, atSwitch.Batches.Count);
        Assert.All(returned.Received, message => Assert.NotNull(message.Welcome));
    }

    [Fact]
    public async Task A_controller_that_died_between_servers_and_switch_goes_on_where_it_was()
    {
        using var folder = new TemporaryFolder();
        var atSwitch = new FakeSwitch();
        IReadOnlyCollection<V1.DeployedChain> running;
        var died = new TaskCompletionSource();
        await using (var before = await ControllerUnderTest.StartAsync(folder))
        {
            await using var agent = await FakeAgent.ConnectAsync(before);
            atSwitch.BeforeApply = async () =>
            {
                died.TrySetResult();
                await Task.FromException(new SwitchException("gone"));
            };
            atSwitch.Connect(before);
            await before.CreateAsync(Specs.Monitor());
            await died.Task;
            running = [.. agent.Running.Values];
        }

        atSwitch.BeforeApply = () => Task.CompletedTask;
        Assert.Empty(atSwitch.Rules);
        await using var after = await ControllerUnderTest.StartAsync(folder);
        await using var returned = await FakeAgent.ConnectAsync(after, running: running);
        atSwitch.Connect(after);
        await after.ReadyAsync("web");

        Assert.Empty(returned.Deploys);
        Assert.NotEmpty(atSwitch.Rules);
    }

    [Fact]
    public async Task A_switch_that_lost_its_rules_gets_them_again_and_those_of_others_are_left_alone()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        await controller.CreateAsync(Specs.Firewall());
        await controller.ReadyAsync("edge");
        var rules = atSwitch.Rules.ToHashSet();

        var foreign = new FlowMod { Table = 7, Priority = 7, Cookie = 0x1234 };
        controller.Switches.Disconnect("br0", atSwitch, "restarted");
        atSwitch.Forget();
        await atSwitch.ApplyAsync([foreign], ChangePace.BesideTraffic, CancellationToken.None);
        var lost = await controller.WhenAsync("edge", chain => chain.Status.State == V1.ChainState.Degraded);
        atSwitch.Connect(controller);
        await controller.ReadyAsync("edge");

        Assert.Equal(V1.ConditionStatus.Unknown, lost.Condition("SwitchProgrammed").Status);
        Assert.True(atSwitch.Rules.ToHashSet().SetEquals([.. rules, foreign]));
    }

    [Fact]
    public async Task Rules_that_somebody_removed_or_added_under_our_cookie_are_put_right_by_the_next_read()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        await controller.CreateAsync(Specs.Firewall());
        await controller.ReadyAsync("edge");
        var rules = atSwitch.Rules.ToHashSet();

        var ours = atSwitch.Rules.First(rule => rule.Table > 0);
        var stray = new FlowMod { Table = 3, Priority = 9, Cookie = 0x4d00_0009_0001_0001 };
        await atSwitch.ApplyAsync([ours with { Command = FlowModCommand.DeleteStrict }, stray], ChangePace.BesideTraffic, CancellationToken.None);
        Assert.False(atSwitch.Rules.ToHashSet().SetEquals(rules));

        await Eventually.HoldsAsync("the repair", () => atSwitch.Rules.ToHashSet().SetEquals(rules));
    }

    [Fact]
    public async Task A_restarted_agent_gets_its_programs_again_and_drops_what_is_no_longer_wanted()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        await using (await FakeAgent.ConnectAsync(controller))
        {
            await controller.CreateAsync(Specs.Monitor());
            await controller.ReadyAsync("web");
        }

        var lost = await controller.WhenAsync("web", chain => chain.Condition("ServersProgrammed").Reason == "AgentDisconnected");
        var rules = atSwitch.Rules;
        var leftOver = new V1.DeployedChain { Chain = "old", Revision = 7, Digest = "x" };
        await using var returned = await FakeAgent.ConnectAsync(controller, running: [leftOver]);
        await controller.ReadyAsync("web");
        await Eventually.HoldsAsync("the end of what was left over", () => !returned.Running.ContainsKey(("old", 7)));

        Assert.Equal(V1.ChainState.Degraded, lost.Status.State);
        Assert.Equal(1, lost.Status.RunningRevision);
        Assert.Equal(rules, atSwitch.Rules);
        Assert.Equal(["web"], returned.Deploys.Select(program => program.Chain));
    }

    [Fact]
    public async Task A_server_that_came_back_with_fewer_workers_is_planned_for_anew()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        await using (await FakeAgent.ConnectAsync(controller))
        {
            await controller.CreateAsync(Specs.Monitor());
            await controller.ReadyAsync("web");
        }

        await using var returned = await FakeAgent.ConnectAsync(controller, workers: 1);
        var chain = await controller.WhenAsync("web", chain =>
            chain.Status.State == V1.ChainState.Ready && chain.Status.Placements[0].Workers.Count == 1);

        Assert.Equal(1, chain.Revision);
        Assert.Equal(1, chain.Status.RunningRevision);
        await Eventually.HoldsAsync("one program", () => returned.Running.Count == 1);
    }

    [Fact]
    public async Task A_deleted_chain_waits_for_a_server_that_is_away_only_as_long_as_configured()
    {
        await using var controller = await ControllerUnderTest.StartAsync(change: configuration => configuration with
        {
            Timings = configuration.Timings with { ForgetServerAfter = TimeSpan.FromMilliseconds(200) },
        });
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        IReadOnlyCollection<V1.DeployedChain> running;
        await using (var agent = await FakeAgent.ConnectAsync(controller))
        {
            await controller.CreateAsync(Specs.Monitor());
            await controller.ReadyAsync("web");
            running = [.. agent.Running.Values];
        }

        await controller.Chains.DeleteServiceChainAsync(new V1.DeleteServiceChainRequest { Name = "web" });
        await controller.GoneAsync("web");
        await using var returned = await FakeAgent.ConnectAsync(controller, running: running);

        await Eventually.HoldsAsync("the end of the program", () => returned.Running.IsEmpty);
    }

    [Fact]
    public async Task A_chain_that_is_being_deleted_when_the_controller_dies_is_gone_soon_after_its_restart()
    {
        using var folder = new TemporaryFolder();
        var atSwitch = new FakeSwitch();
        await using (var before = await ControllerUnderTest.StartAsync(folder))
        {
            atSwitch.Connect(before);
            await before.CreateAsync(Specs.Firewall());
            await before.ReadyAsync("edge");
            before.Switches.Disconnect("br0", atSwitch, "cut");
            await before.Chains.DeleteServiceChainAsync(new V1.DeleteServiceChainRequest { Name = "edge" });
        }

        Assert.NotEmpty(atSwitch.Rules);
        await using var after = await ControllerUnderTest.StartAsync(folder);
        Assert.Equal(V1.ChainState.Deleting, (await after.GetAsync("edge")).Status.State);
        atSwitch.Connect(after);
        await after.GoneAsync("edge");

        Assert.Empty(atSwitch.Rules);
    }
}

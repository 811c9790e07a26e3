using Metron.Controller.Switches;
using Microsoft.Extensions.DependencyInjection;

namespace Metron.Controller.Tests.Switches;

/// <summary>A table that is full: what it holds is learnt, and what does not fit goes to a server, while what was there goes on.</summary>
public class CapacityTests
{
    private const int LearntEvent = 3221;
    private const int Capacity = 100;

    [Fact]
    public async Task A_chain_that_does_not_fit_is_planned_within_what_the_table_holds_and_nothing_else_is_touched()
    {
        using var folder = new TemporaryFolder();
        var atSwitch = Small();
        await using (var controller = await ControllerUnderTest.StartAsync(folder))
        {
            atSwitch.Connect(controller);
            await using var agent = await FakeAgent.ConnectAsync(controller);
            await controller.CreateAsync(Specs.Monitor("other", from: 3, to: 4));
            await controller.ReadyAsync("other");
            var others = atSwitch.Rules;

            await controller.CreateAsync(Firewall("edge", rules: 200));
            var chain = await controller.WhenAsync("edge", chain => chain.Status.State == V1.ChainState.Ready);

            Assert.NotEmpty(chain.Status.Placements);
            Assert.All(atSwitch.Rules.CountBy(rule => rule.Table), table => Assert.InRange(table.Value, 1, Capacity));
            Assert.Empty(others.Where(rule => !IsShared(rule)).Except(atSwitch.Rules));
            Assert.Equal($"Switch br0: table 1 is full with {Capacity} rules of chains; they are planned within that from now on", controller.Logged(LearntEvent)[0]);
        }

        // Known after a restart, too.
        await using var after = await ControllerUnderTest.StartAsync(folder);
        atSwitch.Connect(after);
        Assert.Equal(
            (0, Capacity),
            after.Services.GetRequiredService<LearntCapacities>().Of("br0", "a switch in memory").Select(learnt => ((int)learnt.Key, learnt.Value)).First());
        Assert.Empty(after.Services.GetRequiredService<LearntCapacities>().Of("br0", "another device"));
    }

    [Fact]
    public async Task A_chain_that_grows_out_of_the_table_keeps_working_until_the_server_has_what_does_not_fit()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = Small();
        atSwitch.Connect(controller);
        await using var agent = await FakeAgent.ConnectAsync(controller);
        await controller.CreateAsync(Firewall("edge", rules: 10));
        await controller.ReadyAsync("edge");
        var entrances = atSwitch.Rules.Count(rule => rule.Table == 0);
        var fewest = int.MaxValue;
        atSwitch.OnBatch = _ => fewest = Math.Min(fewest, atSwitch.Rules.Count(rule => rule.Table == 0));

        await controller.UpdateAsync(Firewall("edge", rules: 200));
        var chain = await controller.WhenAsync("edge", chain => chain.Status is { State: V1.ChainState.Ready, RunningRevision: >= 2 });

        Assert.NotEmpty(chain.Status.Placements);
        Assert.All(atSwitch.Rules.CountBy(rule => rule.Table), table => Assert.InRange(table.Value, 1, Capacity));
        Assert.True(fewest >= entrances, $"{fewest} of {entrances} entrances were there");
    }

    private static FakeSwitch Small()
    {
        var atSwitch = new FakeSwitch { HasBundles = true };
        foreach (var table in Enumerable.Range(0, 255))
        {
            atSwitch.Capacity[(byte)table] = Capacity;
        }

        return atSwitch;
    }

    private static bool IsShared(Metron.OpenFlow.FlowMod rule) => (rule.Cookie >> 32 & 0xffffff) == 0;

    private static V1.ServiceChain Firewall(string name, int rules)
    {
        var chain = Specs.Firewall(name);
        chain.Spec.Functions[0].Firewall.Rules.Clear();
        chain.Spec.Functions[0].Firewall.Rules.AddRange(Enumerable.Range(2000, rules).Select(port => new V1.FirewallRule
        {
            Name = $"p{port}",
            Action = V1.FirewallAction.Deny,
            Match = new V1.PacketMatch { Protocol = "tcp", DestinationPort = $"{port}" },
        }));
        return chain;
    }
}

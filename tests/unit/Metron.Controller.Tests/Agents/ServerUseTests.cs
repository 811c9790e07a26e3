using Grpc.Core;

namespace Metron.Controller.Tests.Agents;

public class ServerUseTests
{
    [Fact]
    public async Task Draining_a_server_places_its_chains_elsewhere_and_a_restart_does_not_forget_it()
    {
        using var folder = new TemporaryFolder();
        await using (var controller = await ControllerUnderTest.StartAsync(folder))
        {
            var atSwitch = new FakeSwitch();
            atSwitch.Connect(controller);
            await using var one = await FakeAgent.ConnectAsync(controller, "s1");
            await controller.CreateAsync(Specs.Monitor());
            Assert.Equal("s1", ServerOf(await controller.ReadyAsync("web")));
            await using var two = await ConnectSecondAsync(controller);

            var drained = await controller.Agents.DrainServerAsync(new V1.DrainServerRequest { Name = "s1" });
            Assert.Equal((V1.ServerUse.Draining, "web"), (drained.Use, Assert.Single(drained.PlacedChains)));
            var moved = await controller.WhenAsync("web", chain => chain.Status.State == V1.ChainState.Ready && ServerOf(chain) == "s2");
            await Eventually.HoldsAsync("an empty server", () => one.Running.IsEmpty);

            Assert.Equal("s1 is drained; the only one that fits", moved.Status.Placements[0].Choice.Reason);
            Assert.Equal(("s1", "is drained"), (moved.Status.Placements[0].Choice.Rejected[0].Server, moved.Status.Placements[0].Choice.Rejected[0].Reason));
            Assert.Single(two.Running);
            Assert.Empty((await FindAsync(controller, "s1")).PlacedChains);

            // Nothing comes back by itself.
            await controller.Agents.UncordonServerAsync(new V1.UncordonServerRequest { Name = "s1" });
            await controller.Agents.CordonServerAsync(new V1.CordonServerRequest { Name = "s1" });
            Assert.Equal("s2", ServerOf(await controller.ReadyAsync("web")));
        }

        await using var after = await ControllerUnderTest.StartAsync(folder);
        Assert.Equal(V1.ServerUse.Cordoned, (await FindAsync(after, "s1")).Use);
        await using var again = await FakeAgent.ConnectAsync(after, "s1");
        Assert.Equal(V1.ServerUse.Cordoned, (await FindAsync(after, "s1")).Use);
    }

    [Fact]
    public async Task A_drained_server_keeps_chains_that_no_other_can_take_and_they_say_so()
    {
        await using var running = await RunningChain.StartAsync();
        var (controller, _, agent) = running;
        await controller.Agents.DrainServerAsync(new V1.DrainServerRequest { Name = "s1" });

        var chain = await controller.WhenAsync("web", now => Message(now, "Placed").Contains("It would leave", StringComparison.Ordinal));
        Assert.EndsWith("It would leave that server, but no other server can take what is drained: s1 is drained.", Message(chain, "Placed"), StringComparison.Ordinal);
        Assert.Equal(V1.ChainState.Ready, chain.Status.State);
        Assert.Single(agent.Running);
    }

    [Fact]
    public async Task An_unknown_server_is_not_found()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var error = await Assert.ThrowsAsync<RpcException>(async () => await controller.Agents.CordonServerAsync(new V1.CordonServerRequest { Name = "s9" }));
        Assert.Equal((StatusCode.NotFound, "there is no server \"s9\"; its agent has never connected"), (error.StatusCode, error.Status.Detail));
    }

    [Fact]
    public async Task Chains_of_a_server_whose_agent_is_gone_are_placed_elsewhere()
    {
        await using var running = await RunningChain.StartAsync();
        var (controller, _, one) = running;
        await using var two = await ConnectSecondAsync(controller);
        await one.DisposeAsync();

        var moved = await controller.WhenAsync("web", chain => chain.Status.State == V1.ChainState.Ready && ServerOf(chain) == "s2");
        Assert.Equal("s1 is lost; the only one that fits", moved.Status.Placements[0].Choice.Reason);

        // What comes back still running it is told to stop.
        await using var back = await FakeAgent.ConnectAsync(controller, "s1", running: one.Running.Values);
        await Eventually.HoldsAsync("an empty server", () => back.Running.IsEmpty);
        Assert.Equal("s2", ServerOf(await controller.ReadyAsync("web")));
    }

    [Fact]
    public async Task A_silent_agent_is_lost_until_it_gives_a_sign_of_life_again()
    {
        await using var running = await RunningChain.StartAsync();
        var (controller, _, agent) = running;
        Assert.Equal(100u, agent.Received.First().Welcome.HeartbeatMilliseconds);

        // An agent that has never sent a heartbeat is not expected to.
        Assert.False((await FindAsync(controller, "s1")).Lost);
        await agent.SendAsync(new V1.AgentMessage { Heartbeat = new V1.Heartbeat() });
        await Eventually.HoldsAsync("the loss", async () => (await FindAsync(controller, "s1")).Lost);
        var stays = await controller.WhenAsync("web", chain => Message(chain, "Placed").Contains("It would leave", StringComparison.Ordinal));
        Assert.Contains("but no other server can take it: s1 does not answer.", Message(stays, "Placed"), StringComparison.Ordinal);
        Assert.True((await FindAsync(controller, "s1")).Connected);

        using var stop = new CancellationTokenSource();
        var beating = BeatAsync(agent, stop.Token);
        await Eventually.HoldsAsync("the return", async () => !(await FindAsync(controller, "s1")).Lost);
        await stop.CancelAsync();
        await beating;
    }

    private static async Task BeatAsync(FakeAgent agent, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await agent.SendAsync(new V1.AgentMessage { Heartbeat = new V1.Heartbeat() });
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private static Task<FakeAgent> ConnectSecondAsync(ControllerUnderTest controller)
    {
        var resources = FakeAgent.Resources();
        foreach (var port in resources.Ports)
        {
            port.SwitchPort += 10;
        }

        return FakeAgent.ConnectAsync(controller, "s2", resources: resources);
    }

    private static string ServerOf(V1.ServiceChain chain) => chain.Status.Placements.FirstOrDefault()?.Server ?? string.Empty;

    private static string Message(V1.ServiceChain chain, string condition) => chain.Status.Conditions.First(candidate => candidate.Type == condition).Message;

    private static async Task<V1.Agent> FindAsync(ControllerUnderTest controller, string server) =>
        await controller.Agents.GetAgentAsync(new V1.GetAgentRequest { Name = server });
}

using Google.Rpc;
using Grpc.Core;

namespace Metron.Controller.Tests.Agents;

public class AgentControlTests
{
    [Fact]
    public async Task An_agent_is_welcomed_and_listed_with_what_it_has_and_runs()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        await using var agent = await FakeAgent.ConnectAsync(controller);

        var welcome = agent.Received.First().Welcome;
        var listed = Assert.Single((await controller.Agents.ListAgentsAsync(new V1.ListAgentsRequest())).Agents);

        Assert.Equal(1u, welcome.LoadIntervalSeconds);
        Assert.NotEmpty(welcome.ControllerVersion);
        Assert.True(listed.Connected);
        Assert.Equal(FakeAgent.Resources(), listed.Resources);
    }

    [Fact]
    public async Task A_second_stream_of_a_server_replaces_the_first()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        await using var first = await FakeAgent.ConnectAsync(controller);
        await using var second = await FakeAgent.ConnectAsync(controller);
        await Eventually.HoldsAsync("the end of the first stream", () => first.Ended is not null);

        await controller.CreateAsync(Specs.Monitor());
        await controller.ReadyAsync("web");

        Assert.Equal(StatusCode.Aborted, first.Ended);
        Assert.Empty(first.Deploys);
        Assert.Single(second.Deploys);
        Assert.True((await controller.Agents.GetAgentAsync(new V1.GetAgentRequest { Name = "s1" })).Connected);
    }

    [Fact]
    public async Task A_server_that_was_seen_is_listed_after_a_restart_of_the_controller_as_not_connected()
    {
        using var folder = new TemporaryFolder();
        await using (var before = await ControllerUnderTest.StartAsync(folder))
        {
            await using var agent = await FakeAgent.ConnectAsync(before);
        }

        await using var after = await ControllerUnderTest.StartAsync(folder);
        var listed = await after.Agents.GetAgentAsync(new V1.GetAgentRequest { Name = "s1" });

        Assert.False(listed.Connected);
        Assert.Equal(FakeAgent.Resources(), listed.Resources);
    }

    [Fact]
    public async Task A_wrong_registration_is_refused_with_every_field()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        using var channel = controller.Open();
        using var call = new V1.AgentControl.AgentControlClient(channel).Connect();
        var resources = FakeAgent.Resources();
        resources.Workers[1].Index = 0;
        resources.Workers[0].Port = 9;
        resources.Ports[1].SwitchPort = 0;
        resources.Ports[0].Dispatch = "round-robin";
        await call.RequestStream.WriteAsync(new V1.AgentMessage { Registration = new V1.Registration { Server = "a b", Resources = resources } });

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal(
            [
                "registration.resources.ports[0].dispatch",
                "registration.resources.ports[1].switch_port",
                "registration.resources.workers[0].port",
                "registration.resources.workers[1].index",
                "registration.server",
            ],
            error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(violation => violation.Field).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(48u, "flow-groups", 1, "registration.resources.flow_groups")]
    [InlineData(0u, "flow-groups", 1, "registration.resources.ports[0].dispatch")]
    [InlineData(64u, "port-per-worker", 1, "registration.resources.flow_groups")]
    public async Task Flow_groups_are_a_power_of_two_behind_one_port_that_dispatches_by_them(uint groups, string dispatch, int ports, string field)
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        using var channel = controller.Open();
        using var call = new V1.AgentControl.AgentControlClient(channel).Connect();
        var resources = FakeAgent.Resources();
        while (resources.Ports.Count > ports)
        {
            resources.Ports.RemoveAt(ports);
        }

        for (var worker = 0; worker < resources.Workers.Count; worker++)
        {
            (resources.Workers[worker].Port, resources.Workers[worker].Queue) = (resources.Ports[0].Index, (uint)worker);
        }

        resources.Ports[0].Dispatch = dispatch;
        resources.FlowGroups = groups;
        await call.RequestStream.WriteAsync(new V1.AgentMessage { Registration = new V1.Registration { Server = "s1", Resources = resources } });

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));

        Assert.Equal([field], error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(violation => violation.Field));
    }

    [Fact]
    public async Task A_chain_on_a_server_that_balances_is_told_by_flow_groups()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        var resources = FakeAgent.Resources();
        resources.Ports.RemoveAt(1);
        resources.Workers[1].Port = resources.Workers[0].Port;
        resources.Workers[1].Queue = 1;
        resources.Ports[0].Dispatch = "flow-groups";
        resources.FlowGroups = 16;
        await using var agent = await FakeAgent.ConnectAsync(controller, resources: resources);
        await controller.CreateAsync(Specs.Monitor());

        var chain = await controller.ReadyAsync("web");

        var placement = Assert.Single(chain.Status.Placements);
        Assert.Empty(placement.Workers);
        Assert.Equal(Enumerable.Range(0, 16).Select(group => (uint)group), placement.FlowGroups);
        Assert.Equal(32, Assert.Single(agent.Deploys).IngressTags.Count);
        Assert.Contains("16 flow groups", chain.Condition("Placed").Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_does_not_begin_with_a_registration_is_refused()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        using var channel = controller.Open();
        using var call = new V1.AgentControl.AgentControlClient(channel).Connect();
        await call.RequestStream.WriteAsync(new V1.AgentMessage { Load = new V1.ServerLoad() });

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
    }

    [Fact]
    public async Task An_agent_that_does_not_answer_is_named_in_the_condition_and_asked_again()
    {
        await using var controller = await ControllerUnderTest.StartAsync(change: configuration => configuration with
        {
            Timings = configuration.Timings with { AnswerTimeout = TimeSpan.FromMilliseconds(300) },
        });
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        await using var agent = await FakeAgent.ConnectAsync(controller);
        agent.OnDeploy = _ => null;
        await controller.CreateAsync(Specs.Monitor());
        var silent = await controller.WhenAsync("web", chain => chain.Condition("ServersProgrammed").Reason == "DeployFailed");

        agent.OnDeploy = _ => string.Empty;
        await controller.ReadyAsync("web");

        Assert.Contains("no answer within 0.3 s", silent.Condition("ServersProgrammed").Message, StringComparison.Ordinal);
        Assert.True(agent.Deploys.Count() >= 2);
    }

    [Fact]
    public async Task Load_reports_are_kept_and_streamed_to_those_who_watch_that_server()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        await using var one = await FakeAgent.ConnectAsync(controller, "s1");
        await using var two = await FakeAgent.ConnectAsync(controller, "s2");
        using var all = controller.Agents.WatchLoad(new V1.WatchLoadRequest());
        using var only = controller.Agents.WatchLoad(new V1.WatchLoadRequest { Name = "s2" });
        await all.ResponseHeadersAsync;
        await only.ResponseHeadersAsync;

        await one.ReportAsync(Load(0.25));
        await Eventually.HoldsAsync("the report", async () => (await controller.Agents.GetAgentAsync(new V1.GetAgentRequest { Name = "s1" })).Load is not null);
        await two.ReportAsync(Load(0.5));
        await all.ResponseStream.MoveNext(CancellationToken.None);
        var first = all.ResponseStream.Current;
        await only.ResponseStream.MoveNext(CancellationToken.None);
        var second = only.ResponseStream.Current;

        Assert.Equal(("s1", 0.25), (first.Server, first.Workers[0].Load));
        Assert.Equal(("s2", 0.5), (second.Server, second.Workers[0].Load));
    }

    [Fact]
    public async Task A_server_that_was_never_seen_is_not_found()
    {
        await using var controller = await ControllerUnderTest.StartAsync();

        var get = await Assert.ThrowsAsync<RpcException>(async () => await controller.Agents.GetAgentAsync(new V1.GetAgentRequest { Name = "x" }));
        using var call = controller.Agents.WatchLoad(new V1.WatchLoadRequest { Name = "x" });
        var watch = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));

        Assert.Equal(StatusCode.NotFound, get.StatusCode);
        Assert.Equal(StatusCode.NotFound, watch.StatusCode);
    }

    private static V1.ServerLoad Load(double load) => new() { Server = "whatever it says", Workers = { new V1.WorkerLoad { Worker = 0, Load = load } } };
}

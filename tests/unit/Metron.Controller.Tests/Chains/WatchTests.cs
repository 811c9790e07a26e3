using Grpc.Core;

namespace Metron.Controller.Tests.Chains;

public class WatchTests
{
    [Fact]
    public async Task A_watch_shows_the_present_chains_then_every_change_and_the_end()
    {
        await using var controller = await ControllerUnderTest.StartAsync(change: ServiceChainsServiceTests.WithSwitches(2));
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        await controller.CreateAsync(Specs.Firewall());
        await controller.ReadyAsync("edge");
        using var call = controller.Chains.WatchServiceChains(new V1.WatchServiceChainsRequest());
        var first = await NextAsync(call);

        await controller.UpdateAsync(Specs.Firewall(deniedPort: "23"));
        var changed = await NextAsync(call, @event => @event.ServiceChain.Revision == 2);
        var ready = await NextAsync(call, @event => @event.ServiceChain.Status is { State: V1.ChainState.Ready, RunningRevision: 2 });
        await controller.Chains.DeleteServiceChainAsync(new V1.DeleteServiceChainRequest { Name = "edge" });
        var deleting = await NextAsync(call, @event => @event.ServiceChain.Status.State == V1.ChainState.Deleting);
        var removed = await NextAsync(call, @event => @event.Type == V1.EventType.Removed);

        Assert.Equal((V1.EventType.Added, "edge"), (first.Type, first.ServiceChain.Name));
        Assert.All([changed, ready, deleting], @event => Assert.Equal(V1.EventType.Modified, @event.Type));
        Assert.Equal("edge", removed.ServiceChain.Name);
    }

    [Fact]
    public async Task A_watch_of_one_chain_shows_no_other_and_sees_it_come()
    {
        await using var controller = await ControllerUnderTest.StartAsync(change: ServiceChainsServiceTests.WithSwitches(2));
        using var call = controller.Chains.WatchServiceChains(new V1.WatchServiceChainsRequest { Name = "edge" });
        await call.ResponseHeadersAsync.WaitAsync(TimeSpan.FromSeconds(30));
        var other = Specs.Firewall("other");
        other.Spec.Endpoints[0].Switch = other.Spec.Endpoints[1].Switch = "br1";
        await controller.CreateAsync(other);
        await controller.CreateAsync(Specs.Firewall());

        var first = await NextAsync(call);

        Assert.Equal((V1.EventType.Added, "edge"), (first.Type, first.ServiceChain.Name));
    }

    [Fact]
    public async Task A_watch_ends_as_unavailable_when_the_controller_stops()
    {
        using var folder = new TemporaryFolder();
        AsyncServerStreamingCall<V1.ServiceChainEvent> call;
        await using (var controller = await ControllerUnderTest.StartAsync(folder))
        {
            await controller.CreateAsync(Specs.Firewall());
            var channel = controller.Open();
            call = new V1.ServiceChains.ServiceChainsClient(channel).WatchServiceChains(new V1.WatchServiceChainsRequest());
            await NextAsync(call);
        }

        var error = await Assert.ThrowsAsync<RpcException>(() => NextAsync(call, @event => @event.Type == V1.EventType.Removed));
        call.Dispose();

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
    }

    private static async Task<V1.ServiceChainEvent> NextAsync(
        AsyncServerStreamingCall<V1.ServiceChainEvent> call, Func<V1.ServiceChainEvent, bool>? which = null)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await call.ResponseStream.MoveNext(deadline.Token))
        {
            if (which is null || which(call.ResponseStream.Current))
            {
                return call.ResponseStream.Current;
            }
        }

        throw new InvalidOperationException("the watch ended");
    }
}

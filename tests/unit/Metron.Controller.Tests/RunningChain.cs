namespace Metron.Controller.Tests;

/// <summary>A controller with one switch and one server, on which the chain "web" (<see cref="Specs.Monitor"/>) is ready.</summary>
internal sealed class RunningChain : IAsyncDisposable
{
    private readonly ControllerUnderTest _controller;
    private readonly FakeSwitch _switch;
    private readonly FakeAgent _agent;

    private RunningChain(ControllerUnderTest controller, FakeSwitch atSwitch, FakeAgent agent)
    {
        _controller = controller;
        _switch = atSwitch;
        _agent = agent;
    }

    public static async Task<RunningChain> StartAsync()
    {
        var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        var running = new RunningChain(controller, atSwitch, await FakeAgent.ConnectAsync(controller));
        await controller.CreateAsync(Specs.Monitor());
        await controller.ReadyAsync("web");
        return running;
    }

    public void Deconstruct(out ControllerUnderTest controller, out FakeSwitch atSwitch, out FakeAgent agent) =>
        (controller, atSwitch, agent) = (_controller, _switch, _agent);

    public async ValueTask DisposeAsync()
    {
        await _agent.DisposeAsync();
        await _controller.DisposeAsync();
    }
}

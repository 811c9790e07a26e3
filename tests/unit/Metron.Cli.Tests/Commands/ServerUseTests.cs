using Metron.Cli.Tests.Fakes;

namespace Metron.Cli.Tests.Commands;

/// <summary>Against <see cref="FakeController"/>, not a real controller.</summary>
public sealed class ServerUseTests
{
    [Fact]
    public async Task Servers_are_cordoned_and_put_to_use_again()
    {
        await using var controller = await FilledAsync();

        var cordoned = await controller.RunAsync("cordon", "server", "s1", "s2");
        var shown = await controller.RunAsync("get", "agents");
        var uncordoned = await controller.RunAsync("uncordon", "servers", "s1");

        Assert.Equal("server/s1 cordoned; chains there: blue, web\nserver/s2 cordoned\n", cordoned.Output);
        Assert.Contains("cordoned", shown.Output, StringComparison.Ordinal);
        Assert.Equal("server/s1 in use; chains there: blue, web\n", uncordoned.Output);
        Assert.Equal([V1.ServerUse.InUse, V1.ServerUse.Cordoned], controller.Agents.Select(agent => agent.Use));
    }

    [Fact]
    public async Task Draining_can_wait_until_the_server_is_empty()
    {
        await using var controller = await FilledAsync();
        var result = await controller.RunAsync("drain", "server", "s1", "--wait");
        Assert.Equal((ExitCode.Success, "server/s1 draining; chains there: blue, web\nserver/s1 empty\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task What_does_not_leave_a_drained_server_is_named()
    {
        await using var controller = await FilledAsync();
        controller.DeletionHangs = true;
        var result = await CliRun.Async(["drain", "server", "s1", "--wait", "--timeout", "300ms", "--controller", controller.Address], time: TimeProvider.System);
        Assert.Equal(
            (ExitCode.Timeout, "metronctl: server 's1' is not empty after 0.3 s: it has blue, web; 'metronctl describe chain NAME' says why\n"),
            (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task An_unknown_server_is_an_error()
    {
        await using var controller = await FilledAsync();
        var result = await controller.RunAsync("drain", "server", "s9");
        Assert.Equal(ExitCode.NotFound, result.ExitCode);
        Assert.Contains("s9", result.Error, StringComparison.Ordinal);
    }

    private static async Task<FakeController> FilledAsync()
    {
        var controller = await FakeController.StartAsync();
        controller.Agents.Add(new V1.Agent { Name = "s1", Connected = true, PlacedChains = { "blue", "web" }, DeployedChains = { new V1.DeployedChain { Chain = "web" } } });
        controller.Agents.Add(new V1.Agent { Name = "s2", Connected = true });
        return controller;
    }
}

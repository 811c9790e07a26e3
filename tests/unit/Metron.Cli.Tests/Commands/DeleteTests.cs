using Metron.Cli.Tests.Fakes;

namespace Metron.Cli.Tests.Commands;

/// <summary>Against <see cref="FakeController"/>, not a real controller.</summary>
public sealed class DeleteTests
{
    [Fact]
    public async Task Chains_are_deleted_by_name()
    {
        await using var controller = await FilledAsync();

        var result = await controller.RunAsync("delete", "chain", "a", "b", "--wait");

        Assert.Equal("chain/a deleted\nchain/b deleted\n", result.Output);
        Assert.Equal("chain/a gone\nchain/b gone\n", result.Error);
        Assert.Equal(["c"], controller.Chains.Keys);
    }

    [Fact]
    public async Task Chains_are_deleted_by_the_files_that_made_them()
    {
        await using var controller = await FilledAsync();

        var result = await CliRun.Async(
            ["delete", "-f", "-", "--controller", controller.Address],
            "name: b\nspec: {endpoints: [{name: a, switch: br0, port: 1}]}\n");

        Assert.Equal("chain/b deleted\n", result.Output);
        Assert.DoesNotContain("b", controller.Chains.Keys);
    }

    [Fact]
    public async Task One_that_is_not_there_does_not_keep_the_others()
    {
        await using var controller = await FilledAsync();

        var result = await controller.RunAsync("delete", "chain", "nothing", "a");
        var ignored = await controller.RunAsync("delete", "chain", "nothing", "--ignore-not-found");

        Assert.Equal((ExitCode.NotFound, "chain/a deleted\n"), (result.ExitCode, result.Output));
        Assert.Equal((ExitCode.Success, "", ""), (ignored.ExitCode, ignored.Output, ignored.Error));
    }

    [Fact]
    public async Task A_dry_run_deletes_nothing()
    {
        await using var controller = await FilledAsync();

        var result = await controller.RunAsync("delete", "chain", "a", "--dry-run", "--wait");

        Assert.Equal("chain/a deleted (dry run)\n", result.Output);
        Assert.Contains("a", controller.Chains.Keys);
    }

    [Fact]
    public async Task Waiting_for_a_chain_that_stays_ends_with_a_timeout()
    {
        await using var controller = await FilledAsync();
        controller.DeletionHangs = true;

        var result = await CliRun.Async(
            ["delete", "chain", "a", "--wait", "--timeout", "0.1", "--controller", controller.Address], time: TimeProvider.System);

        Assert.Equal(ExitCode.Timeout, result.ExitCode);
        Assert.Contains("chain 'a' is still there after 0.1 s", result.Error, StringComparison.Ordinal);
    }

    private static async Task<FakeController> FilledAsync()
    {
        var controller = await FakeController.StartAsync();
        foreach (var name in new[] { "a", "b", "c" })
        {
            controller.Chains[name] = new V1.ServiceChain { Name = name };
        }

        return controller;
    }
}

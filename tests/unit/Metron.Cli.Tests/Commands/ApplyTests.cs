using Grpc.Core;
using Metron.Cli.Tests.Fakes;
using Metron.Mapping;

namespace Metron.Cli.Tests.Commands;

/// <summary>Against <see cref="FakeController"/>, not a real controller.</summary>
public sealed class ApplyTests
{
    private const string Chain = """
        name: web
        spec:
          endpoints:
            - {name: a, switch: br0, port: 1}
            - {name: b, switch: br0, port: 2}
          links:
            - {from: a, to: b}

        """;

    [Fact]
    public async Task A_chain_is_created_then_unchanged_then_configured()
    {
        await using var controller = await FakeController.StartAsync();

        var created = await ApplyAsync(controller, Chain);
        var unchanged = await ApplyAsync(controller, Chain);
        var configured = await ApplyAsync(controller, Chain.Replace("port: 2", "port: 3", StringComparison.Ordinal));

        Assert.Equal("chain/web created\n", created.Output);
        Assert.Equal("chain/web unchanged\n", unchanged.Output);
        Assert.Equal("chain/web configured\n", configured.Output);
        Assert.Equal(3u, controller.Chains["web"].Spec.Endpoints[1].Port);
        Assert.Equal([0, 0, 0], [created.ExitCode, unchanged.ExitCode, configured.ExitCode]);
    }

    [Fact]
    public async Task A_dry_run_changes_nothing()
    {
        await using var controller = await FakeController.StartAsync();

        var result = await ApplyAsync(controller, Chain, "--dry-run");

        Assert.Equal("chain/web created (dry run)\n", result.Output);
        Assert.Empty(controller.Chains);
        Assert.Contains("update web (validate only)", controller.Calls);
    }

    [Fact]
    public async Task Warnings_are_told_by_line_and_column_and_change_neither_output_nor_exit_code()
    {
        await using var controller = await FakeController.StartAsync();
        controller.Warnings["web"] = new V1.ServiceChainStatus
        {
            Warnings = { new V1.Warning { Path = "spec.endpoints[1]", Code = V1.WarningCode.Shadowed, Message = "no packet comes to it" } },
            WarningsNotListed = 7,
        };

        var applied = await ApplyAsync(controller, Chain);
        var dry = await ApplyAsync(controller, Chain, "--dry-run");

        Assert.Equal(("chain/web created\n", 0), (applied.Output, applied.ExitCode));
        Assert.Contains(":5:7: warning: spec.endpoints[1]: no packet comes to it\n", applied.Error, StringComparison.Ordinal);
        Assert.EndsWith("… and 7 more warnings\n", applied.Error, StringComparison.Ordinal);
        Assert.Equal(applied.Error, dry.Error);
    }

    [Fact]
    public async Task Violations_of_the_controller_are_told_by_line_and_column()
    {
        await using var controller = await FakeController.StartAsync();
        controller.Refusals["web"] =
        [
            new Violation("spec.links[0].to", "there is no such element"),
            new Violation("spec.endpoints[1].switch", "the switch is not known"),
            new Violation("spec.resources.minCores", "no server has so many"),
        ];

        var result = await ApplyAsync(controller, Chain);

        Assert.Equal(
            """
            stdin:7:21: spec.links[0].to: there is no such element
            stdin:5:25: spec.endpoints[1].switch: the switch is not known
            stdin:2:1: spec.resources.minCores: no server has so many
            metronctl: chain/web refused, 3 problems; nothing of it was changed

            """,
            result.Error);
        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task A_chain_that_is_refused_does_not_keep_the_others_from_being_applied()
    {
        await using var controller = await FakeController.StartAsync();
        controller.Refusals["web"] = [new Violation("spec", "no")];

        var result = await ApplyAsync(controller, Chain + "---\n" + Chain.Replace("web", "shop", StringComparison.Ordinal));

        Assert.Equal("chain/shop created\n", result.Output);
        Assert.Equal(ExitCode.BadInput, result.ExitCode);
    }

    [Fact]
    public async Task An_etag_that_does_not_fit_is_a_conflict()
    {
        await using var controller = await FakeController.StartAsync();
        await ApplyAsync(controller, Chain);

        var result = await ApplyAsync(controller, Chain + "etag: older\n");

        Assert.Equal(ExitCode.Conflict, result.ExitCode);
        Assert.Contains("someone else was faster", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_get_prints_can_be_applied()
    {
        await using var controller = await FakeController.StartAsync();
        await ApplyAsync(controller, Chain);
        foreach (var format in new[] { "yaml", "json" })
        {
            var printed = await controller.RunAsync("get", "chains", "-o", format);

            Assert.Equal("chain/web unchanged\n", (await ApplyAsync(controller, printed.Output)).Output);
            controller.Chains["web"] = new V1.ServiceChain(controller.Chains["web"]) { Etag = controller.Chains["web"].Etag };
        }
    }

    [Fact]
    public async Task Waiting_ends_when_the_chain_is_ready()
    {
        await using var controller = await FakeController.StartAsync();

        var result = await ApplyAsync(controller, Chain, "--wait");

        Assert.Equal(ExitCode.Success, result.ExitCode);
        Assert.Equal("chain/web ready\n", result.Error);
    }

    [Fact]
    public async Task Waiting_in_vain_says_which_condition_is_missing()
    {
        await using var controller = await FakeController.StartAsync();
        controller.BecomesReady = false;

        var result = await CliRun.Async(
            ["apply", "-f", "-", "--wait", "--timeout", "100ms", "--controller", controller.Address], Chain, TimeProvider.System);

        Assert.Equal(ExitCode.Timeout, result.ExitCode);
        Assert.Equal("metronctl: chain 'web' is not ready after 0.1 s: Placed: no server has 4 free workers\n", result.Error);
    }

    [Theory]
    [InlineData("json", "{")]
    [InlineData("yaml", "name: web\n")]
    [InlineData("name", "web\n")]
    public async Task The_applied_chain_can_be_printed(string format, string start)
    {
        await using var controller = await FakeController.StartAsync();

        var result = await ApplyAsync(controller, Chain, "-o", format);

        Assert.StartsWith(start, result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StatusCode.NotFound, ExitCode.NotFound)]
    [InlineData(StatusCode.AlreadyExists, ExitCode.Conflict)]
    [InlineData(StatusCode.Aborted, ExitCode.Conflict)]
    [InlineData(StatusCode.FailedPrecondition, ExitCode.Conflict)]
    [InlineData(StatusCode.Unavailable, ExitCode.Unreachable)]
    [InlineData(StatusCode.DeadlineExceeded, ExitCode.Timeout)]
    [InlineData(StatusCode.InvalidArgument, ExitCode.BadInput)]
    [InlineData(StatusCode.Unimplemented, ExitCode.Failure)]
    [InlineData(StatusCode.Internal, ExitCode.Failure)]
    public async Task Failures_have_exit_codes_and_one_sentence(StatusCode status, int exitCode)
    {
        await using var controller = await FakeController.StartAsync();
        controller.Failure = () => new RpcException(new Status(status, "the reason is this."));

        var result = await controller.RunAsync("get", "chains");

        Assert.Equal(exitCode, result.ExitCode);
        Assert.StartsWith("metronctl: ", Assert.Single(result.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    private static Task<CliResult> ApplyAsync(FakeController controller, string input, params string[] more) =>
        CliRun.Async(["apply", "-f", "-", .. more, "--controller", controller.Address], input);
}

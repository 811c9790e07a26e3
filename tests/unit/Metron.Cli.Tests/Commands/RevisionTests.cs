using Google.Protobuf.WellKnownTypes;
using Metron.Cli.Tests.Fakes;

namespace Metron.Cli.Tests.Commands;

/// <summary>Against <see cref="FakeController"/>, not a real controller.</summary>
public sealed class RevisionTests
{
    private const string Spec = "name: web\nspec: {endpoints: [{name: a, switch: br0, port: 7}]}\n";

    [Fact]
    public async Task History_lists_changes_with_author_and_result()
    {
        await using var controller = await FilledAsync();
        var all = await controller.RunAsync("history");
        var limited = await controller.RunAsync("history", "web", "--limit", "1", "-o", "yaml");
        Golden.Equal("history.txt", string.Join('\n', all.Output.Split('\n').Select(line => line.TrimEnd())));
        Assert.Contains("revision: \"3\"", limited.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("---", limited.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", "3", 1, 3)]
    [InlineData("-1", null, 2, 3)]
    [InlineData("running", "1", 2, 1)]
    public async Task Diff_compares_revisions_by_number_and_by_word(string from, string? to, int before, int after)
    {
        await using var controller = await FilledAsync();
        var result = await controller.RunAsync(["diff", "web", from, .. to is null ? Array.Empty<string>() : [to]]);
        Assert.Equal((ExitCode.Success, ""), (result.ExitCode, result.Error));
        Assert.StartsWith($"--- web revision {before}\n+++ web revision {after}\n", result.Output, StringComparison.Ordinal);
        Assert.Contains($"-    port: {before}\n+    port: {after}\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Diff_compares_with_a_file_and_says_nothing_where_nothing_differs()
    {
        await using var controller = await FilledAsync();
        var file = await CliRun.Async(["diff", "web", "latest", "-", "--controller", controller.Address], Spec);
        var same = await controller.RunAsync("diff", "web", "latest", "3");
        var missing = await controller.RunAsync("diff", "web", "7");
        var wrong = await controller.RunAsync("diff", "web", "yesterday");
        Assert.Contains("+++ stdin\n", file.Output, StringComparison.Ordinal);
        Assert.Contains("port: 7", file.Output, StringComparison.Ordinal);
        Assert.Equal((ExitCode.Success, ""), (same.ExitCode, same.Output));
        Assert.Equal(ExitCode.NotFound, missing.ExitCode);
        Assert.Equal(ExitCode.BadInput, wrong.ExitCode);
        Assert.Contains("'yesterday' is no revision", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rollback_asks_for_the_revision_that_was_meant_and_a_dry_run_shows_the_difference()
    {
        await using var controller = await FilledAsync();
        var dry = await controller.RunAsync("rollback", "web", "-2", "--dry-run");
        var done = await controller.RunAsync("rollback", "web", "running", "--author", "ann", "-m", "outage");
        Assert.StartsWith("chain/web rolled back to revision 1 (dry run)\n--- web now\n+++ web revision 1\n", dry.Output, StringComparison.Ordinal);
        Assert.Equal("chain/web rolled back to revision 2, now revision 9\n", done.Output);
        Assert.Equal([(1L, true), (2L, false)], controller.Rollbacks.Select(request => (request.Revision, request.ValidateOnly)));
        Assert.Equal(("ann", "outage"), (controller.Rollbacks[1].Author, controller.Rollbacks[1].Message));
    }

    [Fact]
    public async Task Changes_say_who_asks_and_why()
    {
        await using var controller = await FilledAsync();
        await CliRun.Async(["apply", "-f", "-", "--author", "ann", "-m", "first", "--controller", controller.Address], Spec);
        await controller.RunAsync("delete", "chain", "web", "-m", "no longer needed");
        Assert.Equal([("ann", "first"), ($"{Environment.UserName}@{Environment.MachineName}", "no longer needed")], controller.Notes);
    }

    private static async Task<FakeController> FilledAsync()
    {
        var controller = await FakeController.StartAsync();
        controller.Chains["web"] = new V1.ServiceChain
        {
            Name = "web",
            Spec = SpecOf(3),
            Revision = 3,
            Status = new V1.ServiceChainStatus { State = V1.ChainState.Degraded, RunningRevision = 2 },
        };
        var now = FakeController.Now;
        controller.Revisions.AddRange(
        [
            new V1.Revision
            {
                Chain = "web", Revision_ = 3, Kind = V1.ChangeKind.RolledBack, RolledBackTo = 1, Message = "rollback to revision 1", Spec = SpecOf(3),
                Time = Timestamp.FromDateTimeOffset(now.AddSeconds(-30)), Result = V1.RevisionResult.Failed, Problem = "Placed: no server has 4 free workers",
                Author = new V1.Author { Name = "ann@ops1", Peer = "uid 1000 (ann)" },
            },
            new V1.Revision
            {
                Chain = "web", Revision_ = 2, Kind = V1.ChangeKind.Changed, Message = "another port", Spec = SpecOf(2), Time = Timestamp.FromDateTimeOffset(now.AddHours(-5)),
                Result = V1.RevisionResult.InForce, InForceTime = Timestamp.FromDateTimeOffset(now.AddHours(-5)), Author = new V1.Author { Name = "bob@ops2" },
            },
            new V1.Revision
            {
                Chain = "web", Revision_ = 1, Kind = V1.ChangeKind.Created, Spec = SpecOf(1), Time = Timestamp.FromDateTimeOffset(now.AddDays(-4)),
                Result = V1.RevisionResult.Superseded, SupersededBy = 2, Author = new V1.Author { Peer = "certificate CN=ops" },
            },
        ]);
        return controller;
    }

    private static V1.ServiceChainSpec SpecOf(uint port) => new() { Endpoints = { new V1.Endpoint { Name = "a", Switch = "br0", Port = port } } };
}

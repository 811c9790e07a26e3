using Grpc.Core;

namespace Metron.Controller.Tests.Chains;

/// <summary>What is kept of changes of chains, and the way back.</summary>
public class RevisionTests
{
    [Fact]
    public async Task Every_change_is_a_revision_with_author_message_diff_plan_and_result()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch { HasBundles = true };
        atSwitch.Connect(controller);
        await controller.Chains.CreateServiceChainAsync(new V1.CreateServiceChainRequest { ServiceChain = Specs.Firewall(), Author = "ann@ops", Message = "first" });
        await controller.ReadyAsync("edge");
        await controller.Chains.UpdateServiceChainAsync(new V1.UpdateServiceChainRequest { ServiceChain = Specs.Firewall(deniedPort: "23"), Author = "bob@ops", Message = "telnet" });
        await controller.ReadyAsync("edge");

        var list = await controller.Revisions().ListRevisionsAsync(new V1.ListRevisionsRequest { Chain = "edge" });
        var newest = await controller.Revisions().GetRevisionAsync(new V1.GetRevisionRequest { Chain = "edge" });

        Assert.Equal([2L, 1L], list.Revisions.Select(revision => revision.Revision_));
        Assert.Equal([V1.ChangeKind.Changed, V1.ChangeKind.Created], list.Revisions.Select(revision => revision.Kind));
        Assert.Equal([V1.RevisionResult.InForce, V1.RevisionResult.Superseded], list.Revisions.Select(revision => revision.Result));
        Assert.Equal(("bob@ops", "telnet"), (newest.Author.Name, newest.Message));
        Assert.Equal((2L, list.Revisions[0].InForceTime), (list.Revisions[1].SupersededBy, list.Revisions[1].EndTime));
        Assert.Equal(("br0", (uint)atSwitch.Rules.Count(rule => LifecycleTests.IsOf(rule, 1))), (newest.Plan.Switch, newest.Plan.SwitchRules));
        Assert.Equal(1, newest.ComparedWith);
        Assert.Matches("\n- +destinationPort: \"22\"\n\\+ +destinationPort: \"23\"\n", newest.Diff);
        Assert.Equal(Specs.Firewall(deniedPort: "23").Spec, newest.Spec);
        Assert.Null(list.Revisions[0].Spec);
    }

    [Fact]
    public async Task A_Unix_socket_tells_who_asks_whatever_the_client_says()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        await controller.Chains.CreateServiceChainAsync(new V1.CreateServiceChainRequest { ServiceChain = Specs.Firewall(), Author = "someone else" });
        var revision = await controller.Revisions().GetRevisionAsync(new V1.GetRevisionRequest { Chain = "edge" });
        Assert.StartsWith("uid ", revision.Author.Peer, StringComparison.Ordinal);
        Assert.EndsWith($"({Environment.UserName})", revision.Author.Peer, StringComparison.Ordinal);
        Assert.Equal("someone else", revision.Author.Name);
    }

    [Fact]
    public async Task A_change_of_labels_alone_is_a_revision_that_is_in_force_at_once_and_sends_nothing()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        await controller.CreateAsync(Specs.Firewall());
        await controller.ReadyAsync("edge");
        var batches = atSwitch.Batches.Count;
        var labelled = Specs.Firewall();
        labelled.Labels["team"] = "net";

        var answer = await controller.UpdateAsync(labelled);
        var revision = await controller.Revisions().GetRevisionAsync(new V1.GetRevisionRequest { Chain = "edge" });

        Assert.Equal((2L, 2L), (answer.Revision, answer.Status.RunningRevision));
        Assert.Equal((2L, V1.RevisionResult.InForce), (revision.Revision_, revision.Result));
        Assert.Contains("+labels:\n+  team: net\n", revision.Diff, StringComparison.Ordinal);
        Assert.Equal(batches, atSwitch.Batches.Count);
    }

    [Fact]
    public async Task Going_back_is_a_new_revision_with_the_old_labels_and_spec_and_refused_when_nothing_would_change()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        await controller.CreateAsync(Specs.Firewall());
        await controller.ReadyAsync("edge");
        await controller.UpdateAsync(Specs.Firewall(deniedPort: "23"));
        await controller.ReadyAsync("edge");

        var dry = await controller.Revisions().RollbackServiceChainAsync(new V1.RollbackServiceChainRequest { Name = "edge", Revision = 1, ValidateOnly = true });
        Assert.Equal(2, (await controller.GetAsync("edge")).Revision);
        var done = await controller.Revisions().RollbackServiceChainAsync(new V1.RollbackServiceChainRequest { Name = "edge", Revision = 1 });
        await controller.ReadyAsync("edge");
        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await controller.Revisions().RollbackServiceChainAsync(new V1.RollbackServiceChainRequest { Name = "edge", Revision = 1 }));
        var missing = await Assert.ThrowsAsync<RpcException>(async () =>
            await controller.Revisions().RollbackServiceChainAsync(new V1.RollbackServiceChainRequest { Name = "edge", Revision = 9 }));
        var newest = await controller.Revisions().GetRevisionAsync(new V1.GetRevisionRequest { Chain = "edge", CompareWith = 1 });

        Assert.Equal((3L, Specs.Firewall().Spec), (dry.Revision, dry.Spec));
        Assert.Equal((3L, Specs.Firewall().Spec), (done.Revision, done.Spec));
        Assert.Equal((StatusCode.FailedPrecondition, true), (refused.StatusCode, refused.Status.Detail.Contains("nothing would change", StringComparison.Ordinal)));
        Assert.Equal((StatusCode.NotFound, true), (missing.StatusCode, missing.Status.Detail.Contains("there are 1 to 3", StringComparison.Ordinal)));
        Assert.Equal((V1.ChangeKind.RolledBack, 1L, "rollback to revision 1", ""), (newest.Kind, newest.RolledBackTo, newest.Message, newest.Diff));
    }

    [Fact]
    public async Task A_deleted_chain_keeps_its_revisions_over_a_restart_and_comes_back_by_going_back()
    {
        using var folder = new TemporaryFolder();
        await using (var before = await ControllerUnderTest.StartAsync(folder))
        {
            new FakeSwitch().Connect(before);
            await before.CreateAsync(Specs.Firewall());
            await before.ReadyAsync("edge");
            await before.Chains.DeleteServiceChainAsync(new V1.DeleteServiceChainRequest { Name = "edge", Message = "by mistake" });
            await before.GoneAsync("edge");
        }

        await using var controller = await ControllerUnderTest.StartAsync(folder);
        new FakeSwitch().Connect(controller);
        var list = await controller.Revisions().ListRevisionsAsync(new V1.ListRevisionsRequest());
        await controller.Revisions().RollbackServiceChainAsync(new V1.RollbackServiceChainRequest { Name = "edge", Revision = 1 });
        var back = await controller.ReadyAsync("edge");

        Assert.Equal([(2L, V1.ChangeKind.Deleted, V1.RevisionResult.InForce), (1L, V1.ChangeKind.Created, V1.RevisionResult.Superseded)], list.Revisions.Select(r => (r.Revision_, r.Kind, r.Result)));
        Assert.Equal("by mistake", list.Revisions[0].Message);
        Assert.Equal((3L, Specs.Firewall().Spec), (back.Revision, back.Spec));
    }

    [Fact]
    public async Task A_revision_that_does_not_come_into_force_says_why_and_the_one_in_force_stays()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        await controller.CreateAsync(Specs.Firewall());
        await controller.ReadyAsync("edge");
        atSwitch.Refuse = message => message.Command == OpenFlow.FlowModCommand.Add ? "EPERM" : null;
        await controller.UpdateAsync(Specs.Firewall(deniedPort: "23"));

        await Eventually.HoldsAsync("the failure", async () =>
            (await controller.Revisions().GetRevisionAsync(new V1.GetRevisionRequest { Chain = "edge" })).Result == V1.RevisionResult.Failed);
        var list = await controller.Revisions().ListRevisionsAsync(new V1.ListRevisionsRequest { Chain = "edge", PageSize = 1 });
        var older = await controller.Revisions().ListRevisionsAsync(new V1.ListRevisionsRequest { Chain = "edge", PageToken = list.NextPageToken });

        Assert.Contains("EPERM", list.Revisions[0].Problem, StringComparison.Ordinal);
        Assert.Equal((1L, V1.RevisionResult.InForce), (older.Revisions[0].Revision_, older.Revisions[0].Result));
    }

    [Fact]
    public async Task Revisions_are_read_and_gone_back_to_by_REST()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        await controller.CreateAsync(Specs.Firewall());
        await controller.UpdateAsync(Specs.Firewall(deniedPort: "23"));

        var list = await controller.Http.GetStringAsync("/v1/serviceChains/edge/revisions");
        var all = await controller.Http.GetStringAsync("/v1/revisions?pageSize=1");
        var one = await controller.Http.GetStringAsync("/v1/serviceChains/edge/revisions/2?compareWith=1");
        var back = await controller.Http.PostAsync("/v1/serviceChains/edge:rollback", new StringContent("""{"revision": 1}""", System.Text.Encoding.UTF8, "application/json"));

        Assert.Contains("\"revision\":\"1\"", list.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("nextPageToken", all, StringComparison.Ordinal);
        Assert.Contains("@@", one, StringComparison.Ordinal);
        Assert.True(back.IsSuccessStatusCode, await back.Content.ReadAsStringAsync());
        Assert.Equal(3, (await controller.GetAsync("edge")).Revision);
    }

    [Theory]
    [InlineData("", "two\nlines\nare\u0007 too many")]
    [InlineData("one\nname", "")]
    public async Task What_cannot_be_kept_of_a_change_is_refused(string author, string message)
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var error = await Assert.ThrowsAsync<RpcException>(async () => await controller.Chains.CreateServiceChainAsync(
            new V1.CreateServiceChainRequest { ServiceChain = Specs.Firewall(), Author = author, Message = message }));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Contains("control characters", error.Status.Detail, StringComparison.Ordinal);
    }
}

internal static class RevisionExtensions
{
    public static V1.Revisions.RevisionsClient Revisions(this ControllerUnderTest controller) => new(controller.Channel);
}

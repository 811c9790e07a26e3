using Google.Rpc;
using Grpc.Core;
using Metron.Controller.Configuration;
using Metron.Controller.Hosting;
using Metron.NetworkFunctions.Chains;

namespace Metron.Controller.Tests.Chains;

public class ServiceChainsServiceTests
{
    [Fact]
    public async Task A_created_chain_is_returned_as_it_was_sent_with_revision_etag_and_times()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var sent = Specs.Firewall();
        sent.Labels.Add("team", "edge");

        var created = await controller.CreateAsync(sent);
        var read = await controller.GetAsync("edge");

        Assert.Equal(sent.Spec, created.Spec);
        Assert.Equal(sent.Labels, created.Labels);
        Assert.Equal(1, created.Revision);
        Assert.NotEmpty(created.Etag);
        Assert.Equal(created.CreateTime, created.UpdateTime);
        Assert.Equal(created.Etag, read.Etag);
        Assert.Equal(V1.ConditionStatus.True, created.Condition("Accepted").Status);
    }

    [Fact]
    public async Task A_name_that_is_taken_is_refused()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        await controller.CreateAsync(Specs.Firewall());

        var error = await Assert.ThrowsAsync<RpcException>(() => controller.CreateAsync(Specs.Firewall()));

        Assert.Equal(StatusCode.AlreadyExists, error.StatusCode);
    }

    [Fact]
    public async Task Every_problem_of_a_chain_is_answered_at_once_by_its_path_and_nothing_is_stored()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var wrong = Specs.Firewall("Edge", deniedPort: "70000");
        wrong.Spec.Endpoints[1].Port = 99999;

        var error = await Assert.ThrowsAsync<RpcException>(() => controller.CreateAsync(wrong));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        var violations = error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations;
        Assert.Equal(
            ["name", "spec.endpoints[1].port", "spec.functions[0].firewall.rules[0].match.destinationPort"],
            violations.Select(violation => violation.Field).Order(StringComparer.Ordinal));
        Assert.Empty((await controller.Chains.ListServiceChainsAsync(new V1.ListServiceChainsRequest())).ServiceChains);
    }

    [Fact]
    public async Task A_request_without_a_chain_is_refused()
    {
        await using var controller = await ControllerUnderTest.StartAsync();

        var create = await Assert.ThrowsAsync<RpcException>(async () => await controller.Chains.CreateServiceChainAsync(new V1.CreateServiceChainRequest()));
        var update = await Assert.ThrowsAsync<RpcException>(async () => await controller.Chains.UpdateServiceChainAsync(new V1.UpdateServiceChainRequest()));

        Assert.Equal(StatusCode.InvalidArgument, create.StatusCode);
        Assert.Equal(StatusCode.InvalidArgument, update.StatusCode);
    }

    [Fact]
    public async Task Validating_only_shows_classes_and_placement_and_changes_nothing()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        await using var agent = await FakeAgent.ConnectAsync(controller);

        var preview = await controller.Chains.CreateServiceChainAsync(
            new V1.CreateServiceChainRequest { ServiceChain = Specs.Monitor(), ValidateOnly = true });

        Assert.Equal("s1", Assert.Single(preview.Status.Placements).Server);
        Assert.NotEmpty(preview.Status.TrafficClasses);
        Assert.Empty((await controller.Chains.ListServiceChainsAsync(new V1.ListServiceChainsRequest())).ServiceChains);
        var wrong = Specs.Monitor();
        wrong.Spec.Endpoints[0].Port = 0;
        var error = await Assert.ThrowsAsync<RpcException>(async () => await controller.Chains.CreateServiceChainAsync(
            new V1.CreateServiceChainRequest { ServiceChain = wrong, ValidateOnly = true }));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    [Fact]
    public async Task Rules_without_effect_are_warned_of_whether_or_not_the_chain_is_only_validated()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var chain = Specs.Firewall();
        var rules = chain.Spec.Functions[0].Firewall.Rules;
        for (var i = 0; i < 120; i++)
        {
            rules.Add(rules[0].Clone());
            rules[^1].Name = "";
        }

        var preview = await controller.Chains.CreateServiceChainAsync(new V1.CreateServiceChainRequest { ServiceChain = chain, ValidateOnly = true });
        await controller.CreateAsync(chain);
        var stored = await controller.Chains.GetServiceChainAsync(new V1.GetServiceChainRequest { Name = chain.Name });

        Assert.Equal(100, preview.Status.Warnings.Count);
        Assert.NotEqual(0u, preview.Status.WarningsNotListed);
        var warning = preview.Status.Warnings.First(candidate => candidate.Code == V1.WarningCode.Shadowed);
        Assert.StartsWith("spec.functions[0].firewall.rules[", warning.Path, StringComparison.Ordinal);
        Assert.Equal("spec.functions[0].firewall.rules[0]", warning.RelatedPath);
        Assert.Equal(preview.Status.Warnings, stored.Status.Warnings);
    }

    [Fact]
    public async Task Every_change_of_labels_or_spec_counts_the_revision_and_changes_the_etag()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var created = await controller.CreateAsync(Specs.Firewall());

        var same = await controller.UpdateAsync(Specs.Firewall());
        var relabelled = Specs.Firewall();
        relabelled.Labels.Add("team", "edge");
        var withLabel = await controller.UpdateAsync(relabelled);
        var changed = await controller.UpdateAsync(Specs.Firewall(deniedPort: "23"));

        Assert.Equal((created.Revision, created.Etag), (same.Revision, same.Etag));
        Assert.Equal(2, withLabel.Revision);
        Assert.Equal(3, changed.Revision);
        Assert.Equal(3, new[] { created.Etag, withLabel.Etag, changed.Etag }.Distinct().Count());
        Assert.Empty(changed.Labels);
        Assert.Equal(created.CreateTime, changed.CreateTime);
    }

    [Fact]
    public async Task A_stale_etag_is_refused_on_update_and_delete()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var created = await controller.CreateAsync(Specs.Firewall());
        await controller.UpdateAsync(Specs.Firewall(deniedPort: "23"));
        var stale = Specs.Firewall(deniedPort: "24");
        stale.Etag = created.Etag;

        var update = await Assert.ThrowsAsync<RpcException>(() => controller.UpdateAsync(stale));
        var delete = await Assert.ThrowsAsync<RpcException>(async () => await controller.Chains.DeleteServiceChainAsync(
            new V1.DeleteServiceChainRequest { Name = "edge", Etag = created.Etag }));

        Assert.Equal(StatusCode.Aborted, update.StatusCode);
        Assert.Equal(StatusCode.Aborted, delete.StatusCode);
        var fitting = Specs.Firewall(deniedPort: "24");
        fitting.Etag = (await controller.GetAsync("edge")).Etag;
        Assert.Equal(3, (await controller.UpdateAsync(fitting)).Revision);
    }

    [Fact]
    public async Task Of_updates_with_the_same_etag_only_one_succeeds()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var etag = (await controller.CreateAsync(Specs.Firewall())).Etag;

        var results = await Task.WhenAll(Enumerable.Range(100, 8).Select(async port =>
        {
            var chain = Specs.Firewall(deniedPort: $"{port}");
            chain.Etag = etag;
            try
            {
                await controller.UpdateAsync(chain);
                return StatusCode.OK;
            }
            catch (RpcException error)
            {
                return error.StatusCode;
            }
        }));

        Assert.Single(results, StatusCode.OK);
        Assert.Equal(7, results.Count(code => code == StatusCode.Aborted));
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found_and_can_be_created_by_an_update_that_says_so()
    {
        await using var controller = await ControllerUnderTest.StartAsync();

        var get = await Assert.ThrowsAsync<RpcException>(() => controller.GetAsync("edge"));
        var update = await Assert.ThrowsAsync<RpcException>(() => controller.UpdateAsync(Specs.Firewall()));
        var delete = await Assert.ThrowsAsync<RpcException>(async () => await controller.Chains.DeleteServiceChainAsync(
            new V1.DeleteServiceChainRequest { Name = "edge" }));
        var created = await controller.Chains.UpdateServiceChainAsync(
            new V1.UpdateServiceChainRequest { ServiceChain = Specs.Firewall(), AllowMissing = true });

        Assert.All([get, update, delete], error => Assert.Equal(StatusCode.NotFound, error.StatusCode));
        Assert.Equal(1, created.Revision);
    }

    [Fact]
    public async Task A_chain_that_is_being_deleted_cannot_be_changed_or_created_again_until_it_is_gone()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        await controller.CreateAsync(Specs.Firewall());
        await controller.ReadyAsync("edge");
        var release = new TaskCompletionSource();
        atSwitch.BeforeApply = () => release.Task;
        await controller.Chains.DeleteServiceChainAsync(new V1.DeleteServiceChainRequest { Name = "edge" });

        var update = await Assert.ThrowsAsync<RpcException>(() => controller.UpdateAsync(Specs.Firewall(deniedPort: "23")));
        var create = await Assert.ThrowsAsync<RpcException>(() => controller.CreateAsync(Specs.Firewall()));
        await controller.Chains.DeleteServiceChainAsync(new V1.DeleteServiceChainRequest { Name = "edge" });
        release.SetResult();
        await controller.GoneAsync("edge");
        var again = await controller.CreateAsync(Specs.Firewall());

        Assert.Equal(StatusCode.FailedPrecondition, update.StatusCode);
        Assert.Equal(StatusCode.AlreadyExists, create.StatusCode);

        // The deletion was revision 2.
        Assert.Equal(3, again.Revision);
    }

    [Fact]
    public async Task A_list_is_by_name_in_pages_and_by_labels()
    {
        await using var controller = await ControllerUnderTest.StartAsync(change: WithSwitches(7));
        for (var i = 6; i >= 0; i--)
        {
            var chain = Specs.Firewall($"chain-{i}");
            foreach (var endpoint in chain.Spec.Endpoints)
            {
                endpoint.Switch = $"br{i}";
            }

            chain.Labels.Add("parity", i % 2 == 0 ? "even" : "odd");
            await controller.CreateAsync(chain);
        }

        var names = new List<string>();
        var sizes = new List<int>();
        var request = new V1.ListServiceChainsRequest { PageSize = 3 };
        do
        {
            var page = await controller.Chains.ListServiceChainsAsync(request);
            names.AddRange(page.ServiceChains.Select(chain => chain.Name));
            sizes.Add(page.ServiceChains.Count);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        var odd = await controller.Chains.ListServiceChainsAsync(new V1.ListServiceChainsRequest { Labels = { ["parity"] = "odd" } });

        Assert.Equal(Enumerable.Range(0, 7).Select(i => $"chain-{i}"), names);
        Assert.Equal([3, 3, 1], sizes);
        Assert.Equal(["chain-1", "chain-3", "chain-5"], odd.ServiceChains.Select(chain => chain.Name));
    }

    [Theory]
    [InlineData(1001, "")]
    [InlineData(1, "what?")]
    [InlineData(1, "YWJj")]
    public async Task A_list_with_a_wrong_page_is_refused(uint size, string token)
    {
        await using var controller = await ControllerUnderTest.StartAsync();

        var error = await Assert.ThrowsAsync<RpcException>(async () => await controller.Chains.ListServiceChainsAsync(
            new V1.ListServiceChainsRequest { PageSize = size, PageToken = token }));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Single(error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations);
    }

    [Fact]
    public async Task A_message_larger_than_the_limit_is_refused()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var huge = Specs.Firewall();
        huge.Labels.Add("x", new string('x', ControllerHost.LargestMessageInBytes));

        var error = await Assert.ThrowsAsync<RpcException>(() => controller.CreateAsync(huge));

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    internal static Func<ControllerConfiguration, ControllerConfiguration> WithSwitches(int count) => configuration => configuration with
    {
        Switches = [.. Enumerable.Range(0, count).Select(i => new ConfiguredSwitch($"br{i}", (ulong)i + 1, TagKind.Vlan))],
    };
}

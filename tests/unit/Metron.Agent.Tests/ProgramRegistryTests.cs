using Metron.Agent.Programs;
using Metron.Dataplane;
using Microsoft.Extensions.Logging.Abstractions;

namespace Metron.Agent.Tests;

public sealed class ProgramRegistryTests
{
    private readonly FakeRunner _runner = new();
    private readonly FakeRules _rules;
    private readonly ProgramRegistry _registry;

    public ProgramRegistryTests()
    {
        _rules = new FakeRules(_runner);
        _registry = new ProgramRegistry(_runner, _rules, NullLogger.Instance);
    }

    [Fact]
    public async Task Workers_know_a_program_before_the_device_leads_packets_to_them_and_forget_it_after()
    {
        Assert.Empty(await _registry.DeployAsync(TestPrograms.Monitor()));
        Assert.Empty(await _registry.UndeployAsync("web", 1));

        Assert.Equal(["deploy web 1", "add rules web 1", "remove rules web 1", "undeploy web 1"], _runner.Calls);
        Assert.Empty(_registry.Deployed);
    }

    [Fact]
    public async Task What_runs_is_told_with_revision_digest_and_workers()
    {
        var one = TestPrograms.Monitor("one", 3, worker: 2);
        var other = TestPrograms.Monitor("other", 9, worker: 1);
        await _registry.DeployAsync(one);
        await _registry.DeployAsync(other);

        Assert.Equal(
            [
                new V1.DeployedChain { Chain = "one", Revision = 3, Digest = one.Digest, Workers = { 2 } },
                new V1.DeployedChain { Chain = "other", Revision = 9, Digest = other.Digest, Workers = { 1 } },
            ],
            _registry.Deployed);
    }

    [Fact]
    public async Task A_program_that_runs_already_is_acknowledged_and_left_alone()
    {
        await _registry.DeployAsync(TestPrograms.Monitor());

        Assert.Empty(await _registry.DeployAsync(TestPrograms.Monitor()));
        Assert.Equal(["deploy web 1", "add rules web 1"], _runner.Calls);
    }

    [Fact]
    public async Task A_revision_that_runs_cannot_change_its_content()
    {
        await _registry.DeployAsync(TestPrograms.Monitor());
        var changed = TestPrograms.Monitor();
        changed.Digest = "another";

        Assert.Contains("with another digest", await _registry.DeployAsync(changed), StringComparison.Ordinal);
        Assert.Single(_registry.Deployed);
    }

    [Fact]
    public async Task A_program_that_cannot_be_read_is_refused_with_every_reason_and_nothing_is_changed()
    {
        var program = TestPrograms.Monitor();
        program.IngressTags[0].Value = 4095;
        program.Wires[1].ToEndpoint = "nowhere";

        var error = await _registry.DeployAsync(program);

        Assert.Contains("ingressTags[0].value", error, StringComparison.Ordinal);
        Assert.Contains("wires[1].toEndpoint", error, StringComparison.Ordinal);
        Assert.Empty(_runner.Calls);
        Assert.Empty(_registry.Deployed);
    }

    [Fact]
    public async Task A_program_that_the_dataplane_rejects_gets_no_rules_and_can_be_tried_again()
    {
        _runner.Failure = new ProgramRejectedException("tag 5 is taken");
        Assert.Equal("tag 5 is taken", await _registry.DeployAsync(TestPrograms.Monitor()));
        Assert.Empty(_registry.Deployed);

        _runner.Failure = null;
        Assert.Empty(await _registry.DeployAsync(TestPrograms.Monitor()));
        Assert.Equal(["deploy web 1", "deploy web 1", "add rules web 1"], _runner.Calls);
    }

    [Fact]
    public async Task A_program_whose_rules_the_device_refuses_is_taken_back()
    {
        _rules.Failure = "no room for rules";

        Assert.Equal("no room for rules", await _registry.DeployAsync(TestPrograms.Monitor()));
        Assert.Equal(["deploy web 1", "add rules web 1", "undeploy web 1"], _runner.Calls);
        Assert.Empty(_registry.Deployed);
    }

    [Fact]
    public async Task Undeploying_what_does_not_run_is_no_error()
    {
        Assert.Empty(await _registry.UndeployAsync("web", 1));
        Assert.Empty(_runner.Calls);
    }

    [Fact]
    public async Task A_program_that_cannot_be_stopped_still_counts_as_running()
    {
        await _registry.DeployAsync(TestPrograms.Monitor());
        _runner.Failure = new TimeoutException("a worker did not take notice");

        Assert.Equal("a worker did not take notice", await _registry.UndeployAsync("web", 1));
        Assert.Single(_registry.Deployed);
    }
}

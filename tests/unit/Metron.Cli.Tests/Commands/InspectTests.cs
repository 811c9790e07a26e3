using Metron.Cli.Tests.Fakes;

namespace Metron.Cli.Tests.Commands;

/// <summary>get, describe, watch and top, against <see cref="FakeController"/>, not a real controller.</summary>
public sealed class InspectTests
{
    public static TheoryData<string, string[]> GoldenRuns => new()
    {
        { "get-chains.txt", ["get", "chains"] },
        { "get-chains-wide.txt", ["get", "chains", "-o", "wide"] },
        { "get-chains-name.txt", ["get", "chains", "-o", "name"] },
        { "get-chain.json", ["get", "chain", "web", "-o", "json"] },
        { "get-chain.yaml", ["get", "chain", "web", "-o", "yaml"] },
        { "get-chains.json", ["get", "chains", "-l", "team=core", "-o", "json"] },
        { "get-agents.txt", ["get", "agents"] },
        { "get-agents-wide.txt", ["get", "agents", "-o", "wide"] },
        { "get-agent.yaml", ["get", "agent", "s1", "-o", "yaml"] },
        { "get-switches.txt", ["get", "switches"] },
        { "get-switches-wide.txt", ["get", "switches", "-o", "wide"] },
        { "get-switch.json", ["get", "switch", "br0", "-o", "json"] },
        { "describe-chain.txt", ["describe", "chain", "web"] },
        { "describe-agent.txt", ["describe", "agent", "s1"] },
        { "describe-switch.txt", ["describe", "switch", "br0"] },
        { "describe-switch.yaml", ["describe", "switch", "br0", "-o", "yaml"] },
        { "top-once.txt", ["top", "--once"] },
        { "top-agent-once.txt", ["top", "s1", "--once"] },
        { "top-cycles-once.txt", ["top", "--cycles", "--once"] },
        { "top-once.json", ["top", "s1", "--once", "-o", "json"] },
    };

    [Theory]
    [MemberData(nameof(GoldenRuns))]
    public async Task Output_is_as_reviewed(string file, string[] args)
    {
        await using var controller = await FilledAsync();

        var result = await controller.RunAsync(args);

        Assert.Empty(result.Error);
        Assert.Equal(ExitCode.Success, result.ExitCode);
        Golden.Equal(file, result.Output);
    }

    [Fact]
    public async Task The_balancer_of_a_server_is_described_with_its_decisions()
    {
        await using var controller = await FakeController.StartAsync();
        controller.Agents.AddRange([Samples.BalancingAgent(), Samples.Agent()]);
        controller.Chains["web"] = Samples.BalancedChain();

        Golden.Equal("describe-balancer.txt", (await controller.RunAsync("describe", "balancer", "b1")).Output);
        Golden.Equal("describe-balanced-chain.txt", (await controller.RunAsync("describe", "chain", "web")).Output);
        Assert.Contains("tags stand for workers here", (await controller.RunAsync("describe", "balancer", "s1")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_switch_that_is_not_there_is_shown_with_its_loss_and_the_peers_that_it_may_be()
    {
        await using var controller = await FakeController.StartAsync();
        controller.Switches.Add(Samples.LostSwitch());
        controller.StrayPeers.AddRange(Samples.LostSwitch().StrayPeers);
        controller.RulesUnavailable = "switch br1 is not connected, so its rules cannot be read";

        Golden.Equal("get-switches-stray.txt", (await controller.RunAsync("get", "switches")).Output);
        Golden.Equal("describe-switch-lost.txt", (await controller.RunAsync("describe", "switch", "br1")).Output);
        Assert.Equal("br1\n", (await controller.RunAsync("get", "switches", "-o", "name")).Output);
    }

    [Fact]
    public async Task Peers_are_shown_by_a_controller_without_switches()
    {
        await using var controller = await FakeController.StartAsync();
        controller.StrayPeers.AddRange(Samples.LostSwitch().StrayPeers);

        var shown = await controller.RunAsync("get", "switches");

        Assert.Contains("HELLO timeout, got 10 of 16 bytes", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Groups_are_described_with_their_chain_and_with_their_switch()
    {
        await using var controller = await FilledAsync();
        var group = new V1.PortGroup { Number = 0x4d000000, Chain = "web", Endpoint = "internet", Use = V1.PortUse.Failover, Ports = { 2, 3 }, Text = "group_id=1291845632,type=ff" };
        controller.Switches[0].Groups.Add(group);
        controller.Switches[0].Groups.Add(new V1.PortGroup { Number = 0x4d000001, Note = "left over, about to be removed" });
        var chain = controller.Chains["web"];
        chain.Spec.Endpoints[1].BackupPorts.Add(3);
        chain.Status.Groups.Add(group);
        const string line = "1291845632 +web +internet +FAILOVER +2, 3 +group_id=1291845632,type=ff\n";

        var ofSwitch = (await controller.RunAsync("describe", "switch", "br0")).Output;
        var ofChain = (await controller.RunAsync("describe", "chain", "web")).Output;

        Assert.Matches($"Groups:\n +GROUP +CHAIN +ENDPOINT +USE +PORTS +TEXT\n +{line} +1291845633 .* left over, about to be removed", ofSwitch);
        Assert.Matches($"Groups:\n.*\n +{line}", ofChain);
        Assert.Contains("2, backup 3", ofChain, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Selection_by_labels_is_left_to_the_controller_and_pages_are_followed()
    {
        await using var controller = await FilledAsync();

        Assert.Equal("c1\nc2\nc3\nweb\n", (await controller.RunAsync("get", "chains", "-o", "name")).Output);
        Assert.Equal("c2\n", (await controller.RunAsync("get", "chains", "-o", "name", "-l", "team=core,tier=2")).Output);
    }

    [Theory]
    [InlineData("get", "chain", "nothing")]
    [InlineData("get", "agent", "nothing")]
    [InlineData("get", "switch", "nothing")]
    [InlineData("describe", "chain", "nothing")]
    [InlineData("describe", "agent", "nothing")]
    [InlineData("describe", "switch", "nothing")]
    [InlineData("delete", "chain", "nothing")]
    [InlineData("top", "nothing", "--once")]
    public async Task What_is_not_there_is_not_found(params string[] args)
    {
        await using var controller = await FilledAsync();

        var result = await controller.RunAsync(args);

        Assert.Equal(ExitCode.NotFound, result.ExitCode);
        Assert.Contains("\"nothing\"", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task Those_of_several_that_are_there_are_printed()
    {
        await using var controller = await FilledAsync();

        var result = await controller.RunAsync("get", "chains", "c1", "nothing", "c2", "-o", "name");

        Assert.Equal("c1\nc2\n", result.Output);
        Assert.Equal(ExitCode.NotFound, result.ExitCode);
    }

    [Fact]
    public async Task Nothing_to_list_is_said_on_standard_error()
    {
        await using var controller = await FakeController.StartAsync();

        var table = await controller.RunAsync("get", "chains");
        var json = await controller.RunAsync("get", "chains", "-o", "json");

        Assert.Equal(("", "No chains.\n", 0), (table.Output, table.Error, table.ExitCode));
        Assert.Equal(("[]\n", ""), (json.Output, json.Error));
    }

    [Fact]
    public async Task A_chain_is_described_even_when_its_switch_is_not_known()
    {
        await using var controller = await FilledAsync();
        controller.Switches.Clear();

        var result = await controller.RunAsync("describe", "chain", "web");

        Assert.Contains("not readable: there is no switch \"br0\"", result.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, result.ExitCode);
    }

    [Theory]
    [InlineData("chain", "web")]
    [InlineData("switch", "br0")]
    public async Task A_switch_that_is_not_connected_is_described_without_its_rules(string kind, string name)
    {
        await using var controller = await FilledAsync();
        controller.RulesUnavailable = "switch br0 is not connected";

        var result = await controller.RunAsync("describe", kind, name);

        Assert.Equal((ExitCode.Success, ""), (result.ExitCode, result.Error));
        Assert.Contains("not readable: switch br0 is not connected", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_of_others_cannot_steer_the_terminal()
    {
        await using var controller = await FilledAsync();
        controller.Switches[0].Description = "\u001b[2Jevil\nsecond line";

        foreach (var args in new[] { new[] { "get", "switches", "-o", "wide" }, ["describe", "switch", "br0"] })
        {
            var result = await controller.RunAsync(args);

            Assert.Contains("\\u001b[2Jevil\\u000asecond line", result.Output, StringComparison.Ordinal);
            Assert.DoesNotContain('\u001b', result.Output);
        }
    }

    [Theory]
    [InlineData("table", "watch.txt")]
    [InlineData("name", "watch-name.txt")]
    [InlineData("json", "watch.jsonl")]
    [InlineData("yaml", "watch.yaml")]
    public async Task A_watch_prints_every_change_until_the_controller_ends_it(string format, string file)
    {
        await using var controller = await FakeController.StartAsync();
        var pending = new V1.ServiceChain { Name = "web", Revision = 2, Status = new V1.ServiceChainStatus { State = V1.ChainState.Pending, RunningRevision = 1 } };
        pending.Status.Conditions.Add(new V1.Condition { Type = "Placed", Status = V1.ConditionStatus.False, Message = "no server" });
        var ready = new V1.ServiceChain { Name = "web", Revision = 2, Status = new V1.ServiceChainStatus { State = V1.ChainState.Ready, RunningRevision = 2 } };
        controller.Events.AddRange(
        [
            new V1.ServiceChainEvent { Type = V1.EventType.Added, ServiceChain = pending },
            new V1.ServiceChainEvent { Type = V1.EventType.Modified, ServiceChain = ready },
            new V1.ServiceChainEvent { Type = V1.EventType.Removed, ServiceChain = ready },
            new V1.ServiceChainEvent { Type = V1.EventType.Added, ServiceChain = new V1.ServiceChain { Name = "other" } },
        ]);

        var result = await controller.RunAsync(["watch", "chains", "web", .. format == "table" ? Array.Empty<string>() : ["-o", format]]);

        Assert.Equal(ExitCode.Unreachable, result.ExitCode);
        Assert.Equal("metronctl: the controller ended the watch\n", result.Error);
        Golden.Equal(file, result.Output);
    }

    [Fact]
    public async Task Top_refreshes_with_every_report()
    {
        await using var controller = await FilledAsync();

        var result = await controller.RunAsync("top");

        Assert.Equal(2, result.Output.Split("s1 at ").Length - 1);
        Assert.Equal(ExitCode.Unreachable, result.ExitCode);
    }

    [Fact]
    public async Task Top_prints_a_line_of_json_for_every_report()
    {
        await using var controller = await FilledAsync();

        var result = await controller.RunAsync("top", "-o", "json");

        Assert.Equal(controller.Loads, result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(V1.ServerLoad.Parser.ParseJson));
    }

    [Fact]
    public async Task Cycles_are_those_since_the_start_when_nothing_was_measured_meanwhile()
    {
        await using var controller = await FilledAsync();
        controller.Loads[1].Workers[0].Samples = controller.Loads[0].Workers[0].Samples.Clone();

        var result = await controller.RunAsync("top", "--cycles", "--once");

        Assert.Contains("worker 0: 4 polls measured since the agent started, one in 256 of those that found packets; none in this interval\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("30           100       receive\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Workers_that_measure_nothing_say_why()
    {
        await using var controller = await FilledAsync();
        controller.Loads.ForEach(load => (load.Workers[0].Samples, load.Workers[0].PacketTimes) = (null, null));
        controller.Loads.ForEach(load => load.Chains[0].PacketTimes.Clear());

        var result = await controller.RunAsync("top", "--cycles", "--once");

        Assert.Equal(
            "s1 at 12:00:00: what cycles go to\n  worker 0 measures nothing: sampling.oneIn is 0 in the agent's configuration\n",
            result.Output);
    }

    [Fact]
    public async Task Top_without_any_report_ends_with_a_timeout()
    {
        await using var controller = await FilledAsync();
        controller.Loads.Clear();

        var result = await controller.RunAsync("top", "s1", "--once");

        Assert.Equal((ExitCode.Timeout, "metronctl: server 's1' reports no load\n"), (result.ExitCode, result.Error));
    }

    private static async Task<FakeController> FilledAsync()
    {
        var controller = await FakeController.StartAsync();
        controller.Chains["web"] = Samples.Chain();
        for (var i = 1; i <= 3; i++)
        {
            controller.Chains[$"c{i}"] = new V1.ServiceChain { Name = $"c{i}", Labels = { ["team"] = "core", ["tier"] = $"{i}" } };
        }

        controller.Agents.Add(Samples.Agent());
        controller.Agents.Add(new V1.Agent { Name = "s2" });
        controller.Switches.Add(Samples.Switch());
        controller.Loads.AddRange([Samples.Agent().Load, Samples.LaterLoad()]);
        return controller;
    }
}

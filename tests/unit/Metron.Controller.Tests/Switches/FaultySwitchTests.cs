using System.Net;
using Metron.Controller.Configuration;
using Metron.Controller.Switches;
using Metron.NetworkFunctions.Chains;
using Metron.OpenFlow;
using Metron.VirtualSwitch;
using Microsoft.Extensions.DependencyInjection;

namespace Metron.Controller.Tests.Switches;

/// <summary>A controller with an honest switch and one that does not do what the standard says: what operators are told, and what becomes of chains.</summary>
public class FaultySwitchTests
{
    private const string NotThere = "rules that it had taken without an error were not there when they were read back (barrier answered early, or rules silently dropped); they are sent again";

    [Theory]
    [InlineData("element of type 0", "HELLO body not per specification (offset 8, type 0, length 8); continuing with header version 1.4")]
    [InlineData("features in another version", "announced 1.4, speaks 1.3")]
    [InlineData("rejects elements", "rejected HELLO elements (1.3.0-only firmware?); retrying bare")]
    [InlineData("second HELLO", "second HELLO ignored")]
    [InlineData("slow answers", null)]
    [InlineData("no barriers", "it refuses barriers: what it carries out is read back instead, which is slower")]
    [InlineData("early barrier", NotThere)]
    [InlineData("reordered rules", NotThere)]
    [InlineData("late barrier", null)]
    [InlineData("forgets a rule", NotThere)]
    [InlineData("lost in a bundle", null)]
    [InlineData("lost at a rule", "Last loss:        connection lost: ")]
    [InlineData("64 bytes in errors", null)]
    [InlineData("unknown field in statistics", "it reports rules of ours with a match field that is unknown here (oxm_0x7ffe_5); they are compared without it")]
    [InlineData("stale generation", "taken over from another controller: its generation was 1000")]
    public async Task A_fault_that_can_be_lived_with_is_told_and_leaves_a_chain_that_works(string fault, string? text)
    {
        await using var world = await World.StartAsync(Faulty(fault)!, VersionsWith(fault), generation: fault == "stale generation" ? 1000 : null);
        await world.ChainIsReadyAsync();
        await world.IsToldAsync(text ?? "Remarks: none");
        await world.HonestIsUnaffectedAsync();
    }

    [Fact]
    public async Task A_second_HELLO_that_comes_late_is_told()
    {
        await using var world = await World.StartAsync(Faults.None, VersionSet.Of(OpenFlowVersion.OpenFlow13));
        await world.ChainIsReadyAsync();
        world.Faulty.SendToAll([4, 0, 0, 8, 0, 0, 0, 9]);
        await world.IsToldAsync("second HELLO ignored");
        await world.HonestIsUnaffectedAsync();
    }

    [Fact]
    public async Task A_message_that_does_not_decode_is_told()
    {
        await using var world = await World.StartAsync(Faults.None, VersionSet.Of(OpenFlowVersion.OpenFlow13));
        await world.ChainIsReadyAsync();
        world.Faulty.SendToAll([4, 12, 0, 10, 0, 0, 0, 0, 2, 2]);
        await world.IsToldAsync("PORT_STATUS does not decode: offset 9: 7 bytes needed, 1 left");
        await world.HonestIsUnaffectedAsync();
    }

    [Fact]
    public async Task An_ignored_echo_is_told_as_the_reason_of_the_loss()
    {
        await using var world = await World.StartAsync(
            new Faults { IgnoresEcho = true },
            settings: new SwitchSessionSettings { Echo = TimeSpan.FromSeconds(2) },
            reconnect: TimeSpan.FromMinutes(5),
            reconcileInterval: TimeSpan.FromMinutes(5));
        await Eventually.HoldsAsync("the loss", () => world.Controller.Switches.Switches["br1"].LastLoss is not null);
        await world.IsToldAsync("Last loss:        no answer to echo, silent for ");
        Assert.Contains(world.Controller.Logged(3201), line => line.StartsWith("Switch br1: connection lost (no answer to echo, silent for ", StringComparison.Ordinal));
        await world.HonestIsUnaffectedAsync();
    }

    [Fact]
    public async Task A_stale_generation_is_told_by_a_controller_that_does_not_take_over()
    {
        await using var world = await World.StartAsync(Faults.None, settings: new SwitchSessionSettings { TakesOver = false }, generation: 1000);
        await world.IsToldAsync("stale generation: ours is none, the switch has 1000 from another controller, which stays its master; nothing is written to it");
        Assert.Equal(0, world.Faulty.RuleCount);
        await world.HonestIsUnaffectedAsync();
    }

    [Fact]
    public async Task A_full_table_is_named_at_the_chain_and_the_chain_works_when_there_is_room()
    {
        await using var world = await World.StartAsync(new Faults { TableFullAt = 3, ErrorDataLength = 64 });
        var chain = await world.Controller.WhenAsync("faulty", chain => chain.Status.Conditions.Any(
            condition => condition.Message.Contains("TABLE_FULL", StringComparison.Ordinal)));
        Assert.NotEqual(V1.ChainState.Ready, chain.Status.State);
        await world.IsToldAsync(" rules of chains (TABLE_FULL)");
        await world.HonestIsUnaffectedAsync();
    }

    [Fact]
    public async Task Statistics_without_end_are_named_and_nothing_hangs()
    {
        await using var world = await World.StartAsync(new Faults { EndlessMultipart = true });
        await world.Controller.WhenAsync("faulty", chain => chain.Status.Conditions.Any(
            condition => condition.Message.Contains("endless MORE flag?", StringComparison.Ordinal)));
        await world.IsToldAsync("(endless MORE flag?)");
        await world.HonestIsUnaffectedAsync();
    }

    [Theory]
    [InlineData("reads nothing")]
    [InlineData("ignored barrier")]
    public async Task A_fault_that_no_chain_can_live_with_affects_no_other_switch(string fault)
    {
        await using var world = await World.StartAsync(Faulty(fault)!);
        await world.HonestIsUnaffectedAsync();
        var chain = await world.Controller.GetAsync("faulty");
        await world.HonestIsUnaffectedAsync("24");
        Assert.Equal("faulty", chain.Name);
    }

    [Fact]
    public async Task A_second_switch_with_the_same_datapath_id_is_turned_away_and_named()
    {
        await using var world = await World.StartAsync(Faults.None);
        await world.ChainIsReadyAsync();
        await using var second = new EmulatedSwitch(new EmulatedSwitchOptions { DatapathId = 2, LocalAddress = IPAddress.Parse("127.0.0.4"), ReconnectDelay = TimeSpan.FromSeconds(1) });
        second.ConnectTo(world.EndPoint);
        const string Text = "duplicate datapath id 0000000000000002: 127.0.0.3 is connected with it and answers; 127.0.0.4 was turned away";
        await world.IsToldAsync(Text);
        await world.Controller.MetronctlSaysAsync(Text, "get", "switches");
        Assert.Equal(0, second.RuleCount);
        await world.ChainIsReadyAsync();
        await world.HonestIsUnaffectedAsync();
    }

    [Fact]
    public async Task A_switch_that_restarts_with_empty_tables_is_programmed_again()
    {
        await using var world = await World.StartAsync(Faults.None);
        await world.ChainIsReadyAsync();
        var rules = world.Faulty.RuleCount;
        world.Faulty.Reboot();
        await Eventually.HoldsAsync("its rules", () => world.Faulty.RuleCount == rules);
        await world.ChainIsReadyAsync();
        await world.HonestIsUnaffectedAsync();
    }

    private static VersionSet? VersionsWith(string fault) => fault switch
    {
        "rejects elements" or "second HELLO" => VersionSet.Of(OpenFlowVersion.OpenFlow13),
        "element of type 0" => VersionSet.Of(OpenFlowVersion.OpenFlow14),
        "features in another version" => VersionSet.Of(OpenFlowVersion.OpenFlow13, OpenFlowVersion.OpenFlow14),
        _ => null,
    };

    private static Faults? Faulty(string fault) => fault switch
    {
        "element of type 0" => new Faults { HelloBytes = [.. Convert.FromHexString("05000010000000010000000800000030")] },
        "features in another version" => new Faults { FeaturesVersion = OpenFlowVersion.OpenFlow13 },
        "rejects elements" => new Faults { RejectsHelloElements = true },
        "second HELLO" => new Faults { SecondHello = OpenFlowVersion.OpenFlow13 },
        "stale generation" => Faults.None,
        "no barriers" => new Faults { Barriers = BarrierFault.Refused },
        "reordered rules" => new Faults { Barriers = BarrierFault.Reordered, Lag = TimeSpan.FromMilliseconds(200) },
        "slow answers" => new Faults { AnswerDelay = TimeSpan.FromMilliseconds(50) },
        "early barrier" => new Faults { Barriers = BarrierFault.Early, Lag = TimeSpan.FromMilliseconds(200) },
        "late barrier" => new Faults { Barriers = BarrierFault.Late, Lag = TimeSpan.FromMilliseconds(200) },
        "forgets a rule" => new Faults { Forgets = Once(rule => rule.Table > 0) },
        "lost in a bundle" => new Faults { Fate = MessageFates.AbortInBundle(after: 2) },
        "lost at a rule" => new Faults { Fate = AtRule(3) },
        "64 bytes in errors" => new Faults { ErrorDataLength = 64 },
        "reads nothing" => new Faults { ReadsNothingAfter = 12 },
        "unknown field in statistics" => new Faults { UnknownFieldInStatistics = true },
        "ignored barrier" => new Faults { Barriers = BarrierFault.Ignored },
        _ => null,
    };

    private static Func<FlowMod, bool> Once(Func<FlowMod, bool> which)
    {
        var done = false;
        return rule => !done && (done = which(rule));
    }

    private static Func<ReceivedMessage, MessageFate> AtRule(int number)
    {
        var count = 0;
        return message => message.FlowMod is not null && ++count == number ? MessageFate.AbortAfter : MessageFate.Process;
    }

    /// <summary>A controller with the honest switch br0, whose chain is ready, and the faulty br1, whose chain "faulty" is wanted.</summary>
    private sealed class World : IAsyncDisposable
    {
        private readonly EmulatedSwitch _honest;

        private World(ControllerUnderTest controller, EmulatedSwitch honest, EmulatedSwitch faulty) => (Controller, _honest, Faulty) = (controller, honest, faulty);

        public ControllerUnderTest Controller { get; }

        public EmulatedSwitch Faulty { get; }

        public IPEndPoint EndPoint => Address(Controller);

        public static async Task<World> StartAsync(
            Faults faults, VersionSet? versions = null, SwitchSessionSettings? settings = null, ulong? generation = null, TimeSpan? reconnect = null, TimeSpan? reconcileInterval = null)
        {
            var controller = await ControllerUnderTest.StartAsync(change: configuration => configuration with
            {
                OpenFlow = ListenAddress.Tcp("127.0.0.1", 0),
                OpenFlowSessions = settings ?? configuration.OpenFlowSessions,
                Timings = configuration.Timings with { ReconcileInterval = reconcileInterval ?? configuration.Timings.ReconcileInterval },
                Switches = [new ConfiguredSwitch("br0", 1, TagKind.Vlan), new ConfiguredSwitch("br1", 2, TagKind.Vlan)],
            });
            var honest = new EmulatedSwitch(new EmulatedSwitchOptions { DatapathId = 1, LocalAddress = IPAddress.Parse("127.0.0.2") });
            honest.ConnectTo(Address(controller));
            await controller.CreateAsync(Specs.Firewall());
            await controller.ReadyAsync("edge");
            var faulty = new EmulatedSwitch(new EmulatedSwitchOptions
            {
                DatapathId = 2,
                Versions = versions,
                LocalAddress = IPAddress.Parse("127.0.0.3"),
                Faults = faults,
                GenerationId = generation,
                ReconnectDelay = reconnect ?? TimeSpan.FromMilliseconds(50),
            });
            var chain = Specs.Firewall("faulty");
            foreach (var endpoint in chain.Spec.Endpoints)
            {
                endpoint.Switch = "br1";
            }

            await controller.CreateAsync(chain);
            faulty.ConnectTo(Address(controller));
            return new World(controller, honest, faulty);
        }

        /// <summary>The operator is told of the fault.</summary>
        public Task IsToldAsync(string text) => Controller.MetronctlSaysAsync(text, "describe", "switch", "br1");

        /// <summary>The chain on the faulty switch is ready and forwards and drops there what it should.</summary>
        public async Task ChainIsReadyAsync()
        {
            await Controller.ReadyAsync("faulty");
            var rules = Faulty.Rules.Select(Content).Order().ToList();
            Assert.Equal(_honest.Rules.Select(Content).Order().ToList(), rules);
        }

        /// <summary>The chain on the honest switch is ready, and an edit of it goes through.</summary>
        public async Task HonestIsUnaffectedAsync(string deniedPort = "23")
        {
            await Controller.UpdateAsync(Specs.Firewall(deniedPort: deniedPort));
            await Controller.ReadyAsync("edge");
            Assert.Null(Controller.Switches.Switches["br0"].LastLoss);
            Assert.Contains(_honest.Rules, rule => rule.Match.ToString().Contains($"tcp_dst={deniedPort}", StringComparison.Ordinal));
        }

        public async ValueTask DisposeAsync()
        {
            await Controller.DisposeAsync();
            await _honest.DisposeAsync();
            await Faulty.DisposeAsync();
        }

        private static string Content(FlowEntry rule) => (rule.Rule with { Cookie = 0 }).ToString();

        private static IPEndPoint Address(ControllerUnderTest controller) => controller.Services.GetRequiredService<SwitchSessions>().EndPoint!;
    }
}

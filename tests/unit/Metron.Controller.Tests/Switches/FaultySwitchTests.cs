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
    [Theory]
    [InlineData("element of type 0", "HELLO body not per specification (offset 8, type 0, length 8); continuing with header version 1.4")]
    [InlineData("empty bitmap", "empty version bitmap")]
    [InlineData("bitmap below the header", "header 1.4 but bitmap 1.3: using 1.3")]
    [InlineData("features in another version", "announced 1.4, speaks 1.3")]
    public async Task A_fault_in_the_greeting_is_told_and_the_chain_works(string fault, string remark)
    {
        await using var world = await World.StartAsync(Faulty(fault) is { } faults ? faults : throw new ArgumentException(fault), VersionsWith(fault));
        await world.ChainIsReadyAsync();
        Assert.Contains(remark, world.Controller.Switches.Switches["br1"].Remarks);
        await world.HonestIsUnaffectedAsync();
    }

    [Theory]
    [InlineData("rejects elements")]
    [InlineData("requires elements")]
    [InlineData("one byte at a time")]
    [InlineData("slow answers")]
    [InlineData("early barrier")]
    [InlineData("late barrier")]
    [InlineData("forgets a rule")]
    [InlineData("lost in a bundle")]
    [InlineData("lost at a rule")]
    [InlineData("64 bytes in errors")]
    public async Task A_fault_that_can_be_lived_with_leaves_a_chain_that_works(string fault)
    {
        await using var world = await World.StartAsync(Faulty(fault)!, VersionsWith(fault));
        await world.ChainIsReadyAsync();
        await world.HonestIsUnaffectedAsync();
    }

    [Fact]
    public async Task A_full_table_is_named_at_the_chain_and_the_chain_works_when_there_is_room()
    {
        await using var world = await World.StartAsync(new Faults { TableFullAt = 3, ErrorDataLength = 64 });
        var chain = await world.Controller.WhenAsync("faulty", chain => chain.Status.Conditions.Any(
            condition => condition.Message.Contains("TABLE_FULL", StringComparison.Ordinal)));
        Assert.NotEqual(V1.ChainState.Ready, chain.Status.State);
        await world.HonestIsUnaffectedAsync();
    }

    [Fact]
    public async Task Statistics_without_end_are_named_and_nothing_hangs()
    {
        await using var world = await World.StartAsync(new Faults { EndlessMultipart = true });
        await world.Controller.WhenAsync("faulty", chain => chain.Status.Conditions.Any(
            condition => condition.Message.Contains("endless MORE flag?", StringComparison.Ordinal)));
        await world.HonestIsUnaffectedAsync();
    }

    [Theory]
    [InlineData("reads nothing")]
    [InlineData("unknown field in statistics")]
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
        await Eventually.HoldsAsync("the remark", () => world.Controller.Switches.Switches["br1"].Remarks.Any(
            remark => remark.Contains("duplicate datapath id 0000000000000002", StringComparison.Ordinal)));
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
        "rejects elements" or "bitmap below the header" => VersionSet.Of(OpenFlowVersion.OpenFlow13),
        "element of type 0" or "empty bitmap" => VersionSet.Of(OpenFlowVersion.OpenFlow14),
        "features in another version" => VersionSet.Of(OpenFlowVersion.OpenFlow13, OpenFlowVersion.OpenFlow14),
        _ => null,
    };

    private static Faults? Faulty(string fault) => fault switch
    {
        "element of type 0" => new Faults { HelloBytes = [.. Convert.FromHexString("05000010000000010000000800000030")] },
        "empty bitmap" => new Faults { HelloBytes = [.. Convert.FromHexString("05000010000000010001000800000000")] },
        "bitmap below the header" => new Faults { HelloBytes = [.. Convert.FromHexString("05000010000000010001000800000010")] },
        "features in another version" => new Faults { FeaturesVersion = OpenFlowVersion.OpenFlow13 },
        "rejects elements" => new Faults { RejectsHelloElements = true },
        "requires elements" => new Faults { RequiresHelloElements = true },
        "one byte at a time" => new Faults { OneByteAtATime = true },
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

        public static async Task<World> StartAsync(Faults faults, VersionSet? versions = null)
        {
            var controller = await ControllerUnderTest.StartAsync(change: configuration => configuration with
            {
                OpenFlow = ListenAddress.Tcp("127.0.0.1", 0),
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

using Metron.Controller.Configuration;
using Metron.Controller.Switches;
using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.OpenFlow;
using Metron.Orchestration;
using Metron.VirtualSwitch;
using Microsoft.Extensions.DependencyInjection;

namespace Metron.Controller.Tests.Switches;

/// <summary>Chains whose endpoints have several ports, on an emulated switch: groups come first, are put right, and go last; packets always find a port.</summary>
public class GroupTests
{
    private const uint Number = GroupPlanner.FirstNumber;

    // Ethernet, IPv4 10.0.0.1 -> 192.0.2.1, UDP 40000 -> 53, no checksums: a switch looks at none.
    private static readonly byte[] Udp = Convert.FromHexString(
        "020000000002020000000001" + "0800" + "4500001c00000000401100000a000001c0000201" + "9c40003500080000");

    [Fact]
    public async Task A_port_that_goes_down_is_replaced_by_the_switch_and_the_chain_says_so()
    {
        await using var world = await World.StartAsync();
        await world.ApplyAsync(Backed());

        var order = world.Switch.Received.Where(message => message.Frame?.Message is GroupMod || message.FlowMod is { Command: FlowModCommand.Add }).ToList();
        Assert.IsType<GroupMod>(order[0].Frame!.Message);
        Assert.Single(order, message => message.Frame?.Message is GroupMod);
        Assert.Equal([2u], world.PortsOf(Udp));

        var sent = world.Writes;
        world.Switch.SetLink(2, false);
        Assert.Equal([3u], world.PortsOf(Udp));
        var chain = await world.Controller.WhenAsync("edge", chain => chain.Status.Conditions.Any(condition => condition is { Type: "PortsUp", Reason: "OnBackup" }));
        Assert.Equal("Endpoint b runs on backup port 3 (p3), as port 2 (p2) is down.", chain.Condition("PortsUp").Message);
        Assert.Equal(V1.ConditionStatus.False, chain.Condition("PortsUp").Status);
        await world.Controller.WhenAsync("edge", chain => chain.Status.State == V1.ChainState.Ready);

        world.Switch.SetLink(3, false);
        Assert.Empty(world.PortsOf(Udp));
        await world.Controller.WhenAsync("edge", chain => chain.Status is { State: V1.ChainState.Degraded } && chain.Condition("PortsUp").Reason == "PortDown");

        world.Switch.SetLink(2, true);
        world.Switch.SetLink(3, true);
        await world.Controller.WhenAsync("edge", chain => chain.Condition("PortsUp").Reason == "Up");
        Assert.Equal([2u], world.PortsOf(Udp));
        Assert.Equal(sent, world.Writes);

        // What arrives at a backup enters the chain.
        Assert.Equal(1u, Assert.Single(world.Switch.Ask(3, Udp).Outputs).Port);
    }

    [Fact]
    public async Task An_edit_without_effect_sends_nothing()
    {
        await using var world = await World.StartAsync();
        await world.ApplyAsync(Backed());
        var sent = world.Writes;
        var readings = world.Readings;

        var renamed = Backed();
        renamed.Labels["team"] = "edge";
        await world.Controller.UpdateAsync(renamed);
        var rule = Backed();
        rule.Spec.Functions[0].Firewall.Rules[0].Name = "other-name";
        await world.Controller.UpdateAsync(rule);
        await world.Controller.ReadyAsync("edge");
        await Eventually.HoldsAsync("another reading", () => world.Readings >= readings + 2);

        Assert.Equal(sent, world.Writes);
    }

    [Fact]
    public async Task A_group_that_was_altered_or_deleted_is_put_right_an_orphan_goes_and_others_are_left_alone()
    {
        await using var world = await World.StartAsync();
        var foreign = new GroupMod(GroupModCommand.Add, GroupKind.All, 7, [new Bucket { Actions = [new OutputAction(5)] }]);
        world.Switch.Install(foreign);
        world.Switch.Install(foreign with { Group = GroupPlanner.LastNumber });
        await world.ApplyAsync(Backed());
        await Eventually.HoldsAsync("the orphan is gone", () => world.Numbers.SequenceEqual([7u, Number]));
        var (group, rules) = (world.Group, world.Switch.RuleCount);

        GroupMod[] alterations =
        [
            new(GroupModCommand.Modify, GroupKind.FastFailover, Number, group.Buckets.Reverse().ToEquatableArray()),
            new(GroupModCommand.Modify, GroupKind.FastFailover, Number, [group.Buckets[0], group.Buckets[1] with { Actions = [new OutputAction(6)] }]),
            new(GroupModCommand.Modify, GroupKind.Select, Number, [.. group.Buckets.Select(bucket => bucket with { Weight = 1 })]),
            new(GroupModCommand.Delete, GroupKind.FastFailover, Number),
        ];
        foreach (var alteration in alterations)
        {
            world.Switch.Install(alteration);
            await Eventually.HoldsAsync($"{alteration} is put right", () => world.Numbers.Contains(Number) && world.Group == group && world.Switch.RuleCount == rules);
        }

        await world.Controller.ReadyAsync("edge");
        Assert.Equal([2u], world.PortsOf(Udp));
        Assert.Equal([7u, Number], world.Numbers);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ports_change_in_place_groups_come_before_their_rules_and_go_after_them_and_no_packet_is_lost(bool hasBundles)
    {
        await using var world = await World.StartAsync(new SwitchProfile { Name = "emulated", Bundles = hasBundles });
        await world.ApplyAsync(Specs.Firewall());
        var lost = new List<string>();
        world.Switch.OnProcessed = message =>
        {
            if (world.PortsOf(Udp).Length != 1)
            {
                lost.Add(message.ToString());
            }
        };

        foreach (var (ports, use) in new (uint[], V1.PortUse)[] { ([3], V1.PortUse.Failover), ([4, 3], V1.PortUse.Failover), ([4], V1.PortUse.Spread), ([5], V1.PortUse.Unspecified) })
        {
            await world.ApplyAsync(Backed(ports, use));
            Assert.Equal((use == V1.PortUse.Spread ? GroupKind.Select : GroupKind.FastFailover, string.Join(',', ports.Prepend(2u))),
                (world.Group.Kind, string.Join(',', world.Group.Buckets.Select(bucket => bucket.WatchPort))));
        }

        await world.ApplyAsync(Specs.Firewall());
        await Eventually.HoldsAsync("no group", () => world.Numbers.Length == 0);

        Assert.Empty(lost);
        Assert.Equal(
            [GroupModCommand.Add, GroupModCommand.Modify, GroupModCommand.Modify, GroupModCommand.Modify, GroupModCommand.Delete],
            world.Switch.Received.Select(message => message.Frame?.Message).OfType<GroupMod>().Select(change => change.Command));
    }

    [Fact]
    public async Task A_refused_group_is_named_and_nothing_of_the_change_is_sent()
    {
        await using var world = await World.StartAsync(new SwitchProfile { Name = "emulated", Groups = [GroupKind.All] });
        await world.ApplyAsync(Specs.Firewall());
        var rules = world.RulesOfChains;

        await world.Controller.UpdateAsync(Backed());
        var chain = await world.Controller.WhenAsync("edge", chain => chain.Condition("SwitchProgrammed").Message.Contains("group", StringComparison.Ordinal));

        Assert.Contains($"OFPGMFC_BAD_TYPE for group {Number} (to be made: ", chain.Condition("SwitchProgrammed").Message, StringComparison.Ordinal);
        Assert.Equal(V1.ConditionStatus.False, chain.Condition("SwitchProgrammed").Status);
        Assert.Equal(rules, world.RulesOfChains);
        Assert.Equal([2u], world.PortsOf(Udp));

        // That holds up no other chain, and ends when the chain asks for nothing that the switch does not have.
        var other = Specs.Firewall("other");
        (other.Spec.Endpoints[0].Port, other.Spec.Endpoints[1].Port) = (5, 6);
        await world.ApplyAsync(other);
        Assert.Equal([6u], world.PortsOf(Udp, from: 5));
        await world.ApplyAsync(Specs.Firewall(deniedPort: "23"));
    }

    [Fact]
    public async Task Where_the_profile_says_that_there_are_no_groups_the_controller_changes_over()
    {
        var profile = new SwitchProfile { Name = "no-groups", Groups = [] };
        await using var world = await World.StartAsync(profile, profile);
        await world.ApplyAsync(Backed());
        Assert.Contains("by port 2 alone, as groups of type fastFailover do not work on switch br0", (await world.Controller.GetAsync("edge")).Condition("Placed").Message, StringComparison.Ordinal);

        world.Switch.SetLink(2, false);
        await Eventually.HoldsAsync("the backup", () => world.PortsOf(Udp) is [3]);
        await world.Controller.WhenAsync("edge", chain => chain.Status.State == V1.ChainState.Ready && chain.Condition("PortsUp").Reason == "OnBackup");

        world.Switch.SetLink(2, true);
        await Eventually.HoldsAsync("the main port", () => world.PortsOf(Udp) is [2]);
        await world.Controller.ReadyAsync("edge");
        Assert.DoesNotContain(world.Switch.Received, message => message.Frame?.Message is GroupMod or GroupDescriptionRequest);
    }

    [Fact]
    public async Task Two_chains_have_groups_of_their_own_and_operators_see_them()
    {
        await using var world = await World.StartAsync();
        await world.ApplyAsync(Backed());
        var second = Backed([7], V1.PortUse.Spread);
        second.Name = "second";
        (second.Spec.Endpoints[0].Port, second.Spec.Endpoints[1].Port) = (5, 6);
        await world.ApplyAsync(second);

        var shown = (await world.Controller.SwitchesApi.GetSwitchAsync(new V1.GetSwitchRequest { Name = "br0", IncludeRules = true })).Groups;
        Assert.Equal(
            [(Number, "edge", "b", V1.PortUse.Failover, "2, 3"), (Number + 1, "second", "b", V1.PortUse.Spread, "6, 7")],
            shown.Select(group => (group.Number, group.Chain, group.Endpoint, group.Use, string.Join(", ", group.Ports))));
        Assert.Equal($"group_id={Number},type=ff,bucket=watch_port:2,actions=output:2,bucket=watch_port:3,actions=output:3", shown[0].Text);
        Assert.Equal(shown[1].Text, Assert.Single((await world.Controller.GetAsync("second")).Status.Groups).Text);

        // Many flows find both ports, and each stays at one.
        var chosen = Enumerable.Range(0, 64).Select(flow => Assert.Single(world.PortsOf(Flow(flow), from: 5))).ToList();
        Assert.Equal([6u, 7u], chosen.Distinct().Order());
        Assert.Equal(chosen, Enumerable.Range(0, 64).Select(flow => Assert.Single(world.PortsOf(Flow(flow, identification: 9), from: 5))));

        await world.Controller.Chains.DeleteServiceChainAsync(new V1.DeleteServiceChainRequest { Name = "edge" });
        await world.Controller.GoneAsync("edge");
        await Eventually.HoldsAsync("the other's group alone", () => world.Numbers.SequenceEqual([Number + 1]));
    }

    [Fact]
    public async Task A_switch_that_lost_everything_gets_its_groups_back_before_its_rules()
    {
        await using var world = await World.StartAsync();
        await world.ApplyAsync(Backed());
        var rules = world.Switch.RuleCount;

        world.Switch.Reboot();

        await Eventually.HoldsAsync("rules and group", () => world.Switch.RuleCount == rules && world.Numbers is [Number]);
        await Eventually.HoldsAsync("the way out", () => world.PortsOf(Udp) is [2]);
    }

    private static byte[] Flow(int number, byte identification = 0)
    {
        byte[] frame = [.. Udp];
        (frame[19], frame[34], frame[35]) = (identification, (byte)(0x80 | number >> 8), (byte)number);
        return frame;
    }

    private static V1.ServiceChain Backed(uint[]? ports = null, V1.PortUse use = V1.PortUse.Unspecified)
    {
        var chain = Specs.Firewall();
        chain.Spec.Endpoints[1].BackupPorts.AddRange(ports ?? [3]);
        chain.Spec.Endpoints[1].PortUse = use;
        return chain;
    }

    /// <summary>A controller with an emulated switch.</summary>
    private sealed class World(ControllerUnderTest controller, EmulatedSwitch emulated) : IAsyncDisposable
    {
        public ControllerUnderTest Controller => controller;

        public EmulatedSwitch Switch => emulated;

        public uint[] Numbers => [.. emulated.Groups.Select(group => group.Group).Order()];

        public GroupDescription Group => emulated.Groups.Single(group => group.Group == Number);

        /// <summary>Messages that change rules or groups.</summary>
        public int Writes => emulated.Received.Count(message => message.FlowMod is not null || message.Frame?.Message is GroupMod);

        /// <summary>The rules but for those that serve all chains.</summary>
        public IReadOnlyList<string> RulesOfChains => [.. emulated.Rules.Where(rule => (rule.Cookie >> 32 & 0xffffff) != 0).Select(rule => rule.ToString())];

        public int Readings => emulated.Received.Count(message => message.Frame?.Message is GroupDescriptionRequest);

        public static async Task<World> StartAsync(SwitchProfile? real = null, SwitchProfile? configured = null)
        {
            var controller = await ControllerUnderTest.StartAsync(change: configuration => configuration with
            {
                OpenFlow = ListenAddress.Tcp("127.0.0.1", 0),
                Switches = [new ConfiguredSwitch("br0", 1, TagKind.Vlan) { Profile = configured }],
                Timings = configuration.Timings with { ReconcileInterval = TimeSpan.FromMilliseconds(150) },
            });
            var emulated = new EmulatedSwitch(new EmulatedSwitchOptions { DatapathId = 1, Profile = real ?? new SwitchProfile { Name = "emulated" } });
            emulated.ConnectTo(controller.Services.GetRequiredService<SwitchSessions>().EndPoint!);
            await Eventually.HoldsAsync("the switch with its ports", () => controller.Switches.Switches["br0"] is { Connected: true, Ports.Count: >= 8 });
            return new World(controller, emulated);
        }

        /// <summary>Brings a chain into force, its old revision gone.</summary>
        public async Task ApplyAsync(V1.ServiceChain chain)
        {
            await controller.Chains.UpdateServiceChainAsync(new V1.UpdateServiceChainRequest { ServiceChain = chain, AllowMissing = true });
            await controller.ReadyAsync(chain.Name);
        }

        /// <summary>Where a frame leaves now.</summary>
        public uint[] PortsOf(byte[] frame, uint from = 1) => [.. emulated.Ask(from, frame).Outputs.Select(output => output.Port)];

        public async ValueTask DisposeAsync()
        {
            await controller.DisposeAsync();
            await emulated.DisposeAsync();
        }
    }
}

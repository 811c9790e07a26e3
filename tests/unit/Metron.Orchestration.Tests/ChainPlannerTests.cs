using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Orchestration.Tests;

public class ChainPlannerTests
{
    [Fact]
    public void A_chain_that_only_filters_needs_no_server()
    {
        var plan = Plan(SampleChains.Filter(), new Inventory { Switches = SampleChains.Inventory().Switches });

        Assert.Null(plan.Placement);
        Assert.Empty(plan.IngressTags);
        Assert.Empty(ChainPrograms.ResidualPrograms(plan));
        Assert.All(plan.Classes, planned => Assert.Equal(DecidedBy.Switch, planned.DecidedBy));
    }

    [Fact]
    public void Classes_say_what_is_decided_and_what_is_written()
    {
        var plan = Plan(SampleChains.Web(), SampleChains.Inventory());
        var towards = Assert.Single(plan.Classes, planned => planned is { Ingress: 0, Egress: 1 });

        Assert.Equal(
            [
                "fw: allow",
                "rt: via wan 02:00:00:00:02:01",
                "nat: translate",
                "writes source MAC 02:00:00:00:02:fe, destination MAC 02:00:00:00:02:01, TTL -1, source address of 198.51.100.1, source port of 1024-65535",
            ],
            towards.Path);
        Assert.Equal(DecidedBy.Server, towards.DecidedBy);
        var denied = Assert.Single(plan.Classes, planned => planned is { Ingress: 1, DropReason: "noBinding" });
        Assert.Equal(DecidedBy.Switch, denied.DecidedBy);
    }

    [Fact]
    public void An_unchanged_result_is_the_running_plan_itself()
    {
        var inventory = SampleChains.Inventory();
        var running = Plan(SampleChains.Web(), inventory);
        var spec = SampleChains.Web() with { Resources = new ChainResources { MaximumCores = 2 } };
        var again = ChainPlanner.Plan(new PlanRequest(spec, 1, 2, inventory) { Previous = running, Held = [running] });

        Assert.True(again.IsUnchanged);
        Assert.Same(running, again.Plan);
    }

    [Fact]
    public void A_change_gets_numbers_that_no_held_plan_uses_on_the_same_workers()
    {
        var inventory = SampleChains.Inventory();
        var running = Plan(SampleChains.Web(), inventory);
        var changed = ChainPlanner.Plan(new PlanRequest(WithoutRules(SampleChains.Web()), 1, 2, inventory) { Previous = running, Held = [running] });

        Assert.False(changed.IsUnchanged);
        var plan = changed.Plan!;
        Assert.Equal(running.Placement!.Workers, plan.Placement!.Workers);
        Assert.Empty(Tags(running).Intersect(Tags(plan)));
        Assert.Empty(running.Positions.Select(position => position.Number).Intersect(plan.Positions.Select(position => position.Number)));
        var released = ChainPlanner.Plan(new PlanRequest(SampleChains.Web(), 1, 3, inventory) { Previous = plan, Held = [plan] }).Plan!;
        Assert.Equal(Tags(running).Order(), Tags(released).Order());
    }

    [Theory]
    [InlineData("fw")]
    [InlineData("rt")]
    [InlineData("link")]
    [InlineData("vlan")]
    [InlineData("peer")]
    public void Whatever_switch_or_servers_must_know_changes_the_plan(string what)
    {
        var inventory = SampleChains.Inventory();
        var spec = SampleChains.Web();
        var running = Plan(spec, inventory);
        var changed = what switch
        {
            "fw" => WithoutRules(spec),
            "rt" => spec with { Functions = [spec.Functions[0], SampleChains.Router() with { Routes = SampleChains.Router().Routes.Reverse().ToList() }, spec.Functions[2]] },
            "link" => spec with { Links = [SampleChains.Link("internet", "fw"), .. spec.Links.Skip(1).SkipLast(1), SampleChains.Link("nat", "clients")] },
            "vlan" => spec with { Endpoints = [spec.Endpoints[0] with { Vlan = 5 }, spec.Endpoints[1]] },
            _ => spec with { Endpoints = [spec.Endpoints[0] with { PeerMac = SampleChains.ClientMac }, spec.Endpoints[1]] },
        };

        Assert.False(ChainPlanner.Plan(new PlanRequest(changed, 1, 2, inventory) { Previous = running, Held = [running] }).IsUnchanged);
    }

    [Fact]
    public void A_second_chain_shares_server_and_switch_with_own_numbers()
    {
        var inventory = SampleChains.Inventory();
        var first = Plan(SampleChains.Web(), inventory);
        var spec = SampleChains.Web("second");
        spec = spec with { Endpoints = [spec.Endpoints[0] with { Port = 3 }, spec.Endpoints[1] with { Port = 4 }] };
        var second = ChainPlanner.Plan(new PlanRequest(spec, 2, 1, inventory) { Held = [first] }).Plan!;

        Assert.Equal(first.Placement!.Server, second.Placement!.Server);
        Assert.Empty(Tags(first).Intersect(Tags(second)));
        var rules = ChainPrograms.IntendedRules("br0", [first, second], []);
        Assert.Equal(rules.Count, rules.Select(rule => (rule.Flow.Table, rule.Flow.Priority, rule.Flow.Match)).Distinct().Count());
    }

    [Fact]
    public void The_least_used_server_is_chosen_and_kept()
    {
        var inventory = SampleChains.Inventory() with { Servers = [SampleChains.Server("s1", 2), SampleChains.Server("s2", 2, 20)] };
        var first = Plan(SampleChains.Web(), inventory);
        var second = ChainPlanner.Plan(new PlanRequest(SampleChains.Web("second"), 2, 1, inventory) { Held = [first] }).Plan!;
        Assert.Equal(("s1", "s2"), (first.Placement!.Server, second.Placement!.Server));

        // It stays while its agent is away, and although the other server has nothing to do now.
        var away = inventory with { Servers = [inventory.Servers[0], inventory.Servers[1] with { IsConnected = false }] };
        var kept = ChainPlanner.Plan(new PlanRequest(WithoutRules(SampleChains.Web("second")), 2, 2, away) { Previous = second, Held = [second] }).Plan!;
        Assert.Equal("s2", kept.Placement!.Server);
    }

    [Fact]
    public void A_pinned_server_and_limits_of_cores_are_obeyed()
    {
        var inventory = SampleChains.Inventory() with { Servers = [SampleChains.Server("s1", 8), SampleChains.Server("s2", 4, 20)] };
        var spec = SampleChains.Web() with { Resources = new ChainResources { MinimumCores = 2, MaximumCores = 3, Server = "s2" } };
        var plan = Plan(spec, inventory);

        Assert.Equal("s2", plan.Placement!.Server);
        Assert.Equal([0, 1, 2], plan.Placement.Workers.Select(worker => worker.Index));
    }

    [Fact]
    public void A_server_that_balances_gets_tags_for_all_of_its_flow_groups_and_the_limits_of_cores()
    {
        var server = SampleChains.Server("s1", 16) with { BalancedWorkers = 4 };
        var inventory = SampleChains.Inventory() with { Servers = [server] };
        var spec = SampleChains.Web() with { Resources = new ChainResources { MinimumCores = 2, MaximumCores = 3 } };
        var plan = Plan(spec, inventory);
        var program = ChainPrograms.ResidualPrograms(plan)["s1"];

        Assert.True(plan.Placement!.IsBalanced);
        Assert.Equal(Enumerable.Range(0, 16), plan.Placement.Workers.Select(group => group.Index));
        Assert.Equal(Enumerable.Range(0, 16), program.IngressTags.Select(tag => tag.Worker).Distinct().Order());
        Assert.Equal((2, 3), (program.MinimumWorkers, program.MaximumWorkers));

        var tooMany = ChainPlanner.Plan(new PlanRequest(spec with { Resources = new ChainResources { MinimumCores = 5 } }, 1, 1, inventory));
        Assert.Contains("s1 has 4", tooMany.Problem!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Workers_with_fewer_chains_are_taken_first()
    {
        var inventory = SampleChains.Inventory(workers: 4);
        var narrow = new ChainResources { MaximumCores = 1 };
        var first = Plan(SampleChains.Web() with { Resources = narrow }, inventory);
        var second = ChainPlanner.Plan(new PlanRequest(SampleChains.Web("second") with { Resources = narrow }, 2, 1, inventory) { Held = [first] }).Plan!;

        Assert.Equal((0, 1), (first.Placement!.Workers[0].Index, second.Placement!.Workers[0].Index));
    }

    [Fact]
    public void Without_a_fitting_server_the_plan_says_why()
    {
        var inventory = SampleChains.Inventory() with { Servers = [SampleChains.Server("s1", 2) with { IsConnected = false }, SampleChains.Server("s2", 1)] };
        var spec = SampleChains.Web() with { Resources = new ChainResources { MinimumCores = 2 } };
        var result = ChainPlanner.Plan(new PlanRequest(spec, 1, 1, inventory));

        Assert.Null(result.Plan);
        Assert.Equal(
            new PlanProblem("noServer", "no connected server has 2 workers attached to switch br0: s1 is not connected, s2 has 1"), result.Problem);
    }

    [Fact]
    public void An_exhausted_tag_space_is_a_named_problem()
    {
        var inventory = SampleChains.Inventory();
        var running = Plan(SampleChains.Web(), inventory);
        var full = running with { EgressTags = [.. Enumerable.Range(2, 4090).Select(tag => new PlannedEgressTag((uint)tag, 0))] };
        var result = ChainPlanner.Plan(new PlanRequest(SampleChains.Web("second"), 2, 1, inventory) { Held = [full] });

        Assert.Equal("tagsExhausted", result.Problem?.Reason);
        Assert.Equal(
            "switch br0 tags by vlan and has 4093 tags of that kind: 4090 are taken, 3 free, 6 needed; "
            + "let the chain use fewer workers (resources.maxCores), remove a chain, or write tagging mac or mpls for the switch",
            result.Problem?.Message);
    }

    [Fact]
    public void Endpoints_of_one_side_that_meet_behind_state_get_one_worker()
    {
        var spec = TwoLans();
        var plan = Plan(spec, SampleChains.Inventory(workers: 4));

        Assert.Single(plan.Placement!.Workers);
        Assert.Equal(0, plan.Steering.Bits);
        Assert.Contains("lan1 to lan2 pass fw, which keeps state, but both endpoints are on the client side", plan.Steering.SingleWorkerReason, StringComparison.Ordinal);
        Assert.All(plan.IngressTags, tag => Assert.Equal(SteeringField.None, tag.Field));
    }

    [Fact]
    public void Endpoints_of_one_side_without_state_between_them_keep_all_workers()
    {
        var spec = TwoLans();
        spec = spec with { Functions = [((FirewallConfiguration)spec.Functions[0]) with { Stateful = false, PassFragments = true }, spec.Functions[1]] };
        var plan = Plan(spec, SampleChains.Inventory(workers: 4));

        Assert.Equal(4, plan.Placement!.Workers.Count);
        Assert.Null(plan.Steering.SingleWorkerReason);
    }

    [Fact]
    public void Steering_values_cover_the_mask_once_for_every_endpoint()
    {
        for (var workers = 2; workers <= 20; workers++)
        {
            var plan = Plan(SampleChains.Web(), SampleChains.Inventory(workers: workers));
            foreach (var endpoint in plan.IngressTags.GroupBy(tag => tag.Endpoint))
            {
                var values = endpoint.SelectMany(tag => tag.Values).Order().ToList();
                Assert.Equal(Enumerable.Range(0, 1 << plan.Steering.Bits).Select(value => (ushort)(2 * value)), values);
                Assert.InRange(endpoint.Max(tag => tag.Values.Count) - endpoint.Min(tag => tag.Values.Count), 0, 1);
            }
        }
    }

    [Fact]
    public void Deep_packet_inspection_is_kept_in_json()
    {
        NetworkFunctions.NetworkFunctionConfiguration function = new NetworkFunctions.Dpi.DpiConfiguration("ids")
        {
            FailsClosed = true,
            Rules =
            [
                new NetworkFunctions.Dpi.DpiRule("r", [new NetworkFunctions.Dpi.DpiPattern("a+", IsRegex: true) { IsMultiline = true }])
                {
                    FromPort = 1,
                    Direction = NetworkFunctions.Dpi.DpiDirection.ToClient,
                    Matches = [new NetworkFunctions.PacketMatch { IpVersion = 6 }],
                },
            ],
        };
        var written = System.Text.Json.JsonSerializer.Serialize(function, PlanJson.Options);
        var read = System.Text.Json.JsonSerializer.Deserialize<NetworkFunctions.NetworkFunctionConfiguration>(written, PlanJson.Options);

        Assert.Equal(written, System.Text.Json.JsonSerializer.Serialize(read, PlanJson.Options));
        Assert.Equal(function.ToString()![..20], read!.ToString()![..20]);
        Assert.True(((NetworkFunctions.Dpi.DpiConfiguration)read).Rules[0].Patterns[0].IsMultiline);
    }

    [Fact]
    public void A_plan_read_from_json_gives_the_same_rules_and_programs()
    {
        var spec = SampleChains.Everything();
        var plan = Plan(spec, SampleChains.Inventory(workers: 3));
        var read = PlanJson.Read(PlanJson.Write(plan));

        Assert.Equal(PlanJson.Write(plan), PlanJson.Write(read));
        Assert.Equal(
            ChainPrograms.SwitchRules(plan).Select(rule => $"{rule} {rule.Purpose} {rule.ClassId}"),
            ChainPrograms.SwitchRules(read).Select(rule => $"{rule} {rule.Purpose} {rule.ClassId}"));
        Assert.Equal(
            ChainPrograms.Digest(ChainPrograms.ResidualPrograms(plan)["s1"]),
            ChainPrograms.Digest(ChainPrograms.ResidualPrograms(read)["s1"]));
        Assert.True(ChainPlanner.Plan(new PlanRequest(spec, 1, 7, SampleChains.Inventory(workers: 3)) { Previous = read, Held = [read] }).IsUnchanged);
    }

    [Fact]
    public void The_digest_of_a_program_ignores_its_revision_only()
    {
        var program = ChainPrograms.ResidualPrograms(Plan(SampleChains.Web(), SampleChains.Inventory()))["s1"];

        Assert.Equal(ChainPrograms.Digest(program), ChainPrograms.Digest(program with { Revision = 9 }));
        Assert.NotEqual(ChainPrograms.Digest(program), ChainPrograms.Digest(program with { Chain = "other" }));
    }

    [Fact]
    public void A_draining_plan_keeps_its_tags_on_the_switch_and_nothing_else()
    {
        var inventory = SampleChains.Inventory();
        var old = Plan(SampleChains.Web(), inventory);
        var plan = ChainPlanner.Plan(new PlanRequest(WithoutRules(SampleChains.Web()), 1, 2, inventory) { Previous = old, Held = [old] }).Plan!;
        var alone = ChainPrograms.IntendedRules("br0", [plan], []);
        var both = ChainPrograms.IntendedRules("br0", [plan], [old]);

        Assert.Equal(
            ChainPrograms.SwitchRules(old).Where(rule => rule.Role == Offload.RuleRole.Tag).Select(rule => rule.Flow),
            both.Select(rule => rule.Flow).Except(alone.Select(rule => rule.Flow)));
    }

    private static ChainSpec TwoLans() => new("lans")
    {
        Endpoints = [new ChainEndpoint("lan1", "br0", 1), new ChainEndpoint("lan2", "br0", 2), new ChainEndpoint("wan", "br0", 3)],
        Functions =
        [
            new FirewallConfiguration("fw") { Stateful = true, AllowByDefault = true },
            new RouterConfiguration("rt")
            {
                RouterPorts = [new RouterPort("a", SampleChains.LanMac), new RouterPort("b", SampleChains.WanMac), new RouterPort("c", SampleChains.WanMac)],
                Routes =
                [
                    new Route(IpPrefix.Parse("10.1.0.0/16"), new NextHop(0, SampleChains.ClientMac)),
                    new Route(IpPrefix.Parse("10.2.0.0/16"), new NextHop(1, SampleChains.ClientMac)),
                    new Route(IpPrefix.Parse("0.0.0.0/0"), new NextHop(2, SampleChains.GatewayMac)),
                ],
            },
        ],
        Links =
        [
            SampleChains.Link("lan1", "fw"), SampleChains.Link("fw", "rt.a"), SampleChains.Link("lan2", "rt.b"), SampleChains.Link("rt.c", "wan"),
        ],
    };

    private static ChainSpec WithoutRules(ChainSpec spec) =>
        spec with { Functions = [SampleChains.Firewall() with { Rules = [] }, .. spec.Functions.Skip(1)] };

    private static IEnumerable<uint> Tags(ChainPlan plan) =>
        plan.IngressTags.Select(tag => tag.Value).Concat(plan.EgressTags.Select(tag => tag.Value));

    private static ChainPlan Plan(ChainSpec spec, Inventory inventory)
    {
        Assert.Empty(ChainValidator.Validate(spec, inventory, []));
        return ChainPlanner.Plan(new PlanRequest(spec, 1, 1, inventory)).Plan!;
    }
}

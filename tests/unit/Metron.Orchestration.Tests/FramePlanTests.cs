using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Declarations;
using Metron.NetworkFunctions.L2Switch;
using Metron.NetworkFunctions.L3Switch;
using Metron.NetworkFunctions.Mpls;
using Metron.NetworkFunctions.NeighborResponder;
using Metron.NetworkFunctions.Router;
using Metron.NetworkFunctions.Vlan;
using Metron.Offload;
using Metron.OpenFlow;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.Orchestration.Tests;

/// <summary>Chains whose endpoints have other frames than IP packets: what the switch takes in, and what it leaves as it is.</summary>
public class FramePlanTests
{
    private static readonly VlanConfiguration Tag = new("f") { OutsideId = 20 };
    private static readonly MplsConfiguration Edge = new("f") { Edge = new MplsEdge(16, 17) };

    private static readonly NeighborResponderConfiguration Responder =
        new("f") { Answers = [new NeighborAnswer(IpPrefix.Parse("192.0.2.1/32"), MacAddress.Parse("02:00:00:00:00:01")) { FromPort = 0 }] };

    private static readonly L3SwitchConfiguration L3Switch = new("f")
    {
        SwitchPorts =
        [
            new L3SwitchPort("lan", MacAddress.Parse("02:00:00:00:00:01")) { Addresses = [new PortAddress(IpAddress.Parse("10.1.0.1"), IpPrefix.Parse("10.1.0.0/24"))] },
            new L3SwitchPort("wan", MacAddress.Parse("02:00:00:00:00:02")) { Addresses = [new PortAddress(IpAddress.Parse("10.2.0.1"), IpPrefix.Parse("10.2.0.0/24"))] },
        ],
        Neighbors =
        [
            new L3SwitchNeighbor(IpAddress.Parse("10.1.0.9"), new NextHop(0, MacAddress.Parse("02:00:00:00:00:09"))),
            new L3SwitchNeighbor(IpAddress.Parse("10.2.0.9"), new NextHop(1, MacAddress.Parse("02:00:00:00:00:0a"))),
        ],
        Routes = [new Route(IpPrefix.Parse("10.0.0.0/8"), new NextHop(1, MacAddress.Parse("02:00:00:00:00:0a")))],
    };

    private static readonly L2SwitchConfiguration L2Switch = new("f") { SwitchPorts = ["lan", "wan"], Hosts = [new L2SwitchHost(MacAddress.Parse("02:00:00:00:00:01"), 0)], DefaultPort = 1 };

    [Theory]
    [InlineData("l2Switch", TagKind.Vlan)]
    [InlineData("l2Switch", TagKind.QinQ)]
    [InlineData("l3Switch", TagKind.Vlan)]
    [InlineData("l3Switch", TagKind.QinQ)]
    [InlineData("l3Switch", TagKind.Mpls)]
    [InlineData("l3Switch", TagKind.Mac)]
    [InlineData("tag", TagKind.Vlan)]
    [InlineData("tag", TagKind.Mac)]
    [InlineData("tag", TagKind.QinQ)]
    [InlineData("edge", TagKind.Vlan)]
    [InlineData("edge", TagKind.Mac)]
    [InlineData("edge", TagKind.QinQ)]
    [InlineData("edge", TagKind.Mpls)]
    [InlineData("responder", TagKind.Vlan)]
    [InlineData("responder", TagKind.Mac)]
    [InlineData("responder", TagKind.Mpls)]
    public void Such_a_chain_is_proven_to_do_what_it_says(string name, TagKind kind)
    {
        var plan = Planned(name switch { "tag" => Tag, "edge" => Edge, "l2Switch" => L2Switch, "l3Switch" => L3Switch, _ => Responder }, kind);

        var verification = ChainVerifier.Verify(plan, new EquivalenceBudget(TimeSpan.FromMinutes(1), TimeProvider.System));

        Assert.True(verification.Verdict == VerificationVerdict.Verified, $"{verification.Verdict}: {verification.Counterexample} {verification.Problem}");
    }

    [Theory]
    [InlineData("tag")]
    [InlineData("edge")]
    [InlineData("responder")]
    [InlineData("l2Switch")]
    [InlineData("l3Switch")]
    public void A_stored_plan_is_read_back_whole(string name)
    {
        var plan = Planned(name switch { "tag" => Tag, "edge" => Edge, "l2Switch" => L2Switch, "l3Switch" => L3Switch, _ => Responder });

        var read = PlanJson.Read(PlanJson.Write(plan));

        Assert.Equal(PlanJson.Write(plan), PlanJson.Write(read));
        Assert.Equal(ChainPrograms.SwitchRules(plan).Select(rule => rule.ToString()), ChainPrograms.SwitchRules(read).Select(rule => rule.ToString()));
        Assert.Equal(
            ChainPrograms.ResidualPrograms(plan).Values.Select(ChainPrograms.Digest), ChainPrograms.ResidualPrograms(read).Values.Select(ChainPrograms.Digest));
    }

    [Fact]
    public void Unknown_addresses_of_a_subnet_have_no_route_although_a_shorter_prefix_has()
    {
        var table = FunctionDeclarations.Of(L3Switch).Ports[0].Stages.Single();
        string[] dropped = ["10.1.0.1", "10.2.0.1", "10.2.0.77", "11.0.0.1"];
        string[] routed = ["10.2.0.9", "10.3.0.1"];

        Assert.All(dropped, address => Assert.Equal([2], Outcomes(address)));
        Assert.All(routed, address => Assert.Equal([1], Outcomes(address)));

        IReadOnlyList<int> Outcomes(string address) => table.Evaluate(
            HeaderCube.AllV4.With(HeaderField.Destination, FieldSet.Of(IpAddress.Parse(address).Value)).Lowest()).Outcomes;
    }

    [Fact]
    public void A_layer_2_switch_is_refused_where_tags_take_the_place_of_its_addresses()
    {
        var spec = Spec(L2Switch);
        Assert.Contains(
            ChainValidator.Validate(spec, VirtualInventory.For(spec, TagKind.Mac, 2), []), violation => violation.Message.Contains("cannot see where frames go", StringComparison.Ordinal));
    }

    [Fact]
    public void A_vlan_header_that_is_the_chains_own_is_neither_removed_nor_added()
    {
        var rules = ChainPrograms.SwitchRules(Planned(Tag));

        var ingress = rules.Where(rule => rule.Purpose == "ingress net").ToList();
        Assert.Equal(2, ingress.Count);
        Assert.All(ingress, rule => Assert.Empty(Actions(rule)));
        Assert.All(ingress, rule => Assert.Contains("vlan_vid=0x1014", rule.ToString(), StringComparison.Ordinal));
        Assert.Equal([new PopVlanAction()], Actions(rules.Single(rule => rule.Purpose == "egress net")).SkipLast(1));
    }

    [Fact]
    public void Where_labels_are_only_frames_with_labels_enter()
    {
        var plan = Planned(Edge);

        Assert.Contains("eth_type=0x8847", ChainPrograms.SwitchRules(plan).Single(rule => rule.Purpose == "ingress net").ToString(), StringComparison.Ordinal);
        Assert.Contains(
            ChainPrograms.IntendedRules("br0", [plan], []), rule => rule.DropReason == "notMatched" && rule.ToString().Contains("in_port=2", StringComparison.Ordinal));
    }

    [Fact]
    public void Questions_for_neighbors_go_to_the_server_from_the_side_that_is_answered_only()
    {
        var plan = Planned(Responder);
        var questions = ChainPrograms.SwitchRules(plan).Where(rule => rule.Purpose.StartsWith("neighbours ", StringComparison.Ordinal)).ToList();

        Assert.Equal(2, questions.Count);
        Assert.All(questions, rule => Assert.Equal("neighbours clients", rule.Purpose));
        Assert.Equal(2, plan.Placement!.Workers.Count);
    }

    [Fact]
    public void A_chain_whose_frames_hide_their_flows_has_one_worker()
    {
        Assert.Single(Planned(Tag).Placement!.Workers);
        Assert.Single(Planned(Edge).Placement!.Workers);
    }

    private static IEnumerable<OpenFlowAction> Actions(SwitchRule rule) =>
        rule.Flow.Instructions.OfType<ApplyActionsInstruction>().SelectMany(apply => apply.Actions);

    private static ChainSpec Spec(NetworkFunctionConfiguration function) =>
        new("framed")
        {
            Endpoints = [Endpoint("clients", 1, 0), Endpoint("net", 2, function is VlanConfiguration ? (ushort)20 : (ushort)0)],
            Functions = [function],
            Links =
            [
                new ChainLink(new Attachment("clients", null), new Attachment("f", function.HasNamedPorts ? "lan" : null)),
                new ChainLink(new Attachment("f", function.HasNamedPorts ? "wan" : null), new Attachment("net", null)),
            ],
        };

    private static ChainPlan Planned(NetworkFunctionConfiguration function, TagKind kind = TagKind.Vlan)
    {
        var spec = Spec(function);
        var inventory = VirtualInventory.For(spec, kind, 2);
        Assert.Empty(ChainValidator.Validate(spec, inventory, []));
        var planned = ChainPlanner.Plan(new PlanRequest(spec, 1, 1, inventory));
        Assert.Null(planned.Problem);
        return planned.Plan!;
    }

    private static ChainEndpoint Endpoint(string name, uint port, ushort vlan) => new(name, "br0", port)
    {
        Vlan = vlan,
        PeerMac = MacAddress.Parse($"02:00:00:00:03:0{port}"),
        LocalMac = MacAddress.Parse($"02:00:00:00:04:0{port}"),
    };
}

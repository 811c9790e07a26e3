using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Orchestration.Tests;

public class ChainValidatorTests
{
    private static readonly ChainSpec Web = SampleChains.Web();
    private static readonly Inventory Inventory = SampleChains.Inventory();

    [Fact]
    public void Right_chains_have_no_violation()
    {
        Assert.Empty(Validate(Web));
        Assert.Empty(Validate(SampleChains.Filter()));
        Assert.Empty(Validate(SampleChains.Everything()));
        Assert.Empty(Validate(Web with { Functions = [], Links = [SampleChains.Link("clients", "internet")] }));
    }

    [Fact]
    public void A_link_to_an_unknown_element_asks_what_was_meant() => Expect(
        Web with { Links = [SampleChains.Link("client", "fw"), .. Web.Links.Skip(1)] },
        ("spec.endpoints[0]", "clients is linked to nothing: add a link with 'from: clients' or 'to: clients', or remove the endpoint"),
        ("spec.links[0].from", "client is neither an endpoint nor a function; did you mean clients?"));

    [Fact]
    public void A_link_to_something_quite_different_lists_what_there_is() => Expect(
        Web with { Links = [.. Web.Links, SampleChains.Link("teapot", "fw")] },
        ("spec.links[4].from", "teapot is neither an endpoint nor a function; there is clients, internet, fw, rt and nat"),
        ("spec.links[4].to", "the inside of fw is linked by spec.links[0].to already; a port has one link, and only functions whose ports have names have more than two"));

    [Fact]
    public void A_router_needs_a_port_and_others_have_none() => Expect(
        Web with { Links = [SampleChains.Link("clients", "fw.in"), SampleChains.Link("fw", "rt"), SampleChains.Link("rt.wam", "nat"), SampleChains.Link("nat", "internet.x")] },
        ("spec.functions[0]", "the inside of fw is linked to nothing: add a link with 'to: fw'"),
        ("spec.functions[1].router.ports[0]", "port lan is linked to nothing: add a link with 'from: rt.lan' or 'to: rt.lan', or remove the port"),
        ("spec.functions[1].router.ports[1]", "port wan is linked to nothing: add a link with 'from: rt.wan' or 'to: rt.wan', or remove the port"),
        ("spec.links[0].to", "fw is no router and its sides are not named: write fw (from: its outside, to: its inside)"),
        ("spec.links[1].to", "rt is a router: name one of its ports, rt.lan and rt.wan"),
        ("spec.links[2].from", "rt has no port wam; did you mean rt.wan?"),
        ("spec.links[3].to", "internet is an endpoint and has no ports: write internet"));

    [Fact]
    public void An_endpoint_has_one_link() => Expect(
        Web with { Links = [.. Web.Links.SkipLast(1), SampleChains.Link("nat", "clients")] },
        ("spec.endpoints[1]", "internet is linked to nothing: add a link with 'from: internet' or 'to: internet', or remove the endpoint"),
        ("spec.links[3].to", "endpoint clients is linked by spec.links[0].from already; a port has one link, and only functions whose ports have names have more than two"));

    [Fact]
    public void A_cycle_is_named()
    {
        var spec = Web with
        {
            Functions = [.. Web.Functions, new MonitorConfiguration("mon"), new FirewallConfiguration("fw2")],
            Links = [.. Web.Links, SampleChains.Link("mon", "fw2"), SampleChains.Link("fw2", "mon")],
        };
        Expect(
            spec,
            ("spec.links[5]", "closes the cycle mon → fw2 → mon; packets would go round: links must lead from the clients' side to the far side"));
    }

    [Fact]
    public void A_function_that_no_packet_can_come_to_is_named() => Expect(
        Web with
        {
            Endpoints =
            [
                .. Web.Endpoints,
                new ChainEndpoint("c", "br0", 3) { IsIngress = false },
                new ChainEndpoint("d", "br0", 4) { IsIngress = false },
            ],
            Functions = [.. Web.Functions, new MonitorConfiguration("mon")],
            Links = [.. Web.Links, SampleChains.Link("c", "mon"), SampleChains.Link("mon", "d")],
        },
        ("spec.functions[3]", "no packet can come to mon: no way leads there from an endpoint where traffic enters"));

    [Fact]
    public void An_unknown_switch_and_endpoints_on_two_switches_are_refused()
    {
        var two = Inventory with { Switches = [.. Inventory.Switches, new SwitchDescription("br1", TagKind.Mac)] };
        var spec = Web with { Endpoints = [Web.Endpoints[0], Web.Endpoints[1] with { Switch = "br1" }] };
        Assert.Equal(
            [new Violation("spec.endpoints[1].switch", "internet is on switch br1, clients on br0: all endpoints of a chain must be on one switch")],
            ChainValidator.Validate(spec, two, []));
        Expect(
            Web with { Endpoints = [Web.Endpoints[0] with { Switch = "core" }, Web.Endpoints[1] with { Switch = "core" }] },
            ("spec.endpoints[0].switch", "switch core is not known; there is br0"),
            ("spec.endpoints[1].switch", "switch core is not known; there is br0"));
    }

    [Fact]
    public void A_port_must_be_there_and_not_lead_to_a_server()
    {
        Expect(
            Web with { Endpoints = [Web.Endpoints[0] with { Port = 77 }, Web.Endpoints[1] with { Port = 10 }] },
            ("spec.endpoints[0].port", "switch br0 has no port 77; it has 1, 2, 3, 4, 10 and 11"),
            ("spec.endpoints[1].port", "port 10 of switch br0 leads to server s1; an endpoint must be another port"));
        var away = Inventory with { Switches = [Inventory.Switches[0] with { IsConnected = false }] };
        Assert.Empty(ChainValidator.Validate(Web with { Endpoints = [Web.Endpoints[0] with { Port = 77 }, Web.Endpoints[1]] }, away, []));
    }

    [Fact]
    public void Endpoints_must_not_take_the_same_packets()
    {
        var http = SampleChains.Tcp(80);
        var spec = SampleChains.Filter();
        spec = spec with { Endpoints = [spec.Endpoints[0] with { Match = http }, spec.Endpoints[0] with { Name = "right" }] };
        Expect(spec, ("spec.endpoints[1].match",
            "at port 3 of switch br0, VLAN 7, right and left take the same packets, \"any\" and \"tcp dport 80\" overlap: make their matches exclude each other"));

        var excluding = spec with { Endpoints = [spec.Endpoints[0], spec.Endpoints[1] with { Match = SampleChains.Tcp(81) }] };
        Assert.Empty(Validate(excluding));
        var otherVlan = spec with { Endpoints = [spec.Endpoints[0], spec.Endpoints[1] with { Vlan = 8 }] };
        Assert.Empty(Validate(otherVlan));
        var leavingOnly = spec with { Endpoints = [spec.Endpoints[0], spec.Endpoints[1] with { IsIngress = false }] };
        Assert.Empty(Validate(leavingOnly));
    }

    [Fact]
    public void Chains_must_not_take_the_same_packets()
    {
        var other = SampleChains.Web("other");
        Assert.Equal(
            [
                new Violation(
                    "spec.endpoints[0].match",
                    "at port 1 of switch br0, chain other takes the same packets by its endpoint clients, all of them: make the matches exclude each other"),
                new Violation(
                    "spec.endpoints[1].match",
                    "at port 2 of switch br0, chain other takes the same packets by its endpoint internet, all of them: make the matches exclude each other"),
            ],
            ChainValidator.Validate(Web, Inventory, [other, Web]));
    }

    [Fact]
    public void Traffic_must_be_able_to_enter_and_to_leave()
    {
        Expect(
            Web with { Endpoints = [.. Web.Endpoints.Select(endpoint => endpoint with { IsEgress = false })] },
            ("spec.endpoints", "no traffic can leave: at least one endpoint must not have the role INGRESS"));
        var none = Validate(Web with { Endpoints = [.. Web.Endpoints.Select(endpoint => endpoint with { IsIngress = false })] });
        Assert.Equal(new Violation("spec.endpoints", "no traffic can enter: at least one endpoint must not have the role EGRESS"), none[0]);
    }

    [Fact]
    public void A_match_must_match_something_and_fit_on_the_switch()
    {
        var contradiction = new PacketMatch { Protocol = new(IpProtocol.Udp), TcpFlagsSet = TcpFlags.Syn };
        var huge = new PacketMatch
        {
            Source = SampleChains.Prefix("2001:db8::1/128", negated: true),
            Destination = SampleChains.Prefix("2001:db8::2/128", negated: true),
        };
        Expect(
            Web with { Endpoints = [Web.Endpoints[0] with { Match = contradiction }, Web.Endpoints[1] with { Match = huge }] },
            ("spec.endpoints[0].match", "matches no packet: its conditions contradict each other"),
            ("spec.endpoints[1].match", "takes 16384 rules on a switch, at most 4096 are allowed: use fewer negations, or ranges that are powers of two"));
    }

    [Theory]
    [InlineData(3, null, "spec.resources.minCores", "3 workers are more than any server has: s1, the largest on switch br0, has 2")]
    [InlineData(3, "s1", "spec.resources.minCores", "3 workers are more than server s1 has on switch br0: 2")]
    [InlineData(1, "s2", "spec.resources.server", "server s2 is not known; did you mean s1?")]
    [InlineData(1, "far", "spec.resources.server", "server far has no worker attached to switch br0, where the endpoints are")]
    public void Resources_must_be_there(int cores, string? server, string path, string message)
    {
        var inventory = Inventory with { Servers = [.. Inventory.Servers, SampleChains.Server("far", 8, 1, "br9")] };
        var spec = Web with { Resources = new ChainResources { MinimumCores = cores, Server = server } };

        Assert.Equal([new Violation(path, message)], ChainValidator.Validate(spec, inventory, []));
    }

    [Fact]
    public void Before_any_server_is_known_a_chain_may_wait_for_one() =>
        Assert.Empty(ChainValidator.Validate(Web with { Resources = new ChainResources { MinimumCores = 64 } }, Inventory with { Servers = [] }, []));

    [Fact]
    public void Mac_tagging_needs_macs_where_no_router_writes_them()
    {
        var line = SampleChains.Filter() with { Functions = [SampleChains.Firewall()] };
        var macs = SampleChains.Inventory(TagKind.Mac);
        Assert.Equal(
            ["spec.endpoints[0].peerMac", "spec.endpoints[0].localMac", "spec.endpoints[1].peerMac", "spec.endpoints[1].localMac"],
            ChainValidator.Validate(line, macs, []).Select(violation => violation.Path));
        Assert.Contains("no router is linked to left", ChainValidator.Validate(line, macs, [])[0].Message, StringComparison.Ordinal);
        Assert.Empty(ChainValidator.Validate(Web, macs, []));
        Assert.Empty(ChainValidator.Validate(SampleChains.Filter(), macs, []));
    }

    [Fact]
    public void Macs_of_tags_must_not_be_used_where_a_switch_tags_by_mac()
    {
        var tag = MacAddress.Parse("02:4d:54:00:00:01");
        var router = SampleChains.Router();
        var spec = Web with { Functions = [Web.Functions[0], router with { RouterPorts = [router.RouterPorts[0] with { Mac = tag }, router.RouterPorts[1]] }, Web.Functions[2]] };

        Assert.Equal(
            [new Violation("spec.functions[1].router.ports[0].mac", "02:4d:54:00:00:01 begins with 02:4d:54, which the switch uses for tags")],
            ChainValidator.Validate(spec, SampleChains.Inventory(TagKind.Mac), []));
        Assert.Empty(Validate(spec));
    }

    [Fact]
    public void A_route_must_lead_to_a_port_that_is_there()
    {
        var router = SampleChains.Router();
        var spec = Web with
        {
            Functions = [Web.Functions[0], router with { Routes = [.. router.Routes, new Route(IpPrefix.Parse("10.9.0.0/16"), new NextHop(5, SampleChains.ClientMac))] }, Web.Functions[2]],
        };
        Expect(spec, ("spec.functions[1].router.routes[2].port", "rt has no such port; it has lan and wan"));
    }

    [Fact]
    public void A_backend_must_be_reachable()
    {
        var spec = WithLoadBalancer("10.0.0.7", "10.9.0.7");
        Expect(spec, ("spec.functions[0].loadBalancer.services[0].backends[0].address",
            "no packet to 10.0.0.7 port 8080 can get from lb to an endpoint: rt drops them (routeToIngress)"));
    }

    [Fact]
    public void More_workers_than_steering_can_use_are_refused()
    {
        var spec = new ChainSpec("turned")
        {
            Endpoints = Web.Endpoints,
            Functions = [SampleChains.Napt(), new RouterConfiguration("rt")
            {
                RouterPorts = [new RouterPort("a", SampleChains.LanMac), new RouterPort("b", SampleChains.WanMac)],
                Routes = [new Route(IpPrefix.Parse("0.0.0.0/1"), new NextHop(0, SampleChains.ClientMac)), new Route(IpPrefix.Parse("128.0.0.0/1"), new NextHop(1, SampleChains.ClientMac))],
            }],
            Links = [SampleChains.Link("clients", "rt.a"), SampleChains.Link("internet", "nat"), SampleChains.Link("nat", "rt.b")],
            Resources = new ChainResources { MinimumCores = 2 },
        };
        Expect(spec, ("spec.resources.minCores",
            "the chain can use one worker only, not 2: packets from clients to internet pass nat, which keeps state, but both endpoints are on the "
            + "client side, so no port number tells the worker in both directions"));
    }

    [Fact]
    public void Only_one_chain_passes_neighbour_discovery_at_a_port()
    {
        var first = SampleChains.Filter("first") with { PassNeighborDiscovery = true };
        first = first with { Endpoints = [first.Endpoints[0] with { Match = SampleChains.Tcp(1) }, first.Endpoints[1]] };
        var second = SampleChains.Filter("second") with { PassNeighborDiscovery = true };
        second = second with { Endpoints = [second.Endpoints[0] with { Match = SampleChains.Tcp(2) }, second.Endpoints[1] with { Port = 2 }] };

        Assert.Equal(
            [new Violation("spec.passNeighborDiscovery", "at port 3 of switch br0, VLAN 7, chain first passes ARP and neighbour discovery already; only one chain can")],
            ChainValidator.Validate(second, Inventory, [first]));
    }

    [Fact]
    public void Everything_wrong_is_told_at_once_in_the_order_of_the_spec()
    {
        var spec = Web with
        {
            Endpoints = [Web.Endpoints[0] with { Switch = "br1" }, Web.Endpoints[1]],
            Links = [.. Web.Links.SkipLast(1)],
            Resources = new ChainResources { Server = "none" },
        };

        Assert.Equal(
            ["spec.endpoints[0].switch", "spec.endpoints[1].switch", "spec.endpoints[1]", "spec.functions[2]"],
            Validate(spec).Select(violation => violation.Path));
    }

    [Fact]
    public void Where_values_are_missing_only_what_is_sure_is_told()
    {
        var spec = WithLoadBalancer("10.0.0.7");

        Assert.NotEmpty(ChainValidator.Validate(spec, Inventory, []));
        Assert.Empty(ChainValidator.Validate(spec, Inventory, [], isComplete: false));
    }

    private static ChainSpec WithLoadBalancer(params string[] backends) => Web with
    {
        Functions =
        [
            new LoadBalancerConfiguration("lb")
            {
                Services =
                [
                    new VirtualService(
                        "http", IpAddress.Parse("203.0.113.1"), IpProtocol.Tcp, 80, [.. backends.Select(address => new Backend(IpAddress.Parse(address), 8080, 1))], false),
                ],
            },
            Web.Functions[1],
        ],
        Links = [SampleChains.Link("clients", "lb"), SampleChains.Link("lb", "rt.lan"), SampleChains.Link("rt.wan", "internet")],
    };

    private static IReadOnlyList<Violation> Validate(ChainSpec spec) => ChainValidator.Validate(spec, Inventory, []);

    private static void Expect(ChainSpec spec, params (string Path, string Message)[] expected) =>
        Assert.Equal(expected.Select(violation => new Violation(violation.Path, violation.Message)), Validate(spec));
}

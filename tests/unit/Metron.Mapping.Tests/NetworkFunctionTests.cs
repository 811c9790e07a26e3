using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Blackbox;
using Metron.NetworkFunctions.Dispatcher;
using Metron.NetworkFunctions.Esp;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.L2Switch;
using Metron.NetworkFunctions.L3Switch;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Mirror;
using Metron.NetworkFunctions.Mpls;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.NeighborResponder;
using Metron.NetworkFunctions.Policer;
using Metron.NetworkFunctions.Router;
using Metron.NetworkFunctions.StaticNat;
using Metron.NetworkFunctions.Transparent;
using Metron.NetworkFunctions.Tunnel;
using Metron.NetworkFunctions.Vlan;
using Metron.NetworkFunctions.WanOptimizer;
using Metron.Packets;

namespace Metron.Mapping.Tests;

public sealed class NetworkFunctionTests
{
    private const string Ports = "'ports':[{'name':'lan','mac':'02:00:00:00:00:01'},{'name':'wan','mac':'02:00:00:00:00:02'}]";
    private const string L3Ports = "'ports':[{'name':'lan','mac':'02:00:00:00:00:01','addresses':['10.1.0.1/24','10.1.0.2/24']},{'name':'wan','mac':'02:00:00:00:00:02','addresses':['2001:db8::1/64']}]";
    private const string Backend = "'backends':[{'address':'10.0.0.1'}]";

    [Fact]
    public void A_firewall_is_read()
    {
        var firewall = Read<FirewallConfiguration>("'firewall':{'stateful':true,'defaultAction':'ALLOW','timeouts':{'udpSeconds':7,'tcpEstablishedSeconds':8,'tcpTransitorySeconds':9,'icmpSeconds':10},'rules':[{'name':'r0','action':'DENY','from':'INSIDE'},{'action':'ALLOW','from':'OUTSIDE'},{'action':'ALLOW'}]}");

        Assert.True(firewall.Stateful);
        Assert.True(firewall.AllowByDefault);
        Assert.False(firewall.PassFragments);
        Assert.Equal((7, 8, 9, 10), (firewall.Timeouts.Udp.TotalSeconds, firewall.Timeouts.TcpEstablished.TotalSeconds, firewall.Timeouts.TcpTransitory.TotalSeconds, firewall.Timeouts.Icmp.TotalSeconds));
        Assert.Equal([("r0", false, 0), ("", true, 1), ("", true, (int?)null)], firewall.Rules.Select(rule => (rule.Name, rule.Allow, rule.FromPort)));
        Assert.Equal(PacketMatch.Any, firewall.Rules[0].Match);
    }

    [Fact]
    public void A_blackbox_is_read()
    {
        var blackbox = Read<BlackboxConfiguration>("'blackbox':{'appliance':'ips-1','policy':'FAIL_OPEN','keepsClientPorts':true,'insideMac':'02:00:00:00:00:01','outsideMac':'02:00:00:00:00:02','healthCheck':{'probe':'UDP','intervalMilliseconds':250,'missedProbes':4,'silenceSeconds':5,'insideAddress':'192.0.2.1','outsideAddress':'192.0.2.2'}}");

        Assert.Equal(
            new BlackboxConfiguration(blackbox.Name, "ips-1")
            {
                FailOpen = true,
                KeepsClientPorts = true,
                InsideMac = MacAddress.Parse("02:00:00:00:00:01"),
                OutsideMac = MacAddress.Parse("02:00:00:00:00:02"),
                HealthCheck = new BlackboxHealthCheck
                {
                    Probe = BlackboxProbe.Udp,
                    Interval = TimeSpan.FromMilliseconds(250),
                    MissedProbes = 4,
                    Silence = TimeSpan.FromSeconds(5),
                    InsideAddress = IpAddress.Parse("192.0.2.1"),
                    OutsideAddress = IpAddress.Parse("192.0.2.2"),
                },
            },
            blackbox);
    }

    [Fact]
    public void A_blackbox_without_health_check_is_looked_at_by_its_links_alone()
    {
        var blackbox = Read<BlackboxConfiguration>("'blackbox':{'appliance':'ips','policy':'FAIL_CLOSED'}");

        Assert.Equal(new BlackboxConfiguration(blackbox.Name, "ips"), blackbox);
        Assert.Equal((BlackboxProbe.None, 3, 1.0, 10.0), (blackbox.HealthCheck.Probe, blackbox.HealthCheck.MissedProbes, blackbox.HealthCheck.Interval.TotalSeconds, blackbox.HealthCheck.Silence.TotalSeconds));
    }

    [Fact]
    public void A_router_is_read_with_ports_by_index()
    {
        var router = Read<RouterConfiguration>($"'router':{{{Ports},'routes':[{{'prefix':'::/0','port':'wan','nextHopMac':'02:00:00:00:00:03'}},{{'prefix':'10.0.0.0/8','port':'lan','nextHopMac':'02:00:00:00:00:04'}}]}}");

        Assert.Equal(["lan", "wan"], router.Ports);
        Assert.Equal(
            [new Route(IpPrefix.Parse("::/0"), new NextHop(1, MacAddress.Parse("02:00:00:00:00:03"))), new Route(IpPrefix.Parse("10.0.0.0/8"), new NextHop(0, MacAddress.Parse("02:00:00:00:00:04")))],
            router.Routes);
    }

    [Fact]
    public void A_napt_is_read()
    {
        var napt = Read<NaptConfiguration>("'napt':{'pool':['198.51.100.1','198.51.100.8-198.51.100.9','203.0.113.0/30'],'portRange':'2000-3000','portBlockSize':64,'maxBlocksPerHost':5,'ipv6':{'nat66':{'pool':['2001:db8::1']}}}");

        Assert.Equal(
            ["198.51.100.1-198.51.100.1", "198.51.100.8-198.51.100.9", "203.0.113.0-203.0.113.3"],
            napt.Pool.Select(range => $"{range.First}-{range.Last}"));
        Assert.Equal(new PortRange(2000, 3000), napt.OutsidePorts);
        Assert.Equal((64, 5), (napt.PortBlockSize, napt.MaxBlocksPerHost));
        Assert.Equal("2001:db8::1", Assert.Single(napt.Pool6).First.ToString());
        Assert.Null(napt.PrefixTranslation);
    }

    [Fact]
    public void Small_functions_and_a_static_NAT_are_read()
    {
        var nat = Read<StaticNatConfiguration>("'staticNat':{'passOthers':true,'pairs':[{'inside':'10.0.0.0/24','outside':'192.0.2.0/24'},{'inside':'fd00::1','outside':'2001:db8::1'}]}");

        Assert.True(nat.PassOthers);
        Assert.Equal(
            [new AddressPair(IpPrefix.Parse("10.0.0.0/24"), IpPrefix.Parse("192.0.2.0/24")), new AddressPair(IpPrefix.Parse("fd00::1/128"), IpPrefix.Parse("2001:db8::1/128"))],
            nat.Pairs);
        var optimizer = Read<WanOptimizerConfiguration>("'wanOptimizer':{'pathMtu':1400}");
        Assert.Equal((1400, 1), (optimizer.PathMtu, optimizer.KeepOneAcknowledgementIn));
        Assert.Equal(8, Read<WanOptimizerConfiguration>("'wanOptimizer':{'pathMtu':1400,'keepOneAcknowledgementIn':8}").KeepOneAcknowledgementIn);
        Assert.Equal("f", Read<TransparentConfiguration>("'transparent':{}").Name);
    }

    [Fact]
    public void A_policer_is_read()
    {
        var policer = Read<PolicerConfiguration>("'policer':{'limits':[{'name':'a','from':'OUTSIDE','match':{'protocol':'udp'},'packetsPerSecond':30,'burst':7,'perFlow':true},{'bitsPerSecond':'80000000'},{'packetsPerSecond':5}]}");

        Assert.Equal(
            [
                new PolicerLimit("a", new PacketMatch { Protocol = new Condition<byte>(IpProtocol.Udp) }, 30, 7) { InPackets = true, FromPort = 1, PerFlow = true },
                new PolicerLimit("", PacketMatch.Any, 80_000_000, 1_000_000),
                new PolicerLimit("", PacketMatch.Any, 5, 10) { InPackets = true },
            ],
            policer.Limits);
    }

    [Fact]
    public void A_vxlan_tunnel_is_read()
    {
        var tunnel = Read<TunnelConfiguration>("'tunnel':{'localAddress':'203.0.113.1','remoteAddress':'203.0.113.2','mtu':1400,'ttl':17,'vxlan':{'vni':42,'port':8472,'innerSourceMac':'02:00:00:00:00:01','innerDestinationMac':'02:00:00:00:00:02'}}");

        Assert.Equal(
            new TunnelConfiguration("f")
            {
                Protocol = TunnelProtocol.Vxlan,
                Local = IpAddress.Parse("203.0.113.1"),
                Remote = IpAddress.Parse("203.0.113.2"),
                Mtu = 1400,
                TimeToLive = 17,
                NetworkIdentifier = 42,
                Port = 8472,
                InnerSource = MacAddress.Parse("02:00:00:00:00:01"),
                InnerDestination = MacAddress.Parse("02:00:00:00:00:02"),
            },
            tunnel);
    }

    [Fact]
    public void A_gre_tunnel_has_a_key_only_when_one_is_given()
    {
        const string ends = "'localAddress':'2001:db8::1','remoteAddress':'2001:db8::2'";
        Assert.Null(Read<TunnelConfiguration>($"'tunnel':{{{ends},'gre':{{}}}}").Key);
        var keyed = Read<TunnelConfiguration>($"'tunnel':{{{ends},'gre':{{'key':0}}}}");
        Assert.Equal((TunnelProtocol.Gre, 0u, 1500, (byte)64), (keyed.Protocol, keyed.Key, keyed.Mtu, keyed.TimeToLive));
    }

    [Fact]
    public void A_neighbor_responder_is_read()
    {
        var responder = Read<NeighborResponderConfiguration>("'neighborResponder':{'answers':[{'prefix':'192.0.2.1','mac':'02:00:00:00:00:01','from':'OUTSIDE'},{'prefix':'2001:db8::/64','mac':'02:00:00:00:00:02','isRouter':true},{'prefix':'192.0.2.1','mac':'02:00:00:00:00:03','from':'INSIDE'}]}");

        Assert.Equal(
            [
                new NeighborAnswer(IpPrefix.Parse("192.0.2.1/32"), MacAddress.Parse("02:00:00:00:00:01")) { FromPort = 1 },
                new NeighborAnswer(IpPrefix.Parse("2001:db8::/64"), MacAddress.Parse("02:00:00:00:00:02")) { IsRouter = true },
                new NeighborAnswer(IpPrefix.Parse("192.0.2.1/32"), MacAddress.Parse("02:00:00:00:00:03")) { FromPort = 0 },
            ],
            responder.Answers);
    }

    [Fact]
    public void A_layer_3_switch_is_read()
    {
        var core = Read<L3SwitchConfiguration>($"'l3Switch':{{{L3Ports},'neighbors':[{{'address':'2001:db8::9','mac':'02:00:00:00:00:09'}},{{'address':'10.1.0.9','mac':'02:00:00:00:00:08'}}],'routes':[{{'prefix':'::/0','via':'2001:db8::9'}},{{'prefix':'10.0.0.0/8','via':'10.1.0.9'}}]}}");

        Assert.Equal([("lan", 2), ("wan", 1)], core.SwitchPorts.Select(port => (port.Name, port.Addresses.Count)));
        Assert.Equal(new PortAddress(IpAddress.Parse("10.1.0.2"), IpPrefix.Parse("10.1.0.0/24")), core.SwitchPorts[0].Addresses[1]);
        var hops = new[] { new NextHop(1, MacAddress.Parse("02:00:00:00:00:09")), new NextHop(0, MacAddress.Parse("02:00:00:00:00:08")) };
        Assert.Equal([new L3SwitchNeighbor(IpAddress.Parse("2001:db8::9"), hops[0]), new L3SwitchNeighbor(IpAddress.Parse("10.1.0.9"), hops[1])], core.Neighbors);
        Assert.Equal([new Route(IpPrefix.Parse("::/0"), hops[0]), new Route(IpPrefix.Parse("10.0.0.0/8"), hops[1])], core.Routes);
    }

    [Fact]
    public void A_layer_2_switch_is_read()
    {
        var lan = Read<L2SwitchConfiguration>("'l2Switch':{'ports':['one','two'],'hosts':[{'mac':'02:00:00:00:00:01','port':'two'}],'defaultPort':'one'}");

        Assert.Equal(["one", "two"], lan.Ports);
        Assert.Equal([new L2SwitchHost(MacAddress.Parse("02:00:00:00:00:01"), 1)], lan.Hosts);
        Assert.Equal(0, lan.DefaultPort);
        Assert.Null(Read<L2SwitchConfiguration>("'l2Switch':{'ports':['one','two']}").DefaultPort);
    }

    [Fact]
    public void A_vlan_function_is_read()
    {
        Assert.Equal(new VlanConfiguration("f") { OutsideId = 20 }, Read<VlanConfiguration>("'vlan':{'outsideId':20}"));
        Assert.Equal(new VlanConfiguration("f") { InsideId = 4094, OutsideId = 4094, Priority = 0 }, Read<VlanConfiguration>("'vlan':{'insideId':4094,'outsideId':4094,'priority':0}"));
    }

    [Fact]
    public void A_label_edge_and_label_swapping_are_read()
    {
        var edge = Read<MplsConfiguration>("'mpls':{'edge':{'outLabel':16,'inLabel':1048575,'ttl':7,'trafficClass':3,'mtu':1400}}");
        Assert.Equal(new MplsEdge(16, 1_048_575) { TimeToLive = 7, TrafficClass = 3, Mtu = 1400 }, edge.Edge);
        Assert.Equal(new MplsEdge(16, 17), Read<MplsConfiguration>("'mpls':{'edge':{'outLabel':16,'inLabel':17}}").Edge);

        var swap = Read<MplsConfiguration>("'mpls':{'swap':{'labels':[{'inside':16,'outside':17},{'inside':17,'outside':16}]}}");
        Assert.Null(swap.Edge);
        Assert.Equal([new LabelPair(16, 17), new LabelPair(17, 16)], swap.Swaps);
    }

    [Fact]
    public void An_ipsec_tunnel_is_read()
    {
        var esp = Read<EspConfiguration>("'esp':{'localAddress':'2001:db8::1','remoteAddress':'2001:db8::2','mtu':1300,'ttl':9,'outbound':[{'spi':300,'key':'a','extendedSequenceNumbers':true,'lifetimeBytes':'5000000000','lifetimeSeconds':60}],'inbound':[{'spi':4294967295,'key':'b','replayWindow':128},{'spi':302,'key':'c'},{'spi':303,'key':'d','noReplayProtection':true}]}");

        Assert.Equal((IpAddress.Parse("2001:db8::1"), IpAddress.Parse("2001:db8::2"), 1300, (byte)9), (esp.Local, esp.Remote, esp.Mtu, esp.TimeToLive));
        Assert.Equal(
            [new SecurityAssociation(300, "a") { HasExtendedNumbers = true, ReplayWindow = 0, LifetimeBytes = 5_000_000_000, Lifetime = TimeSpan.FromMinutes(1) }],
            esp.Outbound);
        Assert.Equal([(uint.MaxValue, "b", 128), (302, "c", 64), (303, "d", 0)], esp.Inbound.Select(known => (known.Index, known.Key, known.ReplayWindow)));
    }

    [Fact]
    public void A_dispatcher_is_read()
    {
        var dispatcher = Read<DispatcherConfiguration>("'dispatcher':{'outputs':['web','rest'],'rules':[{'name':'a','output':'rest','match':{'protocol':'udp'}},{'output':'web'}],'defaultOutput':'rest'}");

        Assert.Equal(["in", "web", "rest"], dispatcher.Ports);
        Assert.Equal([new DispatcherRule("a", new PacketMatch { Protocol = new Condition<byte>(IpProtocol.Udp) }, 1), new DispatcherRule("", PacketMatch.Any, 0)], dispatcher.Rules);
        Assert.Equal(1, dispatcher.DefaultOutput);
    }

    [Fact]
    public void A_mirror_is_read()
    {
        var mirror = Read<MirrorConfiguration>("'mirror':{'matches':[{'protocol':'udp'}],'from':'OUTSIDE','sampleOneIn':7,'truncateTo':96}");

        Assert.Equal(["inside", "outside", "mirror"], mirror.Ports);
        Assert.Equal([new PacketMatch { Protocol = new Condition<byte>(IpProtocol.Udp) }], mirror.Matches);
        Assert.Equal((1, 7, 96), (mirror.FromPort, mirror.SampleOneIn, mirror.TruncateTo));
        var plain = Read<MirrorConfiguration>("'mirror':{}");
        Assert.Equal((null, 1, 0), (plain.FromPort, plain.SampleOneIn, plain.TruncateTo));
    }

    [Fact]
    public void Prefix_translation_is_read()
    {
        var napt = Read<NaptConfiguration>("'napt':{'ipv6':{'prefix':{'inside':'fd00:1::/48','outside':'2001:db8:1::/48'}}}");

        Assert.Equal(new PrefixTranslation(IpPrefix.Parse("fd00:1::/48"), IpPrefix.Parse("2001:db8:1::/48")), napt.PrefixTranslation);
        Assert.Empty(napt.Pool);
        Assert.Equal(new PortRange(1024, 65535), napt.OutsidePorts);
    }

    [Fact]
    public void A_load_balancer_is_read()
    {
        var balancer = Read<LoadBalancerConfiguration>("'loadBalancer':{'affinitySeconds':9,'services':[{'name':'s','address':'192.0.2.1','protocol':'udp','port':53,'affinity':'CLIENT_ADDRESS','backends':[{'address':'10.0.0.1','weight':0},{'address':'10.0.0.2','port':5353,'weight':1000},{'address':'10.0.0.3'}]}]}");

        var service = Assert.Single(balancer.Services);
        Assert.Equal(("s", "192.0.2.1", (byte)17, (ushort)53, true), (service.Name, service.Address.ToString(), service.Protocol, service.Port, service.ByClientAddress));
        Assert.Equal([(53, 0), (5353, 1000), (53, 1)], service.Backends.Select(backend => ((int)backend.Port, backend.Weight)));
        Assert.Equal(9, balancer.Affinity.TotalSeconds);
    }

    [Theory]
    [InlineData("'firewall':{'stateful':true,'fragments':'PASS'}", "firewall.fragments", "does not go with 'stateful: true'")]
    [InlineData("'blackbox':{'policy':'FAIL_OPEN'}", "blackbox.appliance", "must be given")]
    [InlineData("'blackbox':{'appliance':'IPS','policy':'FAIL_OPEN'}", "blackbox.appliance", "must begin with a lower-case letter")]
    [InlineData("'blackbox':{'appliance':'ips'}", "blackbox.policy", "FAIL_OPEN lets packets pass the program by")]
    [InlineData("'blackbox':{'appliance':'ips','policy':7}", "blackbox.policy", "expected one of FAIL_OPEN, FAIL_CLOSED")]
    [InlineData("'blackbox':{'appliance':'ips','policy':'FAIL_OPEN','insideMac':'03:00:00:00:00:01'}", "blackbox.insideMac", "multicast")]
    [InlineData("'blackbox':{'appliance':'ips','policy':'FAIL_OPEN','healthCheck':{'missedProbes':101}}", "blackbox.healthCheck.missedProbes", "0-100")]
    [InlineData("'blackbox':{'appliance':'ips','policy':'FAIL_OPEN','healthCheck':{'silenceSeconds':3601}}", "blackbox.healthCheck.silenceSeconds", "0-3600")]
    [InlineData("'blackbox':{'appliance':'ips','policy':'FAIL_OPEN','healthCheck':{'probe':'UDP','outsideAddress':'192.0.2.2'}}", "blackbox.healthCheck.insideAddress", "must be given")]
    [InlineData("'blackbox':{'appliance':'ips','policy':'FAIL_OPEN','healthCheck':{'probe':'UDP','insideAddress':'192.0.2.1','outsideAddress':'2001:db8::1'}}", "blackbox.healthCheck.outsideAddress", "probes are of IPv4")]
    [InlineData("'firewall':{'rules':[{}]}", "firewall.rules[0].action", "ALLOW or DENY")]
    [InlineData("'firewall':{'rules':[{'action':'ALLOW','name':'r'},{'action':'DENY','name':'r'}]}", "firewall.rules[1].name", "is the name of rules[0] already")]
    [InlineData("'firewall':{'rules':[{'action':'ALLOW','from':3}]}", "firewall.rules[0].from", "expected one of INSIDE, OUTSIDE")]
    [InlineData("'firewall':{'rules':[{'action':'ALLOW','name':'a\\nb'}]}", "firewall.rules[0].name", "control characters")]
    [InlineData("'firewall':{'timeouts':{'udpSeconds':604801}}", "firewall.timeouts.udpSeconds", "expected 0-604800")]
    [InlineData("'router':{'ports':[{'name':'lan','mac':'02:00:00:00:00:01'}]}", "router.ports", "has 1 elements; at least 2 are needed")]
    [InlineData("'router':{'ports':[{'name':'lan','mac':'02:00:00:00:00:01'},{'name':'lan','mac':'02:00:00:00:00:02'}]}", "router.ports[1].name", "already")]
    [InlineData("'router':{'ports':[{'name':'lan','mac':'02:00:00:00:00:01'},{'name':'wan'}]}", "router.ports[1].mac", "must be given")]
    [InlineData("'router':{'ports':[{'name':'lan','mac':'02:00:00:00:00:01'},{'name':'wan','mac':'00:00:00:00:00:00'}]}", "router.ports[1].mac", "nobody's address")]
    [InlineData("'router':{" + Ports + ",'routes':[{'prefix':'10.0.0.0/8','port':'wam','nextHopMac':'02:00:00:00:00:03'}]}", "router.routes[0].port", "did you mean 'wan'?")]
    [InlineData("'router':{" + Ports + ",'routes':[{'prefix':'10.0.0.0/8','port':'wan','nextHopMac':'02:00:00:00:00:03'},{'prefix':'10.0.0.0/8','port':'lan','nextHopMac':'02:00:00:00:00:03'}]}", "router.routes[1].prefix", "is the prefix of routes[0] already")]
    [InlineData("'router':{" + Ports + ",'routes':[{'prefix':'10.1.0.0/8','port':'wan','nextHopMac':'02:00:00:00:00:03'}]}", "router.routes[0].prefix", "did you mean 10.0.0.0/8")]
    [InlineData("'napt':{}", "napt", "translates nothing")]
    [InlineData("'napt':{'pool':['198.51.100.9-198.51.100.1']}", "napt.pool[0]", "ends before it begins")]
    [InlineData("'napt':{'pool':['198.51.100.1/24']}", "napt.pool[0]", "did you mean 198.51.100.0/24")]
    [InlineData("'napt':{'pool':['2001:db8::1']}", "napt.pool[0]", "this pool is for IPv4")]
    [InlineData("'napt':{'pool':['224.0.0.1']}", "napt.pool[0]", "multicast")]
    [InlineData("'napt':{'pool':['198.51.100.0/24','198.51.100.7']}", "napt.pool[1]", "overlaps pool[0]")]
    [InlineData("'napt':{'pool':['198.51.0.0/16','203.0.113.1']}", "napt.pool", "more than 65536 addresses")]
    [InlineData("'napt':{'pool':['198.51.100.1'],'portRange':'0-100'}", "napt.portRange", "port 0")]
    [InlineData("'napt':{'pool':['198.51.100.1'],'portRange':'100-1'}", "napt.portRange", "did you mean 1-100?")]
    [InlineData("'napt':{'pool':['198.51.100.1'],'portBlockSize':100}", "napt.portBlockSize", "not a power of two")]
    [InlineData("'napt':{'pool':['198.51.100.1'],'portRange':'1024-1100','portBlockSize':128}", "napt.portBlockSize", "no aligned block")]
    [InlineData("'napt':{'pool':['198.51.100.1'],'maxBlocksPerHost':65536}", "napt.maxBlocksPerHost", "out of range")]
    [InlineData("'napt':{'ipv6':{}}", "napt.ipv6", "has no mode")]
    [InlineData("'napt':{'ipv6':{'nat66':{}}}", "napt.ipv6.nat66.pool", "at least 1 is needed")]
    [InlineData("'napt':{'ipv6':{'nat66':{'pool':['10.0.0.1']}}}", "napt.ipv6.nat66.pool[0]", "this pool is for IPv6")]
    [InlineData("'napt':{'ipv6':{'prefix':{'inside':'fd00:1::/48','outside':'2001:db8::/56'}}}", "napt.ipv6.prefix.outside", "another length")]
    [InlineData("'napt':{'ipv6':{'prefix':{'inside':'10.0.0.0/8','outside':'2001:db8::/48'}}}", "napt.ipv6.prefix.inside", "is IPv4")]
    [InlineData("'napt':{'ipv6':{'prefix':{'inside':'fd00::/65','outside':'2001:db8::/64'}}}", "napt.ipv6.prefix.inside", "expected 16-64")]
    [InlineData("'loadBalancer':{}", "loadBalancer.services", "at least 1 is needed")]
    [InlineData("'loadBalancer':{'services':[{'name':'s','address':'192.0.2.1','protocol':'sctp','port':53," + Backend + "}]}", "loadBalancer.services[0].protocol", "not one of tcp, udp")]
    [InlineData("'loadBalancer':{'services':[{'name':'s','address':'192.0.2.1','protocol':'tcp'," + Backend + "}]}", "loadBalancer.services[0].port", "must be given: a port 1-65535")]
    [InlineData("'loadBalancer':{'services':[{'name':'s','address':'192.0.2.0/24','protocol':'tcp','port':1," + Backend + "}]}", "loadBalancer.services[0].address", "is not an IP address")]
    [InlineData("'loadBalancer':{'services':[{'name':'s','address':'2001:db8::1','protocol':'tcp','port':1," + Backend + "}]}", "loadBalancer.services[0].backends[0].address", "is IPv4")]
    [InlineData("'loadBalancer':{'services':[{'name':'s','address':'10.0.0.1','protocol':'tcp','port':1," + Backend + "}]}", "loadBalancer.services[0].backends[0].address", "virtual service itself")]
    [InlineData("'loadBalancer':{'services':[{'name':'s','address':'192.0.2.1','protocol':'tcp','port':1,'backends':[{'address':'10.0.0.1','weight':0}]}]}", "loadBalancer.services[0].backends", "all have weight 0")]
    [InlineData("'loadBalancer':{'services':[{'name':'s','address':'192.0.2.1','protocol':'tcp','port':1,'backends':[{'address':'10.0.0.1'},{'address':'10.0.0.1','port':1}]}]}", "loadBalancer.services[0].backends[1].address", "is backends[0] already")]
    [InlineData("'loadBalancer':{'services':[{'name':'s','address':'192.0.2.1','protocol':'tcp','port':1,'backends':[{'address':'10.0.0.1','weight':1001}]}]}", "loadBalancer.services[0].backends[0].weight", "expected 0-1000")]
    [InlineData("'loadBalancer':{'services':[{'name':'s','address':'192.0.2.1','protocol':'tcp','port':1," + Backend + "},{'name':'t','address':'192.0.2.1','protocol':'tcp','port':1," + Backend + "}]}", "loadBalancer.services[1].address", "is services[0] already")]
    [InlineData("'monitor':{'topTalkers':1001}", "monitor.topTalkers", "expected 0-1000")]
    [InlineData("'neighborResponder':{}", "neighborResponder.answers", "at least 1 is needed")]
    [InlineData("'neighborResponder':{'answers':[{'prefix':'224.0.0.0/24','mac':'02:00:00:00:00:01'}]}", "neighborResponder.answers[0].prefix", "multicast")]
    [InlineData("'neighborResponder':{'answers':[{'prefix':'192.0.2.1'}]}", "neighborResponder.answers[0].mac", "must be given")]
    [InlineData("'neighborResponder':{'answers':[{'prefix':'192.0.2.1','mac':'02:00:00:00:00:01'},{'prefix':'192.0.2.1','mac':'02:00:00:00:00:02','from':'INSIDE'}]}", "neighborResponder.answers[1].prefix", "is the prefix of answers[0] already")]
    [InlineData("'l3Switch':{'ports':[{'name':'lan','mac':'02:00:00:00:00:01','addresses':['10.1.0.1/24']},{'name':'wan','mac':'02:00:00:00:00:02','addresses':['10.1.0.129/25']}]}", "l3Switch.ports[1].addresses[0]", "overlaps 10.1.0.0/24 of ports[0]")]
    [InlineData("'l3Switch':{'ports':[{'name':'lan','mac':'02:00:00:00:00:01','addresses':['10.1.0.1/24']},{'name':'wan','mac':'02:00:00:00:00:02','addresses':['10.1.0.2/24']}]}", "l3Switch.ports[1].addresses[0]", "overlaps 10.1.0.0/24 of ports[0]")]
    [InlineData("'l3Switch':{'ports':[{'name':'lan','mac':'02:00:00:00:00:01','addresses':['10.1.0.1']},{'name':'wan','mac':'02:00:00:00:00:02','addresses':['10.2.0.2/24']}]}", "l3Switch.ports[0].addresses[0]", "is not an address with the length of its subnet")]
    [InlineData("'l3Switch':{" + L3Ports + ",'neighbors':[{'address':'10.1.0.1','mac':'02:00:00:00:00:09'}]}", "l3Switch.neighbors[0].address", "own address on port lan")]
    [InlineData("'l3Switch':{" + L3Ports + ",'neighbors':[{'address':'10.2.0.1','mac':'02:00:00:00:00:09'}]}", "l3Switch.neighbors[0].address", "in no subnet")]
    [InlineData("'l3Switch':{" + L3Ports + ",'neighbors':[{'address':'10.1.0.9','mac':'02:00:00:00:00:09'},{'address':'10.1.0.9','mac':'02:00:00:00:00:09'}]}", "l3Switch.neighbors[1].address", "neighbors[0] already")]
    [InlineData("'l3Switch':{" + L3Ports + ",'routes':[{'prefix':'0.0.0.0/0','via':'10.1.0.9'}]}", "l3Switch.routes[0].via", "none of the neighbors")]
    [InlineData("'l3Switch':{" + L3Ports + ",'neighbors':[{'address':'10.1.0.9','mac':'02:00:00:00:00:09'}],'routes':[{'prefix':'::/0','via':'10.1.0.9'}]}", "l3Switch.routes[0].via", "is IPv4, but ::/0 is not")]
    [InlineData("'l3Switch':{" + L3Ports + ",'neighbors':[{'address':'10.1.0.9','mac':'02:00:00:00:00:09'}],'routes':[{'prefix':'10.1.0.128/25','via':'10.1.0.9'}]}", "l3Switch.routes[0].prefix", "is within 10.1.0.0/24")]
    [InlineData("'l2Switch':{'ports':['one']}", "l2Switch.ports", "at least 2 are needed")]
    [InlineData("'l2Switch':{'ports':['one','One']}", "l2Switch.ports[1]", "must begin with a lower-case letter")]
    [InlineData("'l2Switch':{'ports':['one','one']}", "l2Switch.ports[1]", "is ports[0] already")]
    [InlineData("'l2Switch':{'ports':['one','two'],'defaultPort':'to'}", "l2Switch.defaultPort", "is not a port of this switch")]
    [InlineData("'l2Switch':{'ports':['one','two'],'hosts':[{'mac':'02:00:00:00:00:01'}]}", "l2Switch.hosts[0].port", "must be given")]
    [InlineData("'l2Switch':{'ports':['one','two'],'hosts':[{'mac':'ff:ff:ff:ff:ff:ff','port':'one'}]}", "l2Switch.hosts[0].mac", "multicast")]
    [InlineData("'l2Switch':{'ports':['one','two'],'hosts':[{'mac':'02:00:00:00:00:01','port':'one'},{'mac':'02:00:00:00:00:01','port':'two'}]}", "l2Switch.hosts[1].mac", "is hosts[0] already")]
    [InlineData("'vlan':{'insideId':4095}", "vlan.insideId", "expected 0-4094")]
    [InlineData("'mpls':{'edge':{'outLabel':1048576,'inLabel':16}}", "mpls.edge.outLabel", "expected 16-1048575")]
    [InlineData("'mpls':{'edge':{'outLabel':16,'inLabel':16,'ttl':256}}", "mpls.edge.ttl", "0 for that of the packet")]
    [InlineData("'mpls':{'edge':{'outLabel':16,'inLabel':16,'trafficClass':8}}", "mpls.edge.trafficClass", "expected 0-7")]
    [InlineData("'mpls':{'swap':{'labels':[{'inside':16,'outside':17},{'inside':16,'outside':18}]}}", "mpls.swap.labels[1].inside", "is the label of labels[0] already")]
    [InlineData("'tunnel':{'remoteAddress':'192.0.2.1','gre':{}}", "tunnel.localAddress", "must be given")]
    [InlineData("'tunnel':{'localAddress':'192.0.2.2','remoteAddress':'224.0.0.1','gre':{}}", "tunnel.remoteAddress", "multicast")]
    [InlineData("'tunnel':{'localAddress':'192.0.2.2','remoteAddress':'192.0.2.1','ttl':256,'gre':{}}", "tunnel.ttl", "expected 1-255")]
    [InlineData("'tunnel':{'localAddress':'192.0.2.2','remoteAddress':'192.0.2.1','vxlan':{'port':65536}}", "tunnel.vxlan.port", "0 for 4789")]
    public void A_wrong_function_has_exactly_one_violation(string configuration, string path, string message)
    {
        var violation = Assert.Single(ServiceChainMapper.Map(Chains.With($"{{'name':'f',{configuration}}}")).Violations);

        Assert.Equal($"spec.functions[0].{path}", violation.Path);
        Assert.Contains(message, violation.Message, StringComparison.Ordinal);
    }

    private static T Read<T>(string configuration)
        where T : NetworkFunctionConfiguration
    {
        var mapped = ServiceChainMapper.Map(Chains.With($"{{'name':'f',{configuration}}}"));
        Assert.Empty(mapped.Violations);
        return Assert.IsType<T>(mapped.Graph!.Functions[0]);
    }
}

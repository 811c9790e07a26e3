using CsCheck;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Napt;
using Metron.Offload.Tests;
using Metron.Synthesis;

namespace Metron.Orchestration.Tests;

/// <summary>Rules of random chains, run by an interpreter of OpenFlow tables, against the chain as written.</summary>
public class SwitchBehaviourTests
{
    [Fact]
    public void The_switch_drops_only_what_the_chain_drops_and_sends_the_rest_where_it_belongs() =>
        Gen.Select(RandomChains.Chain, RandomChains.Packet.Array[30], Gen.Int[1, 5]).Sample(
            (spec, packets, workers) =>
            {
                var plan = Plan(spec, SampleChains.Inventory(workers: workers));
                var target = new TableInterpreter(ChainPrograms.IntendedRules("br0", [plan], []));
                foreach (var packet in packets)
                {
                    foreach (var endpoint in new[] { 0, 1 })
                    {
                        Check(plan, target, endpoint, packet);
                    }
                }
            },
            iter: 400);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(8)]
    public void Both_directions_of_a_flow_reach_the_same_worker_and_workers_get_equal_shares(int workers)
    {
        var plan = Plan(SampleChains.Web(), SampleChains.Inventory(workers: workers));
        var target = new TableInterpreter(ChainPrograms.IntendedRules("br0", [plan], []));
        var flows = new Dictionary<uint, int>();
        for (var port = 1024; port < 1024 + 512; port++)
        {
            var towards = Web((ushort)port);
            var worker = WorkerOf(target.Run(new TestPacket(1, towards)));

            // The NAPT keeps the low bits of the port, whichever port it takes.
            var outside = (ushort)(port + 512);
            var answer = new HeaderPoint
            {
                Source = towards.Destination,
                Destination = 0xc6336401,
                Protocol = 6,
                SourcePort = 80,
                DestinationPort = outside,
                TcpFlags = 0x12,
            };
            Assert.Equal(worker, WorkerOf(target.Run(new TestPacket(2, answer))));
            flows[worker] = flows.GetValueOrDefault(worker) + 1;
        }

        Assert.Equal(workers, flows.Count);
        Assert.InRange(flows.Values.Max() - flows.Values.Min(), 0, 512 / 16);
    }

    [Theory]
    [InlineData(TagKind.Vlan)]
    [InlineData(TagKind.Mac)]
    [InlineData(TagKind.QinQ)]
    [InlineData(TagKind.Mpls)]
    [InlineData(TagKind.Dscp)]
    public void Packets_from_a_server_leave_by_their_egress_tag_or_go_to_their_worker(TagKind kind)
    {
        var spec = SampleChains.Web();
        spec = spec with { Endpoints = [spec.Endpoints[0] with { Vlan = 30 }, spec.Endpoints[1]], DscpMayBeLost = true };
        var plan = Plan(spec, SampleChains.Inventory(kind, 2));
        var target = new TableInterpreter(ChainPrograms.IntendedRules("br0", [plan], []));
        foreach (var worker in plan.Placement!.Workers)
        {
            foreach (var tag in plan.EgressTags)
            {
                var (port, packet) = Assert.Single(target.Run(Tagged(kind, worker.SwitchPort, tag.Value, isEgress: true)).Outputs);
                Assert.Equal(spec.Endpoints[tag.Endpoint].Port, port);
                Assert.Equal(tag.Endpoint == 0 ? 30 : null, (int?)packet.Vlan);
                Assert.Equal((false, null, 0, 0x0800), (packet.IsServiceVlan, packet.Label, packet.Headers.Dscp, packet.EthernetType));
                if (kind == TagKind.Mac)
                {
                    Assert.Equal((tag.Endpoint == 0 ? SampleChains.LanMac : SampleChains.WanMac).Value, packet.EthernetSource);
                }
            }

            foreach (var tag in plan.IngressTags)
            {
                var sent = Tagged(kind, worker.SwitchPort, tag.Value, isEgress: false);
                Assert.Equal((tag.Worker.SwitchPort, sent), Assert.Single(target.Run(sent).Outputs));
            }
        }

        Assert.True(target.Run(Tagged(kind, 10, kind == TagKind.Dscp ? 60u : 4000, isEgress: true)).IsDropped);
    }

    [Fact]
    public void Neighbour_discovery_passes_between_the_endpoints_when_the_chain_says_so()
    {
        var spec = SampleChains.Filter() with { PassNeighborDiscovery = true };
        var target = new TableInterpreter(ChainPrograms.IntendedRules("br0", [Plan(spec, SampleChains.Inventory())], []));
        var solicitation = new HeaderPoint { IsV6 = true, Protocol = 58, IcmpType = 135 };

        foreach (var packet in new[] { new TestPacket(3, default) { OtherEthernetType = 0x0806, Vlan = 7 }, new TestPacket(3, solicitation) { Vlan = 7 } })
        {
            var (port, sent) = Assert.Single(target.Run(packet).Outputs);
            Assert.Equal((4u, null), (port, sent.Vlan));
        }

        var (back, tagged) = Assert.Single(target.Run(new TestPacket(4, solicitation)).Outputs);
        Assert.Equal((3u, (ushort?)7), (back, tagged.Vlan));
        Assert.Equal("notIp", Assert.Single(target.Run(new TestPacket(3, default) { OtherEthernetType = 0x88cc, Vlan = 7 }).Rules).DropReason);
    }

    [Fact]
    public void Chains_share_a_port_by_matches_that_exclude_each_other()
    {
        var http = SampleChains.Filter("http");
        http = http with
        {
            Endpoints = [http.Endpoints[0] with { Match = SampleChains.Tcp(80) }, http.Endpoints[1]],
        };
        var ssh = SampleChains.Web("ssh");
        ssh = ssh with
        {
            Endpoints = [new ChainEndpoint("clients", "br0", 3) { Vlan = 7, Match = SampleChains.Tcp(22) }, ssh.Endpoints[1]],
            Functions = [ssh.Functions[0] is FirewallConfiguration firewall ? firewall with { AllowByDefault = true, Rules = [] } : ssh.Functions[0], .. ssh.Functions.Skip(1)],
        };
        var inventory = SampleChains.Inventory();
        Assert.Empty(ChainValidator.Validate(ssh, inventory, [http]));
        var first = Plan(http, inventory);
        var second = ChainPlanner.Plan(new PlanRequest(ssh, 2, 1, inventory) { Held = [first] }).Plan!;
        var target = new TableInterpreter(ChainPrograms.IntendedRules("br0", [first, second], []));

        Assert.Equal(4u, Assert.Single(target.Run(new TestPacket(3, Web(2000)) { Vlan = 7 }).Outputs).Port);
        var tagged = Assert.Single(target.Run(new TestPacket(3, Web(2000) with { DestinationPort = 22 }) { Vlan = 7 }).Outputs);
        Assert.Contains(second.IngressTags, tag => tag.Value == tagged.Packet.Vlan && tag.Worker.SwitchPort == tagged.Port);
        var other = target.Run(new TestPacket(3, Web(2000) with { DestinationPort = 443 }) { Vlan = 7 });
        Assert.Equal("notMatched", Assert.Single(other.Rules).DropReason);
    }

    private static void Check(ChainPlan plan, TableInterpreter target, int endpoint, HeaderPoint packet)
    {
        var (expected, at) = Walk(plan.Spec, endpoint, packet);
        var verdict = target.Run(new TestPacket(plan.Spec.Endpoints[endpoint].Port, packet) { Vlan = Vlan(plan.Spec.Endpoints[endpoint]) });
        if (verdict.IsDropped)
        {
            Assert.True(expected == Fate.Dropped, $"{packet} was dropped by {verdict.Rules[^1]} ({verdict.Rules[^1].Purpose})");
            return;
        }

        var (port, sent) = Assert.Single(verdict.Outputs);
        var left = plan.Spec.Endpoints.FirstOrDefault(candidate => candidate.Port == port);
        if (left is not null)
        {
            Assert.Equal(Fate.Out, expected);
            Assert.Equal(plan.Spec.Endpoints[1 - endpoint], left);
            Assert.Equal(Vlan(left), sent.Vlan);
            return;
        }

        // What the server must decide goes to the worker that its port names, and enters where the switch left it.
        var tag = Assert.Single(plan.IngressTags, candidate => candidate.Value == sent.Vlan);
        Assert.True(expected is Fate.Server or Fate.Dropped);
        Assert.Equal((endpoint, port), (tag.Endpoint, tag.Worker.SwitchPort));
        Assert.True(expected == Fate.Dropped || tag.Entry.Function == at);
        var steering = packet.Protocol is 6 or 17 ? (endpoint == 0 ? packet.SourcePort : packet.DestinationPort) : 0;
        Assert.Contains((ushort)(steering & ((1 << (plan.Steering.Bits + 1)) - 2)), tag.Values);
    }

    private enum Fate
    {
        Dropped,
        Out,
        Server,
    }

    /// <summary>What becomes of a packet before the first function that keeps state or rewrites, and which function that is.</summary>
    private static (Fate Fate, int Function) Walk(ChainSpec spec, int endpoint, HeaderPoint packet)
    {
        var order = Enumerable.Range(0, spec.Functions.Count);
        foreach (var index in endpoint == 0 ? order : order.Reverse())
        {
            switch (NaiveChain.Passes(spec.Functions[index], endpoint, packet, (port, opening) => CanArrive(spec, index, port, opening)))
            {
                case false:
                    return (Fate.Dropped, index);
                case null:
                    return (Fate.Server, index);
                default:
                    continue;
            }
        }

        return (Fate.Out, -1);
    }

    /// <summary>Whether a packet can come to a function from one side, as far as the functions before it are read one by one.</summary>
    private static bool CanArrive(ChainSpec spec, int function, int port, HeaderPoint packet)
    {
        foreach (var before in port == 0 ? spec.Functions.Take(function).Reverse() : spec.Functions.Skip(function + 1))
        {
            if (before is NaptConfiguration napt)
            {
                // Functions before it see other addresses, and may drop what this packet was then.
                return ReferenceEquals(before, port == 0 ? spec.Functions[0] : spec.Functions[^1]) && !packet.IsV6 && (port == 1 || NaptSends(napt, packet));
            }

            if (NaiveChain.Passes(before, port, packet) == false)
            {
                return false;
            }
        }

        return true;
    }

    private static bool NaptSends(NaptConfiguration napt, HeaderPoint packet) =>
        packet.Protocol is 6 or 17 or 1
        && napt.Pool.Any(range => packet.Source >= range.First.Value && packet.Source <= range.Last.Value)
        && (packet.Protocol == 1 || (packet.SourcePort >= napt.OutsidePorts.First && packet.SourcePort <= napt.OutsidePorts.Last));

    private static ushort? Vlan(ChainEndpoint endpoint) => endpoint.Vlan == 0 ? null : endpoint.Vlan;

    private static uint WorkerOf(SwitchVerdict verdict) => Assert.Single(verdict.Outputs).Port;

    private static HeaderPoint Web(ushort sourcePort) => new()
    {
        Source = 0x0a000005,
        Destination = 0x08080808,
        Protocol = 6,
        SourcePort = sourcePort,
        DestinationPort = 80,
        TcpFlags = 0x02,
    };

    private static TestPacket Tagged(TagKind kind, uint port, uint tag, bool isEgress) => kind switch
    {
        TagKind.Vlan => new TestPacket(port, default) { Vlan = (ushort)tag },
        TagKind.QinQ => new TestPacket(port, default) { Vlan = (ushort)tag, IsServiceVlan = true },
        TagKind.Mpls => new TestPacket(port, default) { OtherEthernetType = 0x8847, Label = tag * 4 },
        TagKind.Dscp => new TestPacket(port, new HeaderPoint { Dscp = (byte)tag }),
        _ when isEgress => new TestPacket(port, default) { EthernetSource = 0x024d54000000UL | tag },
        _ => new TestPacket(port, default) { EthernetDestination = 0x024d54000000UL | tag },
    };

    private static ChainPlan Plan(ChainSpec spec, Inventory inventory)
    {
        Assert.Empty(ChainValidator.Validate(spec, inventory, []));
        return ChainPlanner.Plan(new PlanRequest(spec, 1, 1, inventory)).Plan!;
    }
}

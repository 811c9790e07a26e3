using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.L3Switch;
using Metron.NetworkFunctions.NeighborResponder;
using Metron.NetworkFunctions.Router;
using Metron.NetworkFunctions.Vlan;

namespace Metron.Offline.Tests;

/// <summary>Random chains that answer ARP and neighbour solicitations, perhaps in VLANs: questions and packets meet what the chain as written says.</summary>
public class NeighborProperties
{
    private const int FramesPerChain = 100;

    [Fact]
    public void Chains_that_answer_for_neighbors_do_with_every_frame_what_the_chain_as_written_does()
    {
        var met = new HashSet<string>(StringComparer.Ordinal);
        foreach (var seed in Seeds.UpTo(150))
        {
            Check(seed, met);
        }

        string[] expected = ["answered Arp", "answered Solicitation", "answered Tagged Arp", "answered Tagged Solicitation", "noNeighbor", "neighborMalformed", "passed", "notIp", "noRoute", "routeToIngress"];
        Assert.True(Seeds.Given is not null || expected.All(met.Contains), $"missing: {string.Join(", ", expected.Except(met))}; met: {string.Join(", ", met.Order())}");
    }

    private static void Check(int seed, HashSet<string> met)
    {
        var dice = new Dice(seed);
        var spec = Chain(dice);
        using var comparison = Seeds.Compile(dice, spec);
        if (comparison is null)
        {
            return;
        }

        var traffic = new RandomTraffic(dice, spec with { Endpoints = [.. spec.Endpoints.Select(endpoint => endpoint with { Vlan = 0 })] });
        var questions = new NeighborFrames(dice);
        for (var i = 0; i < FramesPerChain; i++)
        {
            var arrival = traffic.Next();
            var isQuestion = dice.Percent(40);
            var frame = isQuestion ? questions.Next() : arrival.Frame;
            var name = $"{(spec.FramesOf(arrival.Endpoint) == LinkFrames.Tagged ? "Tagged " : "")}{(frame.Length > 13 && frame[12] == 8 ? "Arp" : "Solicitation")}";
            frame = TunneledChain.OnWire(spec.Endpoints[arrival.Endpoint].Vlan, frame);
            var compared = comparison.Process(arrival.Endpoint, frame, arrival.Nanoseconds);
            Assert.True(
                compared.Difference is null,
                $"seed {seed}, frame {i} from {arrival.Endpoint}: {compared.Difference}\n{string.Join(" > ", spec.Functions.Select(function => function.ToString()))}\n{Convert.ToHexStringLower(frame)}");
            met.Add(compared.Compiled.DropReason ?? (isQuestion && compared.Compiled.Egress == arrival.Endpoint ? $"answered {name}" : "passed"));
            if (!isQuestion && compared.Compiled is { Frame: { } left, Egress: var egress })
            {
                traffic.Left(arrival, egress, FramedChain.Plain(left));
            }
        }
    }

    private static ChainSpec Chain(Dice dice)
    {
        var make = new RandomFunctions(dice);
        var isTagged = dice.Percent(30);
        List<NetworkFunctionConfiguration> functions = isTagged ? [new VlanConfiguration("untag") { InsideId = 30 }] : [];
        functions.Add(dice.Percent(35) ? L3Switch(dice) : Responder(dice, "near", 0));
        for (var i = dice.Below(3); i > 0; i--)
        {
            functions.Add(make.Any($"f{functions.Count}"));
        }

        if (dice.Percent(40))
        {
            functions.Add(Responder(dice, "far", 1));
        }

        var links = new List<ChainLink>();
        var from = new Attachment("clients", null);
        foreach (var function in functions)
        {
            var isRouter = function.HasNamedPorts;
            links.Add(new ChainLink(from, new Attachment(function.Name, isRouter ? "p0" : null)));
            from = new Attachment(function.Name, isRouter ? "p1" : null);
        }

        links.Add(new ChainLink(from, new Attachment("net", null)));
        var hasMacs = dice.Percent(50);
        return new ChainSpec("asked")
        {
            Endpoints =
            [
                .. new[] { "clients", "net" }.Select((name, index) => new ChainEndpoint(name, "br0", (uint)index + 1)
                {
                    Vlan = (ushort)(isTagged && index == 0 ? 30 : dice.Percent(25) ? 100 + index : 0),
                    PeerMac = hasMacs ? World.Mac(0x300 + index) : null,
                    LocalMac = hasMacs ? World.Mac(0x400 + index) : null,
                    Match = dice.Percent(20) ? new PacketMatch { Protocol = new Condition<byte>(IpProtocol.Tcp) } : PacketMatch.Any,
                }),
            ],
            Functions = functions,
            Links = links,
        };
    }

    private static L3SwitchConfiguration L3Switch(Dice dice)
    {
        var neighbors = new[] { ("10.0.0.1", 0), ("10.0.0.2", 0), ("fd00:1::1", 0), ("192.0.2.1", 1), ("192.0.2.130", 1), ("2001:db8:2::1", 1) }
            .Where(_ => dice.Percent(80))
            .Select((known, index) => new L3SwitchNeighbor(IpAddress.Parse(known.Item1), new NextHop(known.Item2, World.Mac(0x500 + index)))).ToList();
        var routes = new[] { ("10.0.1.0/24", "10.0.0.1"), ("0.0.0.0/0", "192.0.2.1"), ("2001:db8::/32", "2001:db8:2::1"), ("fd00:1:0:1::/64", "fd00:1::1") }
            .Select(route => (Prefix: IpPrefix.Parse(route.Item1), Via: neighbors.Find(neighbor => neighbor.Address == IpAddress.Parse(route.Item2))))
            .Where(route => route.Via is not null && dice.Percent(80));
        return new L3SwitchConfiguration("l3")
        {
            SwitchPorts = [Port("p0", 0xa0, "10.0.0.254", "10.0.0.0/24", "fd00:1::fe", "fd00:1::/64"), Port("p1", 0xa1, "192.0.2.254", "192.0.2.0/24", "2001:db8:2::fe", "2001:db8:2::/64")],
            Neighbors = neighbors,
            Routes = [.. routes.Select(route => new Route(route.Prefix, route.Via!.Hop))],
        };
    }

    private static L3SwitchPort Port(string name, int mac, string own4, string subnet4, string own6, string subnet6) => new(name, World.Mac(mac))
    {
        Addresses = [new PortAddress(IpAddress.Parse(own4), IpPrefix.Parse(subnet4)), new PortAddress(IpAddress.Parse(own6), IpPrefix.Parse(subnet6))],
    };

    private static NeighborResponderConfiguration Responder(Dice dice, string name, int port) => new(name)
    {
        Answers =
        [
            .. new[] { "192.0.2.1/32", "10.0.0.0/24", "10.0.0.1/32", "2001:db8:2::1/128", "fd00:1::/64", "fd00:1::1/128" }
                .Where(_ => dice.Percent(70))
                .Select(prefix => new NeighborAnswer(IpPrefix.Parse(prefix), World.Mac(dice.Of(0xa0, 0xa1, 3))) { FromPort = port, IsRouter = dice.Percent(50) }),
        ],
    };
}

using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.L2Switch;

namespace Metron.Offline.Tests;

/// <summary>Random chains with a layer 2 switch between three endpoints, with functions before two of them.</summary>
public class L2SwitchProperties
{
    private const int PacketsPerChain = 100;

    [Fact]
    public void Chains_with_a_layer_2_switch_do_with_every_packet_what_the_chain_as_written_does()
    {
        var met = new HashSet<string>(StringComparer.Ordinal);
        foreach (var seed in Seeds.UpTo(120))
        {
            Check(seed, met);
        }

        string[] expected = ["0 to 1", "0 to 2", "1 to 0", "2 to 0", "unknownMac", "routeToIngress", "denied"];
        Assert.True(Seeds.Given is not null || expected.All(met.Contains), $"missing: {string.Join(", ", expected.Except(met))}; met: {string.Join(", ", met.Order())}");
    }

    private static void Check(int seed, HashSet<string> met)
    {
        var dice = new Dice(seed);
        var spec = Chain(dice);
        using var comparison = Seeds.Compile(dice, spec, allowsMac: false);
        if (comparison is null)
        {
            return;
        }

        var traffic = new RandomTraffic(dice, spec with { Endpoints = [.. spec.Endpoints.Select(endpoint => endpoint with { Vlan = 0 })] });
        for (var i = 0; i < PacketsPerChain; i++)
        {
            var arrival = traffic.Next();
            var frame = arrival.Frame;
            if (frame.Length >= 14)
            {
                (frame[0], frame[1], frame[2], frame[3], frame[4], frame[5]) = (2, 0, 0, 0, 5, (byte)dice.Below(6));
            }

            frame = TunneledChain.OnWire(spec.Endpoints[arrival.Endpoint].Vlan, frame);
            var compared = comparison.Process(arrival.Endpoint, frame, arrival.Nanoseconds);
            Assert.True(
                compared.Difference is null,
                $"seed {seed}, packet {i} from {arrival.Endpoint}: {compared.Difference}\n{string.Join(" > ", spec.Functions.Select(function => function.Name))}\n{Convert.ToHexStringLower(frame)}");
            met.Add(compared.Compiled.DropReason ?? $"{arrival.Endpoint} to {compared.Compiled.Egress}");
            if (compared.Compiled is { Frame: { } left, Egress: var egress })
            {
                traffic.Left(arrival, egress, FramedChain.Plain(left));
            }
        }
    }

    private static ChainSpec Chain(Dice dice)
    {
        var make = new RandomFunctions(dice);
        NetworkFunctionConfiguration[] before = [make.Any("f0"), make.Any("f1")];
        List<NetworkFunctionConfiguration> functions = [.. before.Where(function => !function.HasNamedPorts && dice.Percent(70))];
        var lan = new L2SwitchConfiguration("lan")
        {
            SwitchPorts = ["one", "two", "rest"],
            Hosts = [.. Enumerable.Range(0, 5).Where(_ => dice.Percent(80)).Select(host => new L2SwitchHost(World.Mac(0x500 + host), dice.Below(3)))],
            DefaultPort = dice.Percent(50) ? dice.Below(3) : null,
        };
        List<ChainLink> links = [];
        for (var i = 0; i < 2; i++)
        {
            var name = i == 0 ? "one" : "two";
            var from = new Attachment(i == 0 ? "clients" : "others", null);
            if (i < functions.Count)
            {
                links.Add(new ChainLink(from, new Attachment(functions[i].Name, null)));
                from = new Attachment(functions[i].Name, null);
            }

            links.Add(new ChainLink(from, new Attachment("lan", name)));
        }

        links.Add(new ChainLink(new Attachment("lan", "rest"), new Attachment("net", null)));
        return new ChainSpec("switched")
        {
            Endpoints =
            [
                .. new[] { "clients", "others", "net" }.Select((name, index) =>
                    new ChainEndpoint(name, "br0", (uint)index + 1) { Vlan = (ushort)(dice.Percent(25) ? 100 + index : 0) }),
            ],
            Functions = [.. functions, lan],
            Links = links,
        };
    }
}

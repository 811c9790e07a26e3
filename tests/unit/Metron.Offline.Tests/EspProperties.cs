using Metron.NetworkFunctions.Esp;

namespace Metron.Offline.Tests;

/// <summary>Random chains with an IPsec tunnel, its other end included: the platform does with every packet what the chain as written does.</summary>
public class EspProperties
{
    private const int PacketsPerChain = 100;

    [Fact]
    public void Chains_with_an_ipsec_tunnel_do_with_every_packet_what_the_chain_as_written_does()
    {
        var met = new HashSet<string>(StringComparer.Ordinal);
        foreach (var seed in Seeds.UpTo(120))
        {
            Check(seed, met);
        }

        string[] expected =
        [
            "in", "out", "tooBig", "notForTunnel", "noSecurityAssociation", "replayed", "authenticationFailed", "tunnelMalformed", "unsupportedProtocol",
            "congestionHidden",
        ];
        Assert.True(Seeds.Given is not null || expected.All(met.Contains), $"missing: {string.Join(", ", expected.Except(met))}; met: {string.Join(", ", met.Order())}");
    }

    private static void Check(int seed, HashSet<string> met)
    {
        var dice = new Dice(seed);
        var esp = Esp(dice);
        var spec = TunneledChain.Make(dice, esp);
        using var comparison = Seeds.Compile(dice, spec, allowsMac: false);
        if (comparison is null)
        {
            return;
        }

        var traffic = new RandomTraffic(dice, spec with { Endpoints = [.. spec.Endpoints.Select(endpoint => endpoint with { Vlan = 0 })] });
        var peer = new EspPeer(dice, esp);
        var fits = ((esp.Mtu - (esp.Local.IsV6 ? 40 : 20) - 32) & ~3) - 2;
        for (var i = 0; i < PacketsPerChain; i++)
        {
            var arrival = traffic.Next();
            var frame = arrival.Endpoint == 0 && dice.Percent(5) ? TunneledChain.Large(dice, fits) : arrival.Frame;
            frame = arrival.Endpoint == 1 && dice.Percent(95) && frame.Length >= 14 ? peer.Wrap(frame) : frame;
            var compared = comparison.Process(arrival.Endpoint, TunneledChain.OnWire(spec.Endpoints[arrival.Endpoint].Vlan, frame), arrival.Nanoseconds);
            Assert.True(
                compared.Difference is null,
                $"seed {seed}, packet {i}: {compared.Difference}\n{esp}\n{string.Join(" > ", spec.Functions.Select(function => function.Name))}\n{Convert.ToHexStringLower(frame)}");
            met.Add(compared.Compiled.DropReason ?? (compared.Compiled.Egress == 0 ? "in" : "out"));
            if (compared.Compiled is { Frame: { } left, Egress: var egress })
            {
                left = left[12] == 0x81 ? [.. left[..12], .. left[16..]] : left;
                traffic.Left(arrival, egress, egress == 1 ? peer.Unwrap(left) : left);
            }
        }
    }

    private static EspConfiguration Esp(Dice dice)
    {
        var isV6 = dice.Percent(40);
        return new EspConfiguration("esp")
        {
            Local = isV6 ? TunneledChain.Local6 : TunneledChain.Local4,
            Remote = isV6 ? TunneledChain.Remote6 : TunneledChain.Remote4,
            Mtu = 1280,
            TimeToLive = (byte)dice.Between(1, 255),
            Outbound = [.. Enumerable.Range(0, dice.Between(1, 3)).Select(number => Association(dice, 1000 + number, isInbound: false))],
            Inbound = [.. Enumerable.Range(0, dice.Between(1, 3)).Select(number => Association(dice, 2000 + number, isInbound: true))],
        };
    }

    private static SecurityAssociation Association(Dice dice, int index, bool isInbound)
    {
        var isExtended = dice.Percent(40);
        return new SecurityAssociation((uint)index, $"k{index}-{dice.Of("128", "256")}")
        {
            HasExtendedNumbers = isExtended,
            ReplayWindow = !isInbound ? 0 : isExtended || dice.Percent(70) ? dice.Of(64, 128) : 0,
            LifetimeBytes = dice.Percent(20) ? (ulong)dice.Between(100, 2000) : 0,
            Lifetime = dice.Percent(15) ? TimeSpan.FromSeconds(50) : TimeSpan.Zero,
        };
    }
}

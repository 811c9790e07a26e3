using Metron.NetworkFunctions.Tunnel;

namespace Metron.Offline.Tests;

/// <summary>Random chains with a tunnel, its other end included: the platform does with every packet what the chain as written does.</summary>
public class TunnelProperties
{
    private const int PacketsPerChain = 120;

    [Fact]
    public void Chains_with_a_tunnel_do_with_every_packet_what_the_chain_as_written_does()
    {
        foreach (var seed in Seeds.UpTo(150))
        {
            Check(seed, _ => { });
        }
    }

    /// <summary>Otherwise the property would say nothing about what never happens.</summary>
    [Fact]
    public void Random_packets_meet_every_fate_that_a_tunnel_knows()
    {
        var met = new HashSet<string>(StringComparer.Ordinal);
        for (var seed = 1; seed <= 100; seed++)
        {
            Check(seed, result => met.Add(
                result.DropReason is { } reason ? reason
                : result.Calls is [.., { Verdict.Outcome: -1 }] ? "turned back"
                : $"{(result.Egress == 0 ? "in" : "out")} {(result.WasSlow ? "slow" : "fast")}"));
        }

        string[] expected =
        [
            "in slow", "in fast", "out slow", "out fast", "tooBig", "notForTunnel", "tunnelMalformed", "congestionHidden", "truncated", "malformedHeader",
            "notIp", "noBinding", "denied", "noConnection",
        ];
        Assert.True(expected.All(met.Contains), $"missing: {string.Join(", ", expected.Except(met))}; met: {string.Join(", ", met.Order())}");
    }

    private static void Check(int seed, Action<OfflineResult> witness)
    {
        var dice = new Dice(seed);
        var tunnel = Tunnel(dice);
        var spec = TunneledChain.Make(dice, tunnel);
        using var comparison = Seeds.Compile(dice, spec);
        if (comparison is null)
        {
            return;
        }

        var traffic = new RandomTraffic(dice, spec with { Endpoints = [.. spec.Endpoints.Select(endpoint => endpoint with { Vlan = 0 })] });
        var peer = new TunnelPeer(dice, tunnel);
        for (var i = 0; i < PacketsPerChain; i++)
        {
            var arrival = traffic.Next();
            var frame = arrival.Endpoint == 0 && dice.Percent(6) ? TunneledChain.Large(dice, tunnel.Mtu - OverheadOf(tunnel)) : arrival.Frame;
            frame = arrival.Endpoint == 1 && dice.Percent(95) && frame.Length >= 14 ? peer.Wrap(frame) : frame;
            if (arrival.Endpoint == 0 && dice.Percent(20) && frame.Length > 54 && frame[12] is 0x08 or 0x86)
            {
                frame = TunnelPeer.WithTrafficClass(frame, (byte)dice.Below(256));
            }

            var compared = comparison.Process(arrival.Endpoint, TunneledChain.OnWire(spec.Endpoints[arrival.Endpoint].Vlan, frame), arrival.Nanoseconds);
            Assert.True(
                compared.Difference is null,
                $"seed {seed}, packet {i}: {compared.Difference}\n{tunnel}\n{string.Join(" > ", spec.Functions.Select(function => function.Name))}\n{Convert.ToHexStringLower(frame)}");
            witness(compared.Compiled);
            if (compared.Compiled is { Frame: { } left, Egress: var egress })
            {
                left = left[12] == 0x81 ? [.. left[..12], .. left[16..]] : left;
                traffic.Left(arrival, egress, egress == 1 ? Unwrap(left, tunnel) : left);
            }
        }
    }

    private static TunnelConfiguration Tunnel(Dice dice)
    {
        var isV6 = dice.Percent(40);
        var isVxlan = dice.Percent(60);
        return new TunnelConfiguration("tunnel")
        {
            Protocol = isVxlan ? TunnelProtocol.Vxlan : TunnelProtocol.Gre,
            Local = isV6 ? TunneledChain.Local6 : TunneledChain.Local4,
            Remote = isV6 ? TunneledChain.Remote6 : TunneledChain.Remote4,
            Mtu = 1280,
            TimeToLive = (byte)dice.Between(1, 255),
            NetworkIdentifier = (uint)dice.Below(1 << 24),
            Port = dice.Percent(80) ? TunnelConfiguration.VxlanPort : (ushort)8472,
            InnerSource = isVxlan && dice.Percent(30) ? World.Mac(0x801) : null,
            InnerDestination = isVxlan && dice.Percent(50) ? World.Mac(0x802) : null,
            Key = !isVxlan && dice.Percent(50) ? (uint)dice.Below(int.MaxValue) : null,
        };
    }

    private static int OverheadOf(TunnelConfiguration tunnel) =>
        (tunnel.Local.IsV6 ? 40 : 20) + (tunnel.Protocol == TunnelProtocol.Vxlan ? 30 : tunnel.Key is null ? 4 : 8);

    /// <summary>The frame in a frame that our end made.</summary>
    private static byte[] Unwrap(byte[] frame, TunnelConfiguration tunnel)
    {
        var start = 14 + (tunnel.Local.IsV6 ? 40 : 20);
        return tunnel.Protocol == TunnelProtocol.Vxlan
            ? frame[(start + 16)..]
            : [.. frame[..12], .. frame[(start + 2)..(start + 4)], .. frame[(start + (tunnel.Key is null ? 4 : 8))..]];
    }
}

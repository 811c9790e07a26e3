using Metron.NetworkFunctions.Chains;

namespace Metron.Offline.Tests;

/// <summary>Random chains with VLAN and MPLS functions: the platform does with every frame what the chain as written does.</summary>
public class FramedProperties
{
    private const int FramesPerChain = 100;

    [Fact]
    public void Chains_with_vlans_and_labels_do_with_every_frame_what_the_chain_as_written_does()
    {
        var met = new HashSet<string>(StringComparer.Ordinal);
        foreach (var seed in Seeds.UpTo(200))
        {
            Check(seed, met);
        }

        string[] expected =
        [
            "Ip to Tagged", "Tagged to Ip", "Tagged to Tagged", "Ip to Labelled", "Labelled to Ip", "Labelled to Labelled", "Ip to Ip",
            "vlanTagged", "unknownLabel", "timeToLiveExpired", "tooBig", "unsupportedProtocol", "truncated", "malformedHeader", "notIp",
        ];
        Assert.True(Seeds.Given is not null || expected.All(met.Contains), $"missing: {string.Join(", ", expected.Except(met))}; met: {string.Join(", ", met.Order())}");
    }

    private static void Check(int seed, HashSet<string> met)
    {
        var dice = new Dice(seed);
        var spec = FramedChain.Make(dice);
        using var comparison = Seeds.Compile(dice, spec);
        if (comparison is null)
        {
            return;
        }

        var traffic = new RandomTraffic(dice, spec with { Endpoints = [.. spec.Endpoints.Select(endpoint => endpoint with { Vlan = 0 })] });
        for (var i = 0; i < FramesPerChain; i++)
        {
            var arrival = traffic.Next();
            var frame = arrival.Endpoint == 0 && dice.Percent(6) ? TunneledChain.Large(dice, FramedChain.Fits) : arrival.Frame;
            if (dice.Percent(20) && frame.Length > 54 && frame[12] is 0x08 or 0x86)
            {
                frame = TunnelPeer.WithTrafficClass(frame, (byte)dice.Below(256));
            }

            frame = FramedChain.OnWire(dice, spec, arrival.Endpoint, frame);
            var compared = comparison.Process(arrival.Endpoint, frame, arrival.Nanoseconds);
            Assert.True(
                compared.Difference is null,
                $"seed {seed}, frame {i} from {arrival.Endpoint}: {compared.Difference}\n{string.Join(" > ", spec.Functions.Select(function => function.ToString()))}\n{Convert.ToHexStringLower(frame)}");
            met.Add(compared.Compiled.DropReason ?? $"{spec.FramesOf(arrival.Endpoint)} to {spec.FramesOf(compared.Compiled.Egress)}");
            if (compared.Compiled is { Frame: { } left, Egress: var egress })
            {
                traffic.Left(arrival, egress, FramedChain.Plain(left));
            }
        }
    }
}

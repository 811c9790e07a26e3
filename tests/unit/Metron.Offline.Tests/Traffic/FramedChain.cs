using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Mpls;
using Metron.NetworkFunctions.Vlan;

namespace Metron.Offline.Tests;

/// <summary>Random chains with functions for VLANs or MPLS labels: "clients", functions, "net"; and the frames of what lies on their endpoints' links.</summary>
internal static class FramedChain
{
    private const int MplsMtu = 1280;

    public static ChainSpec Make(Dice dice)
    {
        var make = new RandomFunctions(dice);
        List<NetworkFunctionConfiguration> functions = [];
        var (first, isIpInside, isIpOutside) = Framing(dice);
        for (var i = isIpInside ? dice.Below(3) : 0; i > 0; i--)
        {
            functions.Add(make.Any($"f{functions.Count}"));
        }

        functions.AddRange(first);
        for (var i = isIpOutside ? dice.Below(3) : 0; i > 0; i--)
        {
            functions.Add(make.Any($"f{functions.Count}"));
        }

        var spec = ChainInARow.Make("framed", functions, dice) with { PassNeighborDiscovery = dice.Percent(30) };
        return spec with { Endpoints = [.. spec.Endpoints.Select((endpoint, index) => endpoint with { Vlan = IdOf(spec, index) ?? endpoint.Vlan })] };
    }

    /// <summary>The frame as the link of an endpoint carries it; sometimes wrong.</summary>
    /// <param name="dice">Decides.</param>
    /// <param name="spec">The chain.</param>
    /// <param name="endpoint">Index of the endpoint.</param>
    /// <param name="frame">An IP packet's frame without VLAN header.</param>
    public static byte[] OnWire(Dice dice, ChainSpec spec, int endpoint, byte[] frame)
    {
        if (frame.Length < 14)
        {
            return frame;
        }

        var vlan = dice.Percent(97) ? spec.Endpoints[endpoint].Vlan : (ushort)dice.Between(1, 4094);
        if (spec.FramesOf(endpoint) == LinkFrames.Labelled && dice.Percent(95))
        {
            frame = Labelled(dice, (MplsConfiguration)spec.LinkedTo(endpoint)!.Value.Function, endpoint, frame);
        }

        frame = TunneledChain.OnWire(vlan, frame);
        if (spec.FramesOf(endpoint) == LinkFrames.Tagged && vlan != 0)
        {
            frame[14] |= (byte)(dice.Below(16) << 4);
            (frame[12], frame[13]) = dice.Percent(95) ? ((byte)0x81, (byte)0) : ((byte)0x88, (byte)0xa8);
        }

        return frame;
    }

    /// <summary>The packet's frame in what left by an endpoint.</summary>
    public static byte[] Plain(byte[] frame)
    {
        frame = frame[12] is 0x81 or 0x88 && frame[13] is 0 or 0xa8 ? [.. frame[..12], .. frame[16..]] : frame;
        return (frame[12], frame[13]) == (0x88, 0x47)
            ? [.. frame[..12], .. frame[18] >> 4 == 4 ? new byte[] { 8, 0 } : [0x86, 0xdd], .. frame[18..]]
            : frame;
    }

    private static byte[] Labelled(Dice dice, MplsConfiguration mpls, int endpoint, byte[] frame)
    {
        var label = mpls.Edge is { } edge
            ? (dice.Percent(85) ? edge.InLabel : (uint)dice.Below(4))
            : dice.Percent(95) ? (endpoint == 0 ? dice.Of([.. mpls.Swaps]).Inside : dice.Of([.. mpls.Swaps]).Outside) : 999;
        var timeToLive = dice.Percent(90) ? dice.Between(2, 255) : dice.Below(3);
        byte[] entry = [(byte)(label >> 12), (byte)(label >> 4), (byte)((label << 4) | (uint)dice.Below(8) << 1 | (dice.Percent(96) ? 1u : 0)), (byte)timeToLive];
        return dice.Percent(2)
            ? [.. frame[..12], 0x88, 0x47, .. entry[..dice.Between(0, 4)]]
            : [.. frame[..12], 0x88, 0x47, .. entry, .. frame[14..]];
    }

    private static ushort? IdOf(ChainSpec spec, int endpoint) =>
        spec.LinkedTo(endpoint) is ({ } function, var port) && function is VlanConfiguration vlan && vlan.IdAt(port) != 0 ? vlan.IdAt(port) : null;

    private static (List<NetworkFunctionConfiguration> Functions, bool IsIpInside, bool IsIpOutside) Framing(Dice dice) => dice.Below(7) switch
    {
        0 => ([Vlan(dice, "tag", 0, 20)], true, false),
        1 => ([Vlan(dice, "tag", 10, 0)], false, true),
        2 => ([Vlan(dice, "tag", 10, 20)], false, false),
        3 => ([Vlan(dice, "tag", 10, 20), Vlan(dice, "untag", 20, 0)], false, true),
        4 => ([Swap(dice)], false, false),
        _ => ([Edge(dice)], true, false),
    };

    private static VlanConfiguration Vlan(Dice dice, string name, ushort inside, ushort outside) =>
        new(name) { InsideId = inside, OutsideId = outside, Priority = dice.Percent(30) ? (byte)dice.Below(8) : null };

    private static MplsConfiguration Edge(Dice dice) => new("edge")
    {
        Edge = new MplsEdge((uint)dice.Between(16, 1_048_575), (uint)dice.Between(16, 1_048_575))
        {
            TimeToLive = dice.Percent(40) ? (byte)dice.Between(1, 255) : null,
            TrafficClass = dice.Percent(30) ? (byte)dice.Below(8) : null,
            Mtu = MplsMtu,
        },
    };

    private static MplsConfiguration Swap(Dice dice) => new("swap")
    {
        Swaps = [new LabelPair(16, (uint)dice.Between(100, 1_048_575)), new LabelPair(1_048_575, 17)],
    };

    /// <summary>Longest packet that a label edge takes.</summary>
    public const int Fits = MplsMtu - 4;
}

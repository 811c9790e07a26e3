using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Router;

namespace Metron.Offline.Tests;

/// <summary>Random chains around an end of a tunnel: "clients", up to two functions, the tunnel, perhaps a function that sees its packets, "net".</summary>
internal static class TunneledChain
{
    public static readonly IpAddress Local4 = IpAddress.Parse("203.0.113.10");
    public static readonly IpAddress Remote4 = IpAddress.Parse("203.0.113.20");
    public static readonly IpAddress Local6 = IpAddress.Parse("2001:db8:aa::1");
    public static readonly IpAddress Remote6 = IpAddress.Parse("2001:db8:bb::2");

    public static ChainSpec Make(Dice dice, NetworkFunctionConfiguration tunnel)
    {
        var make = new RandomFunctions(dice);
        List<NetworkFunctionConfiguration> functions = [];
        for (var i = dice.Below(3); i > 0; i--)
        {
            functions.Add(make.Any($"f{functions.Count}"));
        }

        functions.Add(tunnel);
        if (dice.Percent(50))
        {
            functions.Add(Outer(dice));
        }

        return ChainInARow.Make("tunneled", functions, dice);
    }

    /// <summary>A function that sees the tunnel's packets.</summary>
    private static NetworkFunctionConfiguration Outer(Dice dice) => dice.Below(3) switch
    {
        0 => new MonitorConfiguration("outer") { TopTalkers = 100 },
        1 => new FirewallConfiguration("outer") { Stateful = dice.Percent(50), AllowByDefault = true },
        _ => new RouterConfiguration("outer")
        {
            RouterPorts = [new RouterPort("p0", World.Mac(0x900)), new RouterPort("p1", World.Mac(0x901))],
            Routes =
            [
                new Route(new IpPrefix(Local4, 32), new NextHop(0, World.Mac(0x910))),
                new Route(new IpPrefix(Local6, 128), new NextHop(0, World.Mac(0x910))),
                new Route(IpPrefix.Parse("0.0.0.0/0"), new NextHop(1, World.Mac(0x911))),
                new Route(IpPrefix.Parse("::/0"), new NextHop(1, World.Mac(0x911))),
            ],
        },
    };

    /// <summary>A packet that may or may not fit into the tunnel.</summary>
    /// <param name="dice">Decides.</param>
    /// <param name="fits">Longest packet that does.</param>
    public static byte[] Large(Dice dice, int fits)
    {
        var isV6 = dice.Percent(40);
        var isFitting = dice.Percent(40);
        return new FrameBuilder
        {
            EthernetSource = World.Mac(1),
            EthernetDestination = World.Mac(0x200),
            Source = isV6 ? World.Clients6[0] : World.Clients4[0],
            Destination = isV6 ? World.Servers6[0] : World.Servers4[0],
            Protocol = IpProtocol.Udp,
            SourcePort = dice.Of(World.ClientPorts),
            DestinationPort = dice.Of(World.ServicePorts),
            Fragment = !isV6 && dice.Percent(70) ? (ushort)0x4000 : (ushort)0,
            Payload = new byte[fits - (isV6 ? 48 : 28) + (isFitting ? 0 : dice.Between(1, 100))],
        }.Build();
    }

    /// <summary>The frame with its endpoint's VLAN header.</summary>
    public static byte[] OnWire(ushort vlan, byte[] frame) =>
        vlan == 0 || frame.Length < 14 ? frame : [.. frame[..12], 0x81, 0x00, (byte)(vlan >> 8), (byte)vlan, .. frame[12..]];
}

using Metron.Mapping.Syntax;
using Metron.NetworkFunctions.Tunnel;
using Metron.Packets;

namespace Metron.Mapping.Functions;

/// <summary>Reads a tunnel's end.</summary>
internal static class TunnelMapper
{
    private const uint MostIdentifiers = (1 << 24) - 1;

    /// <summary>Reads a tunnel's end.</summary>
    public static TunnelConfiguration Map(string name, V1.Tunnel tunnel, SpecNode at)
    {
        var (local, remote) = TunnelEnds.Map(tunnel.LocalAddress, tunnel.RemoteAddress, at);
        var configuration = new TunnelConfiguration(name)
        {
            Local = local,
            Remote = remote,
            Mtu = TunnelEnds.Mtu(tunnel.Mtu, at),
            TimeToLive = TunnelEnds.TimeToLive(tunnel.Ttl, at),
        };
        switch (tunnel.ProtocolCase)
        {
            case V1.Tunnel.ProtocolOneofCase.Vxlan:
                return WithVxlan(configuration, tunnel.Vxlan, at.Field("vxlan"));
            case V1.Tunnel.ProtocolOneofCase.Gre:
                return configuration with { Protocol = TunnelProtocol.Gre, Key = tunnel.Gre.HasKey ? tunnel.Gre.Key : null };
            default:
                at.Report("does not say how packets are wrapped; give one of vxlan, gre");
                return configuration;
        }
    }

    private static TunnelConfiguration WithVxlan(TunnelConfiguration configuration, V1.Vxlan vxlan, SpecNode at)
    {
        Counts.CheckRange(vxlan.Vni, 0, MostIdentifiers, at, "vni");
        var isPort = Counts.CheckRange(vxlan.Port, 0, ushort.MaxValue, at, "port", $"; 0 for {TunnelConfiguration.VxlanPort}");
        return configuration with
        {
            Protocol = TunnelProtocol.Vxlan,
            NetworkIdentifier = vxlan.Vni,
            Port = isPort && vxlan.Port > 0 ? (ushort)vxlan.Port : TunnelConfiguration.VxlanPort,
            InnerSource = Addresses.Mac(vxlan.InnerSourceMac, at, "innerSourceMac", required: false),
            InnerDestination = Addresses.Mac(vxlan.InnerDestinationMac, at, "innerDestinationMac", required: false),
        };
    }
}

/// <summary>What all kinds of tunnels have: two ends, an MTU, a TTL.</summary>
internal static class TunnelEnds
{
    private const uint SmallestMtu = 1280;
    private const uint LargestMtu = 9216;
    private const int DefaultMtu = 1500;
    private const byte DefaultTimeToLive = 64;

    /// <summary>The two addresses, of the same IP version and not the same.</summary>
    public static (IpAddress Local, IpAddress Remote) Map(string localAddress, string remoteAddress, SpecNode at)
    {
        var isLocal = Addresses.TryHost(localAddress, at, "localAddress", out var local);
        var isRemote = Addresses.TryHost(remoteAddress, at, "remoteAddress", out var remote);
        if (isLocal && isRemote && local.IsV6 != remote.IsV6)
        {
            at.Report("remoteAddress", $"{remote} is IPv{(remote.IsV6 ? 6 : 4)}, but the local address {local} is not; both ends need the same version");
        }
        else if (isLocal && isRemote && local == remote)
        {
            at.Report("remoteAddress", $"{remote} is the local address too; give the address of the other end");
        }

        return (local, remote);
    }

    public static int Mtu(uint mtu, SpecNode at) =>
        mtu == 0 || !Counts.CheckRange(mtu, SmallestMtu, LargestMtu, at, "mtu", $"; 0 for {DefaultMtu}") ? DefaultMtu : (int)mtu;

    public static byte TimeToLive(uint ttl, SpecNode at) =>
        ttl == 0 || !Counts.CheckRange(ttl, 1, byte.MaxValue, at, "ttl", $"; 0 for {DefaultTimeToLive}") ? DefaultTimeToLive : (byte)ttl;
}

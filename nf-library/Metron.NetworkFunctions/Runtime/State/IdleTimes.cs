using Metron.Packets;

namespace Metron.NetworkFunctions.Runtime.State;

/// <summary>Idle times in milliseconds.</summary>
internal readonly record struct IdleTimes(long TcpEstablished, long TcpTransitory, long Udp, long Icmp)
{
    /// <summary>From a configuration.</summary>
    public static IdleTimes From(ConnectionTimeouts timeouts) => new(
        (long)timeouts.TcpEstablished.TotalMilliseconds,
        (long)timeouts.TcpTransitory.TotalMilliseconds,
        (long)timeouts.Udp.TotalMilliseconds,
        (long)timeouts.Icmp.TotalMilliseconds);

    /// <summary>Idle time of a connection; other protocols have that of UDP.</summary>
    public long Of(byte protocol, TcpTracking state) => protocol switch
    {
        IpProtocol.Tcp => TcpTransitions.IsEstablished(state) ? TcpEstablished : TcpTransitory,
        IpProtocol.Icmp or IpProtocol.IcmpV6 => Icmp,
        _ => Udp,
    };
}

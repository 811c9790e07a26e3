using Metron.Packets;

namespace Metron.Reference.Functions;

/// <summary>How far a TCP connection is, as RFC 5382 section 2 sees it from the middle.</summary>
internal enum TcpPhase
{
    Opening,
    Answered,
    Established,
    OriginatorClosed,
    ResponderClosed,
    Closed,
}

/// <summary>Rules of TCP connections.</summary>
internal static class Tcp
{
    /// <summary>SYN alone.</summary>
    public static bool Opens(TcpFlags flags) =>
        flags.HasFlag(TcpFlags.Syn) && (flags & (TcpFlags.Fin | TcpFlags.Reset | TcpFlags.Acknowledgement)) == 0;

    /// <summary>The phase after a packet.</summary>
    public static TcpPhase After(TcpPhase phase, TcpFlags flags, bool fromOriginator)
    {
        if (flags.HasFlag(TcpFlags.Reset))
        {
            return TcpPhase.Closed;
        }

        if (phase == TcpPhase.Opening)
        {
            return fromOriginator ? TcpPhase.Opening : TcpPhase.Answered;
        }

        if (phase == TcpPhase.Closed || flags.HasFlag(TcpFlags.Syn))
        {
            return phase;
        }

        if (flags.HasFlag(TcpFlags.Fin))
        {
            return (phase, fromOriginator) switch
            {
                (TcpPhase.OriginatorClosed, false) or (TcpPhase.ResponderClosed, true) => TcpPhase.Closed,
                (_, true) => TcpPhase.OriginatorClosed,
                (_, false) => TcpPhase.ResponderClosed,
            };
        }

        return phase == TcpPhase.Answered ? TcpPhase.Established : phase;
    }

    /// <summary>Whether the long idle time holds: both ends agreed, and the connection is not over.</summary>
    public static bool IsLong(TcpPhase phase) => phase is TcpPhase.Established or TcpPhase.OriginatorClosed or TcpPhase.ResponderClosed;

    /// <summary>How long a connection or binding may be idle, in milliseconds.</summary>
    public static long IdleMilliseconds(byte protocol, TcpPhase phase, NetworkFunctions.ConnectionTimeouts timeouts) => (long)(protocol switch
    {
        IpProtocol.Tcp => IsLong(phase) ? timeouts.TcpEstablished : timeouts.TcpTransitory,
        IpProtocol.Icmp or IpProtocol.IcmpV6 => timeouts.Icmp,
        _ => timeouts.Udp,
    }).TotalMilliseconds;
}

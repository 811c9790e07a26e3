using Metron.Packets;

namespace Metron.NetworkFunctions.Runtime.State;

/// <summary>State of a TCP connection as seen from between its ends (RFC 5382, section 2; RFC 7857, section 2).</summary>
internal enum TcpTracking : byte
{
    /// <summary>The originator sent a SYN, or is not a TCP connection.</summary>
    Opening,

    /// <summary>The responder answered.</summary>
    Answered,

    /// <summary>The originator acknowledged that: both ends agree.</summary>
    Established,

    /// <summary>The originator sent FIN.</summary>
    ClosingByOriginator,

    /// <summary>The responder sent FIN.</summary>
    ClosingByResponder,

    /// <summary>Both sent FIN, or one sent RST.</summary>
    Closed,
}

/// <summary>Transitions of <see cref="TcpTracking"/>.</summary>
internal static class TcpTransitions
{
    /// <summary>The flags with which packets are shown to functions even when their flow is known.</summary>
    public const TcpFlags Shown = TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Reset;

    /// <summary>Whether the packet asks for a new connection: SYN alone.</summary>
    public static bool IsOpening(TcpFlags flags) => (flags & (Shown | TcpFlags.Acknowledgement)) == TcpFlags.Syn;

    /// <summary>Whether the connection has its long idle time: both ends agreed, and it is not over.</summary>
    public static bool IsEstablished(TcpTracking state) => state is >= TcpTracking.Established and < TcpTracking.Closed;

    /// <summary>Whether the packet, and others like it, change nothing about an established connection: their flow may be cached.</summary>
    public static bool IsPlain(TcpFlags flags, TcpTracking state) => (flags & Shown) == TcpFlags.None && IsEstablished(state);

    /// <summary>
    /// The state after a packet. A SYN never changes the state of a connection that is answered; one that is closed is opened by its owner.
    /// </summary>
    public static TcpTracking Next(TcpTracking state, TcpFlags flags, bool fromOriginator)
    {
        if ((flags & TcpFlags.Reset) != 0)
        {
            return TcpTracking.Closed;
        }

        if (state == TcpTracking.Opening)
        {
            return fromOriginator ? state : TcpTracking.Answered;
        }

        if ((flags & TcpFlags.Syn) != 0 || state == TcpTracking.Closed)
        {
            return state;
        }

        if ((flags & TcpFlags.Fin) != 0)
        {
            var (own, other) = fromOriginator
                ? (TcpTracking.ClosingByOriginator, TcpTracking.ClosingByResponder)
                : (TcpTracking.ClosingByResponder, TcpTracking.ClosingByOriginator);
            return state == other ? TcpTracking.Closed : own;
        }

        return state == TcpTracking.Answered ? TcpTracking.Established : state;
    }
}

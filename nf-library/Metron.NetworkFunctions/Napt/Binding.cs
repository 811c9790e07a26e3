using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.Napt;

/// <summary>
/// An inside endpoint and the outside endpoint it is translated to, whatever the peer (endpoint-independent mapping, RFC 4787 section 4.1).
/// </summary>
internal struct Binding
{
    /// <summary>Inside address.</summary>
    public UInt128 Inside;

    /// <summary>Index of the outside address in <see cref="NaptState.Addresses"/>.</summary>
    public int Address;

    /// <summary>Inside port or ICMP identifier.</summary>
    public ushort InsidePort;

    /// <summary>Outside port or ICMP identifier.</summary>
    public ushort OutsidePort;

    /// <summary>TCP, UDP, or ICMP of either version.</summary>
    public byte Protocol;

    /// <summary>Whether the addresses are IPv6.</summary>
    public bool IsV6;

    /// <summary>State of the TCP connection with <see cref="Peer"/>.</summary>
    public TcpTracking Tcp;

    /// <summary>Whether several peers share the binding: it then counts as established, since one record cannot follow them all.</summary>
    public bool IsShared;

    /// <summary>Hash of the TCP peer that is followed.</summary>
    public uint Peer;

    /// <summary>Generation of the configuration that last found the binding to be allowed.</summary>
    public int Generation;

    /// <summary>Generation of the port accounting that <see cref="Owner"/> belongs to.</summary>
    public int Layout;

    /// <summary>What the port was taken from, for <see cref="PortAccounts"/>; -1 for nothing.</summary>
    public int Owner;

    /// <summary>Follows TCP's state, so that the binding lives as long as RFC 5382 section 5 asks, and not much longer.</summary>
    /// <param name="flags">Flags of the packet.</param>
    /// <param name="peer">Hash of the outside endpoint that it goes to or comes from.</param>
    /// <param name="outbound">Whether it comes from inside.</param>
    public void FollowTcp(TcpFlags flags, uint peer, bool outbound)
    {
        if (peer != Peer && !IsShared)
        {
            if (!outbound || (flags & TcpFlags.Reset) != 0)
            {
                return; // what strangers send, and what they are answered with, says nothing about the connection
            }

            if (Tcp != TcpTracking.Closed)
            {
                IsShared = true;
            }
            else
            {
                (Peer, Tcp) = (peer, TcpTracking.Opening);
                return;
            }
        }

        if (IsShared)
        {
            Tcp = (flags & TcpTransitions.Shown) == TcpFlags.None ? TcpTracking.Established : Tcp;
            return;
        }

        Tcp = Tcp == TcpTracking.Closed && outbound && TcpTransitions.IsOpening(flags)
            ? TcpTracking.Opening
            : TcpTransitions.Next(Tcp, flags, outbound);
    }
}

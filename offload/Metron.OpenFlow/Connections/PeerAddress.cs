using System.Net;
using System.Net.Sockets;

namespace Metron.OpenFlow;

/// <summary>Addresses of peers, as memory and limits go by them.</summary>
internal static class PeerAddress
{
    private const int SubnetBytes = 8;

    /// <summary>The address of an end point, IPv4 as such also where an IPv6 socket carries it; null when it is no IP end point.</summary>
    public static IPAddress? Of(EndPoint? endPoint) => endPoint is IPEndPoint { Address: var address }
        ? address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address
        : null;

    /// <summary>Whose limits an address counts for: itself, and for IPv6 its subnet of 64 bits, of which one peer has all addresses.</summary>
    public static IPAddress Party(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[SubnetBytes..].Clear();
        return address.IsIPv6LinkLocal || IPAddress.IsLoopback(address) ? address : new IPAddress(bytes);
    }
}

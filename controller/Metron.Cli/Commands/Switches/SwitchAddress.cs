using System.Net;
using System.Net.Sockets;
using Metron.OpenFlow;

namespace Metron.Cli.Commands.Switches;

/// <summary>Reads addresses of switches.</summary>
internal static class SwitchAddress
{
    /// <summary>Reads HOST:PORT or HOST.</summary>
    /// <param name="text">The text.</param>
    /// <param name="listen">Whether it is to be listened on: then the host is an address of this machine, * or nothing for all.</param>
    /// <param name="address">The address.</param>
    /// <returns>What is wrong with the text; null when nothing is.</returns>
    public static string? TryParse(string text, bool listen, out EndPoint address)
    {
        address = new IPEndPoint(IPAddress.Any, OpenFlowListener.DefaultPort);
        var (host, port) = Split(text);
        if (port is null)
        {
            return $"'{text}' is not HOST:PORT with a port from {(listen ? 0 : 1)} to 65535; write an IPv6 address as [ADDRESS]:PORT";
        }

        if (IPAddress.TryParse(host, out var ip))
        {
            address = new IPEndPoint(ip, port.Value);
            return listen || port > 0 ? null : $"'{text}' has port 0, to which nothing can be connected";
        }

        if (listen)
        {
            address = new IPEndPoint(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, port.Value);
            return host is "" or "*" ? null : $"'{host}' is no IP address to listen on; write one of this machine, or *";
        }

        address = new DnsEndPoint(host.Length == 0 ? "localhost" : host, port.Value);
        return Uri.CheckHostName(host) == UriHostNameType.Dns && port > 0 ? null : $"'{host}' is no host name";
    }

    private static (string Host, int? Port) Split(string text)
    {
        var bracket = text.LastIndexOf(']');
        var colon = text.LastIndexOf(':');
        if (bracket < 0 && IPAddress.TryParse(text, out var bare) && bare.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return (text, OpenFlowListener.DefaultPort);
        }

        if (colon <= bracket)
        {
            return (text.Trim('[', ']'), text.Length == 0 ? null : OpenFlowListener.DefaultPort);
        }

        var digits = text[(colon + 1)..];
        return (text[..colon].Trim('[', ']'), ushort.TryParse(digits, System.Globalization.NumberStyles.None, null, out var port) ? port : null);
    }
}

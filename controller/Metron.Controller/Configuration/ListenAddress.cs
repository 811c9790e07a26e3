using System.Globalization;
using System.Net;

namespace Metron.Controller.Configuration;

/// <summary>An address to listen on or to connect to: a host and TCP port, or the path of a Unix domain socket.</summary>
/// <param name="Host">IP address or "*" for all; for an address to connect to also a host name. Null for a Unix socket.</param>
/// <param name="Port">TCP port; 0 lets the system choose.</param>
/// <param name="UnixPath">Absolute path of the socket; null for TCP.</param>
public sealed record ListenAddress(string? Host, int Port, string? UnixPath)
{
    /// <summary>Longest path that fits into sockaddr_un on Linux, in bytes.</summary>
    private const int LongestUnixPath = 107;

    /// <summary>A TCP address.</summary>
    public static ListenAddress Tcp(string host, int port) => new(host, port, null);

    /// <summary>A Unix domain socket.</summary>
    public static ListenAddress Unix(string path) => new(null, 0, path);

    /// <summary>Reads "host:port", "[IPv6]:port", "*:port" or "unix:/path".</summary>
    /// <param name="text">The address as written.</param>
    /// <param name="address">The address when the result is null.</param>
    /// <returns>What is wrong and what would be right, or null.</returns>
    public static string? TryParse(string text, out ListenAddress? address)
    {
        address = null;
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            return TryParseUnix(text["unix:".Length..], out address);
        }

        var colon = text.LastIndexOf(':');
        if (colon <= 0)
        {
            return $"\"{text}\" is no address; write host:port, [IPv6 address]:port or unix:/path";
        }

        var host = text[..colon];
        if (!ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            return $"\"{text[(colon + 1)..]}\" in \"{text}\" is no TCP port; write a number from 0 to 65535";
        }

        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
        }
        else if (host.Contains(':', StringComparison.Ordinal))
        {
            return $"\"{text}\" is ambiguous; write an IPv6 address in brackets: [{host}]:{port}";
        }

        address = Tcp(host, port);
        return null;
    }

    /// <summary>The IP address to listen on; null when the host is not one ("*" is all IPv6 and IPv4 addresses).</summary>
    public IPAddress? ToIPAddress() => Host switch
    {
        "*" => IPAddress.IPv6Any,
        "localhost" => IPAddress.Loopback,
        null => null,
        _ => IPAddress.TryParse(Host, out var parsed) ? parsed : null,
    };

    /// <summary>As it is written in the configuration.</summary>
    public override string ToString() => UnixPath is not null
        ? $"unix:{UnixPath}"
        : Host!.Contains(':', StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
            : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    private static string? TryParseUnix(string path, out ListenAddress? address)
    {
        address = null;
        if (!Path.IsPathFullyQualified(path))
        {
            return $"\"{path}\" is no absolute path; write unix:/run/metron/controller.sock";
        }

        if (System.Text.Encoding.UTF8.GetByteCount(path) > LongestUnixPath)
        {
            return $"the socket path \"{path}\" is longer than {LongestUnixPath} bytes, which the system cannot bind; choose a shorter one";
        }

        address = Unix(path);
        return null;
    }
}

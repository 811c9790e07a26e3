using System.Diagnostics.CodeAnalysis;

namespace Metron.Agent.Configuration;

/// <summary>Where the controller listens: a URL, or a Unix socket.</summary>
/// <param name="Uri">What gRPC dials; for a Unix socket a name that is never resolved.</param>
/// <param name="UnixPath">Path of the Unix socket; null for TCP.</param>
internal sealed record ControllerAddress(Uri Uri, string? UnixPath)
{
    private const string UnixPrefix = "unix:";

    /// <summary>Whether the connection is encrypted.</summary>
    public bool IsEncrypted => Uri.Scheme == Uri.UriSchemeHttps;

    /// <summary>Reads "http://HOST:PORT", "https://HOST:PORT", "HOST:PORT" (cleartext) or "unix:/PATH".</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ControllerAddress? address)
    {
        address = null;
        if (text.StartsWith(UnixPrefix, StringComparison.Ordinal))
        {
            var path = text[UnixPrefix.Length..];
            if (path.StartsWith('/'))
            {
                address = new ControllerAddress(new Uri("http://localhost"), path);
            }

            return address is not null;
        }

        var url = text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}";
        if (Uri.TryCreate(url, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
            && uri.Host.Length > 0 && uri.PathAndQuery == "/" && uri.UserInfo.Length == 0)
        {
            address = new ControllerAddress(uri, null);
        }

        return address is not null;
    }

    /// <summary>As it is written in the configuration.</summary>
    public override string ToString() => UnixPath is null ? Uri.GetLeftPart(UriPartial.Authority) : UnixPrefix + UnixPath;
}

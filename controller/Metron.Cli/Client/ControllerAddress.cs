namespace Metron.Cli.Client;

/// <summary>Where a controller listens.</summary>
/// <param name="Text">As the operator wrote it.</param>
/// <param name="Uri">For HTTP; for a socket, a name that only fills the request's authority.</param>
/// <param name="SocketPath">Path of a Unix domain socket; null for TCP.</param>
internal sealed record ControllerAddress(string Text, Uri Uri, string? SocketPath)
{
    private const int LongestSocketPath = 107;   // sun_path of Linux has 108 bytes with the final zero (unix(7)).

    /// <summary>Reads http://HOST:PORT, https://HOST:PORT or unix:/PATH.</summary>
    public static bool TryParse(string text, out ControllerAddress address, out string problem)
    {
        address = new ControllerAddress(text, new Uri("http://localhost"), null);
        problem = string.Empty;
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            var path = text["unix:".Length..];
            path = path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path;
            problem = path switch
            {
                _ when !path.StartsWith('/') => $"'{text}' needs an absolute path: unix:/run/metron/controller.sock",
                _ when System.Text.Encoding.UTF8.GetByteCount(path) > LongestSocketPath =>
                    $"'{text}' is longer than a socket's path can be ({LongestSocketPath} bytes)",
                _ => string.Empty,
            };
            address = address with { SocketPath = path };
            return problem.Length == 0;
        }

        if (!text.StartsWith("http://", StringComparison.Ordinal) && !text.StartsWith("https://", StringComparison.Ordinal))
        {
            var hint = Uri.TryCreate($"http://{text}", UriKind.Absolute, out _) && !text.Contains("://", StringComparison.Ordinal)
                ? $"; did you mean http://{text}?"
                : string.Empty;
            problem = $"'{text}' is not http://HOST:PORT, https://HOST:PORT or unix:/PATH{hint}";
            return false;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.PathAndQuery is not "/" || uri.UserInfo.Length > 0)
        {
            problem = $"'{text}' is not http://HOST:PORT or https://HOST:PORT with nothing behind the port";
            return false;
        }

        address = address with { Uri = uri };
        return true;
    }
}

using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Metron.Controller.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Metron.Controller.Hosting;

/// <summary>
/// The addresses that the API is served at. gRPC is HTTP/2 and REST HTTP/1.1, on addresses of their own: in cleartext, one address cannot
/// speak both.
/// </summary>
internal static class Endpoints
{
    private static readonly TimeSpan _keepAlive = TimeSpan.FromSeconds(10);

    /// <summary>Configures the server.</summary>
    /// <exception cref="StartupException">A certificate cannot be used, or a socket path is taken.</exception>
    public static void Configure(KestrelServerOptions options, ControllerConfiguration configuration)
    {
        options.AddServerHeader = false;
        options.Limits.MaxRequestBodySize = ControllerHost.LargestMessageInBytes;

        // An agent whose machine died is noticed by these.
        options.Limits.Http2.KeepAlivePingDelay = _keepAlive;
        options.Limits.Http2.KeepAlivePingTimeout = _keepAlive;
        var tls = configuration.Tls is { } files ? Tls.Load(files) : null;
        foreach (var address in configuration.Grpc)
        {
            Listen(options, address, HttpProtocols.Http2, tls);
        }

        foreach (var address in configuration.Rest)
        {
            Listen(options, address, HttpProtocols.Http1, tls);
        }
    }

    /// <summary>Lets the group use the Unix sockets too; call once they exist.</summary>
    public static void OpenToGroup(ControllerConfiguration configuration)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        foreach (var path in configuration.Grpc.Concat(configuration.Rest).Select(address => address.UnixPath).OfType<string>())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
        }
    }

    private static void Listen(KestrelServerOptions options, ListenAddress address, HttpProtocols protocols, Tls? tls)
    {
        if (address.UnixPath is { } path)
        {
            RemoveLeftOver(path);
            options.ListenUnixSocket(path, listen => listen.Protocols = protocols);
            return;
        }

        options.Listen(new IPEndPoint(address.ToIPAddress()!, address.Port), listen =>
        {
            listen.Protocols = protocols;
            if (tls is not null)
            {
                listen.UseHttps(https =>
                {
                    https.ServerCertificate = tls.Certificate;
                    https.ServerCertificateChain = tls.Chain;
                    if (tls.ClientAuthority is { } authority)
                    {
                        https.ClientCertificateMode = Microsoft.AspNetCore.Server.Kestrel.Https.ClientCertificateMode.RequireCertificate;
                        https.ClientCertificateValidation = (certificate, _, _) => IsCertifiedBy(certificate, authority);
                    }
                });
            }
        });
    }

    /// <summary>A socket file outlives a process that was killed; one that somebody answers on is in use.</summary>
    private static void RemoveLeftOver(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException)
        {
            File.Delete(path);
            return;
        }

        throw new StartupException($"unix:{path} is in use by another process; stop it or set another address");
    }

    private static bool IsCertifiedBy(X509Certificate2 certificate, X509Certificate2Collection authority)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    private sealed record Tls(X509Certificate2 Certificate, X509Certificate2Collection Chain, X509Certificate2Collection? ClientAuthority)
    {
        public static Tls Load(TlsFiles files)
        {
            try
            {
                var chain = new X509Certificate2Collection();
                chain.ImportFromPemFile(files.Certificate);
                X509Certificate2Collection? authority = null;
                if (files.ClientAuthority is { } path)
                {
                    authority = [];
                    authority.ImportFromPemFile(path);
                }

                return new Tls(X509Certificate2.CreateFromPemFile(files.Certificate, files.Key), chain, authority);
            }
            catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
            {
                throw new StartupException($"tls: {files.Certificate} with {files.Key} cannot be used: {error.Message}", error);
            }
        }
    }
}

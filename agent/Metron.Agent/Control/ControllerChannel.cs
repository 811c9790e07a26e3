using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Metron.Agent.Configuration;

namespace Metron.Agent.Control;

/// <summary>Makes the gRPC channel to the controller.</summary>
internal static class ControllerChannel
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Most bytes of a message: a program with a million routes fits.</summary>
    private const int LargestMessage = 256 << 20;

    /// <summary>Makes a channel; it dials when it is used.</summary>
    public static GrpcChannel Open(ControllerAddress address, TlsFiles tls)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = ConnectTimeout,
            // A peer that is gone without a word is noticed by pings.
            KeepAlivePingDelay = PingDelay,
            KeepAlivePingTimeout = PingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            UseProxy = false,
        };
        if (address.UnixPath is { } path)
        {
            handler.ConnectCallback = (_, cancellation) => ConnectAsync(path, cancellation);
        }

        if (address.IsEncrypted)
        {
            SetUpTls(handler.SslOptions, tls);
        }

        return GrpcChannel.ForAddress(address.Uri, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = LargestMessage,
            MaxSendMessageSize = LargestMessage,
        });
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void SetUpTls(SslClientAuthenticationOptions options, TlsFiles tls)
    {
        if (tls.Certificate is not null)
        {
            options.ClientCertificates = [X509Certificate2.CreateFromPemFile(tls.Certificate, tls.Key)];
        }

        if (tls.Authority is not null)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(tls.Authority);
            options.CertificateChainPolicy = policy;
        }
    }
}

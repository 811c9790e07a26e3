using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Metron.Controller.Configuration;

namespace Metron.Controller.Tests.Hosting;

public sealed class TlsTests : IDisposable
{
    private static readonly DateTimeOffset _from = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset _until = new(2090, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private readonly X509Certificate2 _authority;

    public TlsTests()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(_from, _until);
        File.WriteAllText(_folder["authority.pem"], _authority.ExportCertificatePem());
        using var server = Issue("localhost");
        File.WriteAllText(_folder["server.pem"], server.ExportCertificatePem());
        using var serverKey = server.GetECDsaPrivateKey()!;
        File.WriteAllText(_folder["server.key"], serverKey.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_API_is_served_by_TLS_to_clients_that_are_certified_and_to_no_others()
    {
        var port = FreePort();
        await using var controller = await ControllerUnderTest.StartAsync(change: configuration => configuration with
        {
            Grpc = [.. configuration.Grpc, ListenAddress.Tcp("127.0.0.1", port)],
            Tls = new TlsFiles(_folder["server.pem"], _folder["server.key"], _folder["authority.pem"]),
        });
        using var certificate = Issue("operator");

        using var known = Open(port, certificate);
        using var unknown = Open(port, null);
        var list = await new V1.Switches.SwitchesClient(known).ListSwitchesAsync(new V1.ListSwitchesRequest());
        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await new V1.Switches.SwitchesClient(unknown).ListSwitchesAsync(new V1.ListSwitchesRequest()));

        Assert.Single(list.Switches);
        Assert.NotEqual(StatusCode.OK, error.StatusCode);
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_used_is_named()
    {
        await File.WriteAllTextAsync(_folder["server.key"], "no key");

        var error = await Assert.ThrowsAsync<Controller.Hosting.StartupException>(() => ControllerUnderTest.StartAsync(change: configuration => configuration with
        {
            Tls = new TlsFiles(_folder["server.pem"], _folder["server.key"], null),
        }));

        Assert.Contains("server.key cannot be used", error.Message, StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private X509Certificate2 Issue(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var issued = request.Create(_authority, _from, _until, RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }

    private GrpcChannel Open(int port, X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, presented, _, _) =>
            presented is X509Certificate2 server && server.Issuer == _authority.Subject;
        if (certificate is not null)
        {
            handler.SslOptions.ClientCertificates = [certificate];
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        return GrpcChannel.ForAddress($"https://localhost:{port}", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading.Channels;
using Metron.OpenFlow.Tests.Negotiation;

namespace Metron.OpenFlow.Tests.Tls;

/// <summary>Mutual TLS on both sides of a connection, and every way in which it is refused.</summary>
public sealed class TlsTests(TestAuthority authority) : IClassFixture<TestAuthority>
{
    private readonly Channel<HandshakeException> _failures = Channel.CreateUnbounded<HandshakeException>();
    private readonly CollectedLog _log = new();

    [Fact]
    public async Task A_certified_switch_connects_and_is_known_by_its_certificate()
    {
        await using var listener = Listen();
        using var peer = await ScriptedPeer.ConnectAsync(listener.EndPoint, new OpenFlowTls(authority.Issue("br0", dnsName: "br0.example")));
        await peer.GreetAsync();
        await using var connection = await listener.AcceptAsync(ScriptedPeer.Deadline());

        var certificate = connection.Certificate!;
        Assert.Equal(("CN=br0", "br0", "CN=br0 (br0.example)"), (certificate.Subject, certificate.CommonName, certificate.ToString()));
        Assert.True(certificate.Is("BR0"));
        Assert.True(certificate.Is("br0.example"));
        Assert.True(certificate.Is("CN=br0"));
        Assert.True(certificate.Is(string.Join(':', certificate.Fingerprint.Chunk(2).Select(pair => new string(pair)))));
        Assert.False(certificate.Is("br1"));
        Assert.Equal(System.Security.Authentication.SslProtocols.Tls13, ((SslStream)peer.Stream).SslProtocol);
    }

    [Fact]
    public async Task Large_messages_go_through_in_both_directions()
    {
        await using var listener = Listen();
        using var peer = await ScriptedPeer.ConnectAsync(listener.EndPoint, new OpenFlowTls(authority.Issue("br0")));
        await peer.GreetAsync();
        await using var connection = await listener.AcceptAsync(ScriptedPeer.Deadline());
        var payload = new byte[60_000];
        Random.Shared.NextBytes(payload);
        var echoes = Enumerable.Range(0, 8).Select(_ => connection.RequestAsync(new EchoRequest([.. payload]))).ToList();
        for (var i = 0; i < echoes.Count; i++)
        {
            var (echo, transaction) = await peer.ReceiveAsync<EchoRequest>();
            await peer.SendAsync(new EchoReply(echo.Payload), transaction);
        }

        foreach (var echo in echoes)
        {
            Assert.Equal(payload, (await echo).Payload);
        }
    }

    [Fact]
    public async Task A_switch_that_listens_is_connected_to()
    {
        using var atSwitch = new TcpListener(IPAddress.Loopback, 0);
        atSwitch.Start();
        var connecting = new OpenFlowConnector(atSwitch.LocalEndpoint, new OpenFlowConnectorOptions { Tls = Ours() }).ConnectAsync();
        using var peer = await ScriptedPeer.AcceptAsync(atSwitch, new OpenFlowTls(authority.Issue("br0")));
        await peer.GreetAsync();
        await using var connection = await connecting;
        Assert.Equal("br0", connection.Certificate?.CommonName);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused()
    {
        using var other = TestAuthority.Another();
        var files = other.Issue("br0") with { Authority = authority.CertificateFile };
        await AssertRefusedAsync(
            new OpenFlowTls(files), "TLS: certificate \"CN=br0\" is of authority \"CN=another authority\", not of ours (\"CN=test authority\")");
    }

    [Fact]
    public async Task An_expired_certificate_is_refused() => await AssertRefusedAsync(
        new OpenFlowTls(authority.Issue("old", until: new DateTimeOffset(2021, 2, 3, 4, 5, 0, TimeSpan.Zero))),
        "TLS: certificate \"CN=old\" expired at 2021-02-03 04:05 UTC");

    [Fact]
    public async Task A_certificate_of_the_future_is_refused() => await AssertRefusedAsync(
        new OpenFlowTls(authority.Issue("early", from: new DateTimeOffset(2080, 2, 3, 4, 5, 0, TimeSpan.Zero))),
        "TLS: certificate \"CN=early\" is not valid before 2080-02-03 04:05 UTC; is a clock wrong?");

    [Fact]
    public async Task No_certificate_is_refused()
    {
        await using var listener = Listen();
        using var client = new TcpClient();
        await client.ConnectAsync(listener.EndPoint);
        using var tls = new SslStream(client.GetStream(), false, (_, presented, _, _) => presented?.Subject == "CN=controller");
        await tls.AuthenticateAsClientAsync("controller");
        await AssertFailedAsync(
            HandshakeFault.TlsFailed, "TLS: the switch has presented no certificate (ovs-vsctl set-ssl KEY CERTIFICATE AUTHORITY)");
    }

    [Fact]
    public async Task A_switch_that_does_not_trust_us_is_named_when_it_connects()
    {
        using var other = TestAuthority.Another();
        await using var listener = Listen();
        var files = authority.Issue("br0") with { Authority = other.CertificateFile };
        await Assert.ThrowsAsync<HandshakeException>(() => ScriptedPeer.ConnectAsync(listener.EndPoint, new OpenFlowTls(files)));
        var failure = await _failures.Reader.ReadAsync(ScriptedPeer.Deadline());
        Assert.Contains("does not trust our certificate", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_switch_that_does_not_trust_us_is_named_when_it_is_connected_to()
    {
        using var other = TestAuthority.Another();
        using var atSwitch = new TcpListener(IPAddress.Loopback, 0);
        atSwitch.Start();
        var connecting = new OpenFlowConnector(atSwitch.LocalEndpoint, new OpenFlowConnectorOptions { Tls = Ours() }).ConnectAsync();
        var files = authority.Issue("br0") with { Authority = other.CertificateFile };
        await Assert.ThrowsAsync<HandshakeException>(() => ScriptedPeer.AcceptAsync(atSwitch, new OpenFlowTls(files)));
        var failure = await Assert.ThrowsAsync<HandshakeException>(() => connecting);
        Assert.Equal(HandshakeFault.TlsFailed, failure.Fault);
    }

    [Theory]
    [InlineData("0500001000000001000100080000003001020304", HandshakeFault.PlaintextOnTls, "plaintext on TLS port")]
    [InlineData("474554202f20485454502f312e310d0a0d0a", HandshakeFault.NotOpenFlow, "not TLS")]
    public async Task What_is_no_TLS_is_named_by_its_first_byte(string bytes, HandshakeFault fault, string text)
    {
        await using var listener = Listen();
        using var peer = await ScriptedPeer.ConnectAsync(listener.EndPoint);
        await peer.SendAsync(Convert.FromHexString(bytes));
        await peer.WaitForCloseAsync();
        await AssertFailedAsync(fault, text);
    }

    [Fact]
    public async Task A_switch_that_listens_in_plaintext_is_named()
    {
        using var atSwitch = new TcpListener(IPAddress.Loopback, 0);
        atSwitch.Start();
        var connecting = new OpenFlowConnector(atSwitch.LocalEndpoint, new OpenFlowConnectorOptions { Tls = Ours() }).ConnectAsync();
        using var peer = await ScriptedPeer.AcceptAsync(atSwitch);
        await peer.SendAsync(Convert.FromHexString("05000010000000010001000800000030"));
        var failure = await Assert.ThrowsAsync<HandshakeException>(() => connecting);
        Assert.Equal((HandshakeFault.PlaintextOnTls, "plaintext on TLS port"), (failure.Fault, failure.Message));
    }

    [Fact]
    public async Task A_peer_that_says_nothing_has_as_long_as_for_its_HELLO()
    {
        await using var listener = Listen(TimeSpan.FromMilliseconds(200));
        using var peer = await ScriptedPeer.ConnectAsync(listener.EndPoint);
        await peer.WaitForCloseAsync();
        await AssertFailedAsync(HandshakeFault.TlsFailed, "TLS handshake timeout");
    }

    [Fact]
    public async Task A_renewed_certificate_counts_from_the_next_connection_on_and_an_unusable_one_leaves_the_last()
    {
        var files = authority.Issue("first", file: "renewed");
        await using var listener = Listen(files: files);
        Assert.Equal("CN=first", await SubjectAsync(listener));

        authority.Issue("second", file: "renewed");
        Assert.Equal("CN=second", await SubjectAsync(listener));

        await File.WriteAllTextAsync(files.Key, "no key");
        Assert.Equal("CN=second", await SubjectAsync(listener));
        Assert.Equal("CN=second", await SubjectAsync(listener));
        Assert.Single(_log.Lines, line => line.Contains("going on with what was read before", StringComparison.Ordinal));

        authority.Issue("third", file: "renewed");
        Assert.Equal("CN=third", await SubjectAsync(listener));
    }

    [Fact]
    public void Files_that_cannot_be_used_are_named()
    {
        var files = authority.Issue("named");
        var noKey = Assert.Throws<OpenFlowTlsException>(() => new OpenFlowTls(files with { Key = "/nowhere.key" }));
        Assert.Contains("named.pem with key /nowhere.key cannot be used: ", noKey.Message, StringComparison.Ordinal);
        var noAuthority = Assert.Throws<OpenFlowTlsException>(() => new OpenFlowTls(files with { Authority = files.Key }));
        Assert.Contains("named.key cannot be used: ", noAuthority.Message, StringComparison.Ordinal);
        var another = Assert.Throws<OpenFlowTlsException>(() => new OpenFlowTls(files with { Key = authority.Issue("other").Key }));
        Assert.Contains("named.pem with key ", another.Message, StringComparison.Ordinal);
    }

    private OpenFlowTls Ours() => new(authority.Issue("controller"));

    private OpenFlowListener Listen(TimeSpan? timeout = null, OpenFlowTlsFiles? files = null) => OpenFlowListener.Start(
        new IPEndPoint(IPAddress.Loopback, 0),
        new OpenFlowListenerOptions
        {
            Connection = new OpenFlowConnectionOptions { HandshakeTimeout = timeout ?? TimeSpan.FromSeconds(30) },
            Tls = files is null ? Ours() : new OpenFlowTls(files, _log),
            HandshakeFailed = (_, failure) => _failures.Writer.TryWrite(failure),
        },
        _log);

    /// <summary>The certificate that a listener presents.</summary>
    private async Task<string> SubjectAsync(OpenFlowListener listener)
    {
        using var peer = await ScriptedPeer.ConnectAsync(listener.EndPoint, new OpenFlowTls(authority.Issue("br0")));
        return ((SslStream)peer.Stream).RemoteCertificate!.Subject;
    }

    private async Task AssertRefusedAsync(OpenFlowTls tls, string text)
    {
        await using var listener = Listen();
        try
        {
            using var peer = await ScriptedPeer.ConnectAsync(listener.EndPoint, tls);
            await peer.WaitForCloseAsync();
        }
        catch (HandshakeException)
        {
            // With TLS 1.2 it learns of the refusal at once, with 1.3 when it reads.
        }

        await AssertFailedAsync(HandshakeFault.TlsFailed, text);
    }

    private async Task AssertFailedAsync(HandshakeFault fault, string text)
    {
        var failure = await _failures.Reader.ReadAsync(ScriptedPeer.Deadline());
        Assert.Equal((fault, text), (failure.Fault, failure.Message));
        Assert.Contains(_log.Lines, line => line.Contains(text, StringComparison.Ordinal));
    }
}

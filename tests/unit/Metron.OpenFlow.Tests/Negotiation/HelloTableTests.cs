using System.Net;
using System.Text;
using System.Threading.Channels;
using Metron.OpenFlow.Tests.Tls;

namespace Metron.OpenFlow.Tests.Negotiation;

/// <summary>The table over TCP.</summary>
public sealed class HelloTableTests() : HelloTable(null);

/// <summary>The table over mutual TLS.</summary>
public sealed class HelloTableOverTlsTests(TestAuthority authority) : HelloTable(authority), IClassFixture<TestAuthority>;

/// <summary>Each way in which HELLO is known to go wrong, by a scripted switch on a loopback socket: what we do, and what we say.</summary>
public abstract class HelloTable : IAsyncDisposable
{
    private readonly OpenFlowTls? _ours;
    private readonly OpenFlowTls? _theirs;
    private readonly Channel<HandshakeException> _failures = Channel.CreateUnbounded<HandshakeException>();
    private readonly CollectedLog _log = new();
    private readonly OpenFlowListener _listener;

    private protected HelloTable(TestAuthority? authority)
    {
        _ours = authority is null ? null : new OpenFlowTls(authority.Issue("controller"));
        _theirs = authority is null ? null : new OpenFlowTls(authority.Issue("switch"));
        _listener = Listen(TimeSpan.FromSeconds(20));
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData("element type 0", "05000010000000010000000800000030", 8, "0", "8", "1.4")]
    [InlineData("raw bitmap", "0400000c0000000100000010", 8, "0", "16", "1.3")]
    [InlineData("element length 0", "04000010000000010001000000000010", 8, "1", "0", "1.3")]
    [InlineData("element length 3", "04000010000000010001000300000010", 8, "1", "3", "1.3")]
    [InlineData("element length past the end", "05000010000000010001000c00000030", 8, "1", "12", "1.4")]
    [InlineData("one trailing byte", "04000011000000010001000800000010aa", 16, "missing", "missing", "1.3")]
    [InlineData("three trailing bytes", "040000130000000100010008000000100000aa", 16, "0", "missing", "1.3")]
    [InlineData("eight trailing zeros", "050000180000000100010008000000300000000000000000", 16, "0", "0", "1.4")]
    [InlineData("garbage", "0500001400000001deadbeefcafebabe12345678", 8, "57005", "48879", "1.4")]
    [InlineData("unknown element, then garbage", "040000140000000100020008ffffffff00010002", 16, "1", "2", "1.3")]
    public async Task A_body_not_per_specification_leaves_the_header_s_version(string what, string hello, int offset, string type, string length, string version)
    {
        await using var connection = await GreetWithAsync(Bytes(hello));
        Assert.Equal(version, connection.Version.ToDotted());
        var said = $"HELLO body not per specification (offset {offset}, type {type}, length {length}); continuing with header version {version}";
        Assert.True(connection.HandshakeNotes.Contains(said), $"{what}: {string.Join(" | ", connection.HandshakeNotes)}");
        Assert.Contains(_log.Lines, line => line.Contains(said, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_bitmap_before_the_malformed_part_wins_where_the_header_would_mislead()
    {
        await using var connection = await GreetWithAsync(Bytes("06000012000000010001000800000010aaaa"));
        Assert.Equal(OpenFlowVersion.OpenFlow13, connection.Version);
        Assert.Contains(connection.HandshakeNotes, note => note.EndsWith("continuing with the version bitmap", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("0400000c0000000100010004", "1.3")]
    [InlineData("05000010000000010001000800000000", "1.4")]
    public async Task An_empty_bitmap_leaves_the_header_s_version(string hello, string version)
    {
        await using var connection = await GreetWithAsync(Bytes(hello));
        Assert.Equal(version, connection.Version.ToDotted());
        Assert.Contains("empty version bitmap", connection.HandshakeNotes);
    }

    [Theory]
    [InlineData("06000010000000010001000800000006", "no common version: switch {1.0, 1.1}, ours {1.3, 1.4, 1.5}")]
    [InlineData("04000010000000010001000810000000", "no common version: switch {0x1c}, ours {1.3, 1.4, 1.5}; the bitmap 0x10000000 looks byte-swapped, {1.3} would fit")]
    [InlineData("0100000800000001", "no common version: switch {1.0}, ours {1.3, 1.4, 1.5}")]
    [InlineData("0200000800000001", "no common version: switch {1.1}, ours {1.3, 1.4, 1.5}; known here by name only: 1.1")]
    [InlineData("03000010000000010001000800000008", "no common version: switch {1.2}, ours {1.3, 1.4, 1.5}; known here by name only: 1.2")]
    [InlineData("0300001000000001000100080000000c", "no common version: switch {1.1, 1.2}, ours {1.3, 1.4, 1.5}; known here by name only: 1.1, 1.2")]
    public async Task No_common_version_is_answered_with_HELLO_FAILED(string hello, string text)
    {
        using var peer = await ConnectAsync();
        await peer.ReceiveAsync<Hello>();
        await peer.SendAsync(Bytes(hello));
        var (error, transaction) = await peer.ReceiveAsync<ErrorMessage>();
        Assert.Equal(OpenFlowErrorCode.HelloIncompatible, error.Code);
        Assert.Equal(text, error.Text);
        Assert.Equal(1U, transaction);
        Assert.Null(await peer.ReceiveBytesAsync());
        await AssertFailedAsync(HandshakeFault.NoCommonVersion, text);
    }

    [Fact]
    public async Task A_bitmap_without_the_header_s_version_wins()
    {
        await using var connection = await GreetWithAsync(Bytes("05000010000000010001000800000010"));
        Assert.Equal(OpenFlowVersion.OpenFlow13, connection.Version);
        Assert.Equal(["header 1.4 but bitmap 1.3: using 1.3"], connection.HandshakeNotes);
    }

    [Fact]
    public Task A_HELLO_longer_than_it_says_is_a_desync() =>
        AssertRefusedAsync(Bytes("05000008000000010001000800000030"), HandshakeFault.StreamDesync, "stream desync after HELLO");

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(7)]
    public Task A_length_below_the_header_is_refused(int length) =>
        AssertRefusedAsync([4, 0, 0, (byte)length, 0, 0, 0, 1], HandshakeFault.ShortHeader, $"header length {length} < 8");

    [Theory]
    [InlineData("04000010000000010001", "HELLO timeout, got 10 of 16 bytes")]
    [InlineData("040000ff00000001", "HELLO timeout, got 8 of 255 bytes")]
    [InlineData("04000010", "HELLO timeout, got 4 of 8 bytes")]
    [InlineData("", "HELLO timeout, got 0 of 8 bytes")]
    public async Task Silence_inside_HELLO_is_a_timeout(string hello, string text)
    {
        await using var listener = Listen(TimeSpan.FromMilliseconds(300));
        using var peer = await ScriptedPeer.ConnectAsync(listener.EndPoint, _theirs);
        await peer.SendAsync(Bytes(hello));
        await peer.WaitForCloseAsync();
        await AssertFailedAsync(HandshakeFault.Timeout, text);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(255)]
    public Task A_version_that_does_not_exist_is_refused(byte version) =>
        AssertRefusedAsync([version, 0, 0, 8, 0, 0, 0, 1], HandshakeFault.VersionOutside, "version outside 1.0–1.5");

    [Theory]
    [InlineData("0405000800000001", "expected HELLO, got FEATURES_REQUEST")]
    [InlineData("0406002000000001000000000000000100000000000000000000000000000000", "expected HELLO, got FEATURES_REPLY")]
    [InlineData("0402000800000001", "expected HELLO, got ECHO_REQUEST")]
    [InlineData("0401000f00000001000000006e6f21", "expected HELLO, got ERROR (OFPHFC_INCOMPATIBLE \"no!\")")]
    public Task Another_message_first_is_refused(string message, string text) =>
        AssertRefusedAsync(Bytes(message), HandshakeFault.ExpectedHello, text);

    [Fact]
    public async Task A_second_HELLO_of_the_same_version_is_ignored()
    {
        using var peer = await ConnectAsync();
        await peer.ReceiveAsync<Hello>();
        await peer.SendAsync(Bytes("04000008000000010400000800000002"));
        await peer.AnswerFeaturesAsync(OpenFlowVersion.OpenFlow13);
        await using var connection = await _listener.AcceptAsync(ScriptedPeer.Deadline());
        Assert.Equal(["second HELLO ignored"], connection.HandshakeNotes);

        await peer.SendAsync(Bytes("0400000800000003"));
        var echo = connection.RequestAsync(new EchoRequest());
        var (_, transaction) = await peer.ReceiveAsync<EchoRequest>();
        await peer.SendAsync(new EchoReply(), transaction);
        await echo;
    }

    [Fact]
    public async Task A_second_HELLO_of_another_version_closes()
    {
        using var peer = await ConnectAsync();
        await peer.GreetAsync();
        await using var connection = await _listener.AcceptAsync(ScriptedPeer.Deadline());
        await peer.SendAsync(Bytes("0500000800000002"));
        Assert.Equal("second HELLO announces 1.4, the first 1.3", (await connection.Closed).Message);
    }

    [Fact]
    public Task A_TLS_client_hello_is_named() =>
        AssertRefusedAsync(Bytes("1603010200010001fc0303"), HandshakeFault.TlsOnPlaintext, "TLS on plaintext port");

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: switch\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    public Task Another_protocol_is_named(string text) =>
        AssertRefusedAsync(Encoding.ASCII.GetBytes(text), HandshakeFault.NotOpenFlow, "not OpenFlow");

    [Fact]
    public async Task HELLO_may_come_one_byte_at_a_time()
    {
        using var peer = await ConnectAsync();
        foreach (var octet in Bytes("05000010000000010001000800000030"))
        {
            await peer.SendAsync([octet]);
        }

        await peer.ReceiveAsync<Hello>();
        await peer.AnswerFeaturesAsync(OpenFlowVersion.OpenFlow14);
        await using var connection = await _listener.AcceptAsync(ScriptedPeer.Deadline());
        Assert.Empty(connection.HandshakeNotes);
    }

    [Fact]
    public async Task HELLO_may_come_together_with_what_follows()
    {
        using var peer = await ConnectAsync();
        await peer.SendAsync([.. Bytes("04000010000000010001000800000010"), .. OpenFlowCodec.Encode(new EchoRequest([1, 2]), OpenFlowVersion.OpenFlow13, 9)]);
        await peer.ReceiveAsync<Hello>();
        var (_, features) = await peer.ReceiveAsync<FeaturesRequest>();
        var (echo, _) = await peer.ReceiveAsync<EchoReply>();
        Assert.Equal([1, 2], echo.Payload);
        await peer.SendAsync(
        [
            .. OpenFlowCodec.Encode(new PortStatus(PortStatusReason.Add, new PortDescription { Number = 5 }), OpenFlowVersion.OpenFlow13, 0),
            .. OpenFlowCodec.Encode(new FeaturesReply { DatapathId = 3 }, OpenFlowVersion.OpenFlow13, features),
            .. OpenFlowCodec.Encode(new PortStatus(PortStatusReason.Add, new PortDescription { Number = 6 }), OpenFlowVersion.OpenFlow13, 0),
        ]);
        await using var connection = await _listener.AcceptAsync(ScriptedPeer.Deadline());
        var ports = new[] { await connection.Events.ReadAsync(ScriptedPeer.Deadline()), await connection.Events.ReadAsync(ScriptedPeer.Deadline()) };
        Assert.Equal([5U, 6U], ports.Select(frame => ((PortStatus)frame.Message).Port.Number));
    }

    [Fact]
    public async Task A_peer_that_closes_on_the_bitmap_gets_a_bare_HELLO_when_it_comes_back()
    {
        using (var first = await ConnectAsync())
        {
            var hello = await first.ReceiveBytesAsync();
            Assert.Equal(16, hello!.Length);
            Assert.Equal(0x70, hello[15]);
            await first.SendAsync(Bytes("0400000800000001"));
        }

        await AssertFailedAsync(HandshakeFault.RejectedHelloElements, "rejected HELLO elements (1.3.0-only firmware?); retrying bare");
        using var second = await ConnectAsync();
        var bare = await second.ReceiveBytesAsync();
        Assert.Equal(8, bare!.Length);
        await second.SendAsync(Bytes("0400000800000001"));
        await second.AnswerFeaturesAsync(OpenFlowVersion.OpenFlow13);
        await using var connection = await _listener.AcceptAsync(ScriptedPeer.Deadline());
        Assert.Equal(OpenFlowVersion.OpenFlow13, connection.Version);
    }

    [Fact]
    public async Task A_peer_that_refuses_our_HELLO_with_an_error_gets_a_bare_one()
    {
        using (var first = await ConnectAsync())
        {
            await first.ReceiveAsync<Hello>();
            await first.SendAsync(Bytes("0400000800000001"));
            await first.SendAsync(new ErrorMessage(OpenFlowErrorCode.HelloIncompatible, [.. "what is this?"u8]), 1);
            await first.WaitForCloseAsync();
        }

        await AssertFailedAsync(
            HandshakeFault.RejectedHelloElements,
            "rejected HELLO elements (1.3.0-only firmware?); retrying bare (OFPHFC_INCOMPATIBLE \"what is this?\")");
        using var second = await ConnectAsync();
        Assert.Equal(8, (await second.ReceiveBytesAsync())!.Length);
    }

    [Fact]
    public async Task A_FEATURES_REPLY_in_another_version_of_ours_is_believed()
    {
        using var peer = await ConnectAsync();
        await peer.ReceiveAsync<Hello>();
        await peer.SendAsync(Bytes("0500000800000001"));
        var (_, transaction) = await peer.ReceiveAsync<FeaturesRequest>();
        await peer.SendAsync(new FeaturesReply { DatapathId = 5 }, transaction, OpenFlowVersion.OpenFlow13);
        await using var connection = await _listener.AcceptAsync(ScriptedPeer.Deadline());
        Assert.Equal(OpenFlowVersion.OpenFlow13, connection.Version);
        Assert.Equal(["announced 1.4, speaks 1.3"], connection.HandshakeNotes);
    }

    [Fact]
    public async Task A_FEATURES_REPLY_in_a_version_that_is_not_ours_is_refused()
    {
        using var peer = await ConnectAsync();
        await peer.ReceiveAsync<Hello>();
        await peer.SendAsync(Bytes("0500000800000001"));
        await peer.ReceiveAsync<FeaturesRequest>();
        await peer.SendAsync(Bytes("0106002000000002" + "0000000000000007" + "0000000000000000" + "0000000000000000"));
        await peer.WaitForCloseAsync();
        await AssertFailedAsync(HandshakeFault.OtherVersion, "announced 1.4, speaks 1.0");
    }

    [Fact]
    public async Task Silence_after_HELLO_is_a_timeout()
    {
        await using var listener = Listen(TimeSpan.FromMilliseconds(300));
        using var peer = await ScriptedPeer.ConnectAsync(listener.EndPoint, _theirs);
        await peer.SendAsync(Bytes("0400000800000001"));
        await peer.WaitForCloseAsync();
        await AssertFailedAsync(HandshakeFault.Timeout, "FEATURES_REPLY timeout");
    }

    [Fact]
    public async Task A_bare_header_of_our_highest_version_gives_it()
    {
        await using var connection = await GreetWithAsync(Bytes("0600000800000001"));
        Assert.Equal(OpenFlowVersion.OpenFlow15, connection.Version);
        Assert.Empty(connection.HandshakeNotes);
    }

    [Fact]
    public async Task A_peer_in_the_handshake_does_not_hold_up_others()
    {
        using var silent = await ConnectAsync();
        await using var connection = await GreetWithAsync(Bytes("0400000800000001"));
        Assert.Equal(7UL, connection.DatapathId);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex);

    private OpenFlowListener Listen(TimeSpan timeout) => OpenFlowListener.Start(
        new IPEndPoint(IPAddress.Loopback, 0),
        new OpenFlowListenerOptions
        {
            Connection = new OpenFlowConnectionOptions { HandshakeTimeout = timeout },
            Tls = _ours,
            HandshakeFailed = (_, failure) => _failures.Writer.TryWrite(failure),
        },
        _log);

    private Task<ScriptedPeer> ConnectAsync() => ScriptedPeer.ConnectAsync(_listener.EndPoint, _theirs);

    /// <summary>Greets with these bytes as HELLO, answers FEATURES in the version asked, and returns the connection.</summary>
    private async Task<OpenFlowConnection> GreetWithAsync(byte[] hello)
    {
        using var peer = await ConnectAsync();
        await peer.ReceiveAsync<Hello>();
        await peer.SendAsync(hello);
        var request = await peer.ReceiveAsync();
        Assert.IsType<FeaturesRequest>(request.Message);
        await peer.SendAsync(new FeaturesReply { DatapathId = 7 }, request.TransactionId, request.Version);
        return await _listener.AcceptAsync(ScriptedPeer.Deadline());
    }

    private async Task AssertRefusedAsync(byte[] bytes, HandshakeFault fault, string text)
    {
        using var peer = await ConnectAsync();
        await peer.SendAsync(bytes);
        await peer.WaitForCloseAsync();
        await AssertFailedAsync(fault, text);
    }

    private async Task AssertFailedAsync(HandshakeFault fault, string text)
    {
        var failure = await _failures.Reader.ReadAsync(ScriptedPeer.Deadline());
        Assert.Equal((fault, text), (failure.Fault, failure.Message));
        Assert.Contains(_log.Lines, line => line.Contains(text, StringComparison.Ordinal));
    }
}

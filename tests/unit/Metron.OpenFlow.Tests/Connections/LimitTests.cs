using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Metron.OpenFlow.Tests.Negotiation;

namespace Metron.OpenFlow.Tests.Connections;

/// <summary>Who is not let in: peers that failed again and again, and those above the limits.</summary>
public sealed class LimitTests
{
    private static readonly IPAddress Address = IPAddress.Parse("192.0.2.9");

    private readonly ManualTime _time = new();

    [Fact]
    public void A_quarantine_begins_after_so_many_failures_and_doubles_up_to_its_limit()
    {
        var quarantine = new Quarantine(new QuarantineOptions { Failures = 3, First = TimeSpan.FromSeconds(2), Longest = TimeSpan.FromSeconds(9) }, _time);
        Assert.Null(quarantine.Failed(Address, "not OpenFlow"));
        Assert.Null(quarantine.Failed(Address, "not OpenFlow"));
        Assert.False(quarantine.Keeps(Address));
        var lengths = new List<double>();
        for (var round = 0; round < 5; round++)
        {
            var held = quarantine.Failed(Address, "HELLO timeout, got 0 of 8 bytes")!;
            lengths.Add((held.Until - _time.GetUtcNow()).TotalSeconds);
            Assert.True(quarantine.Keeps(Address));
            Assert.False(quarantine.Keeps(IPAddress.Parse("192.0.2.10")));
            _time.Set(held.Until);
            Assert.False(quarantine.Keeps(Address));
        }

        double[] nominal = [2, 4, 8, 9, 9];
        Assert.All(lengths.Zip(nominal), pair => Assert.InRange(pair.First, pair.Second * 0.8, pair.Second));
    }

    [Fact]
    public void A_success_ends_the_count_and_shortens_what_comes_after_it()
    {
        var quarantine = new Quarantine(
            new QuarantineOptions { Failures = 2, First = TimeSpan.FromSeconds(60), LongestForKnown = TimeSpan.FromSeconds(1) }, _time);
        quarantine.Failed(Address, "x");
        quarantine.Greeted(Address);
        Assert.Null(quarantine.Failed(Address, "x"));
        var held = quarantine.Failed(Address, "x")!;
        Assert.InRange((held.Until - _time.GetUtcNow()).TotalSeconds, 0.8, 1);
    }

    [Fact]
    public void Greetings_do_not_excuse_what_comes_after_them()
    {
        var quarantine = new Quarantine(new QuarantineOptions { Failures = 2, First = TimeSpan.FromSeconds(60) }, _time);
        quarantine.Greeted(Address);
        Assert.Null(quarantine.Misbehaved(Address, "flood"));
        quarantine.Greeted(Address);
        var held = quarantine.Misbehaved(Address, "flood")!;
        Assert.InRange((held.Until - _time.GetUtcNow()).TotalSeconds, 48, 60);

        _time.Set(held.Until);
        quarantine.Behaved(Address);
        Assert.Null(quarantine.Misbehaved(Address, "flood"));
    }

    [Fact]
    public void Sending_without_end_is_kept_out_at_once_and_for_much_longer_the_next_time()
    {
        var quarantine = new Quarantine(new QuarantineOptions { First = TimeSpan.FromSeconds(2) }, _time);
        var held = quarantine.Misbehaved(Address, "flood", isFlood: true)!;
        Assert.InRange((held.Until - _time.GetUtcNow()).TotalSeconds, 1.6, 2);

        _time.Set(held.Until);
        held = quarantine.Misbehaved(Address, "flood", isFlood: true)!;
        Assert.InRange((held.Until - _time.GetUtcNow()).TotalSeconds, 12.8, 16);
    }

    [Fact]
    public async Task A_peer_that_asks_without_end_and_reads_nothing_in_the_handshake_holds_up_nobody()
    {
        await using var listener = OpenFlowListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0),
            new OpenFlowListenerOptions { Connection = new OpenFlowConnectionOptions { HandshakeTimeout = TimeSpan.FromMinutes(1), HandshakeByteLimit = 1L << 40 } });
        using var greedy = await ScriptedPeer.ConnectAsync(listener.EndPoint);
        await greedy.ReceiveAsync<Hello>();
        await greedy.SendAsync([4, 0, 0, 8, 0, 0, 0, 1]);
        var echo = new EchoRequest([.. new byte[60_000]]);
        using var stop = new CancellationTokenSource();
        var sent = 0;
        var asking = Task.Run(async () =>
        {
            try
            {
                while (!stop.IsCancellationRequested)
                {
                    await greedy.SendAsync(echo, 7);
                    Interlocked.Increment(ref sent);
                }
            }
            catch (Exception error) when (error is IOException or ObjectDisposedException or OperationCanceledException)
            {
                // Closed at the end of the test.
            }
        });

        // It stands still when the answers that it does not read fill all buffers.
        for (var (before, now) = (-1, 0); before != now || now == 0; (before, now) = (now, Volatile.Read(ref sent)))
        {
            await Task.Delay(200);
        }

        using var peer = await ScriptedPeer.ConnectAsync(listener.EndPoint);
        await peer.GreetAsync();
        await using var connection = await listener.AcceptAsync(ScriptedPeer.Deadline());
        Assert.False(asking.IsCompleted);
        await stop.CancelAsync();
        greedy.Dispose();
        await asking;
    }

    [Fact]
    public async Task A_peer_that_answers_what_nobody_asked_is_closed_and_ends_in_quarantine()
    {
        await using var listener = OpenFlowListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0), new OpenFlowListenerOptions { Quarantine = new QuarantineOptions { Failures = 1 } });
        using var peer = await ScriptedPeer.ConnectAsync(listener.EndPoint);
        await peer.GreetAsync();
        await using var connection = await listener.AcceptAsync(ScriptedPeer.Deadline());
        var part = new FlowStatsReply([.. Enumerable.Repeat(new FlowStats(), 500)]) { Flags = MultipartFlags.More };
        try
        {
            while (true)
            {
                await peer.SendAsync(part, 4711);
            }
        }
        catch (IOException)
        {
            // Closed, as it should be.
        }

        var closed = await connection.Closed.WaitAsync(ScriptedPeer.Deadline());
        Assert.Matches("^[0-9]+ bytes of replies to nothing that was asked$", closed.Message);
        Assert.Equal(CloseCause.Flood, closed.Cause);
        await OpenVSwitch.OvsDaemons.UntilAsync(() => listener.Quarantined.Count == 1, "its quarantine begins");
        Assert.Equal(closed.Message, listener.Quarantined[0].Reason);
    }

    [Fact]
    public async Task A_switch_that_is_read_slowly_is_held_back()
    {
        await using var pair = await SwitchPair.OpenAsync();
        pair.Connection.LimitReceiving(1);
        var sent = 0L;
        var flooding = Task.Run(async () =>
        {
            var packet = new PacketIn { Packet = [.. new byte[60_000]] };
            try
            {
                while (true)
                {
                    await pair.Peer.SendAsync(packet, 0);
                    Interlocked.Add(ref sent, 60_000);
                }
            }
            catch (IOException)
            {
                // The connection was closed.
            }
        });
        var before = -1L;
        await OpenVSwitch.OvsDaemons.UntilAsync(
            () =>
            {
                var now = Interlocked.Read(ref sent);
                return now > 0 && now == Interlocked.Exchange(ref before, now);
            },
            "nothing more is taken");
        await pair.Connection.DisposeAsync();
        await flooding;
        Assert.InRange(pair.Connection.PacketIns.Count, 0, 1);
    }

    [Fact]
    public void Addresses_of_one_IPv6_subnet_are_one_peer()
    {
        var quarantine = new Quarantine(new QuarantineOptions { Failures = 1 }, _time);
        quarantine.Failed(IPAddress.Parse("2001:db8:1:2::3"), "x");
        Assert.True(quarantine.Keeps(IPAddress.Parse("2001:db8:1:2:ffff::")));
        Assert.False(quarantine.Keeps(IPAddress.Parse("2001:db8:1:3::3")));
        Assert.Equal("2001:db8:1:2::", Assert.Single(quarantine.Held).Address.ToString());
    }

    [Fact]
    public async Task A_peer_that_fails_on_is_closed_at_once_with_the_reason_kept()
    {
        var quarantined = new TaskCompletionSource<QuarantinedPeer>();
        await using var listener = OpenFlowListener.Start(new IPEndPoint(IPAddress.Loopback, 0), new OpenFlowListenerOptions
        {
            Connection = new OpenFlowConnectionOptions { TimeProvider = _time },
            Quarantine = new QuarantineOptions { Failures = 2 },
            PeerQuarantined = peer => quarantined.TrySetResult(peer),
        });
        for (var attempt = 0; attempt < 2; attempt++)
        {
            using var peer = await ScriptedPeer.ConnectAsync(listener.EndPoint);
            await peer.SendAsync([.. "GET / HTTP/1.1\r\n"u8]);
            await peer.WaitForCloseAsync();
        }

        var held = await quarantined.Task.WaitAsync(ScriptedPeer.Deadline());
        Assert.Equal((IPAddress.Loopback, "not OpenFlow", 2), (held.Address, held.Reason, held.Failures));
        Assert.EndsWith("after 2 failures, the last: not OpenFlow", held.ToString(), StringComparison.Ordinal);
        await AssertTurnedAwayAsync(listener.EndPoint);
        Assert.Equal(1, Assert.Single(listener.Quarantined).TurnedAway);
        _time.Set(held.Until);
        Assert.Empty(listener.Quarantined);
        using var later = await ScriptedPeer.ConnectAsync(listener.EndPoint);
        await later.GreetAsync();
        await using var connection = await listener.AcceptAsync(ScriptedPeer.Deadline());
    }

    [Fact]
    public async Task A_peer_that_was_greeted_may_be_reported()
    {
        await using var listener = OpenFlowListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0), new OpenFlowListenerOptions { Quarantine = new QuarantineOptions { Failures = 1 } });
        using var peer = await ScriptedPeer.ConnectAsync(listener.EndPoint);
        await peer.GreetAsync();
        await using var connection = await listener.AcceptAsync(ScriptedPeer.Deadline());
        listener.Report(connection.Peer, "unwanted");
        Assert.Equal("unwanted", Assert.Single(listener.Quarantined).Reason);
    }

    [Theory]
    [InlineData(2, 99, "HandshakesOfAddress")]
    [InlineData(99, 2, "Handshakes")]
    public async Task Handshakes_above_the_limit_are_closed_until_one_is_over(int perAddress, int all, string limit)
    {
        var log = new CollectedLog();
        await using var listener = OpenFlowListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0),
            new OpenFlowListenerOptions
            {
                Connection = new OpenFlowConnectionOptions { HandshakeTimeout = TimeSpan.FromMinutes(1) },
                Limits = new ConnectionLimits { HandshakesPerAddress = perAddress, Handshakes = all },
            },
            log);
        using var silent = await ScriptedPeer.ConnectAsync(listener.EndPoint);
        await silent.ReceiveAsync<Hello>();
        using var good = await ScriptedPeer.ConnectAsync(listener.EndPoint);
        await good.ReceiveAsync<Hello>();
        await AssertTurnedAwayAsync(listener.EndPoint);
        await OpenVSwitch.OvsDaemons.UntilAsync(
            () => log.Lines.Any(line => line.Contains($"limit of {limit} reached", StringComparison.Ordinal)), "the refusal is logged");
        await good.SendAsync(Convert.FromHexString("0400000800000001"));
        await good.AnswerFeaturesAsync(OpenFlowVersion.OpenFlow13);
        await using var connection = await listener.AcceptAsync(ScriptedPeer.Deadline());
        using var next = await ScriptedPeer.ConnectAsync(listener.EndPoint);
        await next.GreetAsync();
        await using var another = await listener.AcceptAsync(ScriptedPeer.Deadline());
    }

    [Theory]
    [InlineData(1, 99)]
    [InlineData(99, 1)]
    public async Task Connections_above_the_limit_are_closed_until_one_is_over(int perAddress, int all)
    {
        await using var listener = OpenFlowListener.Start(new IPEndPoint(IPAddress.Loopback, 0), new OpenFlowListenerOptions
        {
            Limits = new ConnectionLimits { ConnectionsPerAddress = perAddress, Connections = all },
        });
        using (var first = await ScriptedPeer.ConnectAsync(listener.EndPoint))
        {
            await first.GreetAsync();
            await using var connection = await listener.AcceptAsync(ScriptedPeer.Deadline());
            await AssertTurnedAwayAsync(listener.EndPoint);
        }

        using var next = await ScriptedPeer.ConnectAsync(listener.EndPoint);
        await next.GreetAsync();
        await using var another = await listener.AcceptAsync(ScriptedPeer.Deadline());
    }

    [Fact]
    public async Task What_may_come_before_FEATURES_REPLY_is_limited()
    {
        var failures = Channel.CreateUnbounded<HandshakeException>();
        await using var listener = OpenFlowListener.Start(new IPEndPoint(IPAddress.Loopback, 0), new OpenFlowListenerOptions
        {
            Connection = new OpenFlowConnectionOptions { HandshakeByteLimit = 5000, HandshakeTimeout = TimeSpan.FromMinutes(1) },
            HandshakeFailed = (_, failure) => failures.Writer.TryWrite(failure),
        });
        using var peer = await ScriptedPeer.ConnectAsync(listener.EndPoint);
        await peer.ReceiveAsync<Hello>();
        await peer.SendAsync(Convert.FromHexString("0400000800000001"));
        for (var i = 0; i < 3; i++)
        {
            await peer.SendAsync(new PacketIn { Packet = [.. new byte[2000]] }, 0);
        }

        await peer.WaitForCloseAsync();
        var failure = await failures.Reader.ReadAsync(ScriptedPeer.Deadline());
        Assert.Equal((HandshakeFault.TooManyBytes, "more than 5000 bytes before FEATURES_REPLY"), (failure.Fault, failure.Message));
    }

    /// <summary>The connection is reset before anything was said, at times before the peer has noticed that it was connected.</summary>
    private static async Task AssertTurnedAwayAsync(IPEndPoint address)
    {
        try
        {
            using var peer = await ScriptedPeer.ConnectAsync(address);
            Assert.Null(await peer.ReceiveBytesAsync());
        }
        catch (SocketException reset)
        {
            Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        }
    }
}

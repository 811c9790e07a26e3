using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;

namespace Metron.OpenFlow.Tests.Negotiation;

/// <summary>Which HELLO a peer gets after it has refused or taken another one, and how long that is remembered.</summary>
public sealed class LadderTests
{
    private static readonly VersionSet Both = VersionSet.Of(OpenFlowVersion.OpenFlow13, OpenFlowVersion.OpenFlow14);

    private readonly ManualTime _time = new();
    private readonly KeptPeers _store = new();
    private readonly Channel<HandshakeException> _failures = Channel.CreateUnbounded<HandshakeException>();

    [Fact]
    public async Task A_peer_that_closes_on_every_HELLO_is_led_down_the_ladder_and_begins_anew()
    {
        await using var listener = Listen();
        var seen = new List<int?>();
        for (var attempt = 0; attempt < 4; attempt++)
        {
            using (var peer = await ScriptedPeer.ConnectAsync(listener.EndPoint))
            {
                seen.Add(attempt == 2 ? null : (await peer.ReceiveBytesAsync())!.Length);
            }

            await _failures.Reader.ReadAsync(ScriptedPeer.Deadline());
        }

        Assert.Equal([16, 8, null, 16], seen);
    }

    [Fact]
    public async Task A_peer_that_must_greet_first_is_answered_in_its_version_without_elements()
    {
        await using var listener = Listen();
        for (var attempt = 0; attempt < 2; attempt++)
        {
            using (await ScriptedPeer.ConnectAsync(listener.EndPoint))
            {
                // Closes on what it got before it has greeted itself.
            }

            await _failures.Reader.ReadAsync(ScriptedPeer.Deadline());
        }

        using var waiting = await ScriptedPeer.ConnectAsync(listener.EndPoint);
        await waiting.SendAsync(Convert.FromHexString("0500000800000001"));
        var answer = await waiting.ReceiveBytesAsync();
        Assert.Equal("0500000800000001", Convert.ToHexStringLower(answer!));
        await waiting.AnswerFeaturesAsync(OpenFlowVersion.OpenFlow14);
        await using var connection = await listener.AcceptAsync(ScriptedPeer.Deadline());
        Assert.Equal(OpenFlowVersion.OpenFlow14, connection.Version);
        Assert.Equal(HelloRung.Wait, Assert.Single(_store.Peers).Value.Rung);
    }

    [Fact]
    public async Task A_silent_peer_gets_another_HELLO_only_when_it_was_silent_twice()
    {
        await using var listener = Listen(TimeSpan.FromMilliseconds(200));
        var lengths = new List<int>();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            using var peer = await ScriptedPeer.ConnectAsync(listener.EndPoint);
            lengths.Add((await peer.ReceiveBytesAsync())!.Length);
            await peer.WaitForCloseAsync();
            await _failures.Reader.ReadAsync(ScriptedPeer.Deadline());
        }

        Assert.Equal([16, 16, 8], lengths);
    }

    [Fact]
    public async Task What_a_switch_took_is_remembered_over_a_restart_and_the_usual_HELLO_tried_again_after_a_day()
    {
        await using (var listener = Listen())
        {
            Assert.Equal(16, await ConnectAsync(listener, answer: false));
            Assert.Equal(8, await ConnectAsync(listener, answer: true));
            Assert.Equal(8, await ConnectAsync(listener, answer: true));
        }

        await using var restarted = Listen();
        Assert.Equal(8, await ConnectAsync(restarted, answer: true));

        _time.Advance(TimeSpan.FromHours(25));
        Assert.Equal(16, await ConnectAsync(restarted, answer: false));
        Assert.Equal(8, await ConnectAsync(restarted, answer: true));
        Assert.Equal(8, await ConnectAsync(restarted, answer: true));

        _time.Advance(TimeSpan.FromHours(25));
        Assert.Equal(16, await ConnectAsync(restarted, answer: true));
        Assert.Equal(16, await ConnectAsync(restarted, answer: true));
        Assert.Empty(_store.Peers);
    }

    [Fact]
    public void A_switch_that_is_known_to_take_the_usual_HELLO_keeps_it_though_another_peer_at_its_address_fails()
    {
        var memory = new PeerMemory(_store, _time);
        var address = IPAddress.Parse("192.0.2.1");
        memory.Succeeded(address, memory.StyleFor(address, Both), 7, OpenFlowVersion.OpenFlow14);
        memory.Failed(address, memory.StyleFor(address, Both), new HandshakeException(HandshakeFault.Closed, "closed"));
        var bare = memory.StyleFor(address, Both);
        Assert.Equal(HelloRung.Bare13, bare.Rung);

        memory.Succeeded(address, bare, 7, OpenFlowVersion.OpenFlow13);

        Assert.Equal(HelloRung.Bitmap, memory.StyleFor(address, Both).Rung);
        Assert.Empty(_store.Peers);
    }

    [Fact]
    public void A_switch_with_a_known_datapath_id_is_remembered_at_another_address()
    {
        var memory = new PeerMemory(_store, _time);
        var before = IPAddress.Parse("192.0.2.1");
        var after = IPAddress.Parse("192.0.2.2");
        memory.Failed(before, memory.StyleFor(before, Both), new HandshakeException(HandshakeFault.RejectedHelloElements, "closed"));
        memory.Succeeded(before, memory.StyleFor(before, Both), 7, OpenFlowVersion.OpenFlow13);

        Assert.Equal(HelloRung.Bare13, memory.StyleFor(after, Both, expected: 7).Rung);
        Assert.Equal(HelloRung.Bitmap, memory.StyleFor(after, Both, expected: 8).Rung);
        Assert.Equal(HelloRung.Bitmap, memory.StyleFor(after, Both).Rung);
    }

    [Fact]
    public void The_rung_of_1_0_is_there_only_where_1_0_is_offered()
    {
        Assert.Equal([HelloRung.Bitmap, HelloRung.Bare13, HelloRung.Wait], HelloLadder.For(Both));
        var with10 = VersionSet.Of(OpenFlowVersion.OpenFlow10, OpenFlowVersion.OpenFlow13);
        Assert.Equal([HelloRung.Bitmap, HelloRung.Bare13, HelloRung.Wait, HelloRung.Bare10], HelloLadder.For(with10));
        Assert.Equal(HelloRung.Bitmap, HelloLadder.Next(HelloRung.Wait, Both));
        Assert.Equal(HelloRung.Bare10, HelloLadder.Next(HelloRung.Wait, with10));
        Assert.Equal(HelloRung.Bitmap, HelloLadder.Next(HelloRung.Bare10, with10));
        var bare10 = HelloLadder.Style(HelloRung.Bare10, with10, OpenFlowVersion.OpenFlow13);
        Assert.Equal("0100000800000001", Convert.ToHexStringLower(OpenFlowCodec.Encode(bare10.ToMessage(), bare10.Header, 1)));
        Assert.Equal(VersionSet.Of(OpenFlowVersion.OpenFlow10), bare10.Offered);
        Assert.Equal([HelloRung.Bitmap, HelloRung.Wait, HelloRung.Bare10], HelloLadder.For(VersionSet.Of(OpenFlowVersion.OpenFlow10)));
    }

    [Fact]
    public void A_store_that_fails_costs_the_memory_only()
    {
        var log = new CollectedLog();
        var memory = new PeerMemory(new BrokenStore(), _time, log);
        var address = IPAddress.Loopback;
        memory.Failed(address, memory.StyleFor(address, Both), new HandshakeException(HandshakeFault.Closed, "closed"));
        memory.Succeeded(address, memory.StyleFor(address, Both), 7, OpenFlowVersion.OpenFlow13);
        Assert.Equal(HelloRung.Bare13, memory.StyleFor(address, Both).Rung);
        Assert.Equal(2, log.Lines.Count(line => line.Contains("disk full", StringComparison.Ordinal)));
    }

    private OpenFlowListener Listen(TimeSpan? timeout = null) => OpenFlowListener.Start(
        new IPEndPoint(IPAddress.Loopback, 0),
        new OpenFlowListenerOptions
        {
            Connection = new OpenFlowConnectionOptions { Versions = Both, HandshakeTimeout = timeout ?? TimeSpan.FromSeconds(20) },
            Memory = new PeerMemory(_store, _time),
            Quarantine = new QuarantineOptions { Failures = 0 },
            HandshakeFailed = (_, failure) => _failures.Writer.TryWrite(failure),
        });

    /// <summary>Connects as a switch with datapath id 7; returns the length of the HELLO that it got.</summary>
    private async Task<int> ConnectAsync(OpenFlowListener listener, bool answer)
    {
        using var peer = await ScriptedPeer.ConnectAsync(listener.EndPoint);
        var length = (await peer.ReceiveBytesAsync())!.Length;
        if (answer)
        {
            await peer.SendAsync(Convert.FromHexString("0400000800000001"));
            await peer.AnswerFeaturesAsync(OpenFlowVersion.OpenFlow13);
            await using var connection = await listener.AcceptAsync(ScriptedPeer.Deadline());
            return length;
        }

        peer.Dispose();
        await _failures.Reader.ReadAsync(ScriptedPeer.Deadline());
        return length;
    }

    private sealed class KeptPeers : IPeerStore
    {
        public ConcurrentDictionary<(ulong, IPAddress), RememberedPeer> Peers { get; } = new();

        public IReadOnlyList<RememberedPeer> Load() => [.. Peers.Values];

        public void Put(RememberedPeer peer) => Peers[(peer.DatapathId, peer.Address)] = peer;

        public void Remove(ulong datapathId, IPAddress address) => Peers.TryRemove((datapathId, address), out _);
    }

    private sealed class BrokenStore : IPeerStore
    {
        public IReadOnlyList<RememberedPeer> Load() => throw new IOException("disk full");

        public void Put(RememberedPeer peer) => throw new IOException("disk full");

        public void Remove(ulong datapathId, IPAddress address) => throw new IOException("disk full");
    }
}

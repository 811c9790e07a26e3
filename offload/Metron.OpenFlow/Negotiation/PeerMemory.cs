using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Metron.OpenFlow;

/// <summary>Which HELLO to send to whom, learnt from what peers took and refused. Shared by listeners and connectors; safe for concurrent use.</summary>
/// <remarks>
/// A peer that fails on one rung gets the next when it comes again. What a switch took is remembered by datapath id and address;
/// once a day the usual HELLO is tried again, and taken from then on if it works: firmware is updated at times.
/// </remarks>
public sealed partial class PeerMemory
{
    private const int AddressLimit = 4096;
    private const int SwitchLimit = 4096;
    private const int TimeoutsPerRung = 2;

    private static readonly TimeSpan RetryBetterAfter = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly RecentlyUsed<IPAddress, Climb> _climbs = new(AddressLimit);
    private readonly RecentlyUsed<(ulong DatapathId, IPAddress Address), RememberedPeer> _peers = new(SwitchLimit);
    private readonly IPeerStore? _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <summary>Creates a memory, with what the store kept.</summary>
    /// <param name="store">Keeps it over a restart; null for nowhere.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="logger">Log; null for none.</param>
    public PeerMemory(IPeerStore? store = null, TimeProvider? time = null, ILogger? logger = null)
    {
        _store = store;
        _time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger.Instance;
        foreach (var peer in Kept())
        {
            _peers.Set((peer.DatapathId, peer.Address), peer);
        }
    }

    /// <summary>The HELLO for a peer.</summary>
    /// <param name="address">Its address; null when not known.</param>
    /// <param name="versions">Versions that may be agreed on.</param>
    /// <param name="expected">Its datapath id, where it is known beforehand.</param>
    internal HelloStyle StyleFor(IPAddress? address, VersionSet versions, ulong? expected = null)
    {
        if (address is null)
        {
            return HelloStyle.WithBitmap(versions);
        }

        RememberedPeer retried;
        lock (_lock)
        {
            if (_climbs.TryGet(address, out var climb))
            {
                return HelloLadder.Style(climb.Rung, versions, climb.Said) with { Why = Why(climb) };
            }

            if (Find(address, expected) is not { Rung: not HelloRung.Bitmap } peer || !HelloLadder.For(versions).Contains(peer.Rung))
            {
                return HelloStyle.WithBitmap(versions);
            }

            if (_time.GetUtcNow() - peer.BetterTried < RetryBetterAfter)
            {
                return HelloLadder.Style(peer.Rung, versions, Spoken(peer, versions)) with { Why = $"greeted by HELLO \"{peer.Rung}\", which is what it took before" };
            }

            retried = peer with { BetterTried = _time.GetUtcNow() };
            _peers.Set((peer.DatapathId, peer.Address), retried);
        }

        Keep(retried);
        return HelloStyle.WithBitmap(versions);
    }

    /// <summary>A handshake failed.</summary>
    /// <returns>The HELLO that the peer gets next if that is another one; else null.</returns>
    internal HelloStyle? Failed(IPAddress? address, HelloStyle tried, HandshakeException failure, ulong? expected = null)
    {
        if (address is null || !HelloLadder.MayHelp(failure.Fault, tried))
        {
            return null;
        }

        lock (_lock)
        {
            _climbs.TryGet(address, out var climb);
            if (climb is not null && climb.Rung != tried.Rung)
            {
                // Another connection from there has moved on already.
                return null;
            }

            var timeouts = failure.Fault == HandshakeFault.Timeout ? (climb?.Timeouts ?? 0) + 1 : 0;
            if (timeouts is > 0 and < TimeoutsPerRung)
            {
                _climbs.Set(address, new Climb(tried.Rung, timeouts, climb?.Said ?? failure.Negotiated, climb?.Refusal ?? failure.Message));
                return null;
            }

            // Where the usual HELLO was only tried again, what worked before comes next.
            var remembered = climb is null && !tried.Bare ? Find(address, expected) : null;
            var next = remembered is { Rung: not HelloRung.Bitmap } ? remembered.Rung : HelloLadder.Next(tried.Rung, tried.Versions);
            var said = failure.Negotiated ?? climb?.Said ?? (remembered is null ? null : Spoken(remembered, tried.Versions));

            // Why the usual HELLO failed says more than why the next ones did.
            var refusal = tried.Bare && climb is not null ? climb.Refusal : failure.Message;
            _climbs.Set(address, new Climb(next, 0, said, refusal));
            return HelloLadder.Style(next, tried.Versions, said);
        }
    }

    /// <summary>A handshake succeeded.</summary>
    internal void Succeeded(IPAddress? address, HelloStyle used, ulong datapathId, OpenFlowVersion version)
    {
        if (address is null)
        {
            return;
        }

        var peer = new RememberedPeer(datapathId, address, used.Rung, version, _time.GetUtcNow());
        RememberedPeer? known;
        lock (_lock)
        {
            _climbs.Remove(address);
            _peers.TryGet((datapathId, address), out known);

            // One that takes the usual HELLO keeps it, though another peer at its address has brought it this one.
            if (known is { Rung: HelloRung.Bitmap } || (known is not null && known.Rung == used.Rung && known.Version == version))
            {
                return;
            }

            _peers.Set((datapathId, address), peer);
        }

        if (used.Bare)
        {
            LogRemembered(_logger, datapathId, address, used.Rung);
            Keep(peer);
        }
        else if (known is not null)
        {
            Store(store => store.Remove(datapathId, address));
        }
    }

    /// <summary>What is known of the address and, where it is known, of the switch: of several, what was learnt last.</summary>
    private RememberedPeer? Find(IPAddress address, ulong? expected)
    {
        if (expected is { } datapathId)
        {
            return _peers.TryGet((datapathId, address), out var exact)
                ? exact
                : _peers.Values.LastOrDefault(peer => peer.DatapathId == datapathId);
        }

        return _peers.Values.LastOrDefault(peer => peer.Address.Equals(address));
    }

    private static string? Why(Climb climb) =>
        climb.Rung == HelloRung.Bitmap ? null : $"greeted by HELLO \"{climb.Rung}\"; the usual one ended in: {climb.Refusal}";

    private static OpenFlowVersion? Spoken(RememberedPeer peer, VersionSet versions) =>
        peer.Rung == HelloRung.Bare13 && versions.Contains(peer.Version) && peer.Version >= OpenFlowVersion.OpenFlow13 ? peer.Version : null;

    private IReadOnlyList<RememberedPeer> Kept()
    {
        try
        {
            return _store?.Load() ?? [];
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            LogStoreFailed(_logger, exception.Message);
            return [];
        }
    }

    private void Keep(RememberedPeer peer) => Store(store => store.Put(peer));

    private void Store(Action<IPeerStore> action)
    {
        try
        {
            if (_store is not null)
            {
                action(_store);
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            LogStoreFailed(_logger, exception.Message);
        }
    }

    [LoggerMessage(1040, LogLevel.Information, "Datapath {DatapathId:x16} at {Address} takes HELLO \"{Rung}\"; remembered")]
    private static partial void LogRemembered(ILogger logger, ulong datapathId, IPAddress address, HelloRung rung);

    [LoggerMessage(1041, LogLevel.Warning, "Remembering which HELLO switches take fails: {Problem}")]
    private static partial void LogStoreFailed(ILogger logger, string problem);

    /// <param name="Rung">The next HELLO for the address.</param>
    /// <param name="Timeouts">How often the peer was silent on it.</param>
    /// <param name="Said">The version that the peer's HELLO led to, if one came.</param>
    /// <param name="Refusal">How the usual HELLO failed.</param>
    private sealed record Climb(HelloRung Rung, int Timeouts, OpenFlowVersion? Said, string Refusal);
}

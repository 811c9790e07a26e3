using System.Net;
using Metron.OpenFlow;

namespace Metron.Controller.Switches;

/// <summary>
/// Peers that came to the OpenFlow address and were given no session, by IP address: operators look for a switch among them that never said who it is.
/// Bounded; the one that was silent the longest makes room. Thread-safe.
/// </summary>
public sealed class StrayPeers(TimeProvider time)
{
    /// <summary>Most that are remembered.</summary>
    public const int Most = 64;

    private readonly Lock _turn = new();
    private readonly Dictionary<IPAddress, StrayPeer> _peers = [];

    /// <summary>Peers without a session, the latest first.</summary>
    public IReadOnlyList<StrayPeer> All
    {
        get
        {
            lock (_turn)
            {
                return [.. _peers.Values.OrderByDescending(peer => peer.LastTime)];
            }
        }
    }

    /// <summary>A peer was given no session.</summary>
    /// <param name="peer">Where it came from; what is no IP address is not remembered.</param>
    /// <param name="problem">Why.</param>
    public void Note(EndPoint? peer, string problem)
    {
        if (peer is not IPEndPoint { Address: var address })
        {
            return;
        }

        var now = time.GetUtcNow();
        Change(address, known => known with { Problem = problem, Count = known.Count + 1, LastTime = now });
    }

    /// <summary>The connections of a peer are closed at once from now on.</summary>
    public void Quarantine(QuarantinedPeer quarantined)
    {
        ArgumentNullException.ThrowIfNull(quarantined);
        Change(quarantined.Address, known => known with { Problem = quarantined.Reason, QuarantinedUntil = quarantined.Until });
    }

    /// <summary>A switch has a session from there: what was wrong before is over.</summary>
    public void Forget(EndPoint? peer)
    {
        lock (_turn)
        {
            if (peer is IPEndPoint { Address: var address })
            {
                _peers.Remove(Plain(address));
            }
        }
    }

    private void Change(IPAddress address, Func<StrayPeer, StrayPeer> change)
    {
        var plain = Plain(address);
        lock (_turn)
        {
            if (!_peers.TryGetValue(plain, out var known))
            {
                if (_peers.Count == Most)
                {
                    _peers.Remove(_peers.MinBy(pair => pair.Value.LastTime).Key);
                }

                var now = time.GetUtcNow();
                known = new StrayPeer(plain, string.Empty, 0, now, now);
            }

            _peers[plain] = change(known);
        }
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}

/// <summary>A peer without a session.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Problem">Why it has none.</param>
/// <param name="Count">How often.</param>
/// <param name="FirstTime">When it came first.</param>
/// <param name="LastTime">When it came last.</param>
public sealed record StrayPeer(IPAddress Address, string Problem, long Count, DateTimeOffset FirstTime, DateTimeOffset LastTime)
{
    /// <summary>Until when its connections are closed at once; null when it never was in quarantine.</summary>
    public DateTimeOffset? QuarantinedUntil { get; init; }
}

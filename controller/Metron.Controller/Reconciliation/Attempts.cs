using System.Collections.Immutable;

namespace Metron.Controller.Reconciliation;

/// <summary>What is under way on other machines, and what failed there. Used by the reconciler's loop alone.</summary>
internal sealed class Attempts
{
    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(30);

    /// <summary>What is under way.</summary>
    public ImmutableHashSet<RemoteKey> InFlight { get; private set; } = [];

    /// <summary>What failed when tried last.</summary>
    public ImmutableDictionary<RemoteKey, Failure> Failures { get; private set; } = ImmutableDictionary<RemoteKey, Failure>.Empty;

    /// <summary>How long to wait after a number of failures in a row: doubling from half a second to half a minute.</summary>
    public static TimeSpan PauseAfter(int failures) => failures > 6 ? _longestPause : _firstPause * (1 << Math.Max(0, failures - 1));

    /// <summary>Notes that an action was begun.</summary>
    public void Begin(RemoteKey key) => InFlight = InFlight.Add(key);

    /// <summary>Notes that an action ended.</summary>
    public void End(RemoteKey key) => InFlight = InFlight.Remove(key);

    /// <summary>Notes a success.</summary>
    public void Succeeded(RemoteKey key) => Failures = Failures.Remove(key);

    /// <summary>Notes a failure.</summary>
    public Failure Failed(RemoteKey key, string message, DateTimeOffset now)
    {
        var count = Failures.TryGetValue(key, out var before) ? before.Count + 1 : 1;
        var failure = new Failure(count, now + PauseAfter(count), message);
        Failures = Failures.SetItem(key, failure);
        return failure;
    }

    /// <summary>Forgets the failures at a server or switch: it was connected anew.</summary>
    public void ForgetPeer(string peer) => Failures = Failures.RemoveRange(Failures.Keys.Where(key => key.Peer == peer));

    /// <summary>Forgets the failures of a chain: its operator changed it.</summary>
    public void ForgetChain(string chain) => Failures = Failures.RemoveRange(Failures.Keys.Where(key => key.Chain == chain));
}

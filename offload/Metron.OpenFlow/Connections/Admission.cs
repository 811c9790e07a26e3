using System.Net;

namespace Metron.OpenFlow;

/// <summary>Counts connections of a listener against its limits. Safe for concurrent use.</summary>
internal sealed class Admission(ConnectionLimits limits)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, Counts> _parties = [];
    private Counts _all;

    /// <summary>Connections in the handshake.</summary>
    public int Greeting
    {
        get
        {
            lock (_lock)
            {
                return _all.Greeting;
            }
        }
    }

    /// <summary>Lets a connection in, or says why not.</summary>
    public RefusalReason? TryEnter(IPAddress? address)
    {
        lock (_lock)
        {
            var party = Of(address);
            RefusalReason? refusal = _all.Greeting >= limits.Handshakes ? RefusalReason.Handshakes
                : _all.Open >= limits.Connections ? RefusalReason.Connections
                : party.Greeting >= limits.HandshakesPerAddress ? RefusalReason.HandshakesOfAddress
                : party.Open >= limits.ConnectionsPerAddress ? RefusalReason.ConnectionsOfAddress
                : null;
            if (refusal is null)
            {
                Add(address, greeting: 1, open: 1);
            }

            return refusal;
        }
    }

    /// <summary>The handshake of a connection is over.</summary>
    public void Greeted(IPAddress? address) => Change(address, greeting: -1, open: 0);

    /// <summary>A connection is closed.</summary>
    public void Left(IPAddress? address) => Change(address, greeting: 0, open: -1);

    private Counts Of(IPAddress? address) =>
        address is not null && _parties.TryGetValue(PeerAddress.Party(address), out var counts) ? counts : default;

    private void Change(IPAddress? address, int greeting, int open)
    {
        lock (_lock)
        {
            Add(address, greeting, open);
        }
    }

    private void Add(IPAddress? address, int greeting, int open)
    {
        _all = _all.Plus(greeting, open);
        if (address is null)
        {
            return;
        }

        var party = PeerAddress.Party(address);
        var counts = Of(address).Plus(greeting, open);
        if (counts == default)
        {
            _parties.Remove(party);
        }
        else
        {
            _parties[party] = counts;
        }
    }

    private readonly record struct Counts(int Greeting, int Open)
    {
        public Counts Plus(int greeting, int open) => new(Greeting + greeting, Open + open);
    }
}

/// <summary>How many connections a listener takes. What is above is closed at once and counted by reason.</summary>
/// <remarks>For IPv6, an address here is a subnet of 64 bits.</remarks>
public sealed record ConnectionLimits
{
    /// <summary>Peers in the handshake.</summary>
    public int Handshakes { get; init; } = 256;

    /// <summary>Peers of one address in the handshake: bridges of one host, or an attacker.</summary>
    public int HandshakesPerAddress { get; init; } = 32;

    /// <summary>Connections, greeted or not.</summary>
    public int Connections { get; init; } = 4096;

    /// <summary>Connections of one address, greeted or not.</summary>
    public int ConnectionsPerAddress { get; init; } = 512;
}

/// <summary>Why a connection was closed before anything was read from it.</summary>
public enum RefusalReason
{
    /// <summary>Its address is in quarantine.</summary>
    Quarantine,

    /// <summary>Too many peers are in the handshake.</summary>
    Handshakes,

    /// <summary>Too many peers of its address are in the handshake.</summary>
    HandshakesOfAddress,

    /// <summary>Too many connections.</summary>
    Connections,

    /// <summary>Too many connections of its address.</summary>
    ConnectionsOfAddress,
}

using System.Net;

namespace Metron.OpenFlow;

/// <summary>Keeps peers out for a while that failed again and again. Safe for concurrent use.</summary>
/// <remarks>
/// The time doubles with each further failure and is varied by up to a fifth, so that peers that failed together do not come back
/// together. A peer that succeeds starts anew.
/// </remarks>
internal sealed class Quarantine(QuarantineOptions options, TimeProvider time)
{
    private const int AddressLimit = 8192;
    private const double Variation = 0.2;

    private static readonly TimeSpan KnownFor = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly RecentlyUsed<IPAddress, Record> _records = new(AddressLimit);
    private readonly Random _random = new();

    /// <summary>The peers that are kept out now.</summary>
    public IReadOnlyList<QuarantinedPeer> Held
    {
        get
        {
            var now = time.GetUtcNow();
            lock (_lock)
            {
                return [.. _records.Values.Select(record => record.Held).OfType<QuarantinedPeer>().Where(held => held.Until > now)];
            }
        }
    }

    /// <summary>Whether a peer is kept out; counts its attempt.</summary>
    public bool Keeps(IPAddress? address)
    {
        if (address is null)
        {
            return false;
        }

        var party = PeerAddress.Party(address);
        lock (_lock)
        {
            if (!_records.TryGet(party, out var record) || record.Held is not { } held || held.Until <= time.GetUtcNow())
            {
                return false;
            }

            record.Held = held with { TurnedAway = held.TurnedAway + 1 };
            return true;
        }
    }

    /// <summary>A peer failed.</summary>
    /// <returns>Its quarantine when one begins now; else null.</returns>
    public QuarantinedPeer? Failed(IPAddress? address, string reason)
    {
        if (address is null || options.Failures <= 0)
        {
            return null;
        }

        var party = PeerAddress.Party(address);
        var now = time.GetUtcNow();
        lock (_lock)
        {
            if (!_records.TryGet(party, out var record) || now - record.LastFailure > options.Longest + options.Longest)
            {
                record = new Record { LastSuccess = record?.LastSuccess ?? DateTimeOffset.MinValue };
            }

            record.Failures++;
            record.LastFailure = now;
            _records.Set(party, record);
            if (record.Failures < options.Failures || record.Held?.Until > now)
            {
                return null;
            }

            record.Held = new QuarantinedPeer(party, reason, now + Duration(record, now), record.Failures, record.Held?.TurnedAway ?? 0);
            return record.Held;
        }
    }

    /// <summary>A peer was greeted.</summary>
    public void Succeeded(IPAddress? address)
    {
        if (address is null)
        {
            return;
        }

        lock (_lock)
        {
            _records.Set(PeerAddress.Party(address), new Record { LastSuccess = time.GetUtcNow() });
        }
    }

    private TimeSpan Duration(Record record, DateTimeOffset now)
    {
        // Other switches may be behind the address of a good one: it is kept waiting for a moment only.
        var longest = now - record.LastSuccess < KnownFor && options.LongestForKnown < options.Longest ? options.LongestForKnown : options.Longest;
        var doublings = Math.Min(record.Failures - options.Failures, 30);
        var seconds = Math.Min(options.First.TotalSeconds * Math.Pow(2, doublings), longest.TotalSeconds);
#pragma warning disable CA5394 // Spread, not secrecy.
        return TimeSpan.FromSeconds(seconds * (1 - (Variation * _random.NextDouble())));
#pragma warning restore CA5394
    }

    private sealed class Record
    {
        public int Failures { get; set; }

        public DateTimeOffset LastFailure { get; set; } = DateTimeOffset.MinValue;

        public DateTimeOffset LastSuccess { get; set; } = DateTimeOffset.MinValue;

        public QuarantinedPeer? Held { get; set; }
    }
}

/// <summary>When peers are kept out, and for how long.</summary>
public sealed record QuarantineOptions
{
    /// <summary>Failures in a row after which a peer is kept out; 0 for never. Above the number of HELLOs that are tried with it.</summary>
    public int Failures { get; init; } = 6;

    /// <summary>For how long at first; doubles with each further failure.</summary>
    public TimeSpan First { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>For how long at most.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>For how long at most at an address from which a switch was greeted within a day: it may be that switch that comes back.</summary>
    public TimeSpan LongestForKnown { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>A peer that is kept out.</summary>
/// <param name="Address">Its address; of IPv6 the subnet of 64 bits.</param>
/// <param name="Reason">Its last failure.</param>
/// <param name="Until">When it may try again.</param>
/// <param name="Failures">Failures in a row so far.</param>
/// <param name="TurnedAway">Connections that were closed at once.</param>
public sealed record QuarantinedPeer(IPAddress Address, string Reason, DateTimeOffset Until, int Failures, long TurnedAway)
{
    /// <summary>"192.0.2.9 is quarantined until 12:34:56 UTC after 6 failures, the last: not OpenFlow".</summary>
    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Address} is quarantined until {Until.UtcDateTime:HH:mm:ss} UTC after {Failures} failures, the last: {Reason}");
}

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

    /// <summary>A peer could not be greeted.</summary>
    /// <returns>Its quarantine when one begins now; else null.</returns>
    public QuarantinedPeer? Failed(IPAddress? address, string reason) => Count(address, reason, static record => ++record.Failures, options.Failures, mayBeKnown: true);

    /// <summary>A peer was greeted, and then did what no switch may do.</summary>
    /// <param name="address">The peer.</param>
    /// <param name="reason">What it did.</param>
    /// <param name="isFlood">Whether it sent without end: no fault of a switch costs others as much, so that it counts as several offences.</param>
    /// <inheritdoc cref="Failed" path="/returns"/>
    public QuarantinedPeer? Misbehaved(IPAddress? address, string reason, bool isFlood = false)
    {
        var limit = Math.Min(options.Offences, options.Failures);
        return Count(address, reason, record => record.Offences += isFlood ? limit : 1, limit, mayBeKnown: false);
    }

    /// <summary>A peer was greeted.</summary>
    public void Greeted(IPAddress? address) => Change(address, record =>
    {
        record.Failures = 0;
        record.LastGreeted = time.GetUtcNow();
    });

    /// <summary>A connection ended as connections of good switches do.</summary>
    public void Behaved(IPAddress? address) => Change(address, static record => record.Offences = 0);

    private QuarantinedPeer? Count(IPAddress? address, string reason, Func<Record, int> increment, int limit, bool mayBeKnown)
    {
        if (address is null || options.Failures <= 0)
        {
            return null;
        }

        var now = time.GetUtcNow();
        QuarantinedPeer? begun = null;
        Change(address, record =>
        {
            if (now - record.LastFailure > options.Longest + options.Longest)
            {
                (record.Failures, record.Offences) = (0, 0);
            }

            record.LastFailure = now;
            var failures = increment(record);
            if (failures < limit || record.Held?.Until > now)
            {
                return;
            }

            // Other switches may be behind the address of a good one: it is kept waiting for a moment only.
            var isKnown = mayBeKnown && now - record.LastGreeted < KnownFor && options.LongestForKnown < options.Longest;
            var until = now + Duration(failures - limit, isKnown ? options.LongestForKnown : options.Longest);
            record.Held = begun = new QuarantinedPeer(PeerAddress.Party(address), reason, until, failures, record.Held?.TurnedAway ?? 0);
        });
        return begun;
    }

    private void Change(IPAddress? address, Action<Record> change)
    {
        if (address is null)
        {
            return;
        }

        var party = PeerAddress.Party(address);
        lock (_lock)
        {
            var record = _records.TryGet(party, out var known) ? known : new Record();
            change(record);
            _records.Set(party, record);
        }
    }

    private TimeSpan Duration(int doublings, TimeSpan longest)
    {
        var seconds = Math.Min(options.First.TotalSeconds * Math.Pow(2, Math.Min(doublings, 30)), longest.TotalSeconds);
#pragma warning disable CA5394 // Spread, not secrecy.
        return TimeSpan.FromSeconds(seconds * (1 - (Variation * _random.NextDouble())));
#pragma warning restore CA5394
    }

    private sealed class Record
    {
        /// <summary>Handshakes that failed since the last that did not.</summary>
        public int Failures { get; set; }

        /// <summary>Connections that ended badly since the last that did not.</summary>
        public int Offences { get; set; }

        public DateTimeOffset LastFailure { get; set; } = DateTimeOffset.MinValue;

        public DateTimeOffset LastGreeted { get; set; } = DateTimeOffset.MinValue;

        public QuarantinedPeer? Held { get; set; }
    }
}

/// <summary>When peers are kept out, and for how long.</summary>
public sealed record QuarantineOptions
{
    /// <summary>Failures in a row after which a peer is kept out; 0 for never. Above the number of HELLOs that are tried with it.</summary>
    public int Failures { get; init; } = 6;

    /// <summary>
    /// Connections in a row that ended by what no switch may do, after which a peer is kept out; never more than <see cref="Failures"/>. Sending without end
    /// counts as so many.
    /// </summary>
    public int Offences { get; init; } = 3;

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

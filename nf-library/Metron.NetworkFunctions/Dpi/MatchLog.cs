using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.NetworkFunctions.Dpi;

/// <summary>The latest matches of a worker, to be reported.</summary>
internal sealed class MatchLog
{
    /// <summary>Matches that are kept.</summary>
    public const int Capacity = 32;

    private readonly Entry[] _entries = new Entry[Capacity];
    private long _count;

    /// <summary>Notes a match in the place of the oldest one.</summary>
    public void Add(string rule, in PacketHeaders headers, bool denied, long now) => _entries[_count++ % Capacity] = new Entry(
        rule, headers.Source, headers.Destination, headers.SourcePort, headers.DestinationPort, headers.Protocol, denied, now);

    /// <summary>Adds the matches to a report, newest first.</summary>
    public void Report(List<ContentMatch> matches, long now)
    {
        for (var at = _count - 1; at >= Math.Max(0, _count - Capacity); at--)
        {
            var entry = _entries[at % Capacity];
            matches.Add(new ContentMatch(
                entry.Rule,
                entry.Source,
                entry.Destination,
                entry.SourcePort,
                entry.DestinationPort,
                entry.Protocol,
                entry.Denied,
                Math.Max(0, now - entry.Time)));
        }
    }

    private readonly record struct Entry(
        string Rule,
        IpAddress Source,
        IpAddress Destination,
        ushort SourcePort,
        ushort DestinationPort,
        byte Protocol,
        bool Denied,
        long Time);
}

using Metron.OpenFlow;
using Metron.Synthesis;

namespace Metron.Offload;

/// <summary>A match and what it becomes on a switch, computed when first asked for and kept. Immutable for its users; thread-safe.</summary>
public sealed class ExpandedMatch : IEquatable<ExpandedMatch>
{
    private readonly Lazy<Expansion> _expansion;
    private readonly int _hash;
    private volatile Placed? _last;
    private volatile Placed? _before;

    /// <summary>A match whose expansion nobody has asked for yet.</summary>
    public ExpandedMatch(HeaderMatch match)
    {
        Source = match;
        _hash = match.GetHashCode();
        Count = MatchExpansion.Count(match);
        _expansion = new Lazy<Expansion>(() => new Expansion(match));
    }

    /// <summary>The match as rules are written.</summary>
    public HeaderMatch Source { get; }

    /// <summary>Number of matches on the switch.</summary>
    public long Count { get; }

    /// <summary>Fingerprint of all matches on the switch.</summary>
    public ContentHash Content => _expansion.Value.Content;

    /// <summary>Fingerprints of the single matches, so that equal ones of two rules are found.</summary>
    internal IReadOnlyList<ContentHash> Contents => _expansion.Value.Contents;

    /// <summary>
    /// The matches together with a position, in the order of <see cref="Contents"/>. Those of the last two positions are kept: a rule of a
    /// function between two endpoints is met from both.
    /// </summary>
    internal IReadOnlyList<Match> At(uint position)
    {
        var (last, before) = (_last, _before);
        if (last?.Position == position)
        {
            return last.Matches;
        }

        if (before?.Position == position)
        {
            return before.Matches;
        }

        var metadata = OxmField.Metadata(position);
        var placed = new Placed(position, [.. _expansion.Value.Fields.Select(fields => Match.Of([metadata, .. fields]))]);
        (_before, _last) = (last, placed);
        return placed.Matches;
    }

    public bool Equals(ExpandedMatch? other) => ReferenceEquals(this, other) || (other is not null && _hash == other._hash && Source == other.Source);

    public override bool Equals(object? obj) => Equals(obj as ExpandedMatch);

    public override int GetHashCode() => _hash;

    private sealed record Placed(uint Position, IReadOnlyList<Match> Matches);

    private sealed class Expansion
    {
        public Expansion(HeaderMatch match)
        {
            Fields = [.. MatchExpansion.Of(match)];
            Contents = [.. Fields.Select(HashOf)];
            Content = Contents.Aggregate(ContentHash.Empty, (all, one) => all.With(one));
        }

        public IReadOnlyList<IReadOnlyList<OxmField>> Fields { get; }

        public IReadOnlyList<ContentHash> Contents { get; }

        public ContentHash Content { get; }

        private static ContentHash HashOf(IReadOnlyList<OxmField> fields)
        {
            var hash = ContentHash.Empty;
            foreach (var field in fields)
            {
                hash = hash
                    .With(((ulong)field.Type.Experimenter << 32) | ((ulong)field.Type.Class << 16) | ((ulong)field.Type.Number << 1) | (field.HasMask ? 1UL : 0))
                    .With(field.Payload.AsSpan());
            }

            return hash;
        }
    }
}

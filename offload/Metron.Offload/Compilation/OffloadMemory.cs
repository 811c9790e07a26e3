using Metron.Synthesis;

namespace Metron.Offload;

/// <summary>
/// What compiling a chain for the switch worked out, so that compiling its next revision only works out what is new. Results with and
/// without it are the same. Holds what the last compilation used and nothing older. Written by one compilation, read by later ones.
/// </summary>
public sealed class OffloadMemory
{
    private OffloadMemory? _before;
    private readonly Dictionary<HeaderMatch, ExpandedMatch> _objects = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<ExpandedMatch> _matches = [];
    private readonly Dictionary<(string Function, int Port, int Segment), RuleDepths> _depths = [];

    private OffloadMemory(OffloadMemory? before) => _before = before;

    /// <summary>A memory for the first compilation of a chain.</summary>
    public static OffloadMemory Begin() => new(null);

    /// <summary>A memory for the next compilation; it does not keep what that one has no use for.</summary>
    public OffloadMemory Next() => new(this);

    /// <summary>Lets go of the predecessor: the compilation is over.</summary>
    public void Complete() => _before = null;

    /// <summary>The expansion of a match: the same object for equal matches. Matches that are the same object are not even compared.</summary>
    internal ExpandedMatch Expand(HeaderMatch match)
    {
        if (!_objects.TryGetValue(match, out var expanded))
        {
            expanded = _before?._objects.GetValueOrDefault(match) ?? new ExpandedMatch(match);
            if (_matches.TryGetValue(expanded, out var equal) || _before?._matches.TryGetValue(expanded, out equal) == true)
            {
                expanded = equal;
            }

            _matches.Add(expanded);
            _objects[match] = expanded;
        }

        return expanded;
    }

    internal RuleDepths Depths(string function, int port, int segment, IReadOnlyList<OrderedRule> rules)
    {
        var key = (function, port, segment);
        return _depths[key] = RuleDepths.Of(rules, _before?._depths.GetValueOrDefault(key));
    }
}

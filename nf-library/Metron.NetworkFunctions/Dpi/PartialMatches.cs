using Metron.NetworkFunctions.Runtime.State;

namespace Metron.NetworkFunctions.Dpi;

/// <summary>Which patterns of a rule with several were found so far, for each direction that found some. A list of rules per direction.</summary>
/// <param name="maximum">Most rules of all directions together.</param>
internal sealed class PartialMatches(int maximum)
{
    private readonly Slab<Partial> _partials = new(maximum);

    /// <summary>Number of rules in the making.</summary>
    public int Count => _partials.Count;

    /// <summary>Notes that a pattern was found.</summary>
    /// <param name="first">The direction's first rule, plus 1.</param>
    /// <param name="part">The pattern.</param>
    /// <param name="allParts">The bits of all patterns of its rule.</param>
    /// <param name="isComplete">Whether it was the last that was missing.</param>
    /// <returns>False when there is no room to note it.</returns>
    public bool TryAdd(ref int first, PatternPart part, ushort allParts, out bool isComplete)
    {
        isComplete = false;
        var at = first - 1;
        while (at >= 0 && _partials[at].Rule != part.Rule)
        {
            at = _partials[at].Next - 1;
        }

        if (at < 0)
        {
            if (!_partials.TryAdd(out at))
            {
                return false;
            }

            _partials[at] = new Partial { Rule = part.Rule, Next = first };
            first = at + 1;
        }

        ref var found = ref _partials[at].Found;
        var before = found;
        found |= part.Bit;
        isComplete = found == allParts && before != allParts;
        return true;
    }

    /// <summary>Forgets a direction's list.</summary>
    public void Clear(ref int first)
    {
        while (first != 0)
        {
            var partial = first - 1;
            first = _partials[partial].Next;
            _partials.Free(partial);
        }
    }

    private struct Partial
    {
        public int Rule;
        public int Next; // partial + 1, 0 for none
        public ushort Found;
    }
}

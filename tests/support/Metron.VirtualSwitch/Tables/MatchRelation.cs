using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>How canonical matches relate.</summary>
internal static class MatchRelation
{
    /// <summary>Whether <paramref name="rule"/> is at least as specific as <paramref name="filter"/> (OpenFlow 1.3.5 section 6.4, non-strict).</summary>
    public static bool IsWithin(Match rule, Match filter)
    {
        foreach (var wanted in filter.Fields.AsSpan())
        {
            if (rule[wanted.Type] is not { } field
                || (field.Mask & wanted.Mask) != wanted.Mask
                || (field.Value & wanted.Mask) != (wanted.Value & wanted.Mask))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether one packet may fit both.</summary>
    public static bool Overlaps(Match left, Match right)
    {
        foreach (var field in left.Fields.AsSpan())
        {
            if (right[field.Type] is { } other && ((field.Value ^ other.Value) & field.Mask & other.Mask) != 0)
            {
                return false;
            }
        }

        return true;
    }
}

namespace Metron.Synthesis;

/// <summary>Tells whether some packet may match two matches.</summary>
internal static class RuleOverlap
{
    private static readonly HeaderField[] Fields = Enum.GetValues<HeaderField>();

    /// <summary>
    /// False only when no packet matches both. Conditions are compared field by field, so two that exclude each other by several fields
    /// together count as meeting: then their order is kept, which is never wrong.
    /// </summary>
    public static bool MayMeet(HeaderMatch left, HeaderMatch right)
    {
        if ((left.IpVersion is { } version && right.IpVersion is { } other && version != other) || !left.TcpFlags.Overlaps(right.TcpFlags))
        {
            return false;
        }

        foreach (var field in Fields)
        {
            if (left[field] is { } condition && right[field] is { } otherCondition && !MayMeet(condition, otherCondition))
            {
                return false;
            }
        }

        return true;
    }

    private static bool MayMeet(FieldCondition left, FieldCondition right) =>
        (left.Negated, right.Negated) switch
        {
            (false, false) => left.Range.Overlaps(right.Range),
            (true, false) => !left.Range.Covers(right.Range),
            (false, true) => !right.Range.Covers(left.Range),
            _ => true,
        };
}

namespace Metron.Synthesis;

/// <summary>
/// The matches of a rule list as boxes of numbers, column by column, so that many can be compared with one at a time. Addresses of both IP
/// versions share one line of 63-bit keys: IPv4 below, the upper bits of IPv6 above.
/// </summary>
internal sealed class RuleBoxes
{
    private const long FirstV6 = 1L << 62;

    public RuleBoxes(IReadOnlyList<OrderedRule> rules, int padding)
    {
        Rules = [.. rules];
        var length = rules.Count + padding;
        (SourceFirst, SourceLast) = (Filled(length, long.MaxValue), Filled(length, long.MinValue));
        (DestinationFirst, DestinationLast) = (Filled(length, long.MaxValue), Filled(length, long.MinValue));
        for (var i = 0; i < rules.Count; i++)
        {
            (SourceFirst[i], SourceLast[i]) = Keys(rules[i].Match, rules[i].Match.Source);
            (DestinationFirst[i], DestinationLast[i]) = Keys(rules[i].Match, rules[i].Match.Destination);
        }
    }

    public IReadOnlyList<OrderedRule> Rules { get; }

    public long[] SourceFirst { get; }

    public long[] SourceLast { get; }

    public long[] DestinationFirst { get; }

    public long[] DestinationLast { get; }

    /// <summary>Whether two rules of these lists may meet by their addresses' keys: necessary for some packet to match both.</summary>
    public bool MayMeet(int index, RuleBoxes other, int otherIndex) =>
        DestinationFirst[index] <= other.DestinationLast[otherIndex] && DestinationLast[index] >= other.DestinationFirst[otherIndex]
        && SourceFirst[index] <= other.SourceLast[otherIndex] && SourceLast[index] >= other.SourceFirst[otherIndex];

    private static long[] Filled(int length, long value)
    {
        var column = new long[length];
        Array.Fill(column, value);
        return column;
    }

    private static (long First, long Last) Keys(HeaderMatch match, FieldCondition? condition) => condition is { Negated: false } range
        ? (Key(range.First, match.IpVersion == 6), Key(range.Last, match.IpVersion == 6))
        : match.IpVersion switch
        {
            4 => (0, FirstV6 - 1),
            6 => (FirstV6, long.MaxValue),
            _ => (0, long.MaxValue),
        };

    private static long Key(UInt128 address, bool isV6) => isV6 ? FirstV6 | (long)(ulong)(address >> 66) : (long)(ulong)address;
}

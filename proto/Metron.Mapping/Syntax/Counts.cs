namespace Metron.Mapping.Syntax;

/// <summary>Numbers of elements, and numbers within a range.</summary>
internal static class Counts
{
    /// <summary>Checks how many elements a repeated field has.</summary>
    public static void Check(int count, int fewest, int most, string field, SpecNode at)
    {
        if (count < fewest)
        {
            at.Report(field, $"has {count} elements; at least {fewest} {(fewest == 1 ? "is" : "are")} needed");
        }
        else if (count > most)
        {
            at.Report(field, $"has {count} elements; at most {most} are allowed");
        }
    }

    /// <summary>Checks a number; the range as a message says it.</summary>
    public static bool CheckRange(ulong value, ulong least, ulong most, SpecNode at, string field, string more = "")
    {
        if (value >= least && value <= most)
        {
            return true;
        }

        at.Report(field, $"{value} is out of range; expected {least}-{most}{more}");
        return false;
    }
}

using System.Globalization;

namespace Metron.Synthesis;

/// <summary>Makes one write per field out of many.</summary>
internal static class Composition
{
    /// <summary>The last value written to each field wins; increments add up.</summary>
    public static IReadOnlyList<HeaderWrite> Of(IEnumerable<HeaderWrite> writes)
    {
        List<HeaderWrite> composed = [];
        foreach (var write in writes)
        {
            var index = composed.FindIndex(earlier => earlier.Field == write.Field);
            if (index < 0)
            {
                composed.Add(write);
            }
            else
            {
                composed[index] = write.Increment == 0 ? write : Sum(composed[index], write.Increment);
            }
        }

        return composed;
    }

    private static HeaderWrite Sum(HeaderWrite earlier, int increment)
    {
        var sum = earlier.Increment + increment;
        return new HeaderWrite(earlier.Field, sum.ToString("+#;-#;0", CultureInfo.InvariantCulture), sum);
    }
}

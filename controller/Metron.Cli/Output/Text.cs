using System.Globalization;
using System.Reflection;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Metron.Cli.Output;

/// <summary>Values as people read them.</summary>
internal static class Text
{
    private static readonly string[] Units = ["", "k", "M", "G", "T", "P", "E"];

    /// <summary>How long ago: "5s", "12m", "3h", "4d"; empty for a time that is not known.</summary>
    public static string Age(Timestamp? time, TimeProvider clock)
    {
        if (time is null)
        {
            return string.Empty;
        }

        var age = clock.GetUtcNow() - time.ToDateTimeOffset();
        return age switch
        {
            { TotalSeconds: < 0 } => "0s",
            { TotalMinutes: < 2 } => Whole(age.TotalSeconds, "s"),
            { TotalHours: < 2 } => Whole(age.TotalMinutes, "m"),
            { TotalDays: < 2 } => Whole(age.TotalHours, "h"),
            _ => Whole(age.TotalDays, "d"),
        };
    }

    /// <summary>The time and how long ago: "2026-01-31T12:00:00Z (3d ago)".</summary>
    public static string Time(Timestamp? time, TimeProvider clock) => time is null
        ? "-"
        : $"{Moment(time)} ({Age(time, clock)} ago)";

    /// <summary>The time alone: "2026-01-31T12:00:00Z".</summary>
    public static string Moment(Timestamp time) => time.ToDateTimeOffset().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A number with a decimal unit: "950", "1.25k", "12.5M".</summary>
    public static string Scaled(double value)
    {
        var unit = 0;
        while (Math.Abs(value) >= 1000 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        var format = unit == 0 || value >= 100 ? "0" : value >= 10 ? "0.0" : "0.00";
        return value.ToString(format, CultureInfo.InvariantCulture) + Units[unit];
    }

    /// <summary>A share as "42%".</summary>
    public static string Percent(double share) => (share * 100).ToString("0", CultureInfo.InvariantCulture) + "%";

    /// <summary>A whole number.</summary>
    public static string Number(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A whole number.</summary>
    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>"yes" or "no".</summary>
    public static string YesNo(bool value) => value ? "yes" : "no";

    /// <summary>An enum as the API writes it: "CLIENT_ADDRESS"; empty when it is not given.</summary>
    public static string Name<T>(T value)
        where T : struct, System.Enum
    {
        if (System.Convert.ToInt32(value, CultureInfo.InvariantCulture) == 0)
        {
            return string.Empty;
        }

        var attribute = typeof(T).GetField(value.ToString())?.GetCustomAttribute<OriginalNameAttribute>();
        return attribute?.Name ?? value.ToString();
    }

    /// <summary>Numbers as ranges: "0-3,7".</summary>
    public static string Ranges(IEnumerable<uint> numbers)
    {
        var sorted = numbers.Distinct().Order().ToList();
        var parts = new List<string>();
        for (var i = 0; i < sorted.Count;)
        {
            var last = i;
            while (last + 1 < sorted.Count && sorted[last + 1] == sorted[last] + 1)
            {
                last++;
            }

            parts.Add(last == i ? Number((ulong)sorted[i]) : $"{sorted[i]}-{sorted[last]}");
            i = last + 1;
        }

        return string.Join(',', parts);
    }

    private static string Whole(double value, string unit) => ((long)value).ToString(CultureInfo.InvariantCulture) + unit;
}

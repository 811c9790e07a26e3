using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Metron.Cli.Commands;

/// <summary>Times on the command line: "90s", "5m", "1h", "500ms", or seconds.</summary>
internal static class Durations
{
    /// <summary>Makes an option that takes a time.</summary>
    public static Option<TimeSpan> Option(string name, TimeSpan whenAbsent, string description) => new(name)
    {
        Description = $"{description} {whenAbsent.TotalSeconds}s when not given.",
        HelpName = "TIME",
        CustomParser = result => result.Tokens.Count == 0 ? whenAbsent : Parse(result),
    };

    /// <summary>The time given, or what stands for none.</summary>
    public static TimeSpan Value(ParseResult parsed, Option<TimeSpan> option, TimeSpan whenAbsent) =>
        parsed.GetResult(option) is { Tokens.Count: > 0 } ? parsed.GetValue(option) : whenAbsent;

    private static TimeSpan Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var digits = text.TrimEnd('h', 'm', 's');
        double? unit = text[digits.Length..] switch { "ms" => 0.001, "s" or "" => 1, "m" => 60, "h" => 3600, _ => null };
        if (unit is not null
            && double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number * unit.Value is >= 0.001 and <= 86_400 * 7)
        {
            return TimeSpan.FromSeconds(number * unit.Value);
        }

        result.AddError($"'{text}' is not a time such as 90s, 5m or 500ms, up to seven days");
        return TimeSpan.Zero;
    }
}

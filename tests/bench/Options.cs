using System.Globalization;

namespace Metron.Bench;

/// <summary>What the command line asks for.</summary>
internal sealed record Options
{
    public const string Usage = """
        tests/bench/run [SUITE …] [--list] [--case GLOB] [--rounds N] [--seconds N] [--json FILE] [--plots DIR]

          SUITE         suites to run; all when none is given
          --list        print suites, cases and contenders, and end
          --case GLOB   only cases whose name matches: "C0/*", "*/T2"; may be repeated
          --rounds N    rounds per case; contenders take turns in each (default 5)
          --seconds N   seconds measured per contender and round, after one that is not counted (default 5)
          --json FILE   write the results as JSON ("-" for stdout; then the table goes to stderr)
          --plots DIR   write one SVG per suite and metric
        """;

    public IReadOnlyList<string> Suites { get; init; } = [];

    public IReadOnlyList<string> Cases { get; init; } = [];

    public bool List { get; init; }

    public bool Help { get; init; }

    public int Rounds { get; init; } = 5;

    public double Seconds { get; init; } = 5;

    public string? JsonFile { get; init; }

    public string? PlotDirectory { get; init; }

    /// <summary>Reads arguments.</summary>
    /// <exception cref="FormatException">One of them is wrong.</exception>
    public static Options Parse(IReadOnlyList<string> arguments)
    {
        var options = new Options();
        for (var i = 0; i < arguments.Count; i++)
        {
            options = arguments[i] switch
            {
                "--list" => options with { List = true },
                "--help" or "-h" => options with { Help = true },
                "--case" => options with { Cases = [.. options.Cases, Next(arguments, ref i)] },
                "--rounds" => options with { Rounds = (int)Number(arguments, ref i, 1, 1000) },
                "--seconds" => options with { Seconds = Number(arguments, ref i, 0.1, 3600) },
                "--json" => options with { JsonFile = Next(arguments, ref i) },
                "--plots" => options with { PlotDirectory = Next(arguments, ref i) },
                ['-', ..] => throw new FormatException($"unknown option '{arguments[i]}'"),
                var suite => options with { Suites = [.. options.Suites, suite] },
            };
        }

        return options;
    }

    private static string Next(IReadOnlyList<string> arguments, ref int i) =>
        ++i < arguments.Count ? arguments[i] : throw new FormatException($"'{arguments[i - 1]}' needs a value");

    private static double Number(IReadOnlyList<string> arguments, ref int i, double minimum, double maximum)
    {
        var option = arguments[i];
        var text = Next(arguments, ref i);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum
            ? number
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"'{option}' needs a number between {minimum} and {maximum}, not '{text}'"));
    }
}

using System.Globalization;

namespace Metron.Bench;

/// <summary>Writes results as a table for people.</summary>
internal static class TableReport
{
    public static void Write(TextWriter output, Machine machine, IReadOnlyList<Result> results)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{machine.Cpu}, {machine.Cores} cores, TSC {machine.TscHz / 1e9:0.000} GHz, DPDK {machine.Dpdk}, commit {machine.Commit}"));
        output.WriteLine();
        string[] heads = ["suite", "case", "contender", "metric", "median", "min", "max", "unit", "rounds"];
        var rows = results.Select(Row).Prepend(heads).ToList();
        var widths = heads.Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            var cells = row.Select((cell, column) => column is >= 4 and <= 6 or 8 ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
            output.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }

    private static string[] Row(Result result) =>
    [
        result.Suite, result.Case, result.Contender, result.Metric,
        Number(result.Median), Number(result.Min), Number(result.Max), result.Unit, result.Rounds.ToString(CultureInfo.InvariantCulture),
    ];

    private static string Number(double value) =>
        value.ToString(Math.Abs(value) >= 100 ? "0.0" : Math.Abs(value) >= 10 ? "0.00" : "0.000", CultureInfo.InvariantCulture);
}

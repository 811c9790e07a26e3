using System.Globalization;
using System.Text.Json;
using Metron.Bench.Processes;

namespace Metron.Bench.Dataplane;

/// <summary>The contender "metron": this program again, as a worker process.</summary>
internal sealed class MetronContender : IContender
{
    /// <inheritdoc/>
    public string Name => "metron";

    /// <inheritdoc/>
    public Reading Measure(TracedCase known, IReadOnlyList<string> pcaps, double seconds) => RunWorker("measure", known, pcaps, seconds);

    /// <summary>Sends the packets of one file through a case once, into another.</summary>
    public static void Forward(TracedCase known, string input, int count, string output, int worker) =>
        ChildProcess.Run([.. ChildProcess.Self, "worker", "forward", known.Name, input, Text(count), output, Text(worker)]);

    /// <summary>Runs this program as a contender.</summary>
    public static Reading RunWorker(string what, TracedCase known, IReadOnlyList<string> pcaps, double seconds) =>
        JsonSerializer.Deserialize<Reading>(ChildProcess.Run([.. ChildProcess.Self, "worker", what, known.Name, Text(seconds), .. pcaps]))!;

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}

using System.Globalization;
using Metron.Bench.Processes;

namespace Metron.Bench.Dataplane;

/// <summary>The contender "metron": this program again, as a worker process.</summary>
internal static class MetronContender
{
    /// <summary>Runs it once.</summary>
    /// <param name="name">First part of the case's name.</param>
    /// <param name="pcap">The trace.</param>
    /// <param name="seconds">Length of the window.</param>
    public static (Window Window, ulong TscHertz, double AllocatedBytes) Measure(string name, string pcap, double seconds)
    {
        var words = ChildProcess.Run([.. ChildProcess.Self, "worker", "measure", name, pcap, seconds.ToString(CultureInfo.InvariantCulture)])
            .Split(' ', StringSplitOptions.TrimEntries);
        return (
            new Window(Number(words[0]), Number(words[1]), Number(words[2])),
            ulong.Parse(words[3], CultureInfo.InvariantCulture),
            Number(words[4]));
    }

    /// <summary>Runs the bare Vectorscan once, in a process of its own as well.</summary>
    public static Window MeasureBareScan(string name, string pcap, double seconds)
    {
        var words = ChildProcess.Run([.. ChildProcess.Self, "worker", "scan", name, pcap, seconds.ToString(CultureInfo.InvariantCulture)])
            .Split(' ', StringSplitOptions.TrimEntries);
        return new Window(Number(words[0]), Number(words[1]), Number(words[2]));
    }

    /// <summary>Sends the packets of one file through a case once, into another.</summary>
    public static void Forward(string name, string input, int count, string output) =>
        ChildProcess.Run([.. ChildProcess.Self, "worker", "forward", name, input, count.ToString(CultureInfo.InvariantCulture), output]);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}

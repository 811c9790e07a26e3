using System.Globalization;
using Metron.Bench.Traces;

namespace Metron.Bench.Dataplane;

/// <summary>What must be right before, and in, a measurement.</summary>
internal static class Gate
{
    /// <summary>
    /// Bytes on the garbage-collected heap per packet that a measurement may take: an object in ten thousand packets is above it.
    /// </summary>
    private const double MostAllocatedPerPacket = 0.002;

    /// <summary>Bytes that waiting and reading counters may take besides.</summary>
    private const double AllocatedByMeasuring = 32_768;

    /// <summary>By how much the share of first packets may differ from what is claimed.</summary>
    private const double ShareTolerance = 0.03;

    /// <summary>Checks that what is to be timed is right.</summary>
    /// <param name="entries">Who takes part.</param>
    /// <param name="files">The files of each trace.</param>
    /// <param name="directory">Where to write what came out.</param>
    /// <param name="progress">Told about contenders that cannot take part.</param>
    /// <returns>Those that can take part.</returns>
    /// <exception cref="BenchmarkException">A chain of ours is not right.</exception>
    public static IReadOnlyList<Entry> Pass(
        IReadOnlyList<Entry> entries, Dictionary<Trace, IReadOnlyList<string>> files, string directory, Action<string> progress)
    {
        foreach (var known in entries.Where(entry => entry.Contender is MetronContender).Select(entry => entry.Case))
        {
            for (var worker = 0; worker < known.Case.Workers; worker++)
            {
                CheckForwarding(known, files[known.Trace][worker], worker, directory);
            }
        }

        return [.. entries.Where(entry => entry.Contender is not OpenVSwitchContender || CanTakePart(entry, files[entry.Case.Trace][0], directory, progress))];
    }

    /// <summary>Checks that what was measured is what it claims to be.</summary>
    /// <exception cref="BenchmarkException">It is not.</exception>
    public static void CheckReading(Entry entry, Reading reading)
    {
        if (reading.Window.Packets == 0)
        {
            throw new BenchmarkException($"{entry.Name} received nothing");
        }

        var allocated = (reading.AllocatedBytes - AllocatedByMeasuring) / reading.Window.Packets;
        if (entry.Contender is MetronContender && allocated > MostAllocatedPerPacket)
        {
            throw new BenchmarkException(string.Create(CultureInfo.InvariantCulture, $"{entry.Name} allocates {allocated:0.###} bytes per packet"));
        }

        if (reading.Workers.Sum(worker => worker.ForeignPackets) > 0)
        {
            throw new BenchmarkException($"{entry.Name}: a worker got packets of another");
        }

        var share = entry.Case.Case.NewFlowsPercent / 100.0;
        if (entry.Contender is MetronContender && share > 0 && Math.Abs(reading.SlowPathShare - share) > ShareTolerance)
        {
            throw new BenchmarkException(string.Create(
                CultureInfo.InvariantCulture, $"{reading.SlowPathShare:0.0%} of the packets were of new flows, not {share:0.0%}"));
        }
    }

    private static void CheckForwarding(TracedCase known, string pcap, int worker, string directory)
    {
        var output = Path.Combine(directory, "out.pcap");
        var sent = PcapFile.Read(pcap);
        MetronContender.Forward(known, pcap, sent.Count, output, worker);
        if (known.Case.Expectation.Check(sent, PcapFile.Read(output)) is { } wrong)
        {
            throw new BenchmarkException($"{known.Name} is not measured, because it is not right: {wrong}");
        }

        File.Delete(output);
    }

    private static bool CanTakePart(Entry entry, string pcap, string directory, Action<string> progress)
    {
        try
        {
            if (OpenVSwitchContender.FindMistake(entry.Case, pcap, directory) is not { } mistake)
            {
                return true;
            }

            progress($"without {entry.Name}, because what it does is not right: {mistake}");
        }
        catch (BenchmarkException failure)
        {
            progress($"without {entry.Name}: {failure.Message}");
        }

        return false;
    }
}

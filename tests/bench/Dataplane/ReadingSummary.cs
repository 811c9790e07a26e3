using Metron.Bench.Traces;

namespace Metron.Bench.Dataplane;

/// <summary>Makes results of readings.</summary>
/// <param name="suite">Name of the suite.</param>
/// <param name="caseName">Name of the case.</param>
/// <param name="tscHertz">TSC frequency.</param>
/// <param name="files">The files of each trace.</param>
internal sealed class ReadingSummary(string suite, string caseName, ulong tscHertz, IReadOnlyDictionary<Trace, IReadOnlyList<string>> files)
{
    /// <summary>Summarises readings.</summary>
    /// <param name="entries">Who took part; ratios are to the second one.</param>
    /// <param name="readings">Readings of each, one per round.</param>
    public IEnumerable<Result> Of(IReadOnlyList<Entry> entries, IReadOnlyList<IReadOnlyList<Reading>> readings) =>
    [
        .. entries.SelectMany((entry, at) => Speed(entry, readings[at])),
        .. entries.SelectMany((entry, at) => at == 1 ? [] : AgainstBaseline(entry, readings[at], entries[1], readings[1])),
        .. entries.SelectMany((entry, at) => entry.Contender is MetronContender ? OfChain(entry, readings[at]) : []),
        .. entries.SelectMany((entry, at) => entry.Case.Case.Workers > 1 ? OfWorkers(entry, readings[at], readings[0]) : []),
        .. entries.Any(entry => entry.Contender is BareScanner) ? Throughput(entries, readings) : [],
    ];

    private IEnumerable<Result> Speed(Entry entry, IReadOnlyList<Reading> readings) =>
    [
        Summary(entry, "mpps", "Mpps", readings.Select(reading => reading.Window.MegapacketsPerSecond)),
        Summary(entry, "cyclesPerPacket", "cycles", readings.Select(Cycles)),
    ];

    private IEnumerable<Result> AgainstBaseline(Entry entry, IReadOnlyList<Reading> readings, Entry baseline, IReadOnlyList<Reading> baselines) =>
    [
        Summary(entry, "cyclesRatio", $"times {baseline.Name}", readings.Zip(baselines, (one, other) => Cycles(one) / Cycles(other))),
        Summary(entry, "cyclesAbove", $"cycles above {baseline.Name}", readings.Zip(baselines, (one, other) => Cycles(one) - Cycles(other))),
    ];

    private IEnumerable<Result> OfChain(Entry entry, IReadOnlyList<Reading> readings)
    {
        yield return Summary(entry, "allocatedBytesPerPacket", "bytes", readings.Select(reading => reading.AllocatedBytes / reading.Window.Packets));
        if (entry.Case.Case.Functions.Count == 0)
        {
            yield break;
        }

        yield return Summary(entry, "bytesPerFlow", "bytes", readings.Select(reading => reading.FlowBytes / Math.Max(reading.FlowEntries, 1)));
        yield return Summary(entry, "deployMilliseconds", "ms", readings.Select(reading => reading.DeployMilliseconds));
        yield return Summary(entry, "firstPacketsPercent", "%", readings.Select(reading => reading.SlowPathShare * 100));
        if (entry.Case.Case.NewFlowsPercent > 0)
        {
            yield return Summary(
                entry, "firstPacketsMpps", "M/s of CPU time",
                readings.Select(reading => reading.SlowPathShare * reading.Window.Packets / reading.Window.BusySeconds / 1e6));
        }
    }

    /// <summary>Several workers: what each did, and all of them in terms of the first entry, which has one.</summary>
    private IEnumerable<Result> OfWorkers(Entry entry, IReadOnlyList<Reading> readings, IReadOnlyList<Reading> ofOne)
    {
        for (var worker = 0; worker < entry.Case.Case.Workers; worker++)
        {
            var own = entry with { Name = $"{entry.Name} worker {worker}" };
            var taken = readings.Select(reading => (reading.Workers[worker], reading.Window)).ToList();
            yield return Summary(own, "mpps", "Mpps", taken.Select(reading => reading.Item1.Packets / reading.Window.Seconds / 1e6));
            yield return Summary(own, "cyclesPerPacket", "cycles", taken.Select(reading => tscHertz * reading.Item1.BusySeconds / reading.Item1.Packets));
            if (taken.All(reading => reading.Item1.Instructions is not null))
            {
                yield return Summary(own, "instructionsPerPacket", "", taken.Select(reading => reading.Item1.Instructions!.Value / reading.Item1.Packets));
            }

            if (taken.All(reading => reading.Item1.CacheMisses is not null))
            {
                yield return Summary(own, "cacheMissesPerPacket", "", taken.Select(reading => reading.Item1.CacheMisses!.Value / reading.Item1.Packets));
            }
        }

        if (!ReferenceEquals(readings, ofOne))
        {
            yield return Summary(
                entry, "speedup", "times one worker", readings.Zip(ofOne, (two, one) => two.Window.MegapacketsPerSecond / one.Window.MegapacketsPerSecond));
            yield return Summary(
                entry, "speedupPerCpuTime", "times one worker",
                readings.Zip(ofOne, (two, one) => entry.Case.Case.Workers * Cycles(one) / Cycles(two)));
        }
    }

    /// <summary>Payload per CPU time of the worker, so that other work on the machine does not count.</summary>
    private IEnumerable<Result> Throughput(IReadOnlyList<Entry> entries, IReadOnlyList<IReadOnlyList<Reading>> readings)
    {
        var meanPayload = BareScanner.MeanPayload(files[entries[0].Case.Trace][0]);
        double Gigabits(Reading reading) => reading.Window.Packets * meanPayload * 8 / reading.Window.BusySeconds / 1e9;
        var bare = entries.TakeWhile(entry => entry.Contender is not BareScanner).Count();
        yield return Summary(entries[0], "gbps", "Gb/s", readings[0].Select(Gigabits));
        yield return Summary(entries[bare], "gbps", "Gb/s", readings[bare].Select(Gigabits));
        // What the device costs, with copying the payload, is no work of the dataplane's.
        yield return Summary(
            entries[0], "gbpsRatioAboveIo", $"times {entries[bare].Name}",
            readings[0].Select((one, round) => Cycles(readings[bare][round]) / (Cycles(one) - Cycles(readings[1][round]))));
        yield return Summary(
            entries[0], "gbpsRatio", $"times {entries[bare].Name}", readings[0].Zip(readings[bare], (one, other) => Gigabits(one) / Gigabits(other)));
    }

    private double Cycles(Reading reading) => reading.Window.CyclesPerPacket(tscHertz);

    private Result Summary(Entry entry, string metric, string unit, IEnumerable<double> rounds) =>
        Result.Of(suite, caseName, entry.Name, metric, unit, [.. rounds]);
}

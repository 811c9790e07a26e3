namespace Metron.Cli.Output;

/// <summary>Load of a server, per worker and per traffic class.</summary>
internal static class LoadReport
{
    /// <summary>Describes the load. Rates are taken between the two reports; without an earlier one they are not known.</summary>
    /// <param name="before">The report before; null for none.</param>
    /// <param name="now">The report.</param>
    /// <param name="className">Describes a traffic class of a chain.</param>
    public static string Of(V1.ServerLoad? before, V1.ServerLoad now, Func<string, uint, string> className)
    {
        var rates = new Rates(before, now);
        var loads = now.Workers.Select(worker => worker.Load).DefaultIfEmpty().ToList();
        var time = now.Time?.ToDateTimeOffset().ToString("HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture) ?? "-";
        var workers = now.Workers.Count == 1 ? "1 worker" : $"{now.Workers.Count} workers";
        var load = $"load {Text.Percent(loads.Average())} on average, {Text.Percent(loads.Max())} at most";
        var classes = Classes(now, before, rates, className);
        return $"{Specs.SpecText.Printable(now.Server)} at {time}: {workers}, {load}\n"
            + Workers(now, before, rates).ToText("  ")
            + (classes.Count > 0 ? "\n" + classes.ToText("  ") : string.Empty);
    }

    /// <summary>Times between two polls of a worker: the median, what one in ten thousand exceeds, and the longest.</summary>
    public static string PollGaps(V1.WorkerLoad worker) =>
        $"{Text.Scaled(worker.MedianPollGapMicroseconds)}/{Text.Scaled(worker.P9999PollGapMicroseconds)}/{Text.Scaled(worker.MaxPollGapMicroseconds)} µs";

    private static Table Workers(V1.ServerLoad now, V1.ServerLoad? before, Rates rates)
    {
        var table = new Table("WORKER", "LOAD", "RX PPS", "RX BPS", "TX PPS", "TX BPS", "DROPS/S", "SLOW PPS", "CYCLES/PKT", "FLOWS", "POLL GAP P50/P99.99/MAX");
        foreach (var worker in now.Workers.OrderBy(of => of.Worker))
        {
            var then = before?.Workers.FirstOrDefault(of => of.Worker == worker.Worker);
            table.Add(
                Text.Number((ulong)worker.Worker),
                Text.Percent(worker.Load),
                rates.Packets(then?.Received, worker.Received),
                rates.Bits(then?.Received, worker.Received),
                rates.Packets(then?.Sent, worker.Sent),
                rates.Bits(then?.Sent, worker.Sent),
                rates.PerSecond(Sum(then?.Drops), Sum(worker.Drops)),
                rates.PerSecond(then?.SlowPathPackets, worker.SlowPathPackets),
                Text.Scaled(worker.CyclesPerPacket),
                Text.Number(worker.FlowEntries),
                PollGaps(worker));
        }

        return table;
    }

    private static Table Classes(V1.ServerLoad now, V1.ServerLoad? before, Rates rates, Func<string, uint, string> className)
    {
        var table = new Table("CHAIN", "CLASS", "WORKER", "PPS", "BPS", "PACKETS", "BYTES", "DESCRIPTION");
        foreach (var chain in now.Chains)
        {
            var chainBefore = before?.Chains.FirstOrDefault(of => of.Chain == chain.Chain);
            foreach (var load in chain.Classes.OrderBy(of => of.TrafficClass).ThenBy(of => of.Worker))
            {
                var then = chainBefore?.Classes.FirstOrDefault(of => of.TrafficClass == load.TrafficClass && of.Worker == load.Worker);
                table.Add(
                    chain.Chain,
                    Text.Number((ulong)load.TrafficClass),
                    Text.Number((ulong)load.Worker),
                    rates.Packets(then?.Counters, load.Counters),
                    rates.Bits(then?.Counters, load.Counters),
                    Text.Number(load.Counters?.Packets ?? 0),
                    Text.Number(load.Counters?.Bytes ?? 0),
                    className(chain.Chain, load.TrafficClass));
            }
        }

        return table;
    }

    private static ulong? Sum(IEnumerable<KeyValuePair<string, ulong>>? drops) =>
        drops?.Aggregate(0ul, (sum, drop) => sum + drop.Value);

    /// <summary>Differences of counters over the time between two reports. A counter that went back was restarted: no rate.</summary>
    private readonly struct Rates(V1.ServerLoad? before, V1.ServerLoad now)
    {
        private readonly double seconds = before?.Time is null || now.Time is null
            ? 0
            : (now.Time.ToDateTimeOffset() - before.Time.ToDateTimeOffset()).TotalSeconds;

        public string PerSecond(ulong? then, ulong? value) =>
            seconds <= 0 || then is null || value is null || value < then ? string.Empty : Text.Scaled((value.Value - then.Value) / seconds);

        public string Packets(V1.Counters? then, V1.Counters? value) => PerSecond(then?.Packets, value?.Packets);

        public string Bits(V1.Counters? then, V1.Counters? value) => PerSecond(then?.Bytes * 8, value?.Bytes * 8);
    }
}

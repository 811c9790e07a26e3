using System.Globalization;

namespace Metron.Cli.Output;

/// <summary>What the cycles of a server's workers go to, and how long packets take, by the polls that the workers measured.</summary>
internal static class CycleReport
{
    /// <summary>Describes the cycles spent between two reports; those since the agent's start where nothing was measured between.</summary>
    /// <param name="before">The report before; null for none.</param>
    /// <param name="now">The report.</param>
    public static string Of(V1.ServerLoad? before, V1.ServerLoad now)
    {
        var time = now.Time?.ToDateTimeOffset().ToString("HH:mm:ss", CultureInfo.InvariantCulture) ?? "-";
        var cycles = new Table("WORKER", "OF ALL", "OF BUSY", "CYCLES/PKT", "PACKETS", "WHAT");
        var basis = new List<string>();
        foreach (var worker in now.Workers.OrderBy(of => of.Worker))
        {
            var (then, description) = Basis(before, worker);
            basis.Add(description);
            AddRows(cycles, now, then, worker);
        }

        var times = Times(now);
        return $"{Specs.SpecText.Printable(now.Server)} at {time}: what cycles go to\n"
            + string.Concat(basis.Select(line => $"  {line}\n"))
            + (cycles.Count > 0 ? "\n" + cycles.ToText("  ") : string.Empty)
            + (times.Count > 0 ? "\n" + times.ToText("  ") : string.Empty);
    }

    /// <summary>How long packets were in a server's workers: of each worker together, and of each chain.</summary>
    public static Table Times(V1.ServerLoad? now)
    {
        var table = new Table("WORKER", "CHAIN", "PACKETS", "P50", "P99", "P99.9", "MAX");
        foreach (var worker in now?.Workers.OrderBy(of => of.Worker) ?? Enumerable.Empty<V1.WorkerLoad>())
        {
            Add(table, worker.Worker, "all", worker.PacketTimes);
            foreach (var chain in now!.Chains)
            {
                Add(table, worker.Worker, NameOf(chain, now), chain.PacketTimes.FirstOrDefault(of => of.Worker == worker.Worker)?.Times);
            }
        }

        return table;
    }

    private static void Add(Table table, uint worker, string chain, V1.PacketTimes? times)
    {
        if (times is not null)
        {
            table.Add(
                Text.Number((ulong)worker),
                chain,
                Text.Number(times.Packets),
                Microseconds(times.MedianMicroseconds),
                Microseconds(times.P99Microseconds),
                Microseconds(times.P999Microseconds),
                Microseconds(times.MaxMicroseconds));
        }
    }

    /// <summary>Which earlier report the cycles of a worker are taken since, and how many polls that is.</summary>
    private static (V1.ServerLoad? Since, string Description) Basis(V1.ServerLoad? before, V1.WorkerLoad worker)
    {
        if (worker.Samples is not { } samples)
        {
            return (null, $"worker {worker.Worker} measures nothing: sampling.oneIn is 0 in the agent's configuration");
        }

        var share = samples.Interval == 1 ? "all" : $"one in {samples.Interval}";
        var earlier = before?.Workers.FirstOrDefault(of => of.Worker == worker.Worker)?.Samples;
        var polls = earlier is null || earlier.Polls > samples.Polls ? 0 : samples.Polls - earlier.Polls;
        return polls > 0
            ? (before, $"worker {worker.Worker}: {polls} polls measured in this interval, {share} of those that found packets")
            : (null, $"worker {worker.Worker}: {samples.Polls} polls measured since the agent started, {share} of those that found packets; none in this interval");
    }

    /// <summary>
    /// Adds what the worker did, the most expensive first. Shares of all cycles rest on its load in the interval, and are left out for cycles of a
    /// longer time.
    /// </summary>
    private static void AddRows(Table table, V1.ServerLoad now, V1.ServerLoad? then, V1.WorkerLoad worker)
    {
        if (worker.Samples is null)
        {
            return;
        }

        var number = Text.Number((ulong)worker.Worker);
        var earlier = then?.Workers.FirstOrDefault(of => of.Worker == worker.Worker);
        var parts = Stages(worker, earlier).Concat(Functions(now, then, worker.Worker)).Where(part => part.Cycles > 0).ToList();
        var total = parts.Sum(part => (double)part.Cycles);
        table.Add(number, Percent(1 - worker.Load), string.Empty, string.Empty, string.Empty, "idle");
        foreach (var part in parts.OrderByDescending(part => part.Cycles).ThenBy(part => part.Name, StringComparer.Ordinal))
        {
            table.Add(
                number,
                then is null ? string.Empty : Percent(part.Cycles / total * worker.Load),
                Percent(part.Cycles / total),
                part.Packets == 0 ? string.Empty : Text.Scaled(part.Cycles / (double)part.Packets),
                part.Packets == 0 ? string.Empty : Text.Number(part.Packets),
                part.Name);
        }
    }

    private static IEnumerable<Part> Stages(V1.WorkerLoad worker, V1.WorkerLoad? earlier) => (worker.Samples?.Stages ?? []).Select(stage =>
    {
        var then = earlier?.Samples?.Stages.FirstOrDefault(of => of.Stage == stage.Stage);
        return Part.Between(NameOf(stage.Stage), stage.Packets, stage.Cycles, then?.Packets, then?.Cycles);
    });

    private static IEnumerable<Part> Functions(V1.ServerLoad now, V1.ServerLoad? then, uint worker) => now.Chains.SelectMany(chain =>
    {
        var chainThen = then?.Chains.FirstOrDefault(of => of.Chain == chain.Chain && of.Revision == chain.Revision);
        return chain.FunctionCycles.Where(of => of.Worker == worker).Select(cycles =>
        {
            var earlier = chainThen?.FunctionCycles.FirstOrDefault(of => of.Function == cycles.Function && of.Worker == worker && of.Path == cycles.Path);
            return Part.Between($"{NameOf(chain, now)}/{cycles.Function} ({cycles.Path})", cycles.Packets, cycles.Cycles, earlier?.Packets, earlier?.Cycles);
        });
    });

    /// <summary>The chain, with its revision where two of them run side by side.</summary>
    private static string NameOf(V1.ChainLoad chain, V1.ServerLoad now) =>
        now.Chains.Count(of => of.Chain == chain.Chain) > 1 ? $"{chain.Chain}@{chain.Revision}" : chain.Chain;

    private static string NameOf(string stage) => stage == "slowPath" ? "slow path" : stage;

    private static string Percent(double share) => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + "%";

    private static string Microseconds(double value) => value < 10
        ? value.ToString("0.00", CultureInfo.InvariantCulture) + " µs"
        : Text.Number((ulong)Math.Round(value)) + " µs";

    /// <summary>Something that took cycles.</summary>
    private readonly record struct Part(string Name, ulong Packets, ulong Cycles)
    {
        /// <summary>Since an earlier reading; since the start when there is none, or it was of another run.</summary>
        public static Part Between(string name, ulong packets, ulong cycles, ulong? packetsThen, ulong? cyclesThen) =>
            cyclesThen is null || packetsThen is null || cyclesThen > cycles || packetsThen > packets
                ? new Part(name, packets, cycles)
                : new Part(name, packets - packetsThen.Value, cycles - cyclesThen.Value);
    }
}

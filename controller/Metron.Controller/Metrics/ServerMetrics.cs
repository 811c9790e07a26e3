using System.Globalization;

namespace Metron.Controller.Metrics;

/// <summary>Load reports as metrics.</summary>
internal static class ServerMetrics
{
    private const string DropPrefix = "drop.";
    private const double MicrosecondsPerSecond = 1e6;

    /// <summary>Writes the last report of each agent.</summary>
    public static void Write(MetricsText text, IReadOnlyList<V1.ServerLoad> loads)
    {
        text.Counter("metron_agent_collections_total", "Garbage collections of the agent.", loads.Select(load =>
            new Sample(load.Collections, ("agent", load.Server))));
        text.Counter("metron_agent_collection_pause_seconds_total", "Time that collections stopped the workers.", loads.Select(load =>
            new Sample(load.CollectionPauseMicroseconds / MicrosecondsPerSecond, ("agent", load.Server))));
        WriteTraffic(text, [.. loads.SelectMany(load => load.Workers.Select(worker => (Of(load, worker.Worker), worker)))]);
        WriteTimes(text, loads);
        WriteBalancers(text, [.. loads.Where(load => load.Balancer is not null)]);
        WriteFunctions(text, [.. loads.SelectMany(load => load.Chains.Select(chain => (load, chain)))]);
    }

    private static void WriteTraffic(MetricsText text, IReadOnlyList<((string Name, string Value)[] Labels, V1.WorkerLoad Load)> workers)
    {
        void Count(string name, string help, Func<V1.WorkerLoad, ulong> value) =>
            text.Counter(name, help, workers.Select(worker => new Sample(value(worker.Load), worker.Labels)));

        text.Gauge("metron_worker_load_ratio", "Share of cycles that a worker spent on polls that found packets, over the last interval.", workers.Select(worker =>
            new Sample(worker.Load.Load, worker.Labels)));
        text.Gauge("metron_worker_cycles_per_packet", "Busy cycles of a worker per packet, over the last interval.", workers.Select(worker =>
            new Sample(worker.Load.CyclesPerPacket, worker.Labels)));
        Count("metron_worker_received_packets_total", "Packets that a worker received.", load => load.Received?.Packets ?? 0);
        Count("metron_worker_received_bytes_total", "Bytes that a worker received.", load => load.Received?.Bytes ?? 0);
        Count("metron_worker_sent_packets_total", "Packets that a worker sent.", load => load.Sent?.Packets ?? 0);
        Count("metron_worker_sent_bytes_total", "Bytes that a worker sent.", load => load.Sent?.Bytes ?? 0);
        Count("metron_worker_slow_path_packets_total", "Packets of a worker that functions were asked about.", load => load.SlowPathPackets);
        text.Gauge("metron_worker_flow_entries", "Flow entries in use.", workers.Select(worker => new Sample(worker.Load.FlowEntries, worker.Labels)));
        text.Counter("metron_worker_dropped_packets_total", "Packets that a worker dropped, by reason.", workers.SelectMany(worker =>
            worker.Load.Drops.OrderBy(drop => drop.Key, StringComparer.Ordinal)
                .Select(drop => new Sample(drop.Value, [.. worker.Labels, ("reason", drop.Key)]))));
        var stages = workers.SelectMany(worker => (worker.Load.Samples?.Stages ?? []).Select(stage =>
            (Labels: worker.Labels.Append(("stage", stage.Stage)).ToArray(), Stage: stage))).ToList();
        text.Counter("metron_worker_measured_cycles_total", "Cycles of the polls that were measured, by stage; functions left out.", stages.Select(of =>
            new Sample(of.Stage.Cycles, of.Labels)));
        text.Counter("metron_worker_measured_packets_total", "Packets of the polls that were measured, by stage.", stages.Select(of =>
            new Sample(of.Stage.Packets, of.Labels)));
    }

    private static void WriteBalancers(MetricsText text, IReadOnlyList<V1.ServerLoad> loads)
    {
        text.Gauge("metron_balancer_squared_imbalance", "Mean squared difference of the loads of the workers in use from their mean.", loads.Select(load =>
            new Sample(load.Balancer.SquaredImbalance, ("agent", load.Server))));
        text.Gauge("metron_balancer_active_workers", "Workers that have flow groups.", loads.Select(load =>
            new Sample(load.Balancer.Workers.Count(worker => worker.State == "active"), ("agent", load.Server))));
        text.Gauge("metron_balancer_elephants", "Flow groups above the capacity of a worker.", loads.Select(load =>
            new Sample(load.Balancer.Elephants.Count, ("agent", load.Server))));
        text.Counter("metron_balancer_moves_total", "Flow groups that were moved.", loads.Select(load => new Sample(load.Balancer.Moves, ("agent", load.Server))));
        text.Counter("metron_balancer_cancelled_moves_total", "Moves of flow groups that were given up.", loads.Select(load =>
            new Sample(load.Balancer.CancelledMoves, ("agent", load.Server))));
        text.Gauge("metron_balancer_longest_migration_seconds", "Longest time until a moved flow group was taken over, over the last interval.", loads.Select(load =>
            new Sample(load.Balancer.MaxMigrationMicroseconds / MicrosecondsPerSecond, ("agent", load.Server))));
    }

    private static void WriteTimes(MetricsText text, IReadOnlyList<V1.ServerLoad> loads)
    {
        text.Summary("metron_worker_poll_gap_seconds", "Times between two polls of a worker over the last interval, by quantile.", loads.SelectMany(load =>
            load.Workers.SelectMany(worker => Quantiles(
                Of(load, worker.Worker),
                ("0.5", worker.MedianPollGapMicroseconds), ("0.9999", worker.P9999PollGapMicroseconds), ("1", worker.MaxPollGapMicroseconds)))));
        text.Summary("metron_worker_packet_time_seconds", "Times of packets in a worker, queues left out, over the last interval, by quantile.", loads.SelectMany(load =>
            load.Workers.Where(worker => worker.PacketTimes is not null).SelectMany(worker => Quantiles(Of(load, worker.Worker), worker.PacketTimes))));
        text.Summary("metron_chain_packet_time_seconds", "The same by chain.", loads.SelectMany(load => load.Chains.SelectMany(chain =>
            chain.PacketTimes.Where(of => of.Times is not null).SelectMany(of => Quantiles([.. Of(load, of.Worker), .. Of(chain)], of.Times)))));
    }

    private static void WriteFunctions(MetricsText text, IReadOnlyList<(V1.ServerLoad Load, V1.ChainLoad Chain)> chains)
    {
        var counters = chains.SelectMany(of => of.Chain.Functions.SelectMany(function => function.Counters
            .OrderBy(counter => counter.Key, StringComparer.Ordinal)
            .Select(counter => (Labels: (IReadOnlyList<(string, string)>)[("agent", of.Load.Server), .. Of(of.Chain), ("function", function.Function)], counter)))).ToList();
        text.Counter("metron_function_dropped_packets_total", "Packets that a function dropped, by reason.", counters
            .Where(of => of.counter.Key.StartsWith(DropPrefix, StringComparison.Ordinal))
            .Select(of => new Sample(of.counter.Value, [.. of.Labels, ("reason", of.counter.Key[DropPrefix.Length..])])));
        text.Untyped("metron_function_value", "What a function counts itself; some of it goes down too, like bindings.", counters
            .Where(of => !of.counter.Key.StartsWith(DropPrefix, StringComparison.Ordinal))
            .Select(of => new Sample(of.counter.Value, [.. of.Labels, ("counter", of.counter.Key)])));
        var cycles = chains.SelectMany(of => of.Chain.FunctionCycles.Select(entry => (
            Labels: (IReadOnlyList<(string, string)>)[.. Of(of.Load, entry.Worker), .. Of(of.Chain), ("function", entry.Function), ("path", entry.Path)],
            Cycles: entry))).ToList();
        text.Counter("metron_function_measured_cycles_total", "Cycles of a function in the polls that were measured.", cycles.Select(of =>
            new Sample(of.Cycles.Cycles, of.Labels)));
        text.Counter("metron_function_measured_packets_total", "Packets of a function in the polls that were measured.", cycles.Select(of =>
            new Sample(of.Cycles.Packets, of.Labels)));
        text.Gauge("metron_blackbox_up", "Whether a closed program answers.", chains.SelectMany(of => of.Chain.Blackboxes.Select(blackbox => new Sample(
            blackbox.Up ? 1 : 0, [.. Of(of.Load, blackbox.Worker), .. Of(of.Chain), ("function", blackbox.Function), ("appliance", blackbox.Appliance)]))));
    }

    private static IEnumerable<Sample> Quantiles((string Name, string Value)[] labels, V1.PacketTimes times) => Quantiles(
        labels, ("0.5", times.MedianMicroseconds), ("0.99", times.P99Microseconds), ("0.999", times.P999Microseconds), ("1", times.MaxMicroseconds));

    private static IEnumerable<Sample> Quantiles((string Name, string Value)[] labels, params IEnumerable<(string Quantile, double Microseconds)> values) =>
        values.Select(value => new Sample(value.Microseconds / MicrosecondsPerSecond, [.. labels, ("quantile", value.Quantile)]));

    private static (string Name, string Value)[] Of(V1.ServerLoad load, uint worker) =>
        [("agent", load.Server), ("worker", worker.ToString(CultureInfo.InvariantCulture))];

    private static (string Name, string Value)[] Of(V1.ChainLoad chain) =>
        [("chain", chain.Chain), ("revision", chain.Revision.ToString(CultureInfo.InvariantCulture))];
}

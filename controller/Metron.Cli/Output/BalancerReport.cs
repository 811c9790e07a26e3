using System.Globalization;

namespace Metron.Cli.Output;

/// <summary>How a server spreads its flow groups over its workers, and why.</summary>
internal static class BalancerReport
{
    /// <summary>Describes the balancer of a server.</summary>
    public static string Of(V1.Agent agent, TimeProvider time)
    {
        var report = new Report()
            .Field("Server", agent.Name)
            .Field("Connected", $"{Text.YesNo(agent.Connected)}, since {Text.Time(agent.LastTransitionTime, time)}");
        if (agent.Load?.Balancer is not { } balancer)
        {
            return report.Field("Balancer", NoBalancer(agent)).ToString();
        }

        return report
            .Field("Mode", Mode(balancer.Mode))
            .Field("NIC", balancer.Nic)
            .Field("Flow groups", Text.Number((ulong)balancer.Indirection.Count))
            .Field("Imbalance", $"{Fraction(balancer.SquaredImbalance)} squared, spread {Spread(balancer.SpreadPercent)}")
            .Field("Ticks", Text.Number(balancer.Ticks))
            .Field("Moves", $"{Text.Number(balancer.Moves)}, {Text.Number(balancer.CancelledMoves)} given up, longest {Text.Scaled(balancer.MaxMigrationMicroseconds)} µs")
            .Field("Recording", balancer.Recording)
            .Section("Workers", Workers(balancer))
            .Section("Elephants", Elephants(balancer))
            .Section("Heaviest flow groups", Groups(balancer))
            .Section("Decisions", Decisions(balancer, time))
            .ToString();
    }

    private static string NoBalancer(V1.Agent agent) => agent.Resources?.FlowGroups > 0
        ? "not reported yet"
        : "none: tags stand for workers here (dispatch \"flow-groups\" in the agent's configuration lets the server balance)";

    private static string Mode(string mode) => mode switch
    {
        "auto" => "auto: flow groups are moved",
        "suggest" => "suggest: only says what it would do",
        "off" => "off: flow groups stay where they are",
        _ => mode,
    };

    private static Table Workers(V1.BalancerLoad balancer)
    {
        var table = new Table("WORKER", "STATE", "LOAD", "QUEUE FILL", "FLOW GROUPS");
        foreach (var worker in balancer.Workers)
        {
            table.Add(
                Text.Number((ulong)worker.Worker),
                worker.State,
                Text.Percent(worker.Load),
                Text.Percent(worker.QueueFill),
                worker.FlowGroups == 0 ? "0" : $"{worker.FlowGroups} ({Text.Ranges(GroupsOf(balancer, worker.Worker))})");
        }

        return table;
    }

    private static IEnumerable<uint> GroupsOf(V1.BalancerLoad balancer, uint worker) =>
        balancer.Indirection.Select((of, group) => (of, group)).Where(pair => pair.of == worker).Select(pair => (uint)pair.group);

    private static Table Elephants(V1.BalancerLoad balancer)
    {
        var table = new Table("FLOW GROUP", "LOAD", "WORKER");
        foreach (var elephant in balancer.Elephants)
        {
            table.Add(Text.Number((ulong)elephant.FlowGroup), Text.Percent(elephant.Load), Text.Number((ulong)elephant.Worker));
        }

        return table;
    }

    private static Table Groups(V1.BalancerLoad balancer)
    {
        const int Shown = 16;
        var table = new Table("FLOW GROUP", "LOAD", "WORKER");
        foreach (var (load, group) in balancer.GroupLoads.Select((load, group) => (load, group)).Where(of => of.load > 0).OrderByDescending(of => of.load).Take(Shown))
        {
            var worker = group < balancer.Indirection.Count ? Text.Number((ulong)balancer.Indirection[group]) : string.Empty;
            table.Add(Text.Number((ulong)group), Text.Percent(load), worker);
        }

        return table;
    }

    private static Table Decisions(V1.BalancerLoad balancer, TimeProvider time)
    {
        var table = new Table("TICK", "AGE", "MOVES", "IMBALANCE BEFORE", "EXPECTED", "MEASURED", "OUTCOME", "DECISION");
        foreach (var decision in balancer.Decisions)
        {
            table.Add(
                Text.Number(decision.Tick),
                Text.Age(decision.Time, time),
                Moves(decision),
                Fraction(decision.ImbalanceBefore),
                Fraction(decision.ImbalanceExpected),
                decision.HasImbalanceMeasured ? Fraction(decision.ImbalanceMeasured) : string.Empty,
                decision.Outcome,
                decision.Summary);
        }

        return table;
    }

    private static string Moves(V1.BalancerDecision decision)
    {
        const int Shown = 4;
        var first = decision.Moves.Take(Shown).Select(move => $"{move.FlowGroup}: {move.From}→{move.To}");
        return string.Join(", ", first) + (decision.Moves.Count > Shown ? $" and {decision.Moves.Count - Shown} more" : string.Empty);
    }

    private static string Fraction(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Spread(double percent) => string.Create(CultureInfo.InvariantCulture, $"{percent:0}%");
}

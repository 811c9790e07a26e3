using System.Globalization;
using System.Text;
using System.Text.Json;
using Metron.Balancing;

namespace Metron.Agent.KernelBalancing;

/// <summary>Shows intervals and decisions: a table that is written over on a terminal, or one line of JSON each.</summary>
internal sealed class BalanceView(TextWriter output, string link, string steering, BalanceOptions options, bool isTerminal)
{
    private const string ClearScreen = "\x1b[H\x1b[2J";
    private const int MostMovesShown = 10;
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    /// <summary>Shows an interval.</summary>
    public void Show(DateTimeOffset time, Measurement measurement, Decision decision)
    {
        output.Write(options.IsJson ? ToJson(time, measurement, decision) + "\n" : (isTerminal && !options.IsOnce ? ClearScreen : string.Empty) + ToTable(time, measurement, decision));
        output.Flush();
    }

    private string ToJson(DateTimeOffset time, Measurement measurement, Decision decision) => JsonSerializer.Serialize(
        new
        {
            time,
            @interface = link,
            steering,
            dryRun = options.IsDryRun,
            seconds = Math.Round(measurement.Seconds, 3),
            packets = measurement.Packets,
            otherPackets = measurement.Other,
            groupPackets = measurement.GroupPackets,
            cpus = decision.Cpus.Select(cpu => new
            {
                cpu = cpu.Load.Cpu,
                used = cpu.IsUsed,
                busy = Math.Round(cpu.Load.Busy, 4),
                softIrq = Math.Round(cpu.Load.SoftIrq, 4),
                steered = Math.Round(cpu.Load.Movable, 4),
                packets = cpu.Packets,
                groups = cpu.Groups,
                busyAfter = Math.Round(cpu.After, 4),
            }),
            imbalance = Imbalance(decision.Balancer?.Plan.ImbalanceBefore),
            imbalanceAfter = Imbalance(decision.Balancer?.Plan.ImbalanceAfter),
            decision = decision.Balancer?.Plan.End.ToString(),
            elephants = decision.Balancer?.Elephants ?? [],
            moves = decision.Moves.Select(move => new { group = move.Group, from = move.From, to = move.To, load = Math.Round(move.Load, 4) }),
        },
        s_json);

    private string ToTable(DateTimeOffset time, Measurement measurement, Decision decision)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{link}: {steering}\n{time:HH:mm:ss}  {Rate(measurement.Packets, measurement)} packets/s in {measurement.GroupPackets.Count(packets => packets > 0)} of {measurement.GroupPackets.Count} flow groups, {Rate(measurement.Other, measurement)}/s not IP\n\n");
        text.Append("  CPU    busy  softirq  steered   packets/s  groups   after\n");
        foreach (var cpu in decision.Cpus)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"{cpu.Load.Cpu,5}  {cpu.Load.Busy,6:P0} {cpu.Load.SoftIrq,8:P0} {cpu.Load.Movable,8:P0}  {Rate(cpu.Packets, measurement),10}  {cpu.Groups,6}  {cpu.After,6:P0}{(cpu.IsUsed ? string.Empty : "  not used")}\n");
        }

        text.Append('\n').Append(Verdict(decision)).Append('\n');
        foreach (var move in decision.Moves.OrderByDescending(move => move.Load).Take(MostMovesShown))
        {
            text.Append(CultureInfo.InvariantCulture, $"  flow group {move.Group,4}: CPU {move.From} -> {move.To}, {move.Load:P1} of a CPU\n");
        }

        if (decision.Moves.Count > MostMovesShown)
        {
            text.Append(CultureInfo.InvariantCulture, $"  and {decision.Moves.Count - MostMovesShown} more\n");
        }

        foreach (var elephant in decision.Balancer?.Elephants ?? [])
        {
            text.Append(CultureInfo.InvariantCulture, $"  flow group {elephant,4} alone fills a CPU: no move helps; it needs more groups (--groups), or is a single flow\n");
        }

        return text.Append('\n').ToString();
    }

    private string Verdict(Decision decision)
    {
        var verb = options.IsDryRun ? "would move" : "moves";
        if (decision.Balancer is not { Plan: var plan })
        {
            return "no packets yet: it is not known which CPUs serve the queues";
        }

        var balance = string.Create(CultureInfo.InvariantCulture, $"imbalance {Imbalance(plan.ImbalanceBefore):P1} -> {Imbalance(plan.ImbalanceAfter):P1}");
        return decision.Moves.Count == 0
            ? $"{balance}; nothing to move ({Reason(plan.End)})"
            : $"{balance}; {verb} {decision.Moves.Count} flow groups";
    }

    private static string Reason(BalanceEnd end) => end switch
    {
        BalanceEnd.WithinThreshold => "all CPUs are within the threshold",
        BalanceEnd.NoChoice => "one CPU is used",
        _ => "no move would help",
    };

    private static double Imbalance(double? squared) => Math.Round(Math.Sqrt(squared ?? 0), 4);

    private static string Rate(ulong packets, Measurement measurement) => (packets / Math.Max(measurement.Seconds, 1e-9)).ToString("N0", CultureInfo.InvariantCulture);
}

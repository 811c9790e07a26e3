using System.Globalization;
using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Groups, meters, echoes, speed and room, and whether the switch is as it was.</summary>
internal static class ResourceFindings
{
    /// <summary>The findings.</summary>
    public static IEnumerable<Finding> Of(ProbeFacts facts, ProbeOptions options)
    {
        if (facts.Groups is { } groups)
        {
            foreach (var group in groups)
            {
                yield return Group(group);
            }
        }
        else
        {
            yield return Judgement.NotReached(facts, StepName.Groups, "groups", "Groups");
        }

        yield return facts.Meters is { } meters
            ? Judgement.Plain("meters", "Meters", meters, "added, and used by a rule", Verdict.WorkAround, "policers stay on servers")
            : Judgement.NotReached(facts, StepName.Meters, "meters", "Meters");
        yield return facts.Echo is { } echo ? Echo(echo) : Judgement.NotReached(facts, StepName.Echo, "echo", "Echo");
        yield return facts.Rate is { } rate ? Rate(rate) : Judgement.NotReached(facts, StepName.Rate, "rate", "Rate of rules");
        yield return Capacity(facts, options);
        yield return facts.Restoration is { } restoration
            ? new Finding(
                "restored",
                "The switch is as it was",
                restoration.IsComplete ? Verdict.Works : Verdict.Missing,
                restoration.IsComplete ? "nothing of the check is left, nothing of others has changed" : restoration.Remarks[0],
                restoration.IsComplete ? "" : "look at the rules before this switch is used",
                restoration.Remarks)
            : new Finding("restored", "The switch is as it was", Verdict.Works, "nothing was installed", "");
    }

    private static Finding Group(GroupFacts group)
    {
        var (name, consequence) = group.Kind switch
        {
            GroupKind.Select => ("select", "stateless load balancing stays on servers"),
            GroupKind.FastFailover => ("fast failover", "backup ports are switched to by the controller, not by the switch"),
            GroupKind.Indirect => ("indirect", "rules name their ports themselves"),
            _ => ("all", "packets are copied by rules with several outputs"),
        };
        return Judgement.Plain($"groups.{System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(group.Kind.ToString())}", $"Groups: {name}", group.Said, "added and read back", Verdict.WorkAround, consequence);
    }

    private static Finding Echo(EchoFacts echo) => Judgement.Plain(
        "echo",
        "Echo",
        echo.Problems,
        $"median {Milliseconds(echo.Quiet)}{(echo.UnderLoad is { } load ? $", at most {Milliseconds(load)} while rules are installed" : "")}",
        Verdict.Missing,
        "a dead connection is found late");

    private static Finding Rate(RateFacts rate)
    {
        var points = rate.ByBarrier.Select(point => string.Create(
            CultureInfo.InvariantCulture, $"{point.RulesPerSecond:0} rules/s with a barrier per {point.RulesPerBarrier}")).ToEquatableArray();
        return rate.Refused > 0
            ? new Finding("rate", "Rate of rules", Verdict.Unknown, $"{rate.Refused} rules refused meanwhile: the table is too small for this measurement", "updates go slowly at first", points)
            : new Finding("rate", "Rate of rules", Verdict.Works, points[^1], "", points);
    }

    private static Finding Capacity(ProbeFacts facts, ProbeOptions options)
    {
        var tables = facts.Tables ?? [];
        var lines = tables.Select(table => $"table {table.Number}: {(table.Capacity is { } rules ? $"full at {rules} rules" : options.Destructive ? $"not full at {options.MaximumRules} rules" : "not tried")}"
            + (table.Claimed is { } claim ? $", said to have {claim}" : "")).ToEquatableArray();
        if (!options.Destructive)
        {
            var claimed = tables.Where(table => table.Claimed is not null).Select(table => $"{table.Claimed}").Distinct().ToList();
            return new Finding("capacity", "Room in tables", Verdict.Unknown, claimed.Count == 0 ? "not tried" : $"not tried; the switch says {string.Join(", ", claimed)} entries", "learnt when a table is full; --destructive finds out now", lines);
        }

        if (facts.ProblemOf(StepName.Capacity) is not null)
        {
            return Judgement.NotReached(facts, StepName.Capacity, "capacity", "Room in tables");
        }

        var full = tables.Where(table => table.Capacity is not null).ToList();
        return full.Count == 0
            ? new Finding("capacity", "Room in tables", Verdict.Works, $"no table was full at {options.MaximumRules} rules", "", lines)
            : new Finding("capacity", "Room in tables", Verdict.WorkAround, string.Join(", ", full.Select(table => $"table {table.Number} is full at {table.Capacity}")), "chains get the rules that are worth most; the rest of their work stays on servers", lines);
    }

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture) + " ms";
}

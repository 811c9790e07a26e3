namespace Metron.Dataplane.Statistics;

/// <summary>
/// Adds a program's counters up over the flow groups. Groups move between workers, so that what a group counted belongs to no worker: sums stand under
/// worker 0.
/// </summary>
internal static class GroupSums
{
    /// <summary>Sums of classes, cycles and times. Functions stay listed for each group, each with its drops and its own report.</summary>
    public static ProgramStatistics Of(ProgramStatistics program) => program with
    {
        Classes = [.. program.Classes.GroupBy(entry => entry.ClassId)
            .Select(ofGroups => new ClassStatistics(ofGroups.Key, 0, ofGroups.Aggregate(default(PacketCount), (sum, entry) => sum + entry.Count)))],
        Functions = [.. program.Functions.GroupBy(function => function.Function).SelectMany(SumCycles)],
        Latencies = program.Latencies.Count == 0 ? [] : [new ProgramLatencies(0, Sum(program.Latencies))],
    };

    private static IEnumerable<FunctionStatistics> SumCycles(IGrouping<string, FunctionStatistics> ofGroups)
    {
        var sums = ofGroups.SelectMany(function => function.Cycles).GroupBy(cycles => cycles.Path)
            .Select(path => new FunctionCycles(path.Key, Sum(path.Select(cycles => cycles.Packets)), Sum(path.Select(cycles => cycles.Cycles))))
            .OrderBy(cycles => cycles.Path).ToList();
        return ofGroups.Select((function, index) => function with { Worker = 0, Cycles = index == 0 ? sums : [] });
    }

    private static DurationCounts Sum(IReadOnlyList<ProgramLatencies> latencies) =>
        new([.. Enumerable.Range(0, DurationCounts.Length).Select(step => Sum(latencies.Select(entry => entry.Latencies.Counts[step])))]);

    private static ulong Sum(IEnumerable<ulong> counts) => counts.Aggregate(0ul, (sum, count) => sum + count);
}

using System.Numerics;

namespace Metron.Agent.Configuration;

/// <summary>Reads the section <c>balancing</c>.</summary>
internal static class BalancingSection
{
    private const int LeastFlowGroups = 64;
    private const int MostFlowGroups = 1024;
    private const int MostWorkers = 127;

    public static BalancingConfiguration Read(JsonSection section)
    {
        var defaults = new BalancingConfiguration();
        var read = new BalancingConfiguration
        {
            Nic = section.Choice("nic", ("emulated", BalancedNic.Emulated), ("device", BalancedNic.Device), ("linux", BalancedNic.Linux)),
            FlowGroups = (int)(section.Number("flowGroups", LeastFlowGroups, MostFlowGroups) ?? defaults.FlowGroups),
            Mode = section.Choice("mode", ("auto", BalancingMode.Auto), ("suggest", BalancingMode.Suggest), ("off", BalancingMode.Off)),
            NicCore = (int)(section.Number("nicCore", 0, 1023) ?? defaults.NicCore),
            MinimumWorkers = (int)(section.Number("minimumWorkers", 1, MostWorkers) ?? defaults.MinimumWorkers),
            MaximumWorkers = (int)(section.Number("maximumWorkers", 1, MostWorkers) ?? defaults.MaximumWorkers),
            Profile = section.Choice(
                "profile", ("responsive", BalancingProfile.Responsive), ("economical", BalancingProfile.Economical), ("calm", BalancingProfile.Calm)),
            TargetLoad = section.Number("targetLoadPercent", 10, 95) / 100.0,
            ShortestTick = Milliseconds(section, "shortestTickMilliseconds", 10, 10_000),
            LongestTick = Milliseconds(section, "longestTickMilliseconds", 10, 60_000),
            Threshold = section.Number("thresholdPercent", 0, 100) / 100.0,
            Rise = Milliseconds(section, "riseMilliseconds", 0, 60_000),
            Fall = Milliseconds(section, "fallMilliseconds", 0, 60_000),
            Recording = section.String("recording"),
            RecordingBytes = section.Number("recordingMegabytes", 1, 1 << 20) is { } megabytes ? megabytes << 20 : defaults.RecordingBytes,
        };
        if (!BitOperations.IsPow2(read.FlowGroups))
        {
            section.Problem("flowGroups", $"is {read.FlowGroups}; write a power of two from {LeastFlowGroups} to {MostFlowGroups}");
        }

        if (read.MaximumWorkers > 0 && read.MaximumWorkers < read.MinimumWorkers)
        {
            section.Problem("maximumWorkers", $"is {read.MaximumWorkers}, less than minimumWorkers; write at least {read.MinimumWorkers}");
        }

        var ticks = read.ToSettings().Interval;
        if (ticks.MaximumSeconds < ticks.MinimumSeconds)
        {
            section.Problem(
                read.LongestTick is null ? "shortestTickMilliseconds" : "longestTickMilliseconds",
                $"the longest tick, {ticks.MaximumSeconds * 1000} ms, is less than the shortest, {ticks.MinimumSeconds * 1000} ms; write both so that it is not");
        }

        return read;
    }

    private static TimeSpan? Milliseconds(JsonSection section, string key, long least, long most) =>
        section.Number(key, least, most) is { } number ? TimeSpan.FromMilliseconds(number) : null;
}

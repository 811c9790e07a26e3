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
            TargetLoad = section.Number("targetLoadPercent", 10, 95) is { } percent ? percent / 100.0 : defaults.TargetLoad,
            ShortestTick = section.Number("shortestTickMilliseconds", 10, 10_000) is { } shortest ? TimeSpan.FromMilliseconds(shortest) : defaults.ShortestTick,
            LongestTick = section.Number("longestTickMilliseconds", 10, 60_000) is { } longest ? TimeSpan.FromMilliseconds(longest) : defaults.LongestTick,
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

        if (read.LongestTick < read.ShortestTick)
        {
            section.Problem("longestTickMilliseconds", "is less than shortestTickMilliseconds; write at least as much");
        }

        return read;
    }
}

using System.Text.Json;
using Metron.Dataplane;

namespace Metron.Agent.Load;

/// <summary>The part of a load report that is about cycles and times of packets, of the polls that were measured.</summary>
internal static class SampleReport
{
    /// <summary>What a worker's cycles went to; null when it measures nothing.</summary>
    public static V1.CycleSamples? Cycles(SampleStatistics samples)
    {
        if (samples.Interval == 0)
        {
            return null;
        }

        var cycles = new V1.CycleSamples { Interval = (uint)samples.Interval, Polls = samples.Polls };
        cycles.Stages.AddRange(samples.Stages.Select(stage => new V1.StageCycles
        {
            Stage = Name(stage.Stage.ToString()),
            Packets = stage.Packets,
            Cycles = stage.Cycles,
        }));
        return cycles;
    }

    /// <summary>How long packets took since an earlier reading; null when none was measured.</summary>
    public static V1.PacketTimes? Times(DurationCounts now, DurationCounts? earlier)
    {
        var packets = now.Since(earlier);
        return packets == 0 ? null : new V1.PacketTimes
        {
            Packets = packets,
            MedianMicroseconds = now.MicrosecondsOf(0.5, earlier),
            P99Microseconds = now.MicrosecondsOf(0.99, earlier),
            P999Microseconds = now.MicrosecondsOf(0.999, earlier),
            MaxMicroseconds = now.MicrosecondsOf(1, earlier),
        };
    }

    /// <summary>Adds what functions took, and how long packets did.</summary>
    public static void Add(V1.ChainLoad load, ProgramStatistics program, ProgramStatistics? earlier)
    {
        load.FunctionCycles.AddRange(program.Functions.SelectMany(function => function.Cycles.Select(cycles => new V1.FunctionCycles
        {
            Function = function.Function,
            Worker = (uint)function.Worker,
            Path = Name(cycles.Path.ToString()),
            Packets = cycles.Packets,
            Cycles = cycles.Cycles,
        })));
        foreach (var (worker, latencies) in program.Latencies)
        {
            if (Times(latencies, earlier?.Latencies.FirstOrDefault(other => other.Worker == worker)?.Latencies) is { } times)
            {
                load.PacketTimes.Add(new V1.ChainTimes { Worker = (uint)worker, Times = times });
            }
        }
    }

    private static string Name(string member) => JsonNamingPolicy.CamelCase.ConvertName(member);
}

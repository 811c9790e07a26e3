using System.Diagnostics;
using Metron.Bench.Processes;

namespace Metron.Bench.Dataplane;

/// <summary>What a contender did in the measured window.</summary>
/// <param name="Packets">Packets received.</param>
/// <param name="Seconds">Length of the window.</param>
/// <param name="BusySeconds">CPU time that the workers' threads got in it; less than the window when the machine is shared.</param>
internal sealed record Window(double Packets, double Seconds, double BusySeconds)
{
    public double MegapacketsPerSecond => Packets / Seconds / 1e6;

    /// <summary>Of the CPU time that the worker got: polling takes all there is.</summary>
    public double CyclesPerPacket(ulong tscHertz) => Packets == 0 ? 0 : tscHertz * BusySeconds / Packets;

    /// <summary>Lets a contender's worker run for <see cref="Setup.Discard"/> seconds of CPU time, then measures.</summary>
    /// <param name="process">Its process.</param>
    /// <param name="readReceivedPackets">Asks for its device's counter.</param>
    /// <param name="seconds">Length of the window.</param>
    /// <param name="workers">Number of its workers: the busiest threads.</param>
    public static Window Measure(int process, Func<double> readReceivedPackets, double seconds, int workers = 1)
    {
        var start = BusyTime.Read(process);
        var busy = start;
        for (var warming = Stopwatch.StartNew(); warming.Elapsed < Setup.LongestDiscard && BusyTime.OfBusiest(start, busy, workers) < Setup.Discard * workers;)
        {
            Wait(Setup.Discard / 10);
            busy = BusyTime.Read(process);
        }

        var clock = Stopwatch.StartNew();
        var packets = readReceivedPackets();
        var begun = clock.Elapsed;
        Wait(seconds);
        packets = readReceivedPackets() - packets;
        var elapsed = clock.Elapsed - begun;
        return new Window(packets, elapsed.TotalSeconds, BusyTime.OfBusiest(busy, BusyTime.Read(process), workers));
    }

    private static void Wait(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds)).Wait();
}

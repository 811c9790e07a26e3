using Metron.Packets.Memory;

namespace Metron.Dataplane.Sampling;

/// <summary>
/// What was measured of a program on a worker: cycles of its functions, times of its packets. Written by the worker with plain stores, read by
/// others while the program is deployed.
/// </summary>
internal sealed unsafe class ProgramSamples : IDisposable
{
    /// <summary>Ways for packets to a function.</summary>
    public const int Paths = (int)FunctionPath.Frame + 1;

    private readonly NativeRegion _region;
    private readonly FunctionSample* _functions;
    private readonly ulong* _latencies;

    /// <param name="functions">Number of functions.</param>
    public ProgramSamples(int functions)
    {
        _region = new NativeRegion((nuint)((functions * Paths * sizeof(FunctionSample)) + (DurationCounts.Length * sizeof(ulong))));
        _latencies = (ulong*)_region.Start;
        _functions = (FunctionSample*)(_latencies + DurationCounts.Length);
    }

    /// <summary>Counts a packet of a function.</summary>
    public void Add(int function, FunctionPath path, ulong nanoseconds)
    {
        var sample = At(function, path);
        sample->Packets++;
        sample->Nanoseconds += nanoseconds;
    }

    /// <summary>Counts the time of a packet, by its step.</summary>
    public void AddLatency(int step) => _latencies[step]++;

    /// <summary>Cycles of a function so far; ways that no packet took are left out.</summary>
    public List<FunctionCycles> Read(int function, double cyclesPerNanosecond)
    {
        var cycles = new List<FunctionCycles>();
        for (var path = FunctionPath.Asked; (int)path < Paths; path++)
        {
            var packets = Volatile.Read(ref At(function, path)->Packets);
            if (packets > 0)
            {
                cycles.Add(new FunctionCycles(path, packets, (ulong)(Volatile.Read(ref At(function, path)->Nanoseconds) * cyclesPerNanosecond)));
            }
        }

        return cycles;
    }

    /// <summary>Times of packets so far.</summary>
    public DurationCounts ReadLatencies() => DurationCounts.Read(_latencies);

    /// <inheritdoc/>
    public void Dispose() => _region.Dispose();

    private FunctionSample* At(int function, FunctionPath path) => _functions + (function * Paths) + (int)path;

    private struct FunctionSample
    {
        public ulong Packets;
        public ulong Nanoseconds;
    }
}

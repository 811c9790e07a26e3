using System.Diagnostics;
using Metron.Bench.Processes;
using Metron.Bench.Traces;
using Metron.Dataplane.Nics;
using Metron.Dpdk;

namespace Metron.Bench.Nics;

/// <summary>
/// What the emulated NIC costs for each packet: one thread steps it and plays its two workers, over frames in memory. The baseline takes the same frames
/// straight from the port. Times are CPU time of the thread.
/// </summary>
internal sealed unsafe class NicSuite : ISuite
{
    private const string Direct = "direct";
    private const int Flows = 4096;
    private const int Burst = 32;
    private const int StepsPerReading = 4096;

    private static readonly string[] Entrants = [Direct, "tag", "hash-ipv4", "hash-ipv6", "hash-ipv4-sent"];

    public string Name => "nics";

    public IReadOnlyList<string> Cases => ["emulated"];

    public IReadOnlyList<string> Contenders(string caseName) => Entrants;

    public IEnumerable<Result> Run(string caseName, Options options, Action<string> progress)
    {
        CpuAffinity.Pin(CpuAffinity.Allowed()[^1]);
        var readings = Entrants.ToDictionary(name => name, _ => new List<double>());
        for (var round = 0; round < options.Rounds; round++)
        {
            for (var turn = 0; turn < Entrants.Length; turn++)
            {
                var name = Entrants[(round + turn) % Entrants.Length];
                readings[name].Add(Measure(name, TimeSpan.FromSeconds(options.Seconds)));
                progress($"{Name} {caseName}: round {round + 1}: {name} {readings[name][^1]:0.0} ns");
            }
        }

        foreach (var name in Entrants)
        {
            yield return Result.Of(Name, caseName, name, "nanosecondsPerPacket", "ns", readings[name]);
            if (name != Direct)
            {
                yield return Result.Of(
                    Name, caseName, name, "nanosecondsAboveDirect", "ns", [.. readings[name].Zip(readings[Direct], (own, direct) => own - direct)]);
            }
        }
    }

    private static double Measure(string name, TimeSpan duration)
    {
        using var source = new FrameSource([.. Enumerable.Range(0, Flows).Select(i => Frame(i, name == "hash-ipv6"))]);
        var port = new FramePort(source);
        if (name == Direct)
        {
            var burst = stackalloc Mbuf[Burst];
            return Time(source, duration, () => port.Free(burst, port.Receive(burst, Burst)));
        }

        using var nic = EmulatedNic.Create(new EmulatedNicOptions { Queues = 2 }, port);
        if (name == "tag")
        {
            nic.SetTags(new TagGroups(new Dictionary<uint, ushort>(), Enumerable.Range(0, 128).ToDictionary(i => (uint)i + 1, i => (ushort)i)));
        }

        var queues = nic.OpenQueues();
        return Time(source, duration, () => Turn(nic, queues, name.EndsWith("-sent", StringComparison.Ordinal)));
    }

    private static byte[] Frame(int number, bool isV6)
    {
        var random = new SplitMix64((ulong)number);
        var (source, destination) = isV6
            ? (((UInt128)0xfd00 << 112) | random.Next(), ((UInt128)0x2001_0db8 << 96) | random.Next())
            : ((UInt128)(0x0a00_0000 | (uint)random.Next(1 << 24)), (UInt128)(0xcb00_0000 | (uint)random.Next(1 << 24)));
        return new Flow(source, destination, (ushort)random.Next(65536), (ushort)random.Next(65536), isV6).ToFrame(64, 0, worker: number % 128);
    }

    /// <summary>A step of the NIC, and all that its workers find then.</summary>
    private static void Turn(EmulatedNic nic, EmulatedQueue<FramePort>[] queues, bool sends)
    {
        var burst = stackalloc Mbuf[Burst];
        nic.Step();
        for (var queue = 0; queue < queues.Length; queue++)
        {
            var received = queues[queue].Receive(burst, Burst);
            if (sends)
            {
                queues[queue].Send(burst, received);
            }
            else
            {
                queues[queue].Free(burst, received);
            }
        }
    }

    private static double Time(FrameSource source, TimeSpan duration, Action turn)
    {
        for (var i = 0; i < 20 * StepsPerReading; i++)
        {
            turn(); // until the JIT compiler is done with it
        }

        var (packets, start, clock) = (source.Taken, ThreadTime.Nanoseconds(), Stopwatch.StartNew());
        do
        {
            for (var i = 0; i < StepsPerReading; i++)
            {
                turn();
            }
        }
        while (clock.Elapsed < duration);

        return (ThreadTime.Nanoseconds() - start) / (double)(source.Taken - packets);
    }
}

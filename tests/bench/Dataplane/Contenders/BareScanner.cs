using Metron.Bench.Traces;
using Metron.Dpdk;
using Metron.Inspection;
using Metron.NetworkFunctions.Dpi;

namespace Metron.Bench.Dataplane;

/// <summary>The contender "vectorscan": a loop over hs_scan on one core, over the payloads of the same trace with the same patterns.</summary>
internal sealed class BareScanner : IContender
{
    private const int PacketsPerCount = 64;

    /// <inheritdoc/>
    public string Name => "vectorscan";

    /// <inheritdoc/>
    public Reading Measure(TracedCase known, IReadOnlyList<string> pcaps, double seconds) =>
        MetronContender.RunWorker("scan", known, pcaps, seconds);

    /// <summary>Scans for some seconds, in this process: packet by packet, or each connection as a stream.</summary>
    public static Reading Scan(TracedCase known, string pcap, double seconds)
    {
        using var database = PatternDatabase.Compile(
            [
                .. ((DpiConfiguration)known.Case.Functions[0]).Rules
                    .Select((rule, number) => Pattern.Literal(number, System.Text.Encoding.ASCII.GetBytes(rule.Patterns[0].Text))),
            ],
            forStreams: known.Trace.IsTcp);
        var (bytes, ends) = Payloads(pcap);
        long packets = 0;
        var stop = false;
        var thread = new Thread(() => Run(database, known.Trace, bytes, ends, ref packets, ref stop)) { Name = "worker" };
        thread.Start();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var window = Window.Measure(Environment.ProcessId, () => Volatile.Read(ref packets), seconds);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        Volatile.Write(ref stop, true);
        thread.Join();
        return new Reading(window) { AllocatedBytes = allocated };
    }

    /// <summary>Bytes of a trace's payloads, on average per packet.</summary>
    public static double MeanPayload(string pcap)
    {
        var (bytes, ends) = Payloads(pcap);
        return (double)bytes.Length / ends.Length;
    }

    private static void Run(PatternDatabase database, Trace trace, byte[] bytes, int[] ends, ref long packets, ref bool stop)
    {
        CpuAffinity.Pin(Setup.WorkerCore);
        using var scanner = new Scanner(database);
        using var streams = trace.IsTcp ? new StreamPool(database, long.MaxValue) : null;
        for (var flow = 0; streams is not null && flow < trace.Flows; flow++)
        {
            _ = streams.TryTake(out _); // gives 0, 1, 2, …
        }

        while (!Volatile.Read(ref stop))
        {
            var start = 0;
            for (var i = 0; i < ends.Length; i++)
            {
                var payload = bytes.AsSpan(start, ends[i] - start);
                start = ends[i];
                if (streams is null)
                {
                    scanner.Scan(database, payload);
                }
                else if (i < ends.Length - trace.Flows)
                {
                    scanner.Scan(streams, i % trace.Flows, payload);
                }
                else
                {
                    scanner.Finish(streams, i % trace.Flows);
                }

                if (i % PacketsPerCount == PacketsPerCount - 1)
                {
                    Volatile.Write(ref packets, packets + PacketsPerCount);
                }
            }
        }
    }

    private static (byte[] Bytes, int[] Ends) Payloads(string pcap)
    {
        using var bytes = new MemoryStream();
        var ends = new List<int>();
        foreach (var frame in PcapFile.Read(pcap))
        {
            bytes.Write(new ParsedFrame(frame).Payload);
            ends.Add((int)bytes.Length);
        }

        return (bytes.ToArray(), [.. ends]);
    }
}

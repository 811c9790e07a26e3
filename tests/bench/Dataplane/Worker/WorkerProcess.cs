using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Metron.Dataplane;
using Metron.Dpdk;
using Metron.Inspection;

namespace Metron.Bench.Dataplane;

/// <summary>
/// The contender "metron" in a process of its own, since DPDK starts once per process. "worker measure CASE SECONDS PCAP…" prints a
/// <see cref="Reading"/>; "worker scan CASE SECONDS PCAP" does so for the bare Vectorscan; "worker forward CASE IN COUNT OUT WORKER" runs a file of so
/// many packets, all of one worker, through once.
/// </summary>
internal static class WorkerProcess
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static int Run(string[] arguments)
    {
        try
        {
            switch (arguments)
            {
                case ["measure", var name, var seconds, .. var pcaps]:
                    Print(Measurement.Run(TracedCase.Known[name], pcaps, double.Parse(seconds, CultureInfo.InvariantCulture)));
                    return 0;
                case ["scan", var name, var seconds, var pcap]:
                    Print(BareScanner.Scan(TracedCase.Known[name], pcap, double.Parse(seconds, CultureInfo.InvariantCulture)));
                    return 0;
                case ["forward", var name, var input, var count, var output, var worker]:
                    Forward(
                        TracedCase.Known[name], input, ulong.Parse(count, CultureInfo.InvariantCulture), output, int.Parse(worker, CultureInfo.InvariantCulture));
                    return 0;
                default:
                    Console.Error.WriteLine("worker measure CASE SECONDS PCAP… | worker scan CASE SECONDS PCAP | worker forward CASE IN COUNT OUT WORKER");
                    return 2;
            }
        }
        catch (Exception failure) when (failure is DpdkException or TimeoutException or InvalidOperationException or ProgramRejectedException or VectorscanMissingException)
        {
            Console.Error.WriteLine(failure.Message);
            return 1;
        }
    }

    /// <summary>Starts DPDK with memory for a trace.</summary>
    public static Eal StartEal(PoolSize size) => Eal.Start(new EalOptions
    {
        ProgramName = "metron-bench",
        HugePages = size.HasHugePages,
        MemoryMegabytes = size.Megabytes,
    });

    /// <summary>Makes the pool for a trace.</summary>
    public static MbufPool CreatePool(PoolSize size) => MbufPool.Create("mbufs", size.Mbufs, Setup.MbufCache, size.DataRoom);

    /// <summary>Makes a device and starts it.</summary>
    public static EthernetDevice StartDevice(MbufPool pool, string arguments, int queues = 1)
    {
        var device = EthernetDevice.Probe(arguments);
        device.Configure(new DeviceConfiguration(pool) { ReceiveQueues = queues, TransmitQueues = queues });
        device.Start();
        return device;
    }

    private static void Print(Reading reading) => Console.WriteLine(JsonSerializer.Serialize(reading));

    private static void Forward(TracedCase known, string input, ulong count, string output, int worker)
    {
        var size = PoolSize.Of(known.Trace);
        using var eal = StartEal(size);
        using var pool = CreatePool(size);
        using var files = StartDevice(pool, $"net_pcap0,rx_pcap={input},tx_pcap={output}");

        // A file does not wait until a chain is deployed. So its packets go to the worker through a ring. The other worker has an empty one.
        using var ring = StartDevice(pool, "net_ring0");
        using var others = known.Case.Workers > 1 ? StartDevice(pool, "net_ring1") : null;
        using var forwarder = Forwarders.Create(
            known.Case,
            [
                .. Enumerable.Range(0, known.Case.Workers).Select(index => index == worker
                    ? (ring.GetReceiveQueue(0), files.GetTransmitQueue(0))
                    : (others!.GetReceiveQueue(0), others.GetTransmitQueue(0))),
            ],
            eal.TscHertz);
        Feed(files.GetReceiveQueue(0), ring.GetTransmitQueue(0));
        for (var clock = Stopwatch.StartNew(); ring.ReadStatistics().ReceivedPackets < count; Thread.Yield())
        {
            if (clock.Elapsed > Deadline)
            {
                throw new TimeoutException($"only {ring.ReadStatistics().ReceivedPackets} of {count} packets were received");
            }
        }

        // A worker finishes its burst before it ends.
        forwarder.Dispose();
    }

    private static void Feed(ReceiveQueue from, TransmitQueue to)
    {
        Span<Mbuf> burst = stackalloc Mbuf[Setup.Burst];
        for (var received = from.Receive(burst); received > 0; received = from.Receive(burst))
        {
            for (var sent = 0; sent < received; Thread.Yield())
            {
                sent += to.Send(burst[sent..received]);
            }
        }
    }
}

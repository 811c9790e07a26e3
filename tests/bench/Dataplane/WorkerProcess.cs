using System.Diagnostics;
using System.Globalization;
using Metron.Dataplane;
using Metron.Dpdk;
using Metron.Inspection;

namespace Metron.Bench.Dataplane;

/// <summary>
/// The contender "metron" in a process of its own, since DPDK starts once per process. "worker measure CASE PCAP SECONDS" prints packets,
/// seconds, busy seconds, TSC frequency and allocated bytes; "worker scan CASE PCAP SECONDS" does so for the bare Vectorscan; "worker forward CASE IN COUNT OUT" runs a file of so many packets through once.
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
                case ["measure", var name, var pcap, var seconds]:
                    Measure(DataplaneCase.Find(name), pcap, double.Parse(seconds, CultureInfo.InvariantCulture));
                    return 0;
                case ["scan", var name, var pcap, var seconds]:
                    BareScanner.Measure(DataplaneCase.Find(name), pcap, double.Parse(seconds, CultureInfo.InvariantCulture));
                    return 0;
                case ["forward", var name, var input, var count, var output]:
                    Forward(DataplaneCase.Find(name), input, ulong.Parse(count, CultureInfo.InvariantCulture), output);
                    return 0;
                default:
                    Console.Error.WriteLine("worker measure CASE PCAP SECONDS | worker scan CASE PCAP SECONDS | worker forward CASE IN COUNT OUT");
                    return 2;
            }
        }
        catch (Exception failure) when (failure is DpdkException or TimeoutException or InvalidOperationException or ProgramRejectedException or VectorscanMissingException)
        {
            Console.Error.WriteLine(failure.Message);
            return 1;
        }
    }

    private static void Measure(DataplaneCase known, string pcap, double seconds)
    {
        using var eal = Start();
        using var pool = MbufPool.Create("mbufs", Setup.Mbufs, Setup.MbufCache);
        using var device = StartDevice(pool, Setup.Replay(pcap));
        using var forwarder = Forwarders.Create(known, device.GetReceiveQueue(0), device.GetTransmitQueue(0), eal.TscHertz);
        long allocated = 0;
        double Read()
        {
            // Of the whole process: the measuring itself allocates some kilobytes.
            allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
            return device.ReadStatistics().ReceivedPackets;
        }

        var window = Window.Measure(Environment.ProcessId, Read, seconds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{window.Packets} {window.Seconds} {window.BusySeconds} {eal.TscHertz} {allocated}"));
    }

    private static void Forward(DataplaneCase known, string input, ulong count, string output)
    {
        using var eal = Start();
        using var pool = MbufPool.Create("mbufs", Setup.Mbufs, Setup.MbufCache);
        using var files = StartDevice(pool, $"net_pcap0,rx_pcap={input},tx_pcap={output}");

        // A file does not wait until a chain is deployed. So its packets go to the worker through a ring.
        using var ring = StartDevice(pool, "net_ring0");
        using var forwarder = Forwarders.Create(known, ring.GetReceiveQueue(0), files.GetTransmitQueue(0), eal.TscHertz);
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

    private static Eal Start() => Eal.Start(new EalOptions
    {
        ProgramName = "metron-bench",
        HugePages = Setup.HasHugePages,
        MemoryMegabytes = Setup.Megabytes,
    });

    private static EthernetDevice StartDevice(MbufPool pool, string arguments)
    {
        var device = EthernetDevice.Probe(arguments);
        device.Configure(new DeviceConfiguration(pool));
        device.Start();
        return device;
    }
}

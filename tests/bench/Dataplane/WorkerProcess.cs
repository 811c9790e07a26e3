using System.Diagnostics;
using System.Globalization;
using Metron.Dpdk;

namespace Metron.Bench.Dataplane;

/// <summary>
/// The contender "metron" in a process of its own, since DPDK starts once per process. "worker measure CASE PCAP SECONDS" prints packets,
/// seconds, busy seconds, TSC frequency and allocated bytes; "worker forward CASE IN COUNT OUT" runs a file of so many packets through once.
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
                    Measure(name, pcap, double.Parse(seconds, CultureInfo.InvariantCulture));
                    return 0;
                case ["forward", var name, var input, var count, var output]:
                    Forward(name, input, ulong.Parse(count, CultureInfo.InvariantCulture), output);
                    return 0;
                default:
                    Console.Error.WriteLine("worker measure CASE PCAP SECONDS | worker forward CASE IN COUNT OUT");
                    return 2;
            }
        }
        catch (Exception failure) when (failure is DpdkException or TimeoutException)
        {
            Console.Error.WriteLine(failure.Message);
            return 1;
        }
    }

    private static void Measure(string name, string pcap, double seconds)
    {
        using var eal = Start();
        using var pool = MbufPool.Create("mbufs", Setup.Mbufs, Setup.MbufCache);
        using var device = StartDevice(pool, Setup.Replay(pcap));
        using var forwarder = Forwarders.Create(name, device);
        var window = Window.Measure(Environment.ProcessId, () => device.ReadStatistics().ReceivedPackets, seconds);
        forwarder.Dispose();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{window.Packets} {window.Seconds} {window.BusySeconds} {eal.TscHertz} {forwarder.AllocatedBytes}"));
    }

    private static void Forward(string name, string input, ulong count, string output)
    {
        using var eal = Start();
        using var pool = MbufPool.Create("mbufs", Setup.Mbufs, Setup.MbufCache);
        using var device = StartDevice(pool, $"net_pcap0,rx_pcap={input},tx_pcap={output}");
        using var forwarder = Forwarders.Create(name, device);
        for (var clock = Stopwatch.StartNew(); device.ReadStatistics().ReceivedPackets < count; Thread.Yield())
        {
            if (clock.Elapsed > Deadline)
            {
                throw new TimeoutException($"only {device.ReadStatistics().ReceivedPackets} of {count} packets were received");
            }
        }

        // A worker finishes its burst before it ends.
        forwarder.Dispose();
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

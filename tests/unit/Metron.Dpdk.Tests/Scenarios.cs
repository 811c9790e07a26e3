using System.Diagnostics;

namespace Metron.Dpdk.Tests;

/// <summary>What child processes do. Results are printed, and the test that started the child looks at them.</summary>
internal static class Scenarios
{
    /// <summary>Ethertype for local experiments (IEEE 802), so that the kernel's own packets are told apart.</summary>
    private const ushort ExperimentalEthertype = 0x88b5;

    public static void Run(string[] arguments)
    {
        switch (arguments)
        {
            case ["start", .. var options]:
                Start(options);
                break;
            case ["affinity"]:
                KeepAffinity();
                break;
            case ["hugepages"]:
                ForwardOnce(new EalOptions { MemoryMegabytes = 64 });
                break;
            case ["veth", var one, var other]:
                ExchangeOverVeth(one, other);
                break;
            default:
                throw new ArgumentException($"no scenario '{string.Join(' ', arguments)}'");
        }
    }

    private static void Start(string[] extra)
    {
        try
        {
            using var eal = Eal.Start(new EalOptions { HugePages = false, ExtraArguments = extra });
            Console.WriteLine("started");
        }
        catch (DpdkException failure)
        {
            Console.WriteLine(failure.Message);
        }

        Console.WriteLine($"left behind {Directory.Exists($"/var/run/dpdk/metron-{Environment.ProcessId}")}");
    }

    private static void KeepAffinity()
    {
        CpuAffinity.Pin(0);
        using (Eal.Start(new EalOptions { ProgramName = "affinity", HugePages = false }))
        {
            Console.WriteLine($"allowed {string.Join(',', CpuAffinity.Allowed())}");
        }

        Console.WriteLine($"left behind {Directory.Exists($"/var/run/dpdk/affinity-{Environment.ProcessId}")}");
    }

    private static void ForwardOnce(EalOptions options)
    {
        using var eal = Eal.Start(options);
        using var pool = MbufPool.Create("pool", 1023);
        using var device = EthernetDevice.Probe("net_null0");
        device.Configure(new DeviceConfiguration(pool));
        device.Start();
        Span<Mbuf> burst = stackalloc Mbuf[32];
        var received = device.GetReceiveQueue(0).Receive(burst);
        Console.WriteLine($"forwarded {device.GetTransmitQueue(0).Send(burst[..received])}");
    }

    private static void ExchangeOverVeth(string one, string other)
    {
        using var eal = Eal.Start(new EalOptions { HugePages = false, MemoryMegabytes = 128 });
        using var pool = MbufPool.Create("pool", 4095);
        using var first = StartAfPacket(pool, "net_af_packet0", one);
        using var second = StartAfPacket(pool, "net_af_packet1", other);
        Console.WriteLine($"driver {first.Capabilities.Driver} interface {first.Capabilities.InterfaceIndex != 0} link {first.Link.IsUp}");
        Console.WriteLine($"promiscuous {first.IsPromiscuous}");
        first.SetPromiscuous(false);
        Console.WriteLine($"promiscuous {first.IsPromiscuous}");

        byte[] addresses = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
        byte[] plain = [.. addresses, 0x88, 0xb5, .. Enumerable.Range(0, 100).Select(number => (byte)number)];
        byte[] tagged = [.. addresses, 0x81, 0, 0x60, 0x7b, 0x88, 0xb5, .. Enumerable.Range(50, 80).Select(number => (byte)number)];
        Console.WriteLine($"plain {Convert.ToHexString(plain)}");
        Console.WriteLine($"plain {Exchange(pool, first, second, plain)}");
        Console.WriteLine($"tagged {Convert.ToHexString(tagged)}");
        Console.WriteLine($"tagged {Exchange(pool, second, first, tagged)}");
        Console.WriteLine($"in use {pool.Count - pool.Available}");
    }

    private static EthernetDevice StartAfPacket(MbufPool pool, string name, string networkInterface)
    {
        var device = EthernetDevice.Probe($"{name},iface={networkInterface}");
        device.Configure(new DeviceConfiguration(pool));
        device.Start();
        return device;
    }

    /// <summary>Sends a frame, and returns in hexadecimal what comes out at the other end.</summary>
    private static string Exchange(MbufPool pool, EthernetDevice from, EthernetDevice to, byte[] frame)
    {
        if (!new MbufAllocator(pool).TryAllocate(out var mbuf))
        {
            throw new InvalidOperationException("the pool is empty");
        }

        mbuf.SetLength(frame.Length);
        frame.CopyTo(mbuf.Bytes);
        if (from.GetTransmitQueue(0).Send([mbuf]) != 1)
        {
            throw new InvalidOperationException("not sent");
        }

        var receive = to.GetReceiveQueue(0);
        Span<Mbuf> burst = stackalloc Mbuf[32];
        for (var deadline = Stopwatch.StartNew(); deadline.Elapsed < TimeSpan.FromSeconds(10); Thread.Yield())
        {
            string? found = null;
            var received = receive.Receive(burst);
            foreach (var other in burst[..received])
            {
                var text = Convert.ToHexString(other.Bytes);
                found ??= text.Contains(ExperimentalEthertype.ToString("X4", null), StringComparison.Ordinal) ? text : null;
            }

            Mbuf.Free(burst[..received]);
            if (found is not null)
            {
                return found;
            }
        }

        throw new TimeoutException("the frame did not arrive");
    }
}

using System.Globalization;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;
using Metron.Packets.Memory;
using Xunit.Abstractions;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Runtime;

/// <summary>
/// Memory per flow as the READMEs state it, and that functions allocate nothing for packets once their tables have grown. Bytes allocated
/// by the thread are exact, so these are no timing tests in disguise.
/// </summary>
public class StateMemoryTests(ITestOutputHelper output)
{
    private const int Flows = 131_072;
    private static readonly PacketHeaders Template = Udp("10.0.0.1", 1, "198.51.100.10", 53);

    public static TheoryData<string, int> Functions => new()
    {
        { "firewall", 96 },
        { "napt", 126 },
        { "load-balancer", 84 },
        { "monitor", 84 },
    };

    [Theory]
    [MemberData(nameof(Functions))]
    public void A_flow_takes_no_more_memory_than_its_README_says(string kind, int most)
    {
        var function = Create(kind);
        var before = Taken();
        Send(function, Flows, 1_000_000);
        var perFlow = (double)(Taken() - before) / Flows;

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind}: {perFlow:F1} bytes per flow"));
        Assert.InRange(perFlow, 40, most + 0.5);
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void A_flow_entry_that_rests_on_state_takes_40_bytes_of_it_at_most(string kind, int _)
    {
        var function = Create(kind);
        Send(function, 1, 1_000_000);
        var before = Taken();
        for (var flow = 0; flow < Flows; flow++)
        {
            function.FlowAttached(1, new FlowReference(flow));
        }

        var perFlow = (double)(Taken() - before) / Flows;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind}: {perFlow:F1} bytes per flow entry"));
        Assert.InRange(perFlow, 20, 40);
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void Nothing_is_allocated_for_packets_once_the_tables_have_grown(string kind, int _)
    {
        const int few = 2_000;
        var function = Create(kind);
        var flows = new TestWorker(function);
        Round(1_000_000); // tables and lists grow, the wheel sees the time
        Round(6_000_000); // and everything that runs only with known or expired flows has run

        var before = Taken();
        Round(11_000_000);
        var allocated = Taken() - before;

        Assert.Equal(0, allocated);

        void Round(long now)
        {
            Send(function, few, now);
            Send(function, few, now + 1); // known flows
            function.Age(now + 1_000_000, flows, few * 2);
            function.Age(now + 3_000_000, flows, few * 2);
            Send(function, few, now + 3_000_000); // flows again after all have expired
            function.Age(now + 4_000_000, flows, few * 2);
        }
    }

    /// <summary>Bytes that this thread has taken so far, on the heap and beside it.</summary>
    private static long Taken() => GC.GetAllocatedBytesForCurrentThread() + ChunkedArrayMemory.TakenByCurrentThread;

    private static NetworkFunction Create(string kind)
    {
        var vip = IpAddress.Parse("198.51.100.10");
        NetworkFunctionConfiguration configuration = kind switch
        {
            "firewall" => new FirewallConfiguration("fw") { Stateful = true, AllowByDefault = true },
            "napt" => new NaptConfiguration("nat")
            {
                Pool = [new AddressRange(IpAddress.Parse("203.0.113.0"), IpAddress.Parse("203.0.113.255"))],
            },
            "load-balancer" => new LoadBalancerConfiguration("lb")
            {
                Services = [new VirtualService("s", vip, IpProtocol.Udp, 53, [new Backend(IpAddress.Parse("10.0.0.1"), 53, 1)], false)],
            },
            _ => new MonitorConfiguration("mon"),
        };
        return NetworkFunctionFactory.Create(configuration, new WorkerResources { MaximumTalkers = Flows });
    }

    private static void Send(NetworkFunction function, int flows, long now)
    {
        var packet = new FlowPacket { Now = now };
        var headers = Template;
        for (var flow = 0; flow < flows; flow++)
        {
            packet.DependencyCount = 0;
            packet.Headers = headers;
            packet.Headers.Source = IpAddress.V4(0x0a000000 + (uint)flow);
            packet.Headers.SourcePort = (ushort)(1024 + (flow & 0x7fff));
            if (function.Process(ref packet, Inside).IsDrop)
            {
                throw new InvalidOperationException("dropped");
            }
        }
    }
}

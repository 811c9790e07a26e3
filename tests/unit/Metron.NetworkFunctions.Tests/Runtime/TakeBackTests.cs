using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Runtime;

public class TakeBackTests
{
    private static readonly NetworkFunctionConfiguration[] Stateful =
    [
        new FirewallConfiguration("fw") { Stateful = true, AllowByDefault = true },
        new NaptConfiguration("nat") { Pool = [new AddressRange(IpAddress.Parse("198.51.100.1"), IpAddress.Parse("198.51.100.1"))] },
        new LoadBalancerConfiguration("lb")
        {
            Services = [new("web", IpAddress.Parse("203.0.113.5"), IpProtocol.Udp, 53, [new(IpAddress.Parse("10.1.0.1"), 53, 1)], false)],
        },
    ];

    public static TheoryData<int, string> Functions => new() { { 0, "connections" }, { 1, "bindings" }, { 2, "connections" } };

    [Theory]
    [MemberData(nameof(Functions))]
    public void An_instance_that_gets_its_state_back_reports_and_ages_it_again(int function, string counter)
    {
        var old = new TestWorker(NetworkFunctionFactory.Create(Stateful[function], new WorkerResources()));
        var next = NetworkFunctionFactory.Create(Stateful[function], new WorkerResources());
        old.Pass(Udp("10.0.0.1", 5000, "203.0.113.5", 53), 0);
        next.Adopt(old.Function);
        Assert.Empty(old.Report().Counters);

        old.Function.Adopt(next);

        Assert.Equal(1, old.Counter(counter));
        old.Wait(TimeSpan.FromSeconds(400));
        Assert.Equal(0, old.Counter(counter));
    }

    [Fact]
    public void A_monitor_that_gets_its_talkers_back_reports_them_again()
    {
        var old = new TestWorker(NetworkFunctionFactory.Create(new MonitorConfiguration("mon"), new WorkerResources()));
        var next = NetworkFunctionFactory.Create(new MonitorConfiguration("mon"), new WorkerResources());
        old.Pass(Udp("10.0.0.1", 5000, "203.0.113.5", 53), 0);
        next.Adopt(old.Function);
        Assert.Empty(old.Report().TopTalkers);

        old.Function.Adopt(next);

        Assert.Single(old.Report().TopTalkers);
    }
}

using Metron.NetworkFunctions.LoadBalancer;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.LoadBalancer.LoadBalancerFunctionTests;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.LoadBalancer;

public class LoadBalancerIcmpErrorTests
{
    public static TheoryData<string, string, string> Hosts => new()
    {
        { "192.0.2.1", "198.51.100.10", "203.0.113.77" },
        { "2001:db8:9::1", "2001:db8::10", "2001:db8:77::7" },
    };

    [Theory]
    [MemberData(nameof(Hosts))]
    public void An_error_of_a_backend_reaches_the_client_as_an_error_of_the_service(string client, string vip, string router)
    {
        var worker = Balancer(Web);
        var request = Tcp(client, 4000, vip, 80, Syn);
        var sent = worker.Pass(request, Inside);

        var (outer, embedded) = worker.SendErrorExpecting(DropReason.None, Unreachable(sent.Destination.ToString(), client), sent, Outside);
        Assert.Equal(Inside, worker.Verdict.Port);
        Assert.Equal((IpAddress.Parse(vip), request.Source), (outer.Source, outer.Destination));
        Assert.Equal((request.Destination, request.DestinationPort), (embedded.Destination, embedded.DestinationPort));

        (outer, embedded) = worker.SendErrorExpecting(DropReason.None, Unreachable(router, client), sent, Outside);
        Assert.Equal(IpAddress.Parse(router), outer.Source);
        Assert.Equal(request.Destination, embedded.Destination);
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void An_error_about_a_reply_reaches_the_backend_that_sent_it(string client, string vip, string router)
    {
        var worker = Balancer(Web);
        var sent = worker.Pass(Tcp(client, 4000, vip, 80, Syn), Inside);
        var reply = worker.Pass(sent.Reply(SynAck), Outside);

        var (outer, embedded) = worker.SendErrorExpecting(DropReason.None, Unreachable(router, vip), reply, Inside);

        Assert.Equal(Outside, worker.Verdict.Port);
        Assert.Equal(sent.Destination, outer.Destination);
        Assert.Equal((sent.Destination, sent.DestinationPort), (embedded.Source, embedded.SourcePort));
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void An_error_about_no_connection_of_a_service_is_dropped(string client, string vip, string router)
    {
        var worker = Balancer(Web);
        worker.Pass(Tcp(client, 4000, vip, 80, Syn), Inside);

        worker.SendErrorExpecting(
            DropReason.IcmpErrorUnrelated, Unreachable(router, vip), Tcp(vip, 80, client, 4001, Ack), Inside);
        worker.SendErrorExpecting(
            DropReason.IcmpErrorUnrelated, Unreachable(router, router), Tcp(vip, 80, client, 4000, Ack), Inside);
    }

    [Fact]
    public void Errors_about_other_traffic_pass_unchanged()
    {
        var worker = Balancer(Web);
        var error = Unreachable("203.0.113.77", "192.0.2.1");
        var about = Tcp("192.0.2.1", 4000, "203.0.113.1", 80, Ack);

        var (outer, embedded) = worker.SendErrorExpecting(DropReason.None, error, about, Outside);
        Assert.Equal((error, about), (outer, embedded));
        Assert.Equal((Inside, LoadBalancerFunction.PassOutcome), (worker.Verdict.Port, worker.Verdict.Outcome));
        worker.SendErrorExpecting(DropReason.None, Unreachable("192.0.2.1", "203.0.113.1"), about.Reply(), Inside);
        Assert.Equal(Outside, worker.Verdict.Port);
    }

    [Fact]
    public void An_error_about_a_backend_of_two_services_needs_a_connection()
    {
        var worker = Balancer(Shared);
        var sent = worker.Pass(Tcp("192.0.2.1", 4000, "198.51.100.10", 81, Syn), Inside);

        var (_, embedded) = worker.SendErrorExpecting(DropReason.None, Unreachable("10.0.0.1", "192.0.2.1"), sent, Outside);
        Assert.Equal(81, embedded.DestinationPort);
        worker.SendErrorExpecting(
            DropReason.IcmpErrorUnrelated, Unreachable("10.0.0.1", "192.0.2.1"), sent with { SourcePort = 4001 }, Outside);
    }
}

using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.StaticNat;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.StaticNat;

public class StaticNatFunctionTests
{
    [Theory]
    [InlineData("10.1.0.7", "198.51.100.7", "203.0.113.5")]
    [InlineData("10.2.3.4", "192.0.2.1", "203.0.113.5")]
    [InlineData("fd00:1::7", "2001:db8:ffff::7", "2001:db8::5")]
    public void A_host_of_a_pair_is_its_counterpart_outside_and_its_ports_stay(string inside, string outside, string peer)
    {
        var worker = Make();
        var sent = Udp(inside, 40001, peer, 53);
        Assert.Equal(sent with { Source = IpAddress.Parse(outside) }, worker.Pass(sent, Inside));
        Assert.True(worker.Verdict.Cacheable);

        var opened = Tcp(peer, 1234, outside, 80, Syn);
        Assert.Equal(opened with { Destination = IpAddress.Parse(inside) }, worker.Pass(opened, Outside));
        Assert.Equal(StaticNatFunction.TranslateOutcome, worker.Verdict.Outcome);
        Assert.Equal(Inside, worker.Verdict.Port);
    }

    [Fact]
    public void Fragments_are_translated_and_each_is_asked_about()
    {
        var worker = Make();
        var fragment = Packet("10.1.0.7", "203.0.113.5", IpProtocol.Udp) with { IsFragment = true };
        Assert.Equal(IpAddress.Parse("198.51.100.7"), worker.Pass(fragment, Inside).Source);
        Assert.False(worker.Verdict.Cacheable);
    }

    [Fact]
    public void Packets_of_no_pair_are_dropped_unless_others_pass()
    {
        var strict = Make();
        Assert.Equal(DropReason.PrefixMismatch, strict.Drop(Udp("10.9.0.1", 1, "203.0.113.5", 2), Inside));
        Assert.Equal(DropReason.PrefixMismatch, strict.Drop(Udp("203.0.113.5", 2, "10.9.0.1", 1), Outside));
        Assert.Equal(2, strict.Counter("drop.prefixMismatch"));

        var open = Make(passOthers: true);
        var packet = Udp("10.9.0.1", 1, "203.0.113.5", 2);
        Assert.Equal(packet, open.Pass(packet, Inside));
        Assert.Equal(StaticNatFunction.PassOutcome, open.Verdict.Outcome);
        Assert.Equal(packet.Reply(), open.Pass(packet.Reply(), Outside));
    }

    [Fact]
    public void Nothing_passes_that_looks_translated_or_goes_around_the_translation()
    {
        var worker = Make(passOthers: true);
        Assert.Equal(DropReason.PrefixMismatch, worker.Drop(Udp("198.51.100.7", 1, "203.0.113.5", 2), Inside));
        Assert.Equal(DropReason.PrefixMismatch, worker.Drop(Udp("203.0.113.5", 1, "10.1.0.7", 2), Outside));
        Assert.Equal(DropReason.Hairpin, worker.Drop(Udp("10.1.0.8", 1, "198.51.100.7", 2), Inside));
    }

    [Fact]
    public void An_error_from_outside_reaches_the_host_that_sent_the_packet_it_is_about()
    {
        var worker = Make();
        var (outer, embedded) = worker.SendErrorExpecting(
            DropReason.None, Unreachable("203.0.113.1", "198.51.100.7"), Udp("198.51.100.7", 1, "203.0.113.5", 2), Outside);
        Assert.Equal(Unreachable("203.0.113.1", "10.1.0.7"), outer);
        Assert.Equal(Udp("10.1.0.7", 1, "203.0.113.5", 2), embedded);

        worker.SendErrorExpecting(
            DropReason.IcmpErrorUnrelated, Unreachable("203.0.113.1", "198.51.100.7"), Udp("203.0.113.9", 1, "203.0.113.5", 2), Outside);
    }

    [Theory]
    [InlineData("10.1.0.7", "198.51.100.7")] // the host itself
    [InlineData("10.2.3.4", "192.0.2.1")] // a host of another pair
    [InlineData("10.9.0.1", "198.51.100.7")] // a router of no pair is seen as the host
    public void An_error_from_inside_shows_no_inside_address(string reporter, string seen)
    {
        var (outer, embedded) = Make().SendErrorExpecting(
            DropReason.None, Unreachable(reporter, "203.0.113.5"), Udp("203.0.113.5", 2, "10.1.0.7", 1), Inside);
        Assert.Equal(Unreachable(seen, "203.0.113.5"), outer);
        Assert.Equal(Udp("203.0.113.5", 2, "198.51.100.7", 1), embedded);
    }

    [Fact]
    public void Errors_about_others_pass_where_others_pass()
    {
        var error = Unreachable("10.9.0.1", "203.0.113.5");
        var about = Udp("203.0.113.5", 2, "10.9.0.2", 1);
        Make().SendErrorExpecting(DropReason.IcmpErrorUnrelated, error, about, Inside);
        Assert.Equal((error, about), Make(passOthers: true).SendErrorExpecting(DropReason.None, error, about, Inside));
    }

    [Fact]
    public void Every_address_of_a_pair_comes_back_as_itself()
    {
        var worker = Make();
        for (var host = 0; host < 256; host++)
        {
            var sent = Udp($"10.1.0.{host}", 1, "203.0.113.5", 2);
            Assert.Equal(sent.Reply(), worker.Pass(worker.Pass(sent, Inside).Reply(), Outside));
        }
    }

    private static TestWorker Make(bool passOthers = false) => new(NetworkFunctionFactory.Create(
        new StaticNatConfiguration("nat")
        {
            Pairs = [Pair("10.1.0.0/24", "198.51.100.0/24"), Pair("fd00:1::/64", "2001:db8:ffff::/64"), Pair("10.2.3.4/32", "192.0.2.1/32")],
            PassOthers = passOthers,
        },
        WorkerResources.Default));

    private static AddressPair Pair(string inside, string outside) => new(IpPrefix.Parse(inside), IpPrefix.Parse(outside));
}

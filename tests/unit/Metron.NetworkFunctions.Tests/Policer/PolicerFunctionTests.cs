using CsCheck;
using Metron.NetworkFunctions.Policer;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Policer;

public class PolicerFunctionTests
{
    private static readonly PacketHeaders Packet = Udp("10.0.0.1", 1, "203.0.113.5", 2);

    private static readonly PolicerLimit TenPackets = new("slow", PacketMatch.Any, 10, 4) { InPackets = true };

    [Theory]
    [InlineData("10.0.0.1", "203.0.113.5")]
    [InlineData("fd00::1", "2001:db8::5")]
    public void A_burst_passes_and_then_the_rate_however_established_the_flow_is(string source, string destination)
    {
        var worker = Make(TenPackets);
        var packet = Udp(source, 1, destination, 2);
        Assert.Equal(4, Passed(worker, packet, 10));
        Assert.Equal((1, 1), (worker.Asked, worker.FlowCount)); // the flow's entry alone drops
        worker.Wait(TimeSpan.FromMilliseconds(99));
        Assert.Equal(DropReason.RateExceeded, worker.Drop(packet, Inside));
        worker.Wait(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, Passed(worker, packet, 3));
        worker.Wait(TimeSpan.FromSeconds(60));
        Assert.Equal(4, Passed(worker, packet, 10));
        Assert.Equal((9, 15, 1500), (worker.Counter("slow.conformed"), worker.Counter("slow.exceeded"), worker.Counter("slow.exceededBytes")));
        Assert.Equal(15, worker.Counter("drop.rateExceeded"));
    }

    [Fact]
    public void What_a_meter_of_the_switch_has_limited_passes_and_the_other_direction_does_not()
    {
        var worker = Make(TenPackets with { MeteredPorts = 1 });
        Assert.Equal(10, Passed(worker, Packet, 10));
        Assert.Equal(0, worker.Counter("slow.conformed"));

        var back = Make(TenPackets with { MeteredPorts = 2 });
        Assert.Equal(4, Passed(back, Packet, 10));
    }

    [Fact]
    public void Bits_are_those_of_frames()
    {
        var worker = Make(new PolicerLimit("", PacketMatch.Any, 8000, 1000)); // packets of 100 bytes: 10 at once, then 10 a second
        Assert.Equal(10, Passed(worker, Packet, 20));
        worker.Wait(TimeSpan.FromMilliseconds(300));
        Assert.Equal(3, Passed(worker, Packet, 20));
        Assert.Equal(17 + 10, worker.Counter("limits[0].exceeded"));
    }

    [Fact]
    public void A_packet_larger_than_the_burst_passes_a_full_bucket_and_is_owed()
    {
        var worker = Make(new PolicerLimit("", PacketMatch.Any, 8000, 50));
        Assert.Equal(1, Passed(worker, Packet, 5));
        worker.Wait(TimeSpan.FromMilliseconds(99)); // 50 bytes owed, 50 to fill up
        Assert.Equal(0, Passed(worker, Packet, 5));
        worker.Wait(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, Passed(worker, Packet, 5));
    }

    [Fact]
    public void The_first_limit_that_fits_decides_and_each_direction_has_its_own_bucket()
    {
        var dns = new PolicerLimit("dns", new PacketMatch { DestinationPort = new(new PortRange(53, 53)), Protocol = new(IpProtocol.Udp) }, 1, 2) { InPackets = true };
        var inward = new PolicerLimit("in", PacketMatch.Any, 1, 3) { InPackets = true, FromPort = Outside };
        var worker = Make(dns, inward);
        Assert.Equal(2, Passed(worker, Packet with { DestinationPort = 53 }, 5));
        Assert.Equal(2, Passed(worker, Packet with { DestinationPort = 53 }, 5, Outside));
        Assert.Equal(3, Passed(worker, Packet, 5, Outside));
        Assert.Equal(5, Passed(worker, Packet, 5));
        Assert.Equal(PolicerFunction.UnlimitedOutcome, worker.Verdict.Outcome);
    }

    [Fact]
    public void A_limit_per_flow_gives_each_flow_its_own_bucket_and_forgets_full_ones()
    {
        var worker = Make(TenPackets with { PerFlow = true });
        for (ushort port = 1; port <= 3; port++)
        {
            Assert.Equal(4, Passed(worker, Packet with { SourcePort = port }, 10));
        }

        Assert.Equal(4, Passed(worker, Packet, 10, Outside));
        Assert.Equal(4, worker.Counter("flows"));
        worker.EvictFlows();
        Assert.Equal(0, Passed(worker, Packet, 1)); // the bucket outlives the flow's entry
        worker.EvictFlows();
        worker.Wait(TimeSpan.FromMinutes(20)); // a large frame, in packets, is one
        Assert.Equal(0, worker.Counter("flows"));
    }

    [Fact]
    public void A_full_table_of_flows_drops_new_ones_and_keeps_the_others()
    {
        var worker = new TestWorker(NetworkFunctionFactory.Create(
            new PolicerConfiguration("p") { Limits = [TenPackets with { PerFlow = true }] }, new WorkerResources { MaximumConnections = 2 }));
        worker.Pass(Packet, Inside);
        worker.Pass(Packet with { SourcePort = 7 }, Inside);
        Assert.Equal(DropReason.TableFull, worker.Drop(Packet with { SourcePort = 8 }, Inside));
        worker.Pass(Packet, Inside);
    }

    [Fact]
    public void Errors_and_fragments_are_charged_too()
    {
        var worker = Make(TenPackets);
        for (var i = 0; i < 4; i++)
        {
            worker.SendErrorExpecting(DropReason.None, Unreachable("203.0.113.5", "10.0.0.1"), Packet, Inside);
        }

        worker.SendErrorExpecting(DropReason.RateExceeded, Unreachable("203.0.113.5", "10.0.0.1"), Packet, Inside);
        Assert.Equal(DropReason.RateExceeded, worker.Drop(Packet with { IsFragment = true }, Inside));
    }

    [Fact]
    public void An_update_keeps_the_buckets_of_limits_that_stay_and_fills_those_of_changed_ones()
    {
        var worker = Make(TenPackets, TenPackets with { Name = "other", FromPort = Outside });
        Assert.Equal(4, Passed(worker, Packet, 5));
        worker.Update(Function(new PolicerLimit("first", new PacketMatch { IpVersion = 6 }, 1000, 1), TenPackets));
        Assert.Equal(0, Passed(worker, Packet, 5));
        worker.Update(Function(TenPackets with { Burst = 5 }));
        Assert.Equal(5, Passed(worker, Packet, 9));
    }

    [Fact]
    public void Workers_together_never_let_more_pass_than_the_rate_and_each_its_share()
    {
        // Each element: which worker, milliseconds to wait before, bytes.
        var traffic = Gen.Select(Gen.Int[0, 4], Gen.Int[0, 20], Gen.Int[60, 1514]).Array[1, 300];
        Gen.Select(Gen.Int[1, 5], Gen.Long[1000, 10_000_000], Gen.Long[8000, 20_000], traffic).Sample((workers, rate, burst, packets) =>
        {
            var shares = Enumerable.Range(0, workers).Select(_ => Make(new PolicerLimit("", PacketMatch.Any, rate, burst))).ToList();
            shares.ForEach(worker => worker.Function.Share(workers));
            long passed = 0, milliseconds = 0;
            foreach (var (at, wait, bytes) in packets)
            {
                milliseconds += wait;
                shares.ForEach(worker => worker.Wait(TimeSpan.FromMilliseconds(wait)));
                var verdict = shares[at % workers];
                verdict.Send(Packet with { FrameLength = (ushort)bytes }, Inside);
                passed += verdict.Verdict.IsDrop ? 0 : bytes * 8;
                Assert.True(passed <= (burst * 8) + (rate * milliseconds / 1000) + 1, $"{passed} bits in {milliseconds} ms");
            }
        });
    }

    private static TestWorker Make(params PolicerLimit[] limits) => new(Function(limits));

    private static NetworkFunction Function(params PolicerLimit[] limits) =>
        NetworkFunctionFactory.Create(new PolicerConfiguration("p") { Limits = limits }, WorkerResources.Default);

    private static int Passed(TestWorker worker, PacketHeaders packet, int count, int port = Inside) =>
        Enumerable.Range(0, count).Count(_ => worker.Drop(packet, port) == DropReason.None);
}

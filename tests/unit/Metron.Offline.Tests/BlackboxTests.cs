using Metron.NetworkFunctions.Chains;

namespace Metron.Offline.Tests;

/// <summary>Chains with closed programs, carried out offline, where nobody knows what these do: they are taken for wires.</summary>
public class BlackboxTests
{
    [Theory]
    [InlineData(TagKind.Vlan, 1)]
    [InlineData(TagKind.Vlan, 3)]
    public void A_chain_cut_up_by_closed_programs_does_what_it_does_without_them(TagKind kind, int workers)
    {
        var options = new OfflineOptions { Workers = workers, TagKind = kind };
        using var with = new ChainComparison(OfflineChain.Compile(SampleSpecs.Guarded(), options));
        using var without = new ChainComparison(OfflineChain.Compile(SampleSpecs.Web(), options));
        var dice = new Dice(7);
        var traffic = new RandomTraffic(dice, SampleSpecs.Web());
        var passed = 0;
        for (var i = 0; i < 3000; i++)
        {
            var arrival = traffic.Next();
            var plain = without.Process(arrival.Endpoint, arrival.Frame, arrival.Nanoseconds);
            var cut = with.Process(arrival.Endpoint, arrival.Frame, arrival.Nanoseconds);
            Assert.Null(cut.Difference);
            Assert.Equal(plain.Compiled.Egress, cut.Compiled.Egress);
            if (plain.Compiled.Frame is { } left)
            {
                passed++;
                traffic.Left(arrival, plain.Compiled.Egress, left);
            }
        }

        Assert.True(passed > 300, $"{passed} packets passed");
    }

    [Fact]
    public void A_packet_shows_its_way_into_and_out_of_each_program()
    {
        using var chain = OfflineChain.Compile(SampleSpecs.Guarded(), new OfflineOptions { Workers = 2 });

        var left = chain.Process(0, SampleSpecs.Client(40002).Build(), 0);

        Assert.Equal((1, 1), (left.Egress, left.Worker));
        Assert.Equal(["first", "first", "fw", "second", "second", "rt", "nat", "third", "third"], left.Calls.Select(call => call.Function));
    }
}

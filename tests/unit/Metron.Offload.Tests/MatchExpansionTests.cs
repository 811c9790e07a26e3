using CsCheck;
using Metron.OpenFlow;
using Metron.Synthesis;

namespace Metron.Offload.Tests;

public class MatchExpansionTests
{
    // Two negated IPv6 prefixes alone make 16,384 matches; smaller ones test the same.
    private static readonly Gen<HeaderMatch> Small = RandomMatches.Match.Where(match => MatchExpansion.Count(match) <= 500);

    [Fact]
    public void A_packet_fits_one_of_the_matches_exactly_when_it_fits_the_original() =>
        Gen.Select(Small, RandomMatches.Point).Sample(
            (match, point) =>
            {
                var packet = new TestPacket(1, point);
                var fitting = MatchExpansion.Of(match).Select(fields => Match.Of([.. fields])).Count(expanded => Fits(expanded, packet));
                Assert.Equal(match.Matches(point) ? 1 : 0, fitting);
            },
            iter: 1500);

    [Fact]
    public void The_count_is_the_number_of_matches() =>
        Small.Sample(match => MatchExpansion.Count(match) == MatchExpansion.Of(match).Count(), iter: 300);

    [Fact]
    public void Every_match_names_what_its_fields_need() =>
        Small.Sample(
            match => Assert.All(MatchExpansion.Of(match), fields => Assert.Null(FieldReader.MissingPrerequisite(Match.Of([.. fields])))), iter: 300);

    [Fact]
    public void A_match_of_everything_names_both_ip_versions_when_asked_to()
    {
        Assert.Equal([""], MatchExpansion.Of(HeaderMatch.Any).Select(fields => Match.Of([.. fields]).ToString()));
        Assert.Equal(
            ["eth_type=0x0800", "eth_type=0x86dd"],
            MatchExpansion.Of(HeaderMatch.Any, withVersion: true).Select(fields => Match.Of([.. fields]).ToString()));
    }

    [Fact]
    public void A_negated_prefix_becomes_the_prefixes_around_it()
    {
        var match = new HeaderMatch { IpVersion = 4, Source = new FieldCondition(0x80000000, 0xbfffffff, Negated: true) };
        Assert.Equal(
            ["eth_type=0x0800,ip_src=0.0.0.0/1", "eth_type=0x0800,ip_src=192.0.0.0/2"],
            MatchExpansion.Of(match).Select(fields => Match.Of([.. fields]).ToString()));
    }

    private static bool Fits(Match match, TestPacket packet) =>
        match.Fields.All(field => FieldReader.Read(field.Type, packet, 0) is { } value && (value & field.Mask) == (field.Value & field.Mask));
}

using System.Net;
using CsCheck;

namespace Metron.OpenFlow.Tests.Matching;

public sealed class MatchTests
{
    private static readonly Gen<OxmField> AnyField =
        from description in Gen.Int[0, Oxm.Known.Count - 1].Select(index => Oxm.Known[index])
        from value in Gen.Select(Gen.ULong, Gen.ULong, (high, low) => new UInt128(high, low))
        from mask in Gen.Select(Gen.ULong, Gen.ULong, (high, low) => new UInt128(high, low))
        from masked in Gen.Bool
        select masked && description.IsMaskable
            ? OxmField.Masked(description.Type, value & description.FullMask, mask & description.FullMask)
            : OxmField.Exact(description.Type, value & description.FullMask);

    [Fact]
    public void A_field_keeps_value_and_mask_on_the_wire() => AnyField.Array[0, 12].Sample(fields =>
    {
        var match = new Match(fields.ToEquatableArray());
        var bytes = OpenFlowCodec.Encode(new FlowMod { Match = match }, OpenFlowVersion.OpenFlow13, 1);
        var read = ((FlowMod)OpenFlowCodec.Decode(bytes).Message).Match;
        return read == match && read.Fields.Select(field => (field.Value, field.Mask)).SequenceEqual(fields.Select(field => (field.Value, field.Mask)));
    });

    [Fact]
    public void Canonical_matches_do_not_depend_on_the_order_of_fields() => AnyField.Array[0, 12].Sample(fields =>
    {
        var distinct = fields.DistinctBy(field => field.Type).ToArray();
        return new Match(distinct.ToEquatableArray()).Canonical() == new Match(distinct.Reverse().ToEquatableArray()).Canonical();
    });

    [Fact]
    public void Canonical_is_its_own_canonical_form() =>
        AnyField.Array[0, 12].Sample(fields => new Match(fields.ToEquatableArray()).Canonical() is var match && match.Canonical() == match);

    [Fact]
    public void Fields_are_put_after_those_they_depend_on()
    {
        var match = Match.Of(OxmField.TcpFlags(2, 2), OxmField.IpFragment(0), OxmField.TcpDestination(80), OxmField.IpProtocol(6), OxmField.EthernetType(0x800));
        Assert.Equal([Oxm.EthernetType, Oxm.IpProtocol, Oxm.TcpDestination, Oxm.IpFragment, Oxm.TcpFlags], match.Fields.Select(field => field.Type));
    }

    [Fact]
    public void With_replaces_a_field_of_the_same_type()
    {
        var match = Match.Any.With(OxmField.InPort(1)).With(OxmField.EthernetType(0x86dd)).With(OxmField.InPort(2));
        Assert.Equal(Match.Of(OxmField.InPort(2), OxmField.EthernetType(0x86dd)), match);
        Assert.Equal(2U, (uint)match[Oxm.InPort]!.Value);
        Assert.Null(match[Oxm.TcpSource]);
    }

    [Fact]
    public void A_full_mask_is_no_mask_and_an_empty_one_no_field()
    {
        var padded = new OxmField(Oxm.TcpSource, [0, 80, 0xff, 0xff], true);
        Assert.Equal(OxmField.TcpSource(80), padded.Canonical());
        Assert.Equal(OxmField.TcpSource(80), OxmField.TcpSource(80, 0xffff));
        Assert.Equal(Match.Any, Match.Of(OxmField.Ipv4Source(IPAddress.Any, 0)).Canonical());
        Assert.Equal(OxmField.Ipv4Source(IPAddress.Parse("10.0.0.0"), 8), OxmField.Ipv4Source(IPAddress.Parse("10.1.2.3"), 8));
    }

    [Fact]
    public void A_value_with_too_many_bits_is_refused()
    {
        Assert.Throws<ArgumentException>(() => OxmField.Exact(Oxm.VlanPriority, 8));
        Assert.Throws<ArgumentException>(() => OxmField.Masked(Oxm.IpDscp, 1, 0x40));
        Assert.Throws<ArgumentException>(() => OxmField.Exact(new OxmType(0x8000, 99), 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => OxmField.VlanId(4096));
        Assert.Throws<ArgumentException>(() => OxmField.Ipv4Source(IPAddress.IPv6Loopback));
        Assert.Throws<ArgumentOutOfRangeException>(() => OxmField.Ipv4Source(IPAddress.Loopback, 33));
    }

    [Theory]
    [InlineData(0, "ipv6_src=::/0")]
    [InlineData(1, "ipv6_src=::/1")]
    [InlineData(64, "ipv6_src=2001:db8::/64")]
    [InlineData(128, "ipv6_src=2001:db8::1")]
    public void Prefixes_are_written_as_prefixes(int length, string text)
    {
        var field = OxmField.Ipv6Source(IPAddress.Parse("2001:db8::1"), length);
        Assert.Equal(text, field.ToString());
    }

    [Fact]
    public void A_mask_that_is_no_prefix_is_written_in_full() =>
        Assert.Equal("ip_dst=10.0.0.1/255.0.0.255", OxmField.Masked(Oxm.Ipv4Destination, 0x0a000001, 0xff0000ff).ToString());

    [Fact]
    public void Every_known_field_has_a_name_of_its_own() =>
        Assert.Equal(Oxm.Known.Count, Oxm.Known.Select(field => field.Name).Distinct().Count());
}

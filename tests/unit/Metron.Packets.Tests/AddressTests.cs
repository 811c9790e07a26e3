namespace Metron.Packets.Tests;

public sealed class AddressTests
{
    [Theory]
    [InlineData("0.0.0.0/0", "0.0.0.0", "255.255.255.255")]
    [InlineData("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("8000::/1", "8000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("10.0.0.0/8", "10.0.0.0", "10.255.255.255")]
    [InlineData("192.0.2.9/32", "192.0.2.9", "192.0.2.9")]
    [InlineData("192.0.2.9", "192.0.2.9", "192.0.2.9")]
    [InlineData("2001:db8::/64", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff")]
    [InlineData("2001:db8::1/128", "2001:db8::1", "2001:db8::1")]
    public void A_prefix_reaches_from_its_first_to_its_last_address(string text, string first, string last)
    {
        var prefix = IpPrefix.Parse(text);
        Assert.Equal((IpAddress.Parse(first).Value, IpAddress.Parse(last).Value), (prefix.First, prefix.Last));
        Assert.True(prefix.Contains(IpAddress.Parse(first)));
        Assert.True(prefix.Contains(IpAddress.Parse(last)));
        Assert.Equal(text.Contains('/') ? text : text + "/32", prefix.ToString());
    }

    [Fact]
    public void A_prefix_contains_no_address_of_the_other_version()
    {
        Assert.False(IpPrefix.Parse("0.0.0.0/0").Contains(IpAddress.Parse("::1")));
        Assert.False(IpPrefix.Parse("::/0").Contains(IpAddress.Parse("0.0.0.1")));
    }

    [Theory]
    [InlineData("10.0.0.1/8", "did you mean 10.0.0.0/8")]
    [InlineData("2001:db8::1/64", "did you mean 2001:db8::/64")]
    [InlineData("10.0.0.0/33", "between 0 and 32")]
    [InlineData("::/129", "between 0 and 128")]
    [InlineData("10.0.0.0/-1", "between 0 and 32")]
    [InlineData("10.0.0/8", "not an IP prefix")]
    [InlineData("fe80::1%eth0/64", "not an IP prefix")]
    public void A_wrong_prefix_is_refused_with_a_reason(string text, string reason)
    {
        Assert.False(IpPrefix.TryParse(text, out _, out var error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("02:00:00:00:00:01", true)]
    [InlineData("02:00:00:00:00", false)]
    [InlineData("2:0:0:0:0:1", false)]
    [InlineData("02-00-00-00-00-01", false)]
    [InlineData("02:00:00:00:00:0g", false)]
    public void MAC_addresses_are_six_octets_with_colons(string text, bool isRight)
    {
        Assert.Equal(isRight, MacAddress.TryParse(text, out var mac));
        Assert.Equal(isRight ? text : "00:00:00:00:00:00", mac.ToString());
    }
}

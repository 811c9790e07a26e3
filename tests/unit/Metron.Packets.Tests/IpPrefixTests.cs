namespace Metron.Packets.Tests;

public class IpPrefixTests
{
    [Theory]
    [InlineData("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("8000::/1", "8000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("fd00:1::/64", "fd00:1::", "fd00:1::ffff:ffff:ffff:ffff")]
    [InlineData("2001:db8::1/128", "2001:db8::1", "2001:db8::1")]
    [InlineData("0.0.0.0/0", "0.0.0.0", "255.255.255.255")]
    [InlineData("10.1.0.0/24", "10.1.0.0", "10.1.0.255")]
    [InlineData("192.0.2.7/32", "192.0.2.7", "192.0.2.7")]
    public void A_prefix_covers_all_addresses_with_its_leading_bits(string text, string first, string last)
    {
        var prefix = IpPrefix.Parse(text);

        Assert.Equal(IpAddress.Parse(first).Value, prefix.First);
        Assert.Equal(IpAddress.Parse(last).Value, prefix.Last);
        Assert.True(prefix.Contains(IpAddress.Parse(first)));
        Assert.True(prefix.Contains(IpAddress.Parse(last)));
    }

    [Theory]
    [InlineData("::1/0")]
    [InlineData("8000::/0")]
    [InlineData("10.1.0.1/24")]
    [InlineData("0.0.0.1/0")]
    public void A_prefix_with_host_bits_is_refused_with_the_right_one_named(string text)
    {
        Assert.False(IpPrefix.TryParse(text, out _, out var error));
        Assert.Contains("did you mean", error, StringComparison.Ordinal);
    }
}

using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Firewall;
using Metron.Packets;

namespace Metron.Mapping.Tests;

public sealed class PacketMatchTests
{
    [Fact]
    public void Every_condition_is_read()
    {
        var match = Read("'ipVersion':'IPV4','source':'!10.0.0.0/8','destination':'192.0.2.7','protocol':'tcp','sourcePort':'1024-65535','destinationPort':'!53','tcpFlags':'syn,!ack'");

        Assert.Equal(4, match.IpVersion);
        Assert.Equal(new Condition<IpPrefix>(IpPrefix.Parse("10.0.0.0/8"), Negated: true), match.Source);
        Assert.Equal(new Condition<IpPrefix>(IpPrefix.Parse("192.0.2.7/32")), match.Destination);
        Assert.Equal(new Condition<byte>(6), match.Protocol);
        Assert.Equal(new Condition<PortRange>(new PortRange(1024, 65535)), match.SourcePort);
        Assert.Equal(new Condition<PortRange>(new PortRange(53, 53), Negated: true), match.DestinationPort);
        Assert.Equal((TcpFlags.Syn, TcpFlags.Acknowledgement), (match.TcpFlagsSet, match.TcpFlagsClear));
    }

    [Fact]
    public void Icmp_type_0_is_not_the_same_as_no_type()
    {
        var match = Read("'protocol':'icmp','icmpType':0,'icmpCode':0");

        Assert.Equal<(byte?, byte?)>((0, 0), (match.IcmpType, match.IcmpCode));
        Assert.Null(Read("'protocol':'icmp'").IcmpType);
    }

    [Theory]
    [InlineData("tcp", 6)]
    [InlineData("UDP", 17)]
    [InlineData("icmpv6", 58)]
    [InlineData("sctp", 132)]
    [InlineData("0", 0)]
    [InlineData("255", 255)]
    public void Protocols_have_names_and_numbers(string text, byte number) =>
        Assert.Equal(new Condition<byte>(number), Read($"'protocol':'{text}'").Protocol);

    [Theory]
    [InlineData("'source':'10.0.0.1/8'", "source", "did you mean 10.0.0.0/8?")]
    [InlineData("'source':'10.0.0/8'", "source", "is not an IP prefix")]
    [InlineData("'source':'[::1]'", "source", "is not an IP prefix")]
    [InlineData("'source':' 10.0.0.1'", "source", "is not an IP prefix")]
    [InlineData("'source':'10.0.0.0/33'", "source", "no prefix length between 0 and 32")]
    [InlineData("'source':'!!10.0.0.1'", "source", "is not an IP prefix")]
    [InlineData("'source':'!0.0.0.0/0'", "source", "matches nothing")]
    [InlineData("'source':'10.0.0.0/8','destination':'2001:db8::/32'", "destination", "no packet is both")]
    [InlineData("'ipVersion':'IPV6','source':'10.0.0.0/8'", "source", "but 'ipVersion: IPV6' is IPv6")]
    [InlineData("'protocol':'icmp','source':'2001:db8::/32'", "protocol", "no packet is both")]
    [InlineData("'protocol':'icmpv6','source':'10.0.0.0/8'", "protocol", "no packet is both")]
    [InlineData("'ipVersion':5", "ipVersion", "expected one of IPV4, IPV6")]
    [InlineData("'protocol':'tpc'", "protocol", "did you mean 'tcp'?")]
    [InlineData("'protocol':'256'", "protocol", "a number 0-255")]
    [InlineData("'protocol':'06'", "protocol", "is not a protocol")]
    [InlineData("'destinationPort':'80'", "destinationPort", "needs 'protocol: tcp'")]
    [InlineData("'protocol':'!tcp','destinationPort':'80'", "destinationPort", "the protocol is '!tcp'")]
    [InlineData("'protocol':'icmp','sourcePort':'80'", "sourcePort", "the protocol is 'icmp'")]
    [InlineData("'protocol':'tcp','sourcePort':'65536'", "sourcePort", "is not a port 0-65535")]
    [InlineData("'protocol':'tcp','sourcePort':'-1'", "sourcePort", "is not a port 0-65535")]
    [InlineData("'protocol':'tcp','sourcePort':'90-80'", "sourcePort", "did you mean 80-90?")]
    [InlineData("'protocol':'tcp','sourcePort':'1-2-3'", "sourcePort", "is not a port 0-65535")]
    [InlineData("'protocol':'tcp','sourcePort':'!0-65535'", "sourcePort", "matches nothing")]
    [InlineData("'protocol':'tcp','sourcePort':'http'", "sourcePort", "'http' is not a port")]
    [InlineData("'tcpFlags':'syn'", "tcpFlags", "needs 'protocol: tcp'")]
    [InlineData("'protocol':'tcp','tcpFlags':'sin'", "tcpFlags", "'sin' is not a TCP flag")]
    [InlineData("'protocol':'tcp','tcpFlags':'syn,!syn'", "tcpFlags", "names the flag 'syn' twice")]
    [InlineData("'protocol':'tcp','tcpFlags':'syn,'", "tcpFlags", "'' is not a TCP flag")]
    [InlineData("'protocol':'tcp','icmpType':8", "icmpType", "needs 'protocol: icmp'")]
    [InlineData("'protocol':'icmp','icmpType':256", "icmpType", "expected 0-255")]
    [InlineData("'protocol':'icmp','icmpCode':1", "icmpCode", "needs 'icmpType'")]
    [InlineData("'source':'a\\u0000b'", "source", "'a\\u0000b' is not an IP prefix")]
    public void A_wrong_match_has_exactly_one_violation(string match, string field, string message)
    {
        var violation = Assert.Single(ServiceChainMapper.Map(Chains.WithMatch(match)).Violations);

        Assert.Equal($"spec.functions[0].firewall.rules[0].match.{field}", violation.Path);
        Assert.Contains(message, violation.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'protocol':'bogus','destinationPort':'80','tcpFlags':'syn','icmpType':1")]
    public void What_depends_on_an_unreadable_protocol_is_not_reported_too(string match) =>
        Assert.Equal("spec.functions[0].firewall.rules[0].match.protocol", Assert.Single(ServiceChainMapper.Map(Chains.WithMatch(match)).Violations).Path);

    private static PacketMatch Read(string match)
    {
        var mapped = ServiceChainMapper.Map(Chains.WithMatch(match));
        Assert.Empty(mapped.Violations);
        return Assert.IsType<FirewallConfiguration>(mapped.Graph!.Functions[0]).Rules[0].Match;
    }
}

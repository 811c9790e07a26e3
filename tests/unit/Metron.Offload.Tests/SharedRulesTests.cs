using Metron.Synthesis;

namespace Metron.Offload.Tests;

public class SharedRulesTests
{
    private static readonly TableInterpreter Switch = new(SharedRules.Write(
    [
        new EndpointUse(1, 0, TakesAll: true),
        new EndpointUse(1, 7, TakesAll: false),
        new EndpointUse(2, 9, TakesAll: false),
        new EndpointUse(2, 9, TakesAll: true),
    ]));

    [Theory]
    [InlineData(1u, null, false, "notIp")]
    [InlineData(1u, 7, true, "notMatched")]
    [InlineData(1u, 7, false, "notIp")]
    [InlineData(1u, 8, true, "vlanTagged")]
    [InlineData(2u, null, true, "vlanTagged")]
    [InlineData(2u, 9, false, "notIp")]
    public void What_no_chain_wants_is_counted_by_reason(uint port, int? vlan, bool isIp, string reason)
    {
        var packet = new TestPacket(port, default(HeaderPoint)) { Vlan = (ushort?)vlan, OtherEthernetType = isIp ? null : (ushort)0x0806 };
        var verdict = Switch.Run(packet);

        Assert.True(verdict.IsDropped);
        Assert.Equal(reason, Assert.Single(verdict.Rules).DropReason);
    }

    [Fact]
    public void Purposes_keep_their_numbers_whatever_the_ports()
    {
        var one = SharedRules.Write([new EndpointUse(1, 0, true)]);
        var other = SharedRules.Write([new EndpointUse(2, 5, false), new EndpointUse(1, 0, true)]);

        Assert.All(one, rule => Assert.Contains(other, same => same.Flow == rule.Flow));
    }
}

using Metron.Agent.Server;
using Metron.Dpdk;
using Metron.NetworkFunctions.Chains;

namespace Metron.Agent.Tests;

public sealed class DeviceTagRulesTests
{
    [Fact]
    public void A_vlan_tag_is_matched_by_its_id() => Assert.Equal(FlowMatch.Vlan(123), DeviceTagRules.MatchOf(TagKind.Vlan, 123));

    [Fact]
    public void A_mac_tag_is_matched_by_the_whole_address() =>
        Assert.Equal(FlowMatch.DestinationMac(0x024d_54ab_cdef), DeviceTagRules.MatchOf(TagKind.Mac, 0xab_cdef));
}

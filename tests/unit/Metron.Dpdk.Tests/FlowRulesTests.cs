using System.Runtime.InteropServices;
using Xunit;

namespace Metron.Dpdk.Tests;

[Collection(DpdkCollection.Name)]
public sealed class FlowRulesTests(DpdkFixture dpdk)
{
    // Reads a rule with DPDK's own headers and prints it.
    private const string Reader = """
        #include <stdio.h>
        #include <rte_flow.h>
        int describe(struct rte_flow_attr *a, struct rte_flow_item *i, struct rte_flow_action *c, char *out) {
            int n = sprintf(out, "group %u priority %u ingress %d egress %d transfer %d:", a->group, a->priority, a->ingress, a->egress, a->transfer);
            for (; i->type != RTE_FLOW_ITEM_TYPE_END; i++) {
                const struct rte_flow_item_eth *e = i->spec, *em = i->mask;
                const struct rte_flow_item_vlan *v = i->spec, *vm = i->mask;
                if (i->last) n += sprintf(out + n, " range");
                if (i->type == RTE_FLOW_ITEM_TYPE_ETH && !e && !em) n += sprintf(out + n, " eth");
                else if (i->type == RTE_FLOW_ITEM_TYPE_ETH) {
                    n += sprintf(out + n, " eth dst ");
                    for (int k = 0; k < 6; k++) n += sprintf(out + n, "%02x", e->hdr.dst_addr.addr_bytes[k]);
                    n += sprintf(out + n, "/");
                    for (int k = 0; k < 6; k++) n += sprintf(out + n, "%02x", em->hdr.dst_addr.addr_bytes[k]);
                    for (int k = 0; k < 6; k++) if (em->hdr.src_addr.addr_bytes[k]) n += sprintf(out + n, " src");
                    if (em->hdr.ether_type || em->has_vlan) n += sprintf(out + n, " more");
                } else if (i->type == RTE_FLOW_ITEM_TYPE_VLAN) {
                    n += sprintf(out + n, " vlan tci %u/%u", rte_be_to_cpu_16(v->hdr.vlan_tci), rte_be_to_cpu_16(vm->hdr.vlan_tci));
                    if (vm->hdr.eth_proto || vm->has_more_vlan) n += sprintf(out + n, " more");
                } else n += sprintf(out + n, " item %d", i->type);
            }
            n += sprintf(out + n, " =>");
            for (; c->type != RTE_FLOW_ACTION_TYPE_END; c++) {
                if (c->type == RTE_FLOW_ACTION_TYPE_QUEUE) n += sprintf(out + n, " queue %u", ((const struct rte_flow_action_queue *)c->conf)->index);
                else if (c->type == RTE_FLOW_ACTION_TYPE_RSS) {
                    const struct rte_flow_action_rss *r = c->conf;
                    n += sprintf(out + n, " rss func %d level %u types %llx queues", r->func, r->level, (unsigned long long)r->types);
                    for (unsigned k = 0; k < r->queue_num; k++) n += sprintf(out + n, " %u", r->queue[k]);
                    n += sprintf(out + n, " key");
                    if (!r->key) n += sprintf(out + n, " own");
                    for (unsigned k = 0; r->key && k < r->key_len; k++) n += sprintf(out + n, " %02x", r->key[k]);
                }
                else n += sprintf(out + n, " action %d", c->type);
            }
            return n;
        }
        """;

    private delegate int Describe(nint attributes, nint pattern, nint actions, byte[] output);

    [HeadersFact]
    public void A_vlan_rule_is_what_the_headers_read() => Assert.Equal(
        "group 0 priority 0 ingress 1 egress 0 transfer 0: eth vlan tci 291/4095 => queue 7",
        ReadByHeaders(FlowMatch.Vlan(0x123), 7));

    [HeadersFact]
    public void A_mac_rule_is_what_the_headers_read() => Assert.Equal(
        "group 0 priority 0 ingress 1 egress 0 transfer 0: eth dst 024d54010200/ffffffffff00 => queue 513",
        ReadByHeaders(FlowMatch.DestinationMac(0x024d_5401_0203, 0xffff_ffff_ff00), 513));

    [HeadersFact]
    public void A_rule_with_a_set_of_queues_is_what_the_headers_read() => Assert.Equal(
        "group 0 priority 3 ingress 1 egress 0 transfer 0: eth vlan tci 9/4095 => rss func 1 level 0 types 14 queues 4 1 513 key 6d 5a 56",
        ReadByHeaders(FlowMatch.Vlan(9), FlowTarget.Rss([4, 1, 513], RssHashTypes.Ipv4 | RssHashTypes.Ipv4Tcp, new byte[] { 0x6d, 0x5a, 0x56 }), 3));

    [HeadersFact]
    public void A_set_of_queues_without_a_key_leaves_the_key_to_the_device() => Assert.Equal(
        "group 0 priority 0 ingress 1 egress 0 transfer 0: eth vlan tci 9/4095 => rss func 1 level 0 types 20 queues 2 key own",
        ReadByHeaders(FlowMatch.Vlan(9), FlowTarget.Rss([2], RssHashTypes.Ipv4Udp), 0));

    [Fact]
    public void A_driver_without_flow_rules_says_so_plainly()
    {
        using var pool = dpdk.CreatePool();
        using var device = EthernetDevice.Probe(dpdk.Name("net_null"));
        device.Configure(new DeviceConfiguration(pool) { ReceiveQueues = 2 });
        device.Start();
        using var rules = new FlowRules(device);
        var expected = $"{device.Name}: the driver net_null has no flow rules (rte_flow)";

        Assert.False(rules.CanAdd(FlowMatch.Vlan(100), 1, out var reason));
        Assert.Equal(expected, reason);
        Assert.Equal(expected, Assert.Throws<DpdkException>(() => rules.Add(FlowMatch.Vlan(100), 1)).Message);
        Assert.False(rules.CanAdd(FlowMatch.Vlan(100), FlowTarget.Rss([0, 1], RssHashTypes.Flows), out reason));
        Assert.Equal(expected, reason);
        Assert.Empty(rules.Matches);
        rules.Remove(FlowMatch.Vlan(100));
    }

    [Fact]
    public void A_vlan_id_has_twelve_bits() => Assert.Throws<ArgumentOutOfRangeException>(() => FlowMatch.Vlan(4096));

    private static string ReadByHeaders(FlowMatch match, int queue) => ReadByHeaders(match, FlowTarget.Queue((ushort)queue), 0);

    private static string ReadByHeaders(FlowMatch match, FlowTarget target, int priority) => NativeHeaders.Compile(Reader, ["-shared", "-fPIC"], library =>
    {
        var handle = NativeLibrary.Load(library);
        try
        {
            var describe = Marshal.GetDelegateForFunctionPointer<Describe>(NativeLibrary.GetExport(handle, "describe"));
            using var rule = new NativeFlowRule(match, target, priority);
            var output = new byte[512];
            return System.Text.Encoding.ASCII.GetString(output, 0, describe(rule.Attributes, rule.Pattern, rule.Actions, output));
        }
        finally
        {
            NativeLibrary.Free(handle);
        }
    });
}

using Metron.OpenFlow;

namespace Metron.Offload.Tests;

public class SwitchModelTests
{
    private const ushort Ipv4 = 0x0800;

    // Ethernet, IPv4 10.0.0.1 -> 192.0.2.1, UDP 40000 -> 53, no checksums: a switch looks at none.
    private static readonly byte[] Udp = Convert.FromHexString(
        "020000000002020000000001" + "0800" + "4500001c00000000401100000a000001c0000201" + "9c40003500080000");

    [Fact]
    public void The_highest_priority_that_matches_wins_whatever_it_compares()
    {
        var model = Model(
            Rule(0, 10, [OxmField.InPort(1)], Output(7)),
            Rule(0, 30, [OxmField.EthernetType(Ipv4), OxmField.IpProtocol(17), OxmField.UdpDestination(52, 0xfffe)], Output(8)),
            Rule(0, 20, [OxmField.EthernetType(Ipv4), OxmField.Ipv4Source(System.Net.IPAddress.Parse("10.0.0.0"), 8)], Output(9)));

        Assert.Equal(8u, model.Process(1, Udp).Port);
        Assert.Equal(9u, model.Process(2, With(37, 0x50)).Port);
        Assert.Equal(7u, model.Process(1, With(26, 11, 37, 0x50)).Port);
        Assert.True(model.Process(2, With(26, 11, 37, 0x50)).IsDrop);
    }

    [Fact]
    public void Metadata_and_goto_lead_from_table_to_table_and_a_miss_drops()
    {
        var model = Model(
            Rule(0, 1, [OxmField.InPort(1)], new WriteMetadataInstruction(5), new GotoTableInstruction(1)),
            Rule(0, 1, [OxmField.InPort(2)], new WriteMetadataInstruction(6), new GotoTableInstruction(1)),
            Rule(1, 1, [OxmField.Metadata(5)], Output(9)));
        List<SwitchRule> matched = [];

        Assert.Equal(9u, model.Process(1, Udp, matched).Port);
        Assert.Equal([0, 1], matched.Select(rule => (int)rule.Flow.Table));
        var missed = model.Process(2, Udp);
        Assert.True(missed is { IsDrop: true, LastRule: null });
    }

    [Fact]
    public void VLAN_headers_are_pushed_set_matched_and_popped()
    {
        var push = Model(Rule(0, 1, [OxmField.VlanAbsent()], Apply(new PushVlanAction(), new SetFieldAction(OxmField.VlanId(5)), new OutputAction(2))));
        var pop = Model(Rule(0, 1, [OxmField.VlanId(5)], Apply(new PopVlanAction(), new OutputAction(PortNumber.InPort))));

        var tagged = push.Process(1, Udp).Frame!;

        Assert.Equal([.. Udp[..12], 0x81, 0, 0, 5, .. Udp[12..]], tagged);
        Assert.True(push.Process(1, tagged).IsDrop);
        var back = pop.Process(3, tagged);
        Assert.Equal(3u, back.Port);
        Assert.Equal(Udp, back.Frame);
    }

    [Fact]
    public void Fragments_have_no_ports_but_the_first_its_TCP_flags()
    {
        var model = Model(
            Rule(0, 3, [OxmField.EthernetType(Ipv4), OxmField.IpProtocol(17), OxmField.UdpDestination(53)], Output(7)),
            Rule(0, 2, [OxmField.EthernetType(Ipv4), OxmField.IpFragment(1, 1)], Output(8)));

        Assert.Equal(7u, model.Process(1, Udp).Port);
        Assert.Equal(8u, model.Process(1, With(20, 0x20)).Port); // more fragments
        Assert.Equal(8u, model.Process(1, With(21, 0x02)).Port); // a later one
    }

    [Fact]
    public void What_is_malformed_has_zeros_where_fields_cannot_be_read()
    {
        var model = Model(
            Rule(0, 3, [OxmField.EthernetType(Ipv4), OxmField.IpProtocol(17)], Output(7)),
            Rule(0, 2, [OxmField.EthernetType(Ipv4), OxmField.IpProtocol(0)], Output(8)));

        Assert.Equal(8u, model.Process(1, With(17, 0xff)).Port); // total length beyond the frame
        Assert.Equal(7u, model.Process(1, With(24, 0x99)).Port); // a wrong checksum is nothing to a switch
        Assert.True(model.Process(1, Udp.AsSpan(0, 13)).IsDrop);
    }

    [Fact]
    public void What_the_model_does_not_know_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Model(Rule(0, 1, [OxmField.IpEcn(1)], Output(1))));
        Assert.Throws<ArgumentException>(() => Model(Rule(0, 1, [], new MeterInstruction(1))));
    }

    private static byte[] With(params int[] changes)
    {
        var frame = Udp.ToArray();
        for (var i = 0; i < changes.Length; i += 2)
        {
            frame[changes[i]] = (byte)changes[i + 1];
        }

        return frame;
    }

    private static SwitchModel Model(params SwitchRule[] rules) => new(rules);

    private static Instruction Output(uint port) => Apply(new OutputAction(port));

    private static ApplyActionsInstruction Apply(params OpenFlowAction[] actions) => new(actions.ToEquatableArray());

    private static SwitchRule Rule(byte table, ushort priority, OxmField[] match, params Instruction[] instructions) => new(
        new FlowMod { Table = table, Priority = priority, Match = Match.Of(match), Instructions = instructions.ToEquatableArray() },
        RuleRole.Stage,
        "chain",
        "test");
}

using Metron.OpenFlow;

namespace Metron.Offload.Tests;

/// <summary>Groups of the switch in memory.</summary>
public class ModelGroupTests
{
    // Ethernet, IPv4 10.0.0.1 -> 192.0.2.1, UDP 40000 -> 53, no checksums: a switch looks at none.
    private static readonly byte[] Udp = Convert.FromHexString(
        "020000000002020000000001" + "0800" + "4500001c00000000401100000a000001c0000201" + "9c40003500080000");

    [Fact]
    public void A_failover_takes_the_first_port_that_is_up()
    {
        var group = Group(GroupKind.FastFailover, 2, 3, 4);

        Assert.Equal(2u, Model(group).Process(1, Udp).Port);
        Assert.Equal(3u, Model(group, 2).Process(1, Udp).Port);
        Assert.Equal(4u, Model(group, 2, 3).Process(1, Udp).Port);
        Assert.True(Model(group, 2, 3, 4).Process(1, Udp).IsDrop);
    }

    [Fact]
    public void A_select_group_spreads_flows_over_what_is_up_and_a_flow_stays()
    {
        var all = Model(Group(GroupKind.Select, 2, 3, 4));
        var some = Model(Group(GroupKind.Select, 2, 3, 4), 3);

        var chosen = Enumerable.Range(0, 200).Select(flow => all.Process(1, Flow(flow, 0)).Port).ToList();

        Assert.All(chosen.CountBy(port => port), share => Assert.InRange(share.Value, 40, 95));
        Assert.Equal([2u, 3u, 4u], chosen.Distinct().Order());
        Assert.Equal(chosen, Enumerable.Range(0, 200).Select(flow => all.Process(1, Flow(flow, 77)).Port));
        Assert.Equal([2u, 4u], Enumerable.Range(0, 200).Select(flow => some.Process(1, Flow(flow, 0)).Port).Distinct().Order());
    }

    [Fact]
    public void Nothing_leaves_by_the_port_that_it_came_by_or_by_a_group_that_is_not_there()
    {
        Assert.True(Model(Group(GroupKind.FastFailover, 2, 3)).Process(2, Udp).IsDrop);
        Assert.True(new SwitchModel([ToGroup]).Process(1, Udp).IsDrop);
        Assert.Throws<ArgumentException>(() => Model(Group(GroupKind.All, 2, 3)));
    }

    private static SwitchRule ToGroup => new(
        new FlowMod { Priority = 1, Match = Match.Any, Instructions = [new ApplyActionsInstruction([new GroupAction(5)])] }, RuleRole.Stage, "chain", "out");

    private static SwitchModel Model(GroupDescription group, params uint[] down) => new([ToGroup], [group], down);

    private static GroupDescription Group(GroupKind kind, params uint[] ports) => new(
        kind, 5, ports.Select(port => new Bucket { Weight = 1, WatchPort = port, Actions = [new OutputAction(port)] }).ToEquatableArray());

    private static byte[] Flow(int number, byte identification)
    {
        byte[] frame = [.. Udp];
        (frame[19], frame[34], frame[35]) = (identification, (byte)(0x80 | number >> 8), (byte)number);
        return frame;
    }
}

using Metron.NetworkFunctions.Blackbox;
using Metron.NetworkFunctions.Chains;

namespace Metron.Dataplane.Tests;

/// <summary>Closed programs beside a worker: what it gives to them, takes from them, and does while they are down.</summary>
public sealed class ApplianceTests
{
    private const uint InsideTag = 111;
    private const uint OutsideTag = 112;
    private const uint InsideEgress = 211;
    private const uint OutsideEgress = 212;

    [Fact]
    public void What_is_given_to_the_program_has_no_tag_and_what_it_returns_leaves_by_the_other_endpoint()
    {
        using var rig = Rig();
        var sent = Client(TagKind.Vlan, Chains.ClientTag);

        Assert.Null(rig.Pass(sent));
        var given = Assert.Single(rig.ApplianceWires[0][0].TakeSent());
        Assert.Equal([.. sent[..12], .. sent[16..]], given);

        rig.ApplianceWires[0][1].Inject(given);
        var left = Assert.Single(rig.PassAll([]));
        Assert.Equal(Chains.FarEgress, (uint)Frames.Vlan(left));
        Assert.Equal(given[12..], left[16..]);
        Assert.Equal(given[..12], left[..12]);
    }

    [Fact]
    public void Answers_go_in_at_the_outside_and_come_out_at_the_inside()
    {
        using var rig = Rig();

        Assert.Null(rig.Pass(Client(TagKind.Vlan, Chains.FarTag)));
        var given = Assert.Single(rig.ApplianceWires[0][1].TakeSent());
        rig.ApplianceWires[0][0].Inject(given);

        Assert.Equal(Chains.ClientEgress, (uint)Frames.Vlan(Assert.Single(rig.PassAll([]))));
    }

    [Fact]
    public void A_known_flow_goes_to_the_program_by_its_entry_and_classes_count_both_parts_of_the_way()
    {
        using var rig = Rig();
        for (var i = 0; i < 3; i++)
        {
            rig.Pass(Client(TagKind.Vlan, Chains.ClientTag));
            rig.ApplianceWires[0][1].Inject(Assert.Single(rig.ApplianceWires[0][0].TakeSent()));
            Assert.Single(rig.PassAll([]));
        }

        Assert.Equal(2ul, rig.Worker.SlowPathPackets);
        Assert.Equal(6ul, rig.Worker.Received.Packets);
        Assert.Equal(
            [(1, 3ul), (2, 0ul), (3, 3ul), (4, 0ul)],
            rig.Statistics.Programs[0].Classes.Select(entry => (entry.ClassId, entry.Count.Packets)));
        Assert.Equal(
            (3ul, 0ul, 0ul, 3ul),
            (Read(rig).Inside.Given.Packets, Read(rig).Inside.Returned.Packets, Read(rig).Outside.Given.Packets, Read(rig).Outside.Returned.Packets));
    }

    [Fact]
    public void With_MAC_tags_too_the_program_is_on_the_way_and_gets_what_it_takes_for_its_neighbour()
    {
        using var rig = new WorkerRig(appliances: "ips").Deploy(Program(TagKind.Mac, new BlackboxConfiguration("bb", "ips"), MacAddress.Parse("02:00:00:00:00:77")));

        Assert.Null(rig.Pass(Client(TagKind.Mac, Chains.ClientTag)));
        var given = Assert.Single(rig.ApplianceWires[0][0].TakeSent());
        Assert.Equal(MacAddress.Parse("02:00:00:00:00:77"), Frames.Read(given).EthernetDestination);

        rig.ApplianceWires[0][1].Inject(given);
        var left = Frames.Read(Assert.Single(rig.PassAll([])));
        Assert.Equal(DispatchTag.ToMac(Chains.FarEgress), left.EthernetSource);
    }

    [Theory]
    [InlineData(TagKind.Vlan)]
    [InlineData(TagKind.Mac)]
    public void An_ICMP_error_that_the_program_returns_about_another_workers_flow_goes_to_the_switch_with_that_workers_tag(TagKind kind)
    {
        var program = Program(kind, new BlackboxConfiguration("bb", "ips"));
        using var rig = new WorkerRig(2, appliances: "ips").Deploy(program with
        {
            IngressTags =
            [
                .. program.IngressTags.SelectMany(tag => new[] { 0, 1 }.Select(worker => tag with
                {
                    Value = tag.Value + (uint)(1000 * worker),
                    Worker = worker,
                    SteeringMask = 2,
                    SteeringValues = [(ushort)(2 * worker)],
                })),
            ],
        });
        var embedded = (new FrameBuilder() with { SourcePort = 40002 }).Build();
        var error = new FrameBuilder
        {
            // As the program got it, when the switch tags by MAC.
            EthernetSource = DispatchTag.ToMac(OutsideEgress),
            Protocol = IpProtocol.Icmp,
            IcmpType = 3,
            Source = IpAddress.Parse("192.0.2.9"),
            Destination = IpAddress.Parse("10.0.0.5"),
            Payload = embedded[14..],
        };

        // It comes from far; the flow's client port, 40002, belongs to worker 1.
        rig.ApplianceWires[0][0].Inject(error.Build());
        var sent = Assert.Single(rig.PassAll([]));

        var tag = kind == TagKind.Vlan ? (uint)Frames.Vlan(sent) : (uint)(Frames.Read(sent).EthernetDestination.Value & 0xffffff);
        Assert.Equal(InsideTag + 1000, tag);
        Assert.Equal(1ul, rig.Worker.RetaggedPackets);
        Assert.Empty(rig.ApplianceWires[0].SelectMany(wire => wire.TakeSent()));
    }

    [Theory]
    [InlineData(TagKind.Vlan)]
    [InlineData(TagKind.Mac)]
    public void While_the_gate_says_so_packets_pass_the_program_by_as_if_it_were_a_wire(TagKind kind)
    {
        using var rig = new WorkerRig(appliances: "ips").Deploy(Program(kind, new BlackboxConfiguration("bb", "ips")));
        rig.Pass(Client(kind, Chains.ClientTag));
        rig.ApplianceWires[0][0].TakeSent();
        rig.Appliance().Gate = ApplianceGate.Bypassed;

        // Flows that were known before pass by, too.
        var left = rig.PassAll([Client(kind, Chains.ClientTag), Client(kind, Chains.ClientTag), Client(kind, Chains.FarTag)]);

        Assert.Equal(3, left.Count);
        Assert.Empty(rig.ApplianceWires[0].SelectMany(wire => wire.TakeSent()));
        Assert.Equal((2ul, 1ul), (Read(rig).Inside.Bypassed, Read(rig).Outside.Bypassed));
        Assert.Equal((4ul, 4ul), (rig.Worker.Received.Packets, rig.Worker.Sent.Packets));
        Assert.Empty(rig.Worker.Drops);

        rig.Appliance().Gate = ApplianceGate.Open;
        Assert.Null(rig.Pass(Client(kind, Chains.ClientTag)));
        Assert.Single(rig.ApplianceWires[0][0].TakeSent());
    }

    [Fact]
    public void While_the_gate_is_closed_packets_for_the_program_are_dropped_and_counted()
    {
        using var rig = Rig();
        rig.Appliance().Gate = ApplianceGate.Closed;

        Assert.Empty(rig.PassAll([Client(TagKind.Vlan, Chains.ClientTag), Client(TagKind.Vlan, Chains.FarTag)]));

        Assert.Equal(2ul, rig.Worker.Drops[DropReason.BlackboxDown]);
        Assert.Equal((1ul, 1ul), (Read(rig).Inside.Dropped, Read(rig).Outside.Dropped));
        Assert.Empty(rig.ApplianceWires[0].SelectMany(wire => wire.TakeSent()));
    }

    [Fact]
    public void What_the_program_returns_without_a_chain_is_dropped()
    {
        using var rig = new WorkerRig(appliances: "ips");
        rig.ApplianceWires[0][1].Inject(new FrameBuilder().Build());

        Assert.Empty(rig.PassAll([]));
        Assert.Equal(1ul, rig.Worker.Drops[DropReason.Undeployed]);
    }

    [Fact]
    public void Frames_of_the_program_that_are_no_packets_are_dropped_with_a_reason()
    {
        using var rig = Rig();
        rig.ApplianceWires[0][0].Inject(new byte[10]);
        rig.ApplianceWires[0][0].Inject([.. new byte[12], 0x08, 0x06, .. new byte[46]]);
        rig.ApplianceWires[0][0].Inject((new FrameBuilder() with { Vlan = 7 }).Build());

        Assert.Empty(rig.PassAll([]));
        Assert.Equal(
            [(DropReason.Truncated, 1ul), (DropReason.NotIp, 1ul), (DropReason.VlanTagged, 1ul)],
            rig.Worker.Drops.Select(drop => (drop.Key, drop.Value)));
    }

    [Fact]
    public void What_the_programs_device_does_not_take_is_freed_and_counted()
    {
        using var rig = Rig();
        rig.ApplianceWires[0][0].SendLimits.Enqueue(1);

        Assert.Empty(rig.PassAll([Client(TagKind.Vlan, Chains.ClientTag), Client(TagKind.Vlan, Chains.ClientTag)]));

        Assert.Equal((1ul, 1ul), (Read(rig).Inside.Given.Packets, Read(rig).Inside.Dropped));
        Assert.Equal(1ul, rig.Worker.Drops[DropReason.TransmitQueueFull]);
    }

    [Fact]
    public void A_probe_goes_into_a_side_and_is_answered_only_on_the_other_side_by_the_right_number()
    {
        using var rig = Rig();
        var frame = new byte[ProbeFrame.Length];
        ProbeFrame.WriteEthernet(frame, WorkerRig.ProbeToken, 7, side: 0);

        Assert.True(rig.Appliance().TryPostProbe(0, rig.Wire.Make(frame)));
        rig.PassAll([]);
        var sent = Assert.Single(rig.ApplianceWires[0][0].TakeSent());
        Assert.Equal(frame, sent);

        rig.ApplianceWires[0][0].Inject(sent);
        rig.PassAll([]);
        Assert.Equal((0u, 0u), (Read(rig).Inside.AnsweredProbe, Read(rig).Outside.AnsweredProbe));
        var forged = new byte[ProbeFrame.Length];
        ProbeFrame.WriteEthernet(forged, WorkerRig.ProbeToken + 1, 7, side: 0);
        rig.ApplianceWires[0][1].Inject(forged);
        rig.PassAll([]);
        Assert.Equal(0u, Read(rig).Outside.AnsweredProbe);
        Assert.Equal(1ul, rig.Worker.Drops[DropReason.NotIp]);

        rig.ApplianceWires[0][1].Inject(sent);
        rig.PassAll([]);
        Assert.Equal((0u, 7u), (Read(rig).Inside.AnsweredProbe, Read(rig).Outside.AnsweredProbe));
        Assert.Equal(1ul, Read(rig).Outside.Returned.Packets);
    }

    [Fact]
    public void A_UDP_probe_is_a_right_packet_and_is_known_again()
    {
        using var rig = Rig();
        var frame = new byte[ProbeFrame.Length];
        var (source, destination) = (IpAddress.Parse("192.0.2.1"), IpAddress.Parse("192.0.2.2"));
        ProbeFrame.WriteUdp(frame, WorkerRig.ProbeToken, 3, side: 1, source, destination, MacAddress.Parse("02:00:00:00:00:09"));

        var headers = Frames.Read(frame);
        Assert.Equal((source, destination, 9, 9), (headers.Source, headers.Destination, headers.SourcePort, headers.DestinationPort));
        rig.ApplianceWires[0][0].Inject(frame);
        rig.PassAll([]);
        Assert.Equal(3u, Read(rig).Inside.AnsweredProbe);
    }

    [Fact]
    public void The_newest_revision_gets_what_the_program_returns_and_the_one_before_gets_it_back()
    {
        using var rig = Rig();
        var next = Program(TagKind.Vlan, new BlackboxConfiguration("bb", "ips")) with { Revision = 2 };
        rig.Deploy(next with
        {
            IngressTags = [.. next.IngressTags.Select(tag => tag with { Value = tag.Value + 1000 })],
            EgressTags = [.. next.EgressTags.Select(tag => tag with { Value = tag.Value + 1000 })],
        });

        rig.ApplianceWires[0][1].Inject(new FrameBuilder().Build());
        Assert.Equal(Chains.FarEgress + 1000, (uint)Frames.Vlan(Assert.Single(rig.PassAll([]))));

        // What the older one's packets are about to be given still goes out.
        Assert.Null(rig.Pass(Client(TagKind.Vlan, Chains.ClientTag)));
        Assert.Single(rig.ApplianceWires[0][0].TakeSent());

        rig.Undeploy("chain", 2);
        rig.ApplianceWires[0][1].Inject(new FrameBuilder().Build());
        Assert.Equal(Chains.FarEgress, (uint)Frames.Vlan(Assert.Single(rig.PassAll([]))));
    }

    [Fact]
    public void A_program_for_an_appliance_that_is_not_there_or_in_use_is_refused()
    {
        using var without = new WorkerRig();
        Assert.Contains(
            "worker 0 has no interfaces to appliance 'ips'",
            Assert.Throws<ProgramRejectedException>(() => without.Deploy(Program(TagKind.Vlan, new BlackboxConfiguration("bb", "ips")))).Message,
            StringComparison.Ordinal);

        using var rig = Rig();
        var other = Program(TagKind.Vlan, new BlackboxConfiguration("bb", "ips"));
        other = other with { Chain = "other", IngressTags = [.. other.IngressTags.Select(tag => tag with { Value = tag.Value + 1000 })] };
        Assert.Contains(
            "appliance 'ips' is taken by chain 'chain' revision 1",
            Assert.Throws<ProgramRejectedException>(() => rig.Deploy(other)).Message,
            StringComparison.Ordinal);
    }

    private static WorkerRig Rig() => new WorkerRig(appliances: "ips").Deploy(Program(TagKind.Vlan, new BlackboxConfiguration("bb", "ips")));

    private static ApplianceStatistics Read(WorkerRig rig) => rig.Appliance().Read(0);

    private static byte[] Client(TagKind kind, uint tag) => kind == TagKind.Vlan
        ? (new FrameBuilder() with { Vlan = (ushort)tag }).Build()
        : (new FrameBuilder() with { EthernetDestination = DispatchTag.ToMac(tag) }).Build();

    /// <summary>A blackbox alone between clients (0) and internet (1); its inside is endpoint 2, its outside 3.</summary>
    private static ResidualProgram Program(TagKind kind, BlackboxConfiguration blackbox, MacAddress? insideMac = null) => new("chain", 1, kind)
    {
        Endpoints = ["clients", "internet", "bb.inside", "bb.outside"],
        Functions = [blackbox],
        Wires = [.. Enumerable.Range(0, 4).Select(port => new Wire(new FunctionPort(0, port), default, port))],
        IngressTags =
        [
            Tag(Chains.ClientTag, 0, SteeringField.SourcePort),
            Tag(Chains.FarTag, 1, SteeringField.DestinationPort),
            Tag(InsideTag, 2, SteeringField.DestinationPort),
            Tag(OutsideTag, 3, SteeringField.SourcePort),
        ],
        EgressTags =
        [
            new EgressTag(0, Chains.ClientEgress, null),
            new EgressTag(1, Chains.FarEgress, null),
            new EgressTag(2, InsideEgress, insideMac),
            new EgressTag(3, OutsideEgress, null),
        ],
        Classes =
        [
            new ResidualClass(1, 0, [new Decision(0, BlackboxDeclaration.Given)], 2),
            new ResidualClass(2, 1, [new Decision(0, BlackboxDeclaration.Given)], 3),
            new ResidualClass(3, 3, [new Decision(0, BlackboxDeclaration.Returned)], 1),
            new ResidualClass(4, 2, [new Decision(0, BlackboxDeclaration.Returned)], 0),
        ],
    };

    private static IngressTag Tag(uint value, int endpoint, SteeringField field) => new(value, 0, endpoint, new FunctionPort(0, endpoint), field, 0, [0]);
}

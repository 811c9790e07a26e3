using System.Buffers.Binary;
using System.Text;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Dpi;
using Metron.NetworkFunctions.Policer;

namespace Metron.Dataplane.Tests;

/// <summary>Flows that are inspected keep their entry: what they carry is scanned without asking the functions.</summary>
public sealed class InspectionPathTests
{
    private const int SequenceOffset = 18 + 20 + 4;
    private static readonly FrameBuilder Udp = new() { Vlan = (ushort)Chains.ClientTag };
    private static readonly FrameBuilder Tcp = Udp with { Protocol = IpProtocol.Tcp, TcpFlags = TcpFlags.Acknowledgement };

    private static readonly DpiConfiguration Inspection = new("ids")
    {
        Rules =
        [
            new DpiRule("deny", [new DpiPattern("forbidden", IsRegex: false)]) { Denies = true },
            new DpiRule("alert", [new DpiPattern("strange", IsRegex: false)]),
            new DpiRule("both", [new DpiPattern("first", IsRegex: false), new DpiPattern("second", IsRegex: false)]) { Denies = true },
        ],
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Datagrams_are_scanned_without_asking_and_the_one_with_the_content_is_dropped(bool isV6)
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(Inspection));
        for (var i = 0; i < 5; i++)
        {
            rig.MustPass(Datagram($"harmless {i}", isV6));
        }

        Assert.Equal(1ul, rig.Worker.SlowPathPackets);
        Assert.Equal(5, Counter(rig, "inspectedPackets"));
        Assert.Null(rig.Pass(Datagram("this is forbidden", isV6)));
        Assert.Null(rig.Pass(Datagram("harmless", isV6)));
        Assert.Equal(1ul, rig.Worker.SlowPathPackets);
        Assert.Equal(2ul, rig.Worker.Drops[DropReason.ContentDenied]);
        Assert.Equal((1, 1, 2), (Counter(rig, "rule.deny"), Counter(rig, "flowsDenied"), Counter(rig, "drop.contentDenied")));
    }

    [Fact]
    public void A_stream_is_scanned_over_segments_without_asking()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(Inspection));
        rig.MustPass(Segment(1, "one "));
        rig.MustPass(Segment(5, "for"));
        rig.MustPass(Segment(8, ""));
        rig.MustPass(Segment(8, "bid"));
        Assert.Equal(1ul, rig.Worker.SlowPathPackets);
        Assert.Null(rig.Pass(Segment(11, "den")));
        Assert.Equal((1ul, 1L), (rig.Worker.SlowPathPackets, Counter(rig, "rule.deny")));
    }

    [Fact]
    public void Patterns_of_one_rule_are_put_together_from_packets_on_both_paths()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(Inspection));
        rig.MustPass(Segment(1, "first"));
        Assert.Null(rig.Pass(Segment(6, "second")));
        Assert.Equal((1ul, 1L), (rig.Worker.SlowPathPackets, Counter(rig, "rule.both")));
    }

    [Fact]
    public void A_segment_out_of_order_asks_and_so_do_those_until_the_gap_is_filled()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(Inspection));
        rig.MustPass(Segment(1, "one "));
        rig.MustPass(Segment(8, "bid"));
        Assert.Equal((2ul, 1L), (rig.Worker.SlowPathPackets, Counter(rig, "earlySegments")));
        rig.MustPass(Segment(5, "for"));
        rig.MustPass(Segment(11, "x"));
        rig.MustPass(Segment(12, "en?"));
        Assert.Equal(3ul, rig.Worker.SlowPathPackets);
        Assert.Equal(0, Counter(rig, "flowsDenied"));
        Assert.Null(rig.Pass(Segment(15, "forbidden")));
    }

    [Fact]
    public void The_packet_that_alerts_is_the_first_of_the_other_class_and_is_scanned_once()
    {
        var line = Chains.Line(Inspection);
        using var rig = new WorkerRig().Deploy(line with
        {
            Classes = [new ResidualClass(7, 0, [new Decision(0, DpiDeclaration.Clear)], 1), new ResidualClass(8, 0, [new Decision(0, DpiDeclaration.Alert)], 1)],
        });
        foreach (var text in (string[])["plain", "plain", "strange", "plain", "plain"])
        {
            rig.MustPass(Datagram(text));
        }

        Assert.Equal((2ul, 3ul), (PacketsOf(rig, 7), PacketsOf(rig, 8)));
        Assert.Equal((5, 1), (Counter(rig, "inspectedPackets"), Counter(rig, "rule.alert")));
        Assert.Equal(2ul, rig.Worker.SlowPathPackets);
    }

    [Fact]
    public void A_cleared_direction_is_scanned_no_more()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(Inspection with { InspectedBytes = 10 }));
        for (var i = 0; i < 6; i++)
        {
            rig.MustPass(Datagram("12345"));
        }

        rig.MustPass(Datagram("forbidden"));
        Assert.Equal((2, 1), (Counter(rig, "inspectedPackets"), Counter(rig, "directionsCleared")));
        // The first one, and the first after it was cleared.
        Assert.Equal(2ul, rig.Worker.SlowPathPackets);
    }

    [Fact]
    public void A_connection_opened_again_is_inspected_although_the_answers_of_the_one_before_were_cleared()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(Inspection with { InspectedBytes = 10 }));
        rig.MustPass(Segment(1, "question"));
        rig.MustPass(Segment(1, "0123456789", answers: true));
        rig.MustPass(Segment(11, "cleared", answers: true));
        rig.MustPass(Segment(9, "", TcpFlags.Reset));
        rig.MustPass(Segment(100, "", TcpFlags.Syn));
        Assert.Null(rig.Pass(Segment(200, "forbidden", answers: true)));
    }

    [Fact]
    public void A_flow_that_another_function_works_on_before_asks_each_time()
    {
        var policer = new PolicerConfiguration("limit") { Limits = [new PolicerLimit("all", PacketMatch.Any, 1_000_000_000, 1_000_000) { PerFlow = true }] };
        using var rig = new WorkerRig().Deploy(Chains.Line(policer, Inspection));
        for (var i = 0; i < 3; i++)
        {
            rig.MustPass(Datagram("plain"));
        }

        Assert.Null(rig.Pass(Datagram("forbidden")));
        Assert.Equal(4ul, rig.Worker.SlowPathPackets);
    }

    private static byte[] Datagram(string text, bool isV6 = false) => (isV6
        ? Udp with { Source = IpAddress.Parse("2001:db8:1::5"), Destination = IpAddress.Parse("2001:db8:2::9"), Payload = Encoding.ASCII.GetBytes(text) }
        : Udp with { Payload = Encoding.ASCII.GetBytes(text) }).Build();

    private static byte[] Segment(uint sequence, string text, TcpFlags flags = TcpFlags.Acknowledgement, bool answers = false)
    {
        var builder = Tcp with { Payload = Encoding.ASCII.GetBytes(text), TcpFlags = flags };
        var frame = (!answers ? builder : builder with
        {
            Vlan = (ushort)Chains.FarTag,
            Source = builder.Destination,
            Destination = builder.Source,
            SourcePort = builder.DestinationPort,
            DestinationPort = builder.SourcePort,
        }).Build();
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(SequenceOffset), sequence);
        return frame;
    }

    private static long Counter(WorkerRig rig, string name) => rig.Report("chain", 1, "ids").Counters.GetValueOrDefault(name);

    private static ulong PacketsOf(WorkerRig rig, int id) =>
        rig.Statistics.Programs.Single().Classes.Where(count => count.ClassId == id).Aggregate(0ul, (sum, count) => sum + count.Count.Packets);
}

using System.Buffers.Binary;
using Metron.NetworkFunctions.WanOptimizer;

namespace Metron.Dataplane.Tests;

/// <summary>TCP acknowledgements behind which a later one waits in the same burst.</summary>
public sealed class AcknowledgementFilterTests
{
    private const int TcpOffset = 18 + 20;
    private static readonly FrameBuilder Tcp = new() { Vlan = (ushort)Chains.ClientTag, Protocol = IpProtocol.Tcp, Payload = [] };
    private static readonly byte[] Timestamps = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2];
    private static readonly byte[] SelectiveAcknowledgement = [1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2];

    [Fact]
    public void Of_acknowledgements_that_wait_together_the_last_one_passes_and_one_in_every_few()
    {
        using var rig = Deploy(keepOneIn: 4);
        Begin(rig, Acknowledge(1000));
        var passed = rig.PassAll(Enumerable.Range(2, 10).Select(i => Acknowledge((uint)i * 1000)));
        // 2, 3 and 4 are left out, 5 stays, 6 to 8 are left out, 9 stays, 10 is left out, and nothing waits behind 11.
        Assert.Equal([5000u, 9000u, 11_000u], passed.Select(NumberOf));
        Assert.Equal(7ul, rig.Worker.Drops[DropReason.AcknowledgementThinned]);
        Assert.Equal(7, rig.Report("chain", 1, "wan").Counters["drop.acknowledgementThinned"]);
        Assert.Equal(1ul, rig.Worker.SlowPathPackets);
    }

    [Fact]
    public void What_comes_alone_passes()
    {
        using var rig = Deploy(keepOneIn: 16);
        for (var i = 1u; i < 10; i++)
        {
            Assert.Equal(i, NumberOf(rig.MustPass(Acknowledge(i))));
        }
    }

    [Fact]
    public void Numbers_wrap_around()
    {
        using var rig = Deploy(keepOneIn: 16);
        Begin(rig, Acknowledge(uint.MaxValue - 10));
        Assert.Equal([5u], rig.PassAll([Acknowledge(uint.MaxValue - 5), Acknowledge(uint.MaxValue), Acknowledge(5)]).Select(NumberOf));
    }

    public static TheoryData<string, byte[]> ThatStay => new()
    {
        { "repeats the number before", Acknowledge(1000) },
        { "is older", Acknowledge(900) },
        { "carries data", Acknowledge(2000, payload: [1]) },
        { "pushes", Acknowledge(2000, TcpFlags.Acknowledgement | TcpFlags.Push) },
        { "is urgent", Acknowledge(2000, TcpFlags.Acknowledgement | TcpFlags.Urgent) },
        { "echoes congestion", With(Acknowledge(2000), TcpOffset + 13, 0x50) },
        { "says that the window was reduced", With(Acknowledge(2000), TcpOffset + 13, 0x90) },
        { "has a bit of accurate congestion signals", With(Acknowledge(2000), TcpOffset + 12, 0x51) },
        { "was marked on the way", Marked(Acknowledge(2000)) },
        { "acknowledges selectively", Acknowledge(2000, options: SelectiveAcknowledgement) },
    };

    [Theory]
    [MemberData(nameof(ThatStay))]
    public void What_says_more_than_a_later_one_passes(string why, byte[] frame)
    {
        using var rig = Deploy(keepOneIn: 16);
        Begin(rig, Acknowledge(1000));
        Assert.True(rig.PassAll([frame, Acknowledge(3000)]).Count == 2, why);
    }

    [Fact]
    public void Nothing_is_left_out_for_a_packet_that_says_less()
    {
        using var rig = Deploy(keepOneIn: 16);
        Begin(rig, Acknowledge(1000));
        var other = Tcp with { SourcePort = 40001 };
        Assert.Equal(2, rig.PassAll([Acknowledge(2000), Acknowledge(2000)]).Count);
        Assert.Equal(2, rig.PassAll([Acknowledge(3000), Acknowledge(2500)]).Count);
        Assert.Equal(2, rig.PassAll([Acknowledge(4000), Numbered(other, 5000)]).Count);
        Assert.Equal(2, rig.PassAll([Acknowledge(5000), Acknowledge(6000, TcpFlags.Reset)]).Count);
    }

    [Fact]
    public void Timestamps_are_no_hindrance_and_data_behind_acknowledges_too()
    {
        using var rig = Deploy(keepOneIn: 16);
        Begin(rig, Acknowledge(1000));
        Assert.Single(rig.PassAll([Acknowledge(2000, options: Timestamps), Acknowledge(3000, options: Timestamps, payload: [7])]));
    }

    [Fact]
    public void IPv6_connections_and_both_directions_have_numbers_of_their_own()
    {
        using var rig = Deploy(keepOneIn: 16);
        var v6 = Tcp with { Source = IpAddress.Parse("2001:db8:1::5"), Destination = IpAddress.Parse("2001:db8:2::9") };
        var back = v6 with { Vlan = (ushort)Chains.FarTag, Source = v6.Destination, Destination = v6.Source, SourcePort = v6.DestinationPort, DestinationPort = v6.SourcePort };
        Begin(rig, Numbered(v6, 1000, isV6: true));
        Begin(rig, Numbered(back, 700, isV6: true));
        Assert.Equal(2, rig.PassAll([Numbered(v6, 2000, isV6: true), Numbered(back, 800, isV6: true), Numbered(v6, 3000, isV6: true), Numbered(back, 900, isV6: true)]).Count);
    }

    [Fact]
    public void Without_being_asked_none_is_left_out()
    {
        using var rig = Deploy(keepOneIn: 1);
        Assert.Equal(20, rig.PassAll(Enumerable.Range(1, 20).Select(i => Acknowledge((uint)i * 1000))).Count);
    }

    private static WorkerRig Deploy(int keepOneIn) =>
        new WorkerRig().Deploy(Chains.Line(new WanOptimizerConfiguration("wan") { KeepOneAcknowledgementIn = keepOneIn }));

    /// <summary>The first packet makes the flow's entry, the next one the number that later ones are compared with.</summary>
    private static void Begin(WorkerRig rig, byte[] frame)
    {
        rig.MustPass(frame);
        rig.MustPass(frame);
    }

    private static byte[] Acknowledge(uint number, TcpFlags flags = TcpFlags.Acknowledgement, byte[]? options = null, byte[]? payload = null) =>
        Numbered(Tcp with { TcpFlags = flags, TcpOptions = options ?? [], Payload = payload ?? [] }, number);

    private static byte[] Numbered(FrameBuilder builder, uint number, bool isV6 = false)
    {
        var frame = builder.Build();
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(TcpOffset + (isV6 ? 20 : 0) + 8), number);
        return frame;
    }

    private static byte[] With(byte[] frame, int at, byte value)
    {
        frame[at] = value;
        return frame;
    }

    /// <summary>With "congestion experienced" (RFC 3168, section 5), and the header's checksum right again.</summary>
    private static byte[] Marked(byte[] frame)
    {
        var header = frame.AsSpan(18, 20);
        header[1] |= 3;
        header[10..12].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], FrameBuilder.NaiveChecksum(header));
        return frame;
    }

    private static uint NumberOf(byte[] frame) => BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(TcpOffset + 8));
}

using System.Buffers.Binary;
using Metron.NetworkFunctions.NeighborResponder;
using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Tests.Tunnel;
using Metron.Packets;

namespace Metron.NetworkFunctions.Tests.NeighborResponder;

public sealed class NeighborResponderTests
{
    private const int Inside = 0;
    private const int Outside = 1;
    private static readonly MacAddress Own = MacAddress.Parse("02:00:00:00:00:01");
    private static readonly Dictionary<string, (byte[] Question, byte[] Answer)> Vectors = TunnelFunctionTests.Read("neighbors.txt");

    public static TheoryData<string> Names => [.. Vectors.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_question_gets_the_answer_that_scapy_gives(string name)
    {
        var (question, answer) = Vectors[name];
        var (verdict, frame) = Ask([.. question, 0, 0, 0]); // padding is not sent back
        Assert.Equal(Verdict.ForwardOnce(Inside, -1), verdict);
        Assert.Equal(Convert.ToHexString(answer), Convert.ToHexString(frame));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_question_cut_or_changed_anywhere_is_answered_or_dropped_and_never_read_beyond_its_end(string name)
    {
        var question = Vectors[name].Question;
        for (var length = 14; length < question.Length; length++)
        {
            Assert.Equal(DropReason.NeighborMalformed, Ask(question[..length], tailroom: 64).Verdict.Reason);
        }

        for (var at = 12; at < question.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var changed = question.ToArray();
                changed[at] ^= (byte)(1 << bit);
                Ask(changed, tailroom: 64);
            }
        }
    }

    [Theory]
    [InlineData("arp", 41, 77, DropReason.NoNeighbor)] // another address
    [InlineData("arp", 21, 2, DropReason.NoNeighbor)] // an answer
    [InlineData("arp", 19, 16, DropReason.NoNeighbor)] // addresses of another length
    [InlineData("arp", 31, 1, DropReason.NoNeighbor)] // an announcement
    [InlineData("arp", 27, 1, DropReason.NoNeighbor)] // it has the MAC address itself
    [InlineData("arp", 22, 3, DropReason.NeighborMalformed)] // a group has no address
    [InlineData("nd", 21, 254, DropReason.NeighborMalformed)] // hop limit: it came through a router
    [InlineData("nd", 60, 77, DropReason.NeighborMalformed)] // checksum
    [InlineData("nd", 79, 0, DropReason.NeighborMalformed)] // an option without length
    [InlineData("nd", 79, 2, DropReason.NeighborMalformed)] // an option beyond the end
    public void What_is_no_question_for_it_is_dropped(string name, int at, byte value, DropReason expected)
    {
        var question = Vectors[name].Question.ToArray();
        question[at] = value;
        Assert.Equal(expected, Ask(question).Verdict.Reason);
    }

    [Theory]
    [InlineData("nd", 55, 1)] // code
    [InlineData("nd", 62, 0xff)] // a multicast target
    [InlineData("nd", 80, 0x33)] // the link-layer address of a group
    [InlineData("nd-probe", 52, 1)] // a probe that goes elsewhere than to the solicited nodes
    public void Solicitations_that_the_standard_forbids_are_refused_although_their_checksum_is_right(string name, int at, byte value)
    {
        var question = Vectors[name].Question.ToArray();
        question[at] = value;
        if (name == "nd-probe")
        {
            question[50] = 7;
        }

        Assert.Equal(DropReason.NeighborMalformed, Ask(WithChecksum(question)).Verdict.Reason);
    }

    [Fact]
    public void A_prefix_is_not_defended_against_those_who_probe_for_one_of_its_addresses()
    {
        var arp = Vectors["arp-probe"].Question.ToArray();
        Vectors["arp-proxy"].Question.AsSpan(38).CopyTo(arp.AsSpan(38));
        Assert.Equal(DropReason.NoNeighbor, Ask(arp).Verdict.Reason);

        var probe = Vectors["nd-probe"].Question.ToArray();
        Vectors["nd-proxy"].Question.AsSpan(62, 16).CopyTo(probe.AsSpan(62));
        Assert.Equal(DropReason.NoNeighbor, Ask(WithChecksum(probe)).Verdict.Reason);
    }

    [Fact]
    public void It_answers_on_the_sides_that_have_answers_and_passes_packets()
    {
        var function = Function();
        Assert.Equal((true, false), (function.AnswersNeighbors(Inside), function.AnswersNeighbors(Outside)));
        var packet = default(FlowPacket);
        Assert.Equal(Verdict.Forward(Outside, 0), function.Process(ref packet, Inside));
        packet.Headers.IsFragment = true;
        Assert.Equal(Verdict.ForwardOnce(Inside, 0), function.Process(ref packet, Outside));
        Assert.Equal(Verdict.ForwardOnce(Inside, 0), function.ProcessIcmpError(ref packet, Outside));
    }

    [Fact]
    public void Nothing_is_allocated_for_a_question_and_what_was_counted_lives_on()
    {
        var older = Function();
        var buffer = new byte[512];
        for (var i = 0; i < 2; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Show(older, buffer, "arp");
            Show(older, buffer, "nd");
            Assert.True(i == 0 || GC.GetAllocatedBytesForCurrentThread() == before);
        }

        var function = Function();
        function.Adopt(older);
        var report = new FunctionReport();
        function.Report(new TestWorker(function), report);
        Assert.Equal((2, 2), (report.Counters["arpAnswered"], report.Counters["discoveryAnswered"]));

        static void Show(NeighborResponderFunction function, byte[] buffer, string name)
        {
            var question = Vectors[name].Question;
            question.CopyTo(buffer, 128);
            var packet = new FramePacket(buffer, 128, question.Length, 14, 0);
            function.AnswerNeighbor(ref packet, Inside);
        }
    }

    private static (Verdict Verdict, byte[] Frame) Ask(byte[] question, int tailroom = 128)
    {
        byte[] buffer = [.. new byte[64], .. question, .. new byte[tailroom]];
        var packet = new FramePacket(buffer, 64, question.Length, 14, 0);
        return (Function().AnswerNeighbor(ref packet, Inside), packet.Frame.ToArray());
    }

    private static NeighborResponderFunction Function() => new(new NeighborResponderConfiguration("arp")
    {
        Answers =
        [
            new NeighborAnswer(IpPrefix.Parse("192.0.2.1/32"), Own) { FromPort = Inside },
            new NeighborAnswer(IpPrefix.Parse("10.9.0.0/16"), Own) { FromPort = Inside },
            new NeighborAnswer(IpPrefix.Parse("2001:db8::1/128"), Own) { FromPort = Inside, IsRouter = true },
            new NeighborAnswer(IpPrefix.Parse("2001:db8:9::/64"), Own) { FromPort = Inside },
        ],
    });

    private static byte[] WithChecksum(byte[] frame)
    {
        frame[56] = frame[57] = 0;
        var (source, destination) = (BinaryPrimitives.ReadUInt128BigEndian(frame.AsSpan(22)), BinaryPrimitives.ReadUInt128BigEndian(frame.AsSpan(38)));
        var checksum = InternetChecksum.Compute(IpAddress.V6(source), IpAddress.V6(destination), IpProtocol.IcmpV6, frame.AsSpan(54));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(56), checksum);
        return frame;
    }
}

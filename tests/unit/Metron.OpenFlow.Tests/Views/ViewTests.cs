using Metron.OpenFlow.Fuzz;
using Metron.OpenFlow.Tests.Samples;

namespace Metron.OpenFlow.Tests.Views;

/// <summary>Views show what decoding shows, and allocate nothing.</summary>
public sealed class ViewTests
{
    private const int Repetitions = 1000;

    public static TheoryData<OpenFlowVersion> Versions => [OpenFlowVersion.OpenFlow13, OpenFlowVersion.OpenFlow14, OpenFlowVersion.OpenFlow15];

    public static TheoryData<OpenFlowVersion, string> Samples => Sample.Names((version, _) => version >= OpenFlowVersion.OpenFlow13);

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_view_shows_what_decoding_shows(OpenFlowVersion version, string name)
    {
        var sample = Sample.Find(version, name);
        Assert.True(ViewCheck.Check(sample.Encode(version)));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_message_cut_anywhere_is_refused_or_seen_as_decoding_reads_it(OpenFlowVersion version, string name)
    {
        var whole = Sample.Find(version, name).Encode(version);
        Assert.False(FrameView.TryRead(whole.AsSpan(0, whole.Length - 1), out _));
        for (var length = OpenFlowCodec.HeaderLength; length < whole.Length; length++)
        {
            var cut = whole[..length];
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(cut.AsSpan(2), (ushort)length);
            ViewCheck.Check(cut);
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Frequent_messages_are_seen_without_allocation(OpenFlowVersion version)
    {
        string[] names = ["packet-in", "flow-removed", "flow-stats-reply", "echo-request", "echo-reply", "barrier-reply", "error-table-full", "error-experimenter"];
        var messages = names.Select(name => Sample.Find(version, name).Encode(version)).ToArray();
        Look(messages);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var sum = 0UL;
        for (var i = 0; i < Repetitions; i++)
        {
            sum += Look(messages);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(0UL, sum);
    }

    [Fact]
    public void A_message_of_64_KiB_is_seen_without_allocation()
    {
        var flow = new FlowStats { Match = Match.Of(OxmField.InPort(7)), PacketCount = 1, Instructions = [new GotoTableInstruction(1)] };
        var reply = new FlowStatsReply(Enumerable.Repeat(flow, 900).ToEquatableArray());
        byte[][] messages =
        [
            OpenFlowCodec.Encode(reply, OpenFlowVersion.OpenFlow14, 1),
            OpenFlowCodec.Encode(new PacketIn { Packet = [.. new byte[65500]] }, OpenFlowVersion.OpenFlow13, 1),
        ];
        Assert.InRange(messages[0].Length, 60_000, 65_535);
        Look(messages);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(Look(messages) >= 900);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_message_of_1_0_has_no_view() =>
        Assert.False(FrameView.TryRead(OpenFlowCodec.Encode(new BarrierReply(), OpenFlowVersion.OpenFlow10, 1), out _));

    // Uses every property, so that none of them can hide an allocation.
    private static ulong Look(byte[][] messages)
    {
        var sum = 0UL;
        foreach (var message in messages)
        {
            if (!FrameView.TryRead(message, out var frame))
            {
                continue;
            }

            sum += frame.TransactionId + (ulong)frame.Length + (ulong)frame.Body.Length + (ulong)frame.Version;
            if (PacketInView.TryRead(frame, out var packetIn))
            {
                sum += packetIn.Buffer + packetIn.TotalLength + (ulong)packetIn.Reason + packetIn.Table + packetIn.Cookie + (packetIn.Match.InPort ?? 0);
                sum += (ulong)packetIn.Packet.Length;
            }

            if (FlowRemovedView.TryRead(frame, out var removed))
            {
                sum += removed.Cookie + removed.Priority + (ulong)removed.Reason + removed.Table + removed.Age.Seconds + removed.PacketCount + removed.ByteCount;
                sum += Sum(removed.Match);
            }

            if (ErrorView.TryRead(frame, out var error))
            {
                sum += error.Code.Type + (ulong)error.Content.Length;
            }

            if (FlowStatsReplyView.TryRead(frame, out var reply))
            {
                sum += reply.HasMore ? 1UL : 0;
                foreach (var flow in reply)
                {
                    sum += flow.Table + flow.Age.Seconds + flow.Priority + (ulong)flow.IdleTimeoutSeconds + flow.HardTimeoutSeconds + (ulong)flow.Flags;
                    sum += flow.Importance + flow.Cookie + flow.PacketCount + flow.ByteCount + (ulong)flow.InstructionBytes.Length + Sum(flow.Match);
                }
            }
        }

        return sum;
    }

    private static ulong Sum(MatchView match)
    {
        var sum = 0UL;
        foreach (var field in match)
        {
            sum += (ulong)field.Number + field.Type.Number + (ulong)field.Mask.Length;
        }

        return sum;
    }
}
